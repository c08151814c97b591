import type { CollateralKeeper } from '../financing/keeper.ts';
import { financingLifecycle } from '../financing/lifecycle.ts';
import { type Located, scopeOf } from '../financing/loading.ts';
import { duesAt, totalDue } from '../financing/meters.ts';
import { applyPayment } from '../financing/repayment.ts';
import { type FinancingRow, financings } from '../financing/store.ts';
import { requireOpenBook, requireOwnBook } from '../ledger/book-store.ts';
import { ledgerOf } from '../ledger/ledger.ts';
import { addDays, daysBetween, type IsoDate } from '../money/dates.ts';
import { Decimal, formatMoney, parseMoney } from '../money/decimal.ts';
import { Refusal, require } from '../platform/refusal.ts';
import { nextState } from '../platform/state-machine.ts';
import type { UseCase } from '../platform/unit-of-work.ts';
import { requireVersion } from '../platform/version.ts';
import type { Workspace } from '../platform/workspace.ts';
import { fundUseAnswer } from './answer.ts';
import { fundLifecycle, fundUseLifecycle } from './lifecycle.ts';
import { moveFund } from './moves.ts';
import { bridged, givenBack } from './postings.ts';
import { rolloverFundFee } from './rules.ts';
import { type FundUseRow, funds, fundUses, type RolloverTerms } from './store.ts';
import { type Deciding, decided, type FundUseAnswer, type LoadedUses, loadUses, requestUse, tellUse } from './use.ts';

type Request = Located & Readonly<{ fundId: string; renewalId: string; amount: Decimal; expectedVersion: number }>;

/** The maturing loans with the loans that renew them: both are locked, and both are of this borrower and book. */
const withRenewals = <P extends Located & Readonly<{ renewalId: string | null }>>(places: readonly P[]): P[] =>
  places.flatMap((place) => (place.renewalId === null ? [place] : [place, { ...place, financingId: place.renewalId }]));

/**
 * A maker of the bank asks the rollover fund to bridge a loan that matures, until the bank pays out the one it has
 * promised in its place.
 */
export const requestRollover = (keeper: CollateralKeeper): UseCase<Request, FundUseAnswer, LoadedUses> => ({
  name: 'fund_use.request_rollover',
  status: 201,
  lane: ({ input }) => input.bookId,
  scope: scopeOf,
  load: (work, commands) => loadUses(work, withRenewals(commands.map(({ input }) => input)), keeper),
  decide: (work, command, { present }) => {
    const { actor, input } = command;
    requireOwnBook(actor, input.bookId);
    const { businessDate } = requireOpenBook(work, input.bookId);
    requireVersion(work.get(financings, input.financingId).version, input.expectedVersion);
    checkRule(work, input, businessDate);
    const zero = new Decimal(0);
    return requestUse(work, command, { kind: 'rollover', loss: zero, amount: input.amount, place: input, present });
  },
});

type Bridge = Readonly<{ fundId: string; financingId: string; renewalId: string | null; amount: Decimal }>;

/** The rule of the fund: a loan that is about to mature, a renewal that is approved and large enough, and the caps. */
function checkRule(work: Workspace, bridge: Bridge, on: IsoDate): void {
  const fund = work.get(funds, bridge.fundId);
  nextState(fundLifecycle, fund.state, 'use');
  const { rollover } = fund.terms;
  if (rollover === undefined) {
    throw new Refusal('fund-rule-not-met', 'the fund bridges no loans', {
      field: '/fundId',
      accepted: 'a loan-rollover fund',
    });
  }
  const loan = work.get(financings, bridge.financingId);
  checkLoan(loan, rollover, { ...bridge, on });
  const renews = isRenewal(work.find(financings, bridge.renewalId ?? ''), loan, bridge.amount);
  require(renews, 'fund-rule-not-met', 'the bank has approved no loan that renews this one', {
    field: '/renewalId',
    accepted: 'an approved loan of the borrower, of at least the amount',
  });
  const left = Decimal.max(parseMoney(rollover.cap).minus(fund.lent), 0);
  require(bridge.amount.lessThanOrEqualTo(left), 'fund-exhausted', `${formatMoney(fund.lent)} of the fund is out`, {
    field: '/amount',
    accepted: `at most ${formatMoney(left)}`,
  });
}

/** Whether a loan is one that the bank has promised in the place of another. */
const isRenewal = (renewal: FinancingRow | undefined, loan: FinancingRow, amount: Decimal): boolean =>
  renewal !== undefined &&
  renewal.status === 'approved' &&
  renewal.id !== loan.id &&
  renewal.bookId === loan.bookId &&
  renewal.borrowerId === loan.borrowerId &&
  renewal.amount.greaterThanOrEqualTo(amount);

