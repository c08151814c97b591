import { Refusal } from './refusal.ts';

/** Refuses (412) unless the caller decided on the present state of the resource: the version of its If-Match. */
export function requireVersion(present: number, expected: number): void {
  if (present === expected) return;
  throw new Refusal(
    'precondition-stale',
    `the resource is at version ${present}, the request was made for ${expected}`,
    {
      field: 'If-Match',
      accepted: `"${present}"`,
    },
  );
}
