import { createHash } from 'node:crypto';

/** SHA-256 of what a task asks for, in hexadecimal; the order of properties does not count. */
export const payloadHash = (payload: Readonly<Record<string, unknown>>): string =>
  createHash('sha256').update(canonical(payload)).digest('hex');

function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (value === null || typeof value !== 'object') return JSON.stringify(value) ?? 'null';
  const properties = Object.entries(value).filter(([, each]) => each !== undefined);
  properties.sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${properties.map(([name, each]) => `${JSON.stringify(name)}:${canonical(each)}`).join(',')}}`;
}