function checkLoan(loan: FinancingRow, terms: RolloverTerms, { amount, on }: Bridge & Readonly<{ on: IsoDate }>): void {
  nextState(financingLifecycle, loan.status, 'extend');
  const from = addDays(loan.maturityDate, -terms.windowDays);
  require(on >= from, 'fund-rule-not-met', `the loan matures on ${loan.maturityDate}`, {
    field: '/financingId',
    accepted: `a day from ${from}`,
  });
  const most = Decimal.min(totalDue(duesAt(loan, on)), parseMoney(terms.useCap));
  require(amount.lessThanOrEqualTo(
    most,
  ), 'fund-rule-not-met', 'the amount is more than is due or than the fund bridges', {
    field: '/amount',
    accepted: `at most ${formatMoney(most)}`,
  });
}

/** A second person of the bank approves: the money goes from the fund through the borrower's deposit into the loan. */
export const drawFromFund = (keeper: CollateralKeeper): UseCase<Deciding, FundUseAnswer, LoadedUses> => ({
  name: 'fund_use.draw',
  lane: ({ input }) => input.bookId,
  scope: scopeOf,
  load: (work, commands) => loadUses(work, withRenewals(commands.map(({ input }) => input)), keeper),
  decide: (work, command, loaded) => {
    const { actor, now } = command;
    const { row, businessDate } = decided(work, command, 'approve');
    const state = nextState(fundUseLifecycle, row.state, 'draw');
    checkRule(work, row, businessDate);
    const { amount, borrowerId: borrower } = row;
    const about = { businessDate, requestId: actor.requestId, now };
    moveFund(work, row.fundId, {
      kind: 'draw',
      partyId: borrower,
      useId: row.id,
      amount,
      on: businessDate,
      now,
      lends: true,
    });
    const lines = bridged({ fund: row.fundId, borrower, amount });
    const kind = 'fund.bridged';
    ledgerOf(work).post({ bookId: row.bookId, kind, businessDate, subjectId: row.financingId, lines }, about);
    const payment = { ...about, amount, source: 'rollover', from: `2001/${borrower}` } as const;
    applyPayment(work, work.get(financings, row.financingId), payment, loaded);
    const after = work.update(fundUses, row.id, { state, usedOn: businessDate });
    tellUse(work, 'drawn', after);
    return fundUseAnswer(after);
  },
});

/** The renewal has been paid out: the borrower gives back what was bridged, with the fee of its days. */
export const returnToFund = (keeper: CollateralKeeper): UseCase<Deciding, FundUseAnswer, LoadedUses> => ({
  name: 'fund_use.return',
  lane: ({ input }) => input.bookId,
  scope: scopeOf,
  load: (work, commands) => loadUses(work, withRenewals(commands.map(({ input }) => input)), keeper),
  decide: (work, { actor, input, now }) => {
    requireOwnBook(actor, input.bookId);
    const { businessDate } = requireOpenBook(work, input.bookId);
    const row = work.get(fundUses, input.useId);
    requireVersion(row.version, input.expectedVersion);
    const state = nextState(fundUseLifecycle, row.state, 'give_back');
    const fee = feeOf(work, row, businessDate);
    const { borrowerId: borrower, amount } = row;
    const lines = givenBack({ fund: row.fundId, borrower, amount: amount.plus(fee) });
    ledgerOf(work).post(
      { bookId: row.bookId, kind: 'fund.given_back', businessDate, subjectId: row.financingId, lines },
      { requestId: actor.requestId, now },
    );
    const about = { partyId: borrower, useId: row.id, on: businessDate, now };
    moveFund(work, row.fundId, { ...about, kind: 'return', amount, lends: true });
    if (!fee.isZero()) moveFund(work, row.fundId, { ...about, kind: 'fee', amount: fee });
    const after = work.update(fundUses, row.id, { state, fee });
    tellUse(work, 'returned', after, { fee: formatMoney(fee) });
    return fundUseAnswer(after);
  },
});

/** The daily fee from the day the money was drawn; the day it comes back does not count. */
function feeOf(work: Workspace, { fundId, amount, usedOn }: FundUseRow, on: IsoDate): Decimal {
  const { dailyRate } = work.get(funds, fundId).terms.rollover as RolloverTerms;
  return rolloverFundFee(amount, new Decimal(dailyRate), daysBetween(usedOn as IsoDate, on));
}
