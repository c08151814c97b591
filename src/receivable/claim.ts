import { claimDischarged } from '../financing/postings.ts';
import { books, requireOpenBook } from '../ledger/book-store.ts';
import type { AccountPath } from '../ledger/chart.ts';
import { ledgerOf } from '../ledger/ledger.ts';
import { type Decimal, formatMoney } from '../money/decimal.ts';
import { require } from '../platform/refusal.ts';
import { nextState } from '../platform/state-machine.ts';
import type { UseCase } from '../platform/unit-of-work.ts';
import { requireVersion } from '../platform/version.ts';
import type { Workspace } from '../platform/workspace.ts';
import { claimStates } from './lifecycle.ts';
import { type SellerClaimRow, sellerClaims } from './store.ts';

const claimAnswer = (claim: SellerClaimRow) => ({
  id: claim.id,
  bookId: claim.bookId,
  partyId: claim.partyId,
  financingId: claim.financingId,
  receivableId: claim.receivableId,
  amount: formatMoney(claim.amount),
  discharged: formatMoney(claim.discharged),
  state: claim.state,
  openedOn: claim.openedOn,
  version: claim.version,
  createdAt: claim.createdAt,
});

export function tellClaim(work: Workspace, kind: string, claim: SellerClaimRow, amount: Decimal): void {
  work.emit({
    kind: `seller_claim.${kind}`,
    objectKind: 'seller_claim',
    objectId: claim.id,
    scopeId: claim.bookId,
    parties: [claim.bookId, claim.partyId],
    data: { amount: formatMoney(amount), discharged: formatMoney(claim.discharged), state: claim.state },
  });
}

type Discharge = Readonly<{
  claimId: string;
  bookId: string;
  partyId: string;
  expectedVersion: number;
  amount: Decimal;
}>;

/** The seller, or its bank for it, pays a claim from its deposit, in part or to the last fen. */
export const dischargeClaim: UseCase<Discharge, ReturnType<typeof claimAnswer>> = {
  name: 'seller_claim.discharge',
  lane: ({ input }) => input.bookId,
  scope: ({ input }) => [input.bookId],
  load: async (work, commands) => {
    const inputs = commands.map(({ input }) => input);
    await work.lock(
      books,
      inputs.map(({ bookId }) => bookId),
    );
    await work.lock(
      sellerClaims,
      inputs.map(({ claimId }) => claimId),
    );
    // A lane is one book's: its accounts are locked together, in their order.
    const [{ bookId }] = inputs as [Discharge];
    await ledgerOf(work).lock(
      bookId,
      inputs.flatMap(({ partyId }): AccountPath[] => [`1133/${partyId}`, `2001/${partyId}`]),
    );
  },
  decide: (work, { actor, input, now }) => {
    const { businessDate } = requireOpenBook(work, input.bookId);
    const claim = work.get(sellerClaims, input.claimId);
    requireVersion(claim.version, input.expectedVersion);
    const left = claim.amount.minus(claim.discharged);
    const rest = left.minus(input.amount);
    const state = nextState(claimStates, claim.state, rest.isZero() ? 'discharge' : 'pay');
    require(input.amount.greaterThan(0) &&
      !rest.isNegative(), 'amount-exceeds-due', `${formatMoney(left)} of the claim are open`, {
      field: '/amount',
      accepted: `0.01 to ${formatMoney(left)}`,
    });
    const after = work.update(sellerClaims, claim.id, { discharged: claim.discharged.plus(input.amount), state });
    ledgerOf(work).post(
      {
        bookId: claim.bookId,
        kind: 'seller_claim.discharged',
        businessDate,
        subjectId: claim.id,
        lines: claimDischarged({ seller: claim.partyId, amount: input.amount }),
      },
      { requestId: actor.requestId, now },
    );
    tellClaim(work, state === 'discharged' ? 'discharged' : 'paid', after, input.amount);
    return claimAnswer(after);
  },
};
