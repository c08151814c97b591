import { uuidv7 } from 'uuidv7';
import { decideTask, openTask } from '../approval/commands.ts';
import { approvalTasks, lockTasks } from '../approval/store.ts';
import { duesAt, totalDue } from '../financing/meters.ts';
import { applyPayment } from '../financing/repayment.ts';
import { saleLifecycle } from '../financing/sale-lifecycle.ts';
import { costRecovered, saleCost, saleProceeds, surplusPaid } from '../financing/sale-postings.ts';
import { type FinancingRow, financings } from '../financing/store.ts';
import { changeLot, cutLot, freeLot, lotInStock } from '../goods/lots.ts';
import { lots } from '../goods/store.ts';
import { type UnitWorth, unitWorths } from '../goods/valuation-store.ts';
import { organizations } from '../identity/store.ts';
import { books } from '../ledger/book-store.ts';
import { Decimal, formatMoney } from '../money/decimal.ts';
import { require } from '../platform/refusal.ts';
import { nextState } from '../platform/state-machine.ts';
import type { Command, UseCase } from '../platform/unit-of-work.ts';
import { requireVersion } from '../platform/version.ts';
import type { Workspace } from '../platform/workspace.ts';
import { saleAnswer, tell } from './answer.ts';
import { pledgeLifecycle } from './lifecycle.ts';
import { pledgeIn, requireLotUnder, scopeOf } from './loading.ts';
import { endWithMargin, type LoadedMoney, loadMoney, occasionOf, type PledgeWithLoans } from './payment.ts';
import { type Occasion, postAbout, revalue } from './revaluation.ts';
import { adjust, exposureOf, goodsOf, owingIds } from './standing.ts';
import { type PledgeRow, pledges, type SaleRow, type SoldLot, sales } from './store.ts';

type Answer = ReturnType<typeof saleAnswer>;
type Sell = PledgeWithLoans &
  Readonly<{ buyerId: string; lots: readonly SoldLot[]; proceeds: Decimal; cost: Decimal; bankReference: string }>;

/**
 * One person of the bank proposes a sale of goods under an enforced pledge: to whom, for how much, at what cost. The
 * goods never become the bank's own for the debt (Civil Code art. 428): they are sold, and the surplus is returned.
 */
export const proposeSale: UseCase<Sell, Answer, ReadonlySet<string>> = {
  name: 'inventory.propose_sale',
  status: 201,
  lane: ({ input }) => input.bookId,
  scope: ({ input }) => [...scopeOf({ input }), input.buyerId],
  load: async (work, commands) => {
    const buyers = await work.read(
      organizations,
      'id',
      commands.map(({ input }) => input.buyerId),
    );
    await work.lock(
      books,
      commands.map(({ input }) => input.bookId),
    );
    await work.lock(
      pledges,
      commands.map(({ input }) => input.pledgeId),
    );
    const known = await work.read(
      sales,
      'pledgeId',
      commands.map(({ input }) => input.pledgeId),
    );
    await work.lock(
      sales,
      known.map(({ id }) => id),
    );
    await work.lock(
      lots,
      commands.flatMap(({ input }) => input.lots.map(({ lotId }) => lotId)),
    );
    return new Set(buyers.map(({ id }) => id));
  },
  decide: (work, { actor, input, now }, buyers) => {
    const pledge = pledgeIn(work, input);
    require(actor.orgId === pledge.bookId, 'not-a-party', 'the lender sells pledged goods');
    nextState(pledgeLifecycle, pledge.status, 'sell');
    require(buyers.has(input.buyerId) &&
      ![pledge.bookId, pledge.pledgorId].includes(
        input.buyerId,
      ), 'not-found', 'the buyer is another organization of the platform', { field: '/buyerId' });
    const proposed = work.all(sales).some(({ pledgeId, state }) => pledgeId === pledge.id && state === 'proposed');
    require(!proposed, 'already-exists', 'another sale waits for its approval');
    require(input.cost.lessThan(input.proceeds), 'invalid-input', 'the sale would bring nothing', { field: '/cost' });
    for (const [index, sold] of input.lots.entries()) requireLotUnder(work, pledge, sold, index);
    const id = uuidv7();
    const task = openTask(work, {
      bookId: pledge.bookId,
      subjectKind: 'goods_sale',
      subjectId: id,
      action: 'sell',
      amount: input.proceeds,
      level: 'one',
      rule: null,
      maker: actor,
      subjectVersion: 1,
      now,
    });
    const sale: SaleRow = {
      id,
      pledgeId: pledge.id,
      bookId: pledge.bookId,
      pledgorId: pledge.pledgorId,
      buyerId: input.buyerId,
      lots: input.lots,
      proceeds: input.proceeds,
      cost: input.cost,
      bankReference: input.bankReference,
      state: 'proposed',
      applied: null,
      surplus: null,
      loss: null,
      approvalId: task.id,
      version: 1,
      createdAt: now.toISOString(),
    };
    work.insert(sales, sale);
    tell(work, 'sale_proposed', pledge, { saleId: id, proceeds: formatMoney(sale.proceeds) });
    return saleAnswer(sale);
  },
};

