import { createHash } from 'node:crypto';
import { defineLifecycle, type StateOf } from '../platform/state-machine.ts';
import type { ApprovalLevel } from './store.ts';

/** A task stays open until enough persons have approved it; the first who rejects or returns it closes it. */
export const approvalLifecycle = defineLifecycle('approval', {
  open: { approve: 'approved', reject: 'rejected', return: 'returned', withdraw: 'withdrawn' },
  approved: {},
  rejected: {},
  returned: {},
  withdrawn: {},
});
export type ApprovalState = StateOf<typeof approvalLifecycle>;

/** How many persons beside the maker must approve. */
export const requiredPersons: Readonly<Record<ApprovalLevel, number>> = { auto: 0, one: 1, two: 2 };

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
