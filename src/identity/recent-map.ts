/** A map that keeps the entries used last and forgets the others, so that callers cannot make it grow. */
export type RecentMap<K, V> = Readonly<{
  get: (key: K) => V | undefined;
  set: (key: K, value: V) => void;
  delete: (key: K) => void;
}>;

/** Makes one for so many entries. */
export function recentMap<K, V>(capacity: number): RecentMap<K, V> {
  const entries = new Map<K, V>();
  const put = (key: K, value: V): void => {
    entries.delete(key);
    entries.set(key, value);
    if (entries.size > capacity) entries.delete(entries.keys().next().value as K);
  };
  return {
    get: (key) => {
      const value = entries.get(key);
      if (value !== undefined) put(key, value);
      return value;
    },
    set: put,
    delete: (key) => {
      entries.delete(key);
    },
  };
}