type Decide = PledgeWithLoans &
  Readonly<{
    saleId: string;
    buyerId: string;
    lotIds: readonly string[];
    expectedVersion: number;
    verdict: 'approve' | 'reject';
    reason: string | null;
  }>;
type Loaded = LoadedMoney & Readonly<{ units: ReadonlyMap<string, UnitWorth> }>;

/**
 * Another person of the bank approves: the goods are the buyer's, the money goes to costs, penalty, interest and
 * principal, the surplus to the pledgor. When nothing is left to sell, what remains owed is told as the loss.
 */
export const decideSale: UseCase<Decide, Answer, Loaded> = {
  name: 'inventory.decide_sale',
  lane: ({ input }) => input.bookId,
  scope: ({ input }) => [...scopeOf({ input }), input.buyerId],
  load: async (work, commands) => {
    const ids = commands.map(({ input }) => input.saleId);
    const tasks = (await work.read(sales, 'id', ids)).map(({ approvalId }) => approvalId);
    await work.lock(
      books,
      commands.map(({ input }) => input.bookId),
    );
    await lockTasks(work, tasks);
    const money = await loadMoney(work, commands, {
      saleIds: ids,
      lotIds: commands.flatMap(({ input }) => input.lotIds),
    });
    const { now } = commands[0] as Command<Decide>;
    const units = new Map<string, UnitWorth>();
    for (const bookId of new Set(commands.map(({ input }) => input.bookId))) {
      for (const [id, unit] of await unitWorths(work, work.all(lots), { bookId, at: now })) units.set(id, unit);
    }
    return { ...money, units };
  },
  decide: (work, command, loaded) => {
    const { actor, input, now } = command;
    const pledge = pledgeIn(work, input);
    const sale = work.get(sales, input.saleId);
    requireVersion(sale.version, input.expectedVersion);
    const state = nextState(saleLifecycle, sale.state, input.verdict);
    const { verdict, reason } = input;
    decideTask(work, work.get(approvalTasks, sale.approvalId), { actor, verdict, reason, now });
    if (verdict === 'reject') {
      tell(work, 'sale_rejected', pledge, { saleId: sale.id, reason });
      return saleAnswer(work.update(sales, sale.id, { state }));
    }
    nextState(pledgeLifecycle, pledge.status, 'sell');
    const occasion = occasionOf(work, command, loaded, 'sale');
    handOver(work, pledge, sale, loaded, now);
    postAbout(work, pledge, occasion, 'sale_cost', saleCost(sale.cost));
    postAbout(work, pledge, occasion, 'goods_sold', saleProceeds(pledge.pledgorId, sale.proceeds));
    postAbout(work, pledge, occasion, 'cost_recovered', costRecovered(pledge.pledgorId, sale.cost));
    const { applied, surplus } = spread(work, pledge, sale, { occasion, loaded });
    postAbout(work, pledge, occasion, 'surplus_paid', surplusPaid(pledge.pledgorId, surplus));
    const { loss } = conclude(work, pledge, occasion);
    const after = work.update(sales, sale.id, { state, applied, surplus, loss });
    tell(work, 'goods_sold', work.get(pledges, pledge.id), {
      saleId: sale.id,
      proceeds: formatMoney(sale.proceeds),
      surplus: formatMoney(surplus),
    });
    return saleAnswer(after);
  },
};

