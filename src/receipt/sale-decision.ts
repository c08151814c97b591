import { decideTask } from '../approval/commands.ts';
import { approvalTasks, lockTasks } from '../approval/store.ts';
import { postAbout } from '../financing/disbursement.ts';
import { type LoadedFinancings, type Located, loadFinancings, scopeOf } from '../financing/loading.ts';
import { duesAt, totalDue } from '../financing/meters.ts';
import { applyPayment } from '../financing/repayment.ts';
import { saleLifecycle } from '../financing/sale-lifecycle.ts';
import { costRecovered, saleCost, saleProceeds, surplusPaid } from '../financing/sale-postings.ts';
import { financings } from '../financing/store.ts';
import { changeLot } from '../goods/lots.ts';
import { books, requireOpenBook } from '../ledger/book-store.ts';
import type { AccountPath } from '../ledger/chart.ts';
import { ledgerOf } from '../ledger/ledger.ts';
import type { IsoDate } from '../money/dates.ts';
import { formatMoney } from '../money/decimal.ts';
import { nextState } from '../platform/state-machine.ts';
import type { UseCase } from '../platform/unit-of-work.ts';
import { requireVersion } from '../platform/version.ts';
import type { Workspace } from '../platform/workspace.ts';
import { saleAnswer, tell } from './answer.ts';
import { orderWhole, unsecuring } from './keeper.ts';
import { receiptLifecycle, receiptPledgeLifecycle } from './lifecycle.ts';
import { memoAccount, receiptsRevalued } from './postings.ts';
import { sellable, withSales } from './sale.ts';
import { type ReceiptSaleRow, receiptSales } from './sale-store.ts';
import { lotOf, pledgeOf, type ReceiptRow, receiptPledges, receipts, receiptsOf } from './store.ts';
import { bookedOf } from './valuation.ts';

type Answer = ReturnType<typeof saleAnswer>;
type Decide = Located &
  Readonly<{
    saleId: string;
    buyerId: string;
    operatorId: string;
    expectedVersion: number;
    verdict: 'approve' | 'reject';
    reason: string | null;
  }>;

/**
 * Another person of the bank approves: the receipt is the buyer's, the warehouse is ordered to keep the goods for it,
 * and the money goes to costs, penalty, interest and principal, the surplus to the pledgor.
 */
export const decideReceiptSale: UseCase<Decide, Answer, LoadedFinancings> = {
  name: 'receipt.decide_sale',
  lane: ({ input }) => input.bookId,
  scope: ({ input }) => [...scopeOf({ input }), input.buyerId, input.operatorId],
  load: async (work, commands) => {
    const inputs = commands.map(({ input }) => input);
    const ids = inputs.map(({ saleId }) => saleId);
    const tasks = (await work.read(receiptSales, 'id', ids)).map(({ approvalId }) => approvalId);
    await work.lock(
      books,
      inputs.map(({ bookId }) => bookId),
    );
    await lockTasks(work, tasks);
    const loaded = await loadFinancings(work, inputs, withSales(ids));
    for (const { bookId, borrowerId } of inputs) {
      const parties: AccountPath[] = [`2001/${borrowerId}`, `2003/${borrowerId}`];
      await ledgerOf(work).lock(bookId, [...parties, '1001', '1139', memoAccount, '9999']);
    }
    return loaded;
  },
  decide: (work, { actor, input, now }, loaded) => {
    const { businessDate } = requireOpenBook(work, input.bookId);
    const sale = work.get(receiptSales, input.saleId);
    requireVersion(sale.version, input.expectedVersion);
    const { verdict, reason } = input;
    const state = nextState(saleLifecycle, sale.state, verdict);
    decideTask(work, work.get(approvalTasks, sale.approvalId), { actor, verdict, reason, now });
    if (verdict === 'reject') {
      const receipt = work.find(receipts, sale.receiptId);
      if (receipt !== undefined) tell(work, 'sale_rejected', receipt, { scopeId: sale.bookId, data: { reason } });
      return saleAnswer(work.update(receiptSales, sale.id, { state }));
    }
    const financing = work.get(financings, sale.financingId);
    const context = { businessDate, requestId: actor.requestId, now };
    handOver(work, sellable(work, sale.receiptId, financing), sale, context);
    const money = spread(work, sale, loaded, context);
    const after = work.update(receiptSales, sale.id, { state, ...money });
    const sold = work.get(receipts, sale.receiptId);
    const data = { saleId: sale.id, proceeds: formatMoney(sale.proceeds), surplus: formatMoney(money.surplus) };
    tell(work, 'sold', sold, { scopeId: sale.bookId, also: [sale.bookId, sale.pledgorId], data });
    return saleAnswer(after);
  },
};

type Context = Readonly<{ businessDate: IsoDate; requestId: string; now: Date }>;

/** The receipt and its goods pass to the buyer; the warehouse acknowledges it as it does a release. */
function handOver(work: Workspace, receipt: ReceiptRow, sale: ReceiptSaleRow, context: Context): void {
  const { now } = context;
  const financing = work.get(financings, sale.financingId);
  const before = bookedOf(receiptsOf(work, financing.id));
  const pledge = pledgeOf(work, receipt.id);
  work.update(receiptPledges, pledge.id, {
    state: nextState(receiptPledgeLifecycle, pledge.state, 'enforce'),
    endedAt: now.toISOString(),
  });
  changeLot(work, lotOf(work, receipt), { bookId: null, ownerId: sale.buyerId }, now);
  const state = nextState(receiptLifecycle, receipt.state, 'sell');
  work.update(receipts, receipt.id, { ...unsecuring, state, holderId: sale.buyerId });
  const lines = receiptsRevalued(before, bookedOf(receiptsOf(work, financing.id)));
  postAbout(work, financing, context, [{ kind: 'receipt.collateral_released', lines }]);
  orderWhole(work, receipt, { financing, holderId: sale.buyerId, rule: `sold for the debt: sale ${sale.id}` });
}

/** Where the proceeds go: cost, then what the loan owes, then the pledgor. */
function spread(work: Workspace, sale: ReceiptSaleRow, loaded: LoadedFinancings, context: Context) {
  const { pledgorId, proceeds, cost } = sale;
  const financing = work.get(financings, sale.financingId);
  postAbout(work, financing, context, [
    { kind: 'receipt.sale_cost', lines: cost.isZero() ? [] : saleCost(cost) },
    { kind: 'receipt.sold', lines: saleProceeds(pledgorId, proceeds) },
    { kind: 'receipt.cost_recovered', lines: cost.isZero() ? [] : costRecovered(pledgorId, cost) },
  ]);
  const amount = proceeds.minus(cost);
  const from: AccountPath = `2003/${pledgorId}`;
  const { unapplied: surplus } = applyPayment(
    work,
    financing,
    { ...context, amount, source: 'collection', from },
    loaded,
  );
  const lines = surplus.isZero() ? [] : surplusPaid(pledgorId, surplus);
  postAbout(work, financing, context, [{ kind: 'receipt.surplus_paid', lines }]);
  const owedAfter = totalDue(duesAt(work.get(financings, financing.id), context.businessDate));
  return { applied: amount.minus(surplus), surplus, owedAfter };
}
