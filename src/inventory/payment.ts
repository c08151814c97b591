import { financingAnswer, journalAnswer } from '../financing/answer.ts';
import type { Backing, Located } from '../financing/loading.ts';
import { loadForPayment } from '../financing/loading.ts';
import { applyPayment } from '../financing/repayment.ts';
import { financings } from '../financing/store.ts';
import { lots } from '../goods/store.ts';
import { books } from '../ledger/book-store.ts';
import { ledgerOf } from '../ledger/ledger.ts';
import { type Decimal, formatMoney } from '../money/decimal.ts';
import { type Bucket, defaultOrder } from '../money/waterfall.ts';
import { Refusal, require } from '../platform/refusal.ts';
import { nextState } from '../platform/state-machine.ts';
import type { Command, UseCase } from '../platform/unit-of-work.ts';
import type { Workspace } from '../platform/workspace.ts';
import { loadReference } from '../reference/store.ts';
import { pledgeAnswer, tell } from './answer.ts';
import { endPledge, inventoryKeeper } from './keeper.ts';
import { pledgeLifecycle } from './lifecycle.ts';
import { type LoadedPledges, type LocatedPledge, lockPledges, pledgeIn, scopeOf } from './loading.ts';
import { marginPaid, marginReturned } from './postings.ts';
import { type Occasion, postAbout, revalue } from './revaluation.ts';
import { isRestored } from './rules.ts';
import { coverOf, exposureOf, ladderOf, loadStandings } from './standing.ts';
import { type PledgeRow, pledges, sales } from './store.ts';

export type PledgeWithLoans = LocatedPledge & Readonly<{ financings: readonly Located[] }>;
export type LoadedMoney = LoadedPledges & Backing;

/** Locks pledges with every loan they carry and the accounts their money moves on. */
export async function loadMoney(
  work: Workspace,
  commands: readonly Command<PledgeWithLoans>[],
  { saleIds = [], lotIds = [] }: Readonly<{ saleIds?: readonly string[]; lotIds?: readonly string[] }> = {},
): Promise<LoadedMoney> {
  const inputs = commands.map(({ input }) => input);
  const ids = inputs.map(({ pledgeId }) => pledgeId);
  const reference = await loadReference(work);
  const keeper = {
    ...inventoryKeeper,
    lock: async (...given: Parameters<typeof inventoryKeeper.lock>) => {
      await lockPledges(work, ids);
      await inventoryKeeper.lock(...given);
      await work.lock(sales, saleIds);
      await work.lock(lots, lotIds);
    },
  };
  const backing = await loadForPayment(
    work,
    inputs.flatMap((input) => input.financings),
    keeper,
    inputs.map(({ bookId }) => bookId),
  );
  for (const { bookId, pledgorId } of inputs) {
    const parties = (['2001', '2002', '2003'] as const).map((code) => `${code}/${pledgorId}` as const);
    await ledgerOf(work).lock(bookId, [...parties, '1001', '1139', '9003', '9999']);
  }
  return { ...backing, reference, standings: await loadStandings(work, ids, (commands[0] as Command<unknown>).now) };
}

export const occasionOf = (
  work: Workspace,
  { input, actor, now }: Command<LocatedPledge>,
  { standings, reference }: LoadedPledges,
  cause: Occasion['cause'],
): Occasion => ({
  standings,
  reference,
  businessDate: work.get(books, input.bookId).businessDate,
  now,
  requestId: actor.requestId,
  cause,
});

const principalFirst: Bucket[] = ['principal', ...defaultOrder.filter((bucket) => bucket !== 'principal')];

type PayDown = PledgeWithLoans & Readonly<{ financingId: string; amount: Decimal }>;
type Paid = Readonly<{
  pledge: ReturnType<typeof pledgeAnswer>;
  financing: ReturnType<typeof financingAnswer>;
  principal: string;
  journals: readonly ReturnType<typeof journalAnswer>[];
}>;

/**
 * The pledgor repays principal before it is due, to restore the cover or to free goods: interest keeps its own days.
 * The pledge is looked at anew, so that a margin call is cured at once.
 */
export const payDown: UseCase<PayDown, Paid, LoadedMoney> = {
  name: 'inventory.pay_down',
  status: 201,
  lane: ({ input }) => input.bookId,
  scope: scopeOf,
  load: loadMoney,
  decide: (work, command, loaded) => {
    const { actor, input, now } = command;
    const pledge = pledgeIn(work, input);
    require(actor.orgId === pledge.pledgorId ||
      actor.orgId === pledge.bookId, 'not-a-party', 'the pledgor repays, or its bank for it');
    nextState(pledgeLifecycle, pledge.status, 'pay');
    if (!input.financings.some(({ financingId }) => financingId === input.financingId)) {
      throw new Refusal('not-found', 'the pledge carries no such financing', { field: '/financingId' });
    }
    const financing = work.get(financings, input.financingId);
    if (input.amount.greaterThan(financing.principal)) {
      throw new Refusal('amount-exceeds-due', `the principal is ${formatMoney(financing.principal)}`, {
        field: '/amount',
        accepted: `at most ${formatMoney(financing.principal)}`,
      });
    }
    const occasion = occasionOf(work, command, loaded, 'repayment');
    const ordered = { ...financing, terms: { ...financing.terms, waterfall: principalFirst } };
    const applied = applyPayment(
      work,
      ordered,
      {
        amount: input.amount,
        source: 'borrower',
        from: `2001/${pledge.pledgorId}`,
        businessDate: occasion.businessDate,
        requestId: actor.requestId,
        now,
      },
      loaded,
    );
    const after = work.get(pledges, pledge.id);
    const looked = after.status === 'released' ? after : revalue(work, after, occasion);
    return {
      pledge: pledgeAnswer(looked),
      financing: financingAnswer(applied.financing),
      principal: formatMoney(applied.repayment?.principal ?? input.amount),
      journals: applied.journals.map(journalAnswer),
    };
  },
};

