import { uuidv7 } from 'uuidv7';
import { openTask } from '../approval/commands.ts';
import { financingLifecycle } from '../financing/lifecycle.ts';
import { type LoadedFinancings, type Located, loadFinancings, scopeOf } from '../financing/loading.ts';
import { saleLifecycle } from '../financing/sale-lifecycle.ts';
import { type FinancingRow, financings } from '../financing/store.ts';
import { organizations } from '../identity/store.ts';
import { requireOpenBook, requireOwnBook } from '../ledger/book-store.ts';
import { addDays, type IsoDate } from '../money/dates.ts';
import { type Decimal, formatMoney } from '../money/decimal.ts';
import { Refusal, require } from '../platform/refusal.ts';
import { nextState } from '../platform/state-machine.ts';
import type { UseCase } from '../platform/unit-of-work.ts';
import type { Workspace } from '../platform/workspace.ts';
import type { Reference } from '../reference/store.ts';
import { saleAnswer, tell } from './answer.ts';
import { requireClear } from './command.ts';
import { keeperOf, receiptKeeper } from './keeper.ts';
import { receiptLifecycle } from './lifecycle.ts';
import { type ReceiptSaleRow, receiptSales } from './sale-store.ts';
import { type ReceiptRow, receipts } from './store.ts';

type Answer = ReturnType<typeof saleAnswer>;
type Terms = Readonly<{ buyerId: string; noticedOn: IsoDate; proceeds: Decimal; cost: Decimal; bankReference: string }>;
type Propose = Located & Terms & Readonly<{ receiptId: string }>;
type LoadedSale = LoadedFinancings & Readonly<{ buyers: ReadonlySet<string> }>;

/**
 * One person of the bank proposes to sell a pledged receipt whose loan is in default, after notice to the pledgor
 * (Civil Code arts. 436, 438). The receipt never becomes the bank's own for the debt (art. 428).
 */
export const proposeReceiptSale: UseCase<Propose, Answer, LoadedSale> = {
  name: 'receipt.propose_sale',
  status: 201,
  lane: ({ input }) => input.bookId,
  scope: ({ input }) => [...scopeOf({ input }), input.buyerId],
  load: async (work, commands) => {
    const inputs = commands.map(({ input }) => input);
    const buyers = await work.read(
      organizations,
      'id',
      inputs.map(({ buyerId }) => buyerId),
    );
    const known = await work.read(
      receiptSales,
      'receiptId',
      inputs.map(({ receiptId }) => receiptId),
    );
    const keeper = withSales(known.map(({ id }) => id));
    return { ...(await loadFinancings(work, inputs, keeper)), buyers: new Set(buyers.map(({ id }) => id)) };
  },
  decide: (work, { actor, input, now }, { reference, buyers }) => {
    requireOwnBook(actor, input.bookId);
    const { businessDate } = requireOpenBook(work, input.bookId);
    const financing = work.get(financings, input.financingId);
    const receipt = sellable(work, input.receiptId, financing);
    requireNotice(input.noticedOn, financing, { on: businessDate, reference });
    require(buyers.has(input.buyerId) &&
      ![input.bookId, receipt.holderId].includes(
        input.buyerId,
      ), 'not-found', 'the buyer is another organization of the platform', { field: '/buyerId' });
    require(input.cost.lessThan(input.proceeds), 'invalid-input', 'the sale would bring nothing', { field: '/cost' });
    const waits = work
      .all(receiptSales)
      .some((sale) => sale.receiptId === receipt.id && 'approve' in saleLifecycle.arrows[sale.state]);
    require(!waits, 'already-exists', 'another sale of this receipt waits for its approval');
    const id = uuidv7();
    const task = openTask(work, {
      bookId: input.bookId,
      subjectKind: 'receipt_sale',
      subjectId: id,
      action: 'sell',
      amount: input.proceeds,
      level: 'one',
      rule: null,
      maker: actor,
      subjectVersion: 1,
      now,
    });
    const { buyerId, noticedOn, proceeds, cost, bankReference } = input;
    const sale: ReceiptSaleRow = {
      ...{ id, buyerId, noticedOn, proceeds, cost, bankReference },
      financingId: financing.id,
      receiptId: receipt.id,
      bookId: input.bookId,
      pledgorId: receipt.holderId,
      operatorId: receipt.operatorId,
      state: 'proposed',
      applied: null,
      surplus: null,
      owedAfter: null,
      approvalId: task.id,
      version: 1,
      createdAt: now.toISOString(),
    };
    work.insert(receiptSales, sale);
    const data = { saleId: id, proceeds: formatMoney(proceeds), noticedOn };
    tell(work, 'sale_proposed', receipt, { scopeId: input.bookId, data });
    return saleAnswer(sale);
  },
};

/** Receipts as collateral, with sales of them locked beside. */
export const withSales = (saleIds: readonly string[]) => ({
  ...receiptKeeper,
  lock: async (...given: Parameters<typeof receiptKeeper.lock>) => {
    const [work, items] = given;
    await keeperOf({}).lock(work, items);
    await work.lock(receiptSales, saleIds);
  },
});

/** The receipt, if it is pledged for this loan and the loan is in default. */
export function sellable(work: Workspace, receiptId: string, financing: FinancingRow): ReceiptRow {
  const receipt = work.find(receipts, receiptId);
  if (receipt?.financingId !== financing.id) {
    throw new Refusal('not-found', `the loan has no receipt ${receiptId}`, { field: '/receiptId' });
  }
  nextState(receiptLifecycle, receipt.state, 'sell');
  const isInDefault = 'claim_recourse' in financingLifecycle.arrows[financing.status];
  require(isInDefault, 'loan-not-in-default', `the loan is ${financing.status}`, {
    accepted: 'a loan that is overdue',
  });
  requireClear(receipt);
  return receipt;
}

/** The pledgor was told after the default, and long enough ago. */
function requireNotice(
  noticedOn: IsoDate,
  { overdueSince }: FinancingRow,
  { on, reference }: Readonly<{ on: IsoDate; reference: Reference }>,
): void {
  const days = reference.requireParameter('receipt.saleNoticeDays', on).value.toNumber();
  const latest = addDays(on, -days);
  const told = overdueSince !== null && noticedOn >= overdueSince && noticedOn <= latest;
  require(told, 'notice-too-late', 'the pledgor has not been given notice of the sale in time', {
    field: '/noticedOn',
    accepted: `a day from ${overdueSince} to ${latest}`,
  });
}
