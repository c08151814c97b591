import { formatMoney } from '../money/decimal.ts';
import type { Workspace } from '../platform/workspace.ts';
import type { FundRow, FundUseRow } from './store.ts';

/** A fund as the API shows it, yuan as text. */
export const fundAnswer = (row: FundRow) => ({
  id: row.id,
  bookId: row.bookId,
  kind: row.kind,
  ownerId: row.ownerId,
  sponsor: row.sponsor,
  name: row.name,
  programmeId: row.programmeId,
  terms: row.terms,
  balance: formatMoney(row.balance),
  lent: formatMoney(row.lent),
  state: row.state,
  approvalId: row.approvalId,
  closingTaskId: row.closingTaskId,
  version: row.version,
  createdAt: row.createdAt,
});

/** A use of a fund as the API shows it, yuan as text. */
export const fundUseAnswer = (row: FundUseRow) => ({
  id: row.id,
  fundId: row.fundId,
  bookId: row.bookId,
  kind: row.kind,
  financingId: row.financingId,
  borrowerId: row.borrowerId,
  renewalId: row.renewalId,
  state: row.state,
  loss: formatMoney(row.loss),
  amount: formatMoney(row.amount),
  recovered: formatMoney(row.recovered),
  fee: formatMoney(row.fee),
  usedOn: row.usedOn,
  approvalId: row.approvalId,
  version: row.version,
  createdAt: row.createdAt,
});

export const tellFund = (work: Workspace, kind: string, row: FundRow, data: Record<string, unknown> = {}): void =>
  work.emit({
    kind: `fund.${kind}`,
    objectKind: 'fund',
    objectId: row.id,
    scopeId: row.bookId,
    parties: [row.bookId, row.ownerId],
    data: { name: row.name, balance: formatMoney(row.balance), ...data },
  });
