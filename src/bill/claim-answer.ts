import type { Workspace } from '../platform/workspace.ts';
import { claimDue } from './claim-rules.ts';
import type { ClaimPaymentRow, ClaimRow } from './claim-store.ts';

/** A claim as the API shows it, with what it comes to on a day. */
export function claimAnswer(c: ClaimRow, on: string) {
  const due = claimDue(c, on);
  return {
    id: c.id,
    billId: c.billId,
    holdingId: c.holdingId,
    kind: c.kind,
    claimantId: c.claimantId,
    bookId: c.bookId,
    targets: [...c.targets],
    amount: c.amount.toFixed(2),
    rate: c.rate.toFixed(6),
    interestFrom: c.interestFrom,
    costs: c.costs.toFixed(2),
    due: {
      on,
      costs: due.costs.toFixed(2),
      interest: due.interest.toFixed(2),
      principal: due.principal.toFixed(2),
      total: due.total.toFixed(2),
    },
    status: c.status,
    reason: c.reason,
    openedOn: c.openedOn,
    expiresOn: c.expiresOn,
    closedOn: c.closedOn,
    version: c.version,
    createdAt: c.createdAt,
  };
}
export type ClaimAnswer = ReturnType<typeof claimAnswer>;

export const claimPaymentAnswer = (p: ClaimPaymentRow) => ({
  id: p.id,
  claimId: p.claimId,
  payerId: p.payerId,
  bankReference: p.bankReference,
  paidOn: p.paidOn,
  amount: p.amount.toFixed(2),
  costs: p.costs.toFixed(2),
  interest: p.interest.toFixed(2),
  principal: p.principal.toFixed(2),
  journalId: p.journalId,
});

/** Tells claimant and targets; it is also the notice that art. 66 of the 票据法 asks for. */
export function tellClaim(work: Workspace, claim: ClaimRow, what: string, data: Record<string, unknown> = {}): void {
  work.emit({
    kind: `bill_claim.${what}`,
    objectKind: 'bill_claim',
    objectId: claim.id,
    scopeId: claim.chainId,
    parties: [claim.claimantId, ...claim.targets],
    data: { billId: claim.billId, amount: claim.amount.toFixed(2), status: claim.status, ...data },
  });
}
