import type { ApprovalTaskRow } from '../approval/store.ts';
import { formatMoney } from '../money/decimal.ts';
import type { Workspace } from '../platform/workspace.ts';
import type { AgreementRow, ClaimRow, GuaranteeRow } from './store.ts';

/** An agreement as the API shows it, yuan as text. */
export const agreementAnswer = (row: AgreementRow) => ({
  id: row.id,
  bookId: row.bookId,
  guarantorId: row.guarantorId,
  shares: row.shares,
  cap: formatMoney(row.cap),
  financingCap: formatMoney(row.financingCap),
  feeRate: row.feeRate.toFixed(6),
  waitingDays: row.waitingDays,
  stopLoss: row.stopLoss.toFixed(6),
  settles: row.settles,
  persons: row.persons,
  expiresOn: row.expiresOn,
  state: row.state,
  approvalId: row.approvalId,
  version: row.version,
  createdAt: row.createdAt,
});

/** What the state of the guarantor's approval makes of a guarantee. */
export const guaranteeStates = {
  open: 'requested',
  approved: 'granted',
  rejected: 'declined',
  returned: 'declined',
  withdrawn: 'withdrawn',
} as const satisfies Record<ApprovalTaskRow['state'], string>;

/** A guarantee as the API shows it; its version is that of the approval, which decides on it. */
export const guaranteeAnswer = (row: GuaranteeRow, task: Pick<ApprovalTaskRow, 'state' | 'version'>) => ({
  id: row.id,
  agreementId: row.agreementId,
  bookId: row.bookId,
  guarantorId: row.guarantorId,
  financingId: row.financingId,
  borrowerId: row.borrowerId,
  product: row.product,
  number: row.number,
  amount: formatMoney(row.amount),
  cover: formatMoney(row.cover),
  rate: row.rate.toFixed(6),
  maturityDate: row.maturityDate,
  state: guaranteeStates[task.state],
  approvalId: row.taskId,
  fee: row.fee === null ? null : formatMoney(row.fee),
  version: task.version,
  createdAt: row.createdAt,
});

/** A claim as the API shows it, yuan as text. */
export const claimAnswer = (row: ClaimRow) => ({
  id: row.id,
  guaranteeId: row.guaranteeId,
  agreementId: row.agreementId,
  bookId: row.bookId,
  guarantorId: row.guarantorId,
  financingId: row.financingId,
  borrowerId: row.borrowerId,
  state: row.state,
  loss: formatMoney(row.loss),
  principal: formatMoney(row.principal),
  interest: formatMoney(row.interest),
  penalty: formatMoney(row.penalty),
  parts: row.parts.map(({ partyId, amount, paid, recovered }) => ({ partyId, amount, paid, recovered })),
  bankBears: formatMoney(row.bankBears),
  openedOn: row.openedOn,
  evidence: row.evidence,
  note: row.note,
  approvalId: row.approvalId,
  version: row.version,
  createdAt: row.createdAt,
});

type About = Readonly<{ objectKind: string; objectId: string; bookId: string; parties: readonly string[] }>;

/** Records what happened for the bank, the guarantors and whoever else it concerns. */
export function tellGuarantee(work: Workspace, kind: string, about: About, data: Record<string, unknown> = {}): void {
  work.emit({
    kind,
    objectKind: about.objectKind,
    objectId: about.objectId,
    scopeId: about.bookId,
    parties: [about.bookId, ...about.parties],
    data,
  });
}
