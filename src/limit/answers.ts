import { formatMoney } from '../money/decimal.ts';
import type { Workspace } from '../platform/workspace.ts';
import { availableOf } from './rules.ts';
import type { LimitNodeRow } from './store.ts';

/** A limit as the API shows it to its bank, yuan as text. Its version counts what was granted, not what is drawn. */
export const limitAnswer = (node: LimitNodeRow) => ({
  id: node.id,
  bookId: node.bookId,
  parentId: node.parentId,
  kind: node.kind,
  orgId: node.orgId,
  programmeId: node.programmeId,
  product: node.product,
  amount: formatMoney(node.amount),
  reserved: formatMoney(node.reserved),
  used: formatMoney(node.used),
  available: formatMoney(availableOf(node)),
  expiresOn: node.expiresOn,
  status: node.status,
  revolving: node.revolving,
  approvalId: node.approvalId,
  version: node.termsVersion,
  createdAt: node.createdAt,
});

/** Records what happened to a limit for its bank. */
export function tell(work: Workspace, kind: string, node: LimitNodeRow, data: Record<string, unknown>): void {
  work.emit({
    kind: `limit.${kind}`,
    objectKind: 'limit',
    objectId: node.id,
    scopeId: node.bookId,
    parties: [node.bookId],
    data: {
      kind: node.kind,
      amount: formatMoney(node.amount),
      status: node.status,
      version: node.termsVersion,
      ...data,
    },
  });
}