type Margin = PledgeWithLoans & Readonly<{ amount: Decimal }>;

/** The pledgor puts up cash margin out of its deposit. */
export const payMargin: UseCase<Margin, ReturnType<typeof pledgeAnswer>, LoadedMoney> = {
  name: 'inventory.pay_margin',
  status: 201,
  lane: ({ input }) => input.bookId,
  scope: scopeOf,
  load: loadMoney,
  decide: (work, command, loaded) => {
    const { actor, input } = command;
    const pledge = pledgeIn(work, input);
    require(actor.orgId === pledge.pledgorId, 'not-a-party', 'the pledgor puts up margin');
    nextState(pledgeLifecycle, pledge.status, 'secure');
    const occasion = occasionOf(work, command, loaded, 'margin');
    postAbout(work, pledge, occasion, 'margin_paid', marginPaid(pledge.pledgorId, input.amount));
    const secured = work.update(pledges, pledge.id, { margin: pledge.margin.plus(input.amount) });
    tell(work, 'margin_paid', secured, { amount: formatMoney(input.amount) });
    return pledgeAnswer(revalue(work, secured, occasion));
  },
};

/** Margin goes back to the pledgor as far as the goods carry what is owed at the initial loan to value. */
export const returnMargin: UseCase<Margin, ReturnType<typeof pledgeAnswer>, LoadedMoney> = {
  name: 'inventory.return_margin',
  status: 201,
  lane: ({ input }) => input.bookId,
  scope: scopeOf,
  load: loadMoney,
  decide: (work, command, loaded) => {
    const { actor, input } = command;
    const pledge = pledgeIn(work, input);
    require(actor.orgId === pledge.pledgorId, 'not-a-party', 'the pledgor asks for its margin');
    nextState(pledgeLifecycle, pledge.status, 'release');
    require(input.amount.lessThanOrEqualTo(
      pledge.margin,
    ), 'amount-exceeds-due', `the margin is ${formatMoney(pledge.margin)}`, {
      field: '/amount',
      accepted: `at most ${formatMoney(pledge.margin)}`,
    });
    const left = work.update(pledges, pledge.id, { margin: pledge.margin.minus(input.amount) });
    const cover = coverOf(work, loaded.standings, left);
    require(isRestored(cover, ladderOf(left)), 'cover-insufficient', 'the goods alone do not carry what is owed', {
      field: '/amount',
      accepted: 'less, or after a repayment',
    });
    const occasion = occasionOf(work, command, loaded, 'margin');
    postAbout(work, left, occasion, 'margin_returned', marginReturned(pledge.pledgorId, input.amount));
    tell(work, 'margin_returned', left, { amount: formatMoney(input.amount) });
    return pledgeAnswer(revalue(work, left, occasion));
  },
};

type End = PledgeWithLoans & Readonly<{ reason: string | null }>;

/** The pledgor or the bank ends a pledge that carries nothing: goods and margin are the pledgor's again. */
export const terminatePledge: UseCase<End, ReturnType<typeof pledgeAnswer>, LoadedMoney> = {
  name: 'inventory.terminate',
  lane: ({ input }) => input.bookId,
  scope: scopeOf,
  load: loadMoney,
  decide: (work, command, loaded) => {
    const { actor, input } = command;
    const pledge = pledgeIn(work, input);
    require(actor.orgId === pledge.pledgorId ||
      actor.orgId === pledge.bookId, 'not-a-party', 'the pledgor ends a pledge, or its bank');
    nextState(pledgeLifecycle, pledge.status, 'end');
    const owed = exposureOf(work, loaded.standings, pledge.id);
    require(owed.isZero(), 'still-owed', `the pledge carries ${formatMoney(owed)}`, { exposure: formatMoney(owed) });
    return pledgeAnswer(endWithMargin(work, pledge, occasionOf(work, command, loaded, 'margin')));
  },
};

/** Ends a pledge whose accounts are locked, margin given back first. */
export function endWithMargin(work: Workspace, pledge: PledgeRow, occasion: Occasion): PledgeRow {
  postAbout(work, pledge, occasion, 'margin_returned', marginReturned(pledge.pledgorId, pledge.margin));
  return endPledge(work, work.update(pledges, pledge.id, { margin: pledge.margin.minus(pledge.margin) }));
}
