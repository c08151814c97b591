import type { CollateralKeeper } from '../financing/keeper.ts';
import { financingLifecycle } from '../financing/lifecycle.ts';
import { type Located, scopeOf } from '../financing/loading.ts';
import { duesAt, totalDue } from '../financing/meters.ts';
import { applyPayment } from '../financing/repayment.ts';
import { type FinancingRow, financings } from '../financing/store.ts';
import { requireOpenBook, requireOwnBook } from '../ledger/book-store.ts';
import { ledgerOf } from '../ledger/ledger.ts';
import { Decimal, formatMoney } from '../money/decimal.ts';
import { require } from '../platform/refusal.ts';
import { nextState } from '../platform/state-machine.ts';
import type { UseCase } from '../platform/unit-of-work.ts';
import { requireVersion } from '../platform/version.ts';
import type { Workspace } from '../platform/workspace.ts';
import { fundUseAnswer } from './answer.ts';
import { fundLifecycle, fundUseLifecycle } from './lifecycle.ts';
import { moveFund } from './moves.ts';
import { accountOf, givenBack } from './postings.ts';
import { type PoolTerms, poolCompensation, poolRoom, shareWithPool } from './rules.ts';
import { type FundRow, funds, fundUses, type PoolUse } from './store.ts';
import {
  type Deciding,
  decided,
  type FundUseAnswer,
  type LoadedUses,
  loadUses,
  type OnUse,
  requestUse,
  tellUse,
} from './use.ts';

type Request = Located & Readonly<{ fundId: string; renewalId: null; expectedVersion: number }>;

/** A maker of the bank asks the pool of a programme to compensate the principal that a loan in default has left unpaid. */
export const requestCompensation = (keeper: CollateralKeeper): UseCase<Request, FundUseAnswer, LoadedUses> => ({
  name: 'fund_use.request_compensation',
  status: 201,
  lane: ({ input }) => input.bookId,
  scope: scopeOf,
  load: (work, commands) =>
    loadUses(
      work,
      commands.map(({ input }) => input),
      keeper,
    ),
  decide: (work, command, { pools, present }) => {
    const { actor, input } = command;
    requireOwnBook(actor, input.bookId);
    requireOpenBook(work, input.bookId);
    const financing = work.get(financings, input.financingId);
    requireVersion(financing.version, input.expectedVersion);
    const fund = poolOf(work, input.fundId, financing);
    const loss = lossOf(financing);
    const { compensation } = compensate(fund, loss, pools.get(fund.id) as PoolUse);
    return requestUse(work, command, { kind: 'compensation', loss, amount: compensation, place: input, present });
  },
});

/** The pool of the loan's programme; refuses another fund. */
function poolOf(work: Workspace, fundId: string, financing: FinancingRow): FundRow {
  const fund = work.get(funds, fundId);
  nextState(fundLifecycle, fund.state, 'use');
  require(fund.programmeId === financing.programmeId, 'fund-rule-not-met', 'the fund is no pool of this programme', {
    field: '/fundId',
    accepted: 'the risk-compensation pool of the programme of the loan',
  });
  return fund;
}

/** Principal of a loan in default; interest is the bank's own risk. */
function lossOf(financing: FinancingRow): Decimal {
  nextState(financingLifecycle, financing.status, 'claim_recourse');
  return financing.principal;
}

/** What the pool pays; refuses when it can pay nothing. */
function compensate({ terms, balance }: FundRow, loss: Decimal, { thisYear, ever, lent }: PoolUse) {
  const pool = terms.pool as PoolTerms;
  const room = poolRoom(pool, { thisYear, ever }, lent);
  const { compensation, bankBears } = poolCompensation(loss, new Decimal(pool.share), balance, room);
  require(compensation.greaterThan(
    0,
  ), 'fund-exhausted', `the pool has ${formatMoney(balance)}, of which its caps leave ${formatMoney(room)}`);
  return { compensation, bankBears };
}

/**
 * A second person of the bank approves: the pool pays what its share, its balance, the cap of the year and the
 * stop-loss allow today, which repays principal.
 */
