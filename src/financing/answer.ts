import type { PostedJournal } from '../ledger/store.ts';
import type { Workspace } from '../platform/workspace.ts';
import type { Quote } from './quote.ts';
import type { FinancingRow } from './store.ts';

/** A financing as the API shows it, yuan as text. */
export const financingAnswer = (f: FinancingRow) => ({
  id: f.id,
  number: f.number,
  bookId: f.bookId,
  chainId: f.chainId,
  programmeId: f.programmeId,
  programmeVersion: f.programmeVersion,
  product: f.product,
  status: f.status,
  borrowerId: f.borrowerId,
  debtorId: f.debtorId,
  face: f.face.toFixed(2),
  amount: f.amount.toFixed(2),
  principal: f.principal.toFixed(2),
  rate: f.rate.toFixed(6),
  penaltyRate: f.penaltyRate.toFixed(6),
  fee: f.fee.toFixed(2),
  discount: f.discount.toFixed(2),
  valueDate: f.valueDate,
  dueDate: f.dueDate,
  maturityDate: f.maturityDate,
  overdueFrom: f.overdueFrom,
  overdueSince: f.overdueSince,
  riskClass: f.riskClass,
  extensions: f.extensions,
  shortfall: f.shortfall.toFixed(2),
  misused: f.misused.toFixed(2),
  misuseRate: f.misuseRate.toFixed(6),
  approvalId: f.approvalId,
  guaranteeTaskId: f.guaranteeTaskId,
  registrationId: f.registrationId,
  paymentId: f.paymentId,
  settledOn: f.settledOn,
  note: f.note,
  version: f.version,
  createdAt: f.createdAt,
});

/** A quote as the API shows it, yuan as text. */
export const quoteAnswer = (quote: Quote) => ({
  amount: quote.amount.toFixed(2),
  valueDate: quote.valueDate,
  maturityDate: quote.maturityDate,
  provisional: quote.provisional,
  days: quote.days,
  rate: quote.rate.toFixed(6),
  penaltyRate: quote.penaltyRate.toFixed(6),
  referenceRate: quote.referenceRate?.toFixed(6) ?? null,
  referenceOn: quote.referenceOn,
  interest: quote.interest.toFixed(2),
  debtorInterest: quote.debtorInterest.toFixed(2),
  fee: quote.fee.toFixed(2),
  feeNet: quote.feeNet.toFixed(2),
  feeTax: quote.feeTax.toFixed(2),
  netProceeds: quote.netProceeds.toFixed(2),
  dueAtMaturity: quote.dueAtMaturity.toFixed(2),
  schedule: quote.schedule.map(({ on, flow, ...amounts }) => ({
    on,
    flow,
    principal: amounts.principal.toFixed(2),
    interest: amounts.interest.toFixed(2),
    fee: amounts.fee.toFixed(2),
    amount: amounts.amount.toFixed(2),
  })),
  allInRate: quote.allInRate?.toFixed(6) ?? null,
});

/** A journal as the API shows it, with the balances it left. Debits are positive. */
export const journalAnswer = (journal: PostedJournal) => ({
  id: journal.id,
  kind: journal.kind,
  businessDate: journal.businessDate,
  lines: journal.lines.map((line) => ({
    account: line.account,
    amount: line.amount.toFixed(2),
    balanceAfter: line.balanceAfter.toFixed(2),
  })),
});

/** Records what happened to a financing for its bank, its borrower and, when it concerns the debtor, for that too. */
export function tell(work: Workspace, kind: string, financing: FinancingRow, data: Record<string, unknown> = {}): void {
  work.emit({
    kind: `financing.${kind}`,
    objectKind: 'financing',
    objectId: financing.id,
    scopeId: financing.bookId,
    parties: [financing.bookId, financing.borrowerId],
    data: { number: financing.number, status: financing.status, version: financing.version, ...data },
  });
}