/** The lots change hands where they lie, free of the pledge. */
function handOver(work: Workspace, pledge: PledgeRow, sale: SaleRow, loaded: Loaded, now: Date): void {
  for (const [index, sold] of sale.lots.entries()) {
    requireLotUnder(work, pledge, sold, index);
    const lot = lotInStock(work, sold.lotId, `/lots/${index}/lotId`);
    const quantity = new Decimal(sold.quantity);
    const { part, rest } = cutLot(work, lot, quantity, now);
    changeLot(work, freeLot(work, part, 'release', now), { ownerId: sale.buyerId }, now);
    const value = quantity.times(loaded.units.get(lot.id)?.value ?? 0);
    adjust(work, loaded.standings, pledge.id, { value: value.negated(), lots: rest === null ? -1 : 0 });
  }
}

type Spreading = Readonly<{ occasion: Occasion; loaded: Loaded }>;

/** Margin and proceeds go to the loans of the pledge, the oldest first; what none of them takes is the surplus. */
function spread(work: Workspace, pledge: PledgeRow, sale: SaleRow, { occasion, loaded }: Spreading) {
  const { businessDate, requestId, now } = occasion;
  const ids = owingIds(loaded.standings, [pledge.id]);
  const applied = new Map<string, Decimal>();
  const pay = (from: `2002/${string}` | `2003/${string}`, amount: Decimal): Decimal => {
    let left = amount;
    for (const id of ids) {
      const financing = work.get(financings, id);
      if (left.isZero() || !owes(financing)) continue;
      const payment = { amount: left, source: 'collection', from, businessDate, requestId, now } as const;
      const { unapplied } = applyPayment(work, financing, payment, loaded);
      applied.set(id, (applied.get(id) ?? new Decimal(0)).plus(left.minus(unapplied)));
      left = unapplied;
    }
    return left;
  };
  const margin = pay(`2002/${pledge.pledgorId}`, pledge.margin);
  work.update(pledges, pledge.id, { margin });
  const surplus = pay(`2003/${pledge.pledgorId}`, sale.proceeds.minus(sale.cost));
  return {
    surplus,
    applied: [...applied].map(([financingId, amount]) => ({
      financingId,
      amount: formatMoney(amount),
      left: formatMoney(totalDue(duesAt(work.get(financings, financingId), businessDate))),
    })),
  };
}

const owes = ({ status }: FinancingRow): boolean => ['active', 'overdue', 'recovering'].includes(status);

/**
 * After a sale: a pledge that carries nothing ends; one without goods is exhausted, and what is still owed is the loss
 * that a guarantor or a risk pool may share.
 */
function conclude(work: Workspace, before: PledgeRow, occasion: Occasion): Readonly<{ loss: Decimal }> {
  const pledge = work.get(pledges, before.id);
  const loss = exposureOf(work, occasion.standings, pledge.id);
  const nothing = { loss: new Decimal(0) };
  if (pledge.status === 'released') return nothing;
  if (loss.isZero()) {
    endWithMargin(work, pledge, occasion);
    return nothing;
  }
  const after = revalue(work, pledge, occasion);
  if (goodsOf(occasion.standings, pledge.id).lots > 0) return nothing;
  const ended = work.update(pledges, pledge.id, { status: nextState(pledgeLifecycle, after.status, 'exhaust') });
  tell(work, 'loss_remains', ended, {
    principal: formatMoney(loss),
    financingIds: owingIds(occasion.standings, [pledge.id]),
  });
  return { loss };
}
