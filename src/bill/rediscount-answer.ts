import type { Workspace } from '../platform/workspace.ts';
import type { RediscountRow } from './rediscount-store.ts';

/** A rediscount as the API shows it, yuan as text. */
export const rediscountAnswer = (r: RediscountRow) => ({
  id: r.id,
  bookId: r.bookId,
  status: r.status,
  purpose: r.purpose,
  rate: r.rate.toFixed(6),
  valueDate: r.valueDate,
  face: r.face.toFixed(2),
  interest: r.interest.toFixed(2),
  proceeds: r.proceeds.toFixed(2),
  approvalId: r.approvalId,
  note: r.note,
  version: r.version,
  createdAt: r.createdAt,
});

/** Records what happened to a rediscount for its bank. */
export function tellRediscount(work: Workspace, what: string, rediscount: RediscountRow): void {
  work.emit({
    kind: `bill_rediscount.${what}`,
    objectKind: 'bill_rediscount',
    objectId: rediscount.id,
    scopeId: rediscount.bookId,
    parties: [rediscount.bookId],
    data: { face: rediscount.face.toFixed(2), proceeds: rediscount.proceeds.toFixed(2), purpose: rediscount.purpose },
  });
}