export const payFromPool = (keeper: CollateralKeeper): UseCase<Deciding, FundUseAnswer, LoadedUses> => ({
  name: 'fund_use.pay',
  lane: ({ input }) => input.bookId,
  scope: scopeOf,
  load: (work, commands) =>
    loadUses(
      work,
      commands.map(({ input }) => input),
      keeper,
    ),
  decide: (work, command, loaded) => {
    const { actor, now } = command;
    const { row, businessDate } = decided(work, command, 'approve');
    const state = nextState(fundUseLifecycle, row.state, 'pay');
    const financing = work.get(financings, row.financingId);
    const fund = poolOf(work, row.fundId, financing);
    const use = loaded.pools.get(fund.id) as PoolUse;
    const loss = lossOf(financing);
    const { compensation: amount } = compensate(fund, loss, use);
    loaded.pools.set(fund.id, { ...use, thisYear: use.thisYear.plus(amount), ever: use.ever.plus(amount) });
    work.onUndo(() => loaded.pools.set(fund.id, use));
    moveFund(work, fund.id, {
      kind: 'compensate',
      partyId: row.borrowerId,
      useId: row.id,
      amount,
      on: businessDate,
      now,
    });
    const payment = {
      amount,
      source: 'risk_pool',
      from: accountOf(fund.id),
      order: ['principal'],
      businessDate,
      requestId: actor.requestId,
      now,
    } as const;
    applyPayment(work, financing, payment, loaded);
    const after = work.update(fundUses, row.id, { state, loss, amount, usedOn: businessDate });
    tellUse(work, 'paid', after);
    return fundUseAnswer(after);
  },
});

type Recovery = OnUse & Readonly<{ amount: Decimal }>;

/** What was recovered from the borrower after a compensation goes back to pool and bank in proportion, from its deposit. */
export const recoverForPool = (keeper: CollateralKeeper): UseCase<Recovery, FundUseAnswer, LoadedUses> => ({
  name: 'fund_use.recover',
  status: 201,
  lane: ({ input }) => input.bookId,
  scope: scopeOf,
  load: (work, commands) =>
    loadUses(
      work,
      commands.map(({ input }) => input),
      keeper,
    ),
  decide: (work, { actor, input, now }, loaded) => {
    requireOwnBook(actor, input.bookId);
    const { businessDate } = requireOpenBook(work, input.bookId);
    const row = work.get(fundUses, input.useId);
    const state = nextState(fundUseLifecycle, row.state, 'recover');
    const financing = work.get(financings, row.financingId);
    const owed = { pool: row.amount.minus(row.recovered), bank: totalDue(duesAt(financing, businessDate)) };
    const most = owed.pool.plus(owed.bank);
    require(input.amount.lessThanOrEqualTo(most), 'amount-exceeds-due', `bank and pool are owed ${formatMoney(most)}`, {
      field: '/amount',
      accepted: `at most ${formatMoney(most)}`,
    });
    const borne = { pool: row.amount, bank: row.loss.minus(row.amount) };
    const { toPool, toBank } = shareWithPool(input.amount, borne, owed);
    const about = { businessDate, requestId: actor.requestId, now };
    const borrower = row.borrowerId;
    if (!toPool.isZero()) {
      const lines = givenBack({ fund: row.fundId, borrower, amount: toPool });
      const kind = 'fund.recovered';
      ledgerOf(work).post({ bookId: row.bookId, kind, businessDate, subjectId: row.financingId, lines }, about);
      const move = {
        kind: 'recover',
        partyId: borrower,
        useId: row.id,
        amount: toPool,
        on: businessDate,
        now,
      } as const;
      moveFund(work, row.fundId, move);
    }
    if (!toBank.isZero()) {
      const payment = { ...about, amount: toBank, source: 'recovery', from: `2001/${borrower}` } as const;
      applyPayment(work, financing, payment, loaded);
    }
    const after = work.update(fundUses, row.id, { state, recovered: row.recovered.plus(toPool) });
    tellUse(work, 'recovered', after, { toPool: formatMoney(toPool), toBank: formatMoney(toBank) });
    return fundUseAnswer(after);
  },
});
