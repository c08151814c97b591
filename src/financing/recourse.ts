import { requireOpenBook } from '../ledger/book-store.ts';
import { available, ledgerOf } from '../ledger/ledger.ts';
import { Decimal, formatMoney } from '../money/decimal.ts';
import { require } from '../platform/refusal.ts';
import { nextState } from '../platform/state-machine.ts';
import type { UseCase } from '../platform/unit-of-work.ts';
import { requireVersion } from '../platform/version.ts';
import { financingAnswer, journalAnswer, tell } from './answer.ts';
import type { CollateralKeeper } from './keeper.ts';
import { financingLifecycle } from './lifecycle.ts';
import { type Backing, type Located, loadForPayment, scopeOf } from './loading.ts';
import { duesAt, totalDue } from './meters.ts';
import { isPurchase, payeeOf } from './quote.ts';
import { applyPayment } from './repayment.ts';
import { financings } from './store.ts';

type Claim = Located & Readonly<{ expectedVersion: number }>;
type ClaimAnswer = Readonly<{
  financing: ReturnType<typeof financingAnswer>;
  taken: string;
  journals: readonly ReturnType<typeof journalAnswer>[];
}>;

/**
 * The debtor has not paid in full: the supplier buys the rest back (Civil Code art. 766). What its deposit holds is
 * taken at once; paid in full, the receivable is the supplier's again, otherwise the claim stays and is recovered.
 */
export const claimRecourse = (keeper: CollateralKeeper): UseCase<Claim, ClaimAnswer, Backing> => ({
  name: 'financing.claim_recourse',
  lane: ({ input }) => input.bookId,
  scope: scopeOf,
  load: (work, commands) =>
    loadForPayment(
      work,
      commands.map(({ input }) => input),
      keeper,
    ),
  decide: (work, { actor, input, now }, loaded) => {
    const { businessDate } = requireOpenBook(work, input.bookId);
    const financing = work.get(financings, input.financingId);
    requireVersion(financing.version, input.expectedVersion);
    require(!isPurchase(financing.product), 'without-recourse', 'the bank has bought the receivable without recourse');
    require(payeeOf(financing) ===
      financing.borrowerId, 'claim-on-seller', 'the seller of the order owes what is not delivered');
    const status = nextState(financingLifecycle, financing.status, 'claim_recourse');
    const claimed = work.update(financings, financing.id, { status });
    const owed = totalDue(duesAt(financing, businessDate));
    const from = `2001/${financing.borrowerId}` as const;
    const amount = Decimal.min(available(ledgerOf(work).balance(financing.bookId, from)), owed);
    tell(work, 'recourse_claimed', claimed, { claimed: formatMoney(owed), taken: formatMoney(amount) });
    if (amount.isZero()) return { financing: financingAnswer(claimed), taken: '0.00', journals: [] };
    const payment = { amount, source: 'recourse', from, businessDate, requestId: actor.requestId, now } as const;
    const applied = applyPayment(work, claimed, payment, loaded);
    if (applied.financing.status === 'settled') tell(work, 'bought_back', applied.financing);
    return {
      financing: financingAnswer(applied.financing),
      taken: formatMoney(amount),
      journals: applied.journals.map(journalAnswer),
    };
  },
});
