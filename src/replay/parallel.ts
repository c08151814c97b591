/**
 * Works on every item, at most so many at a time, and answers in their order. What is under way together shares a
 * transaction of the service; without a bound a large day would open a connection for each of its rows.
 */
export async function inParallel<T, R>(
  items: readonly T[],
  work: (item: T) => Promise<R>,
  atATime: number = AT_A_TIME,
): Promise<R[]> {
  const results: R[] = [];
  const waiting = items.entries();
  const lane = async () => {
    for (const [index, item] of waiting) results[index] = await work(item);
  };
  await Promise.all(Array.from({ length: Math.min(atATime, items.length) }, lane));
  return results;
}

const AT_A_TIME = 32;
