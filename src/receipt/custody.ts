import { lotStates } from '../goods/lifecycle.ts';
import { changeLot, freeLot, recordMovement } from '../goods/lots.ts';
import { requireSteps } from '../goods/rules.ts';
import { type MovementKind, warehouses } from '../goods/store.ts';
import { books, requireOpenBook } from '../ledger/book-store.ts';
import { ledgerOf } from '../ledger/ledger.ts';
import type { IsoDate } from '../money/dates.ts';
import { Decimal, formatMoney, roundToFen } from '../money/decimal.ts';
import { require } from '../platform/refusal.ts';
import { nextState } from '../platform/state-machine.ts';
import type { Command, UseCase } from '../platform/unit-of-work.ts';
import { requireVersion } from '../platform/version.ts';
import type { Workspace } from '../platform/workspace.ts';
import { receiptAnswer, tell } from './answer.ts';
import { type OnReceipt, onReceipt, requireWarehouse, type StockDocument, scopeOf, takeNumber } from './command.ts';
import { receiptLifecycle, receiptPledgeLifecycle, standingLifecycle } from './lifecycle.ts';
import { memoAccount, receiptsRevalued } from './postings.ts';
import { storageFee, storageLoss } from './rules.ts';
import { lockReceipts, lotOf, pledgeOf, type ReceiptRow, receiptPledges, receipts } from './store.ts';

type Answer = ReturnType<typeof receiptAnswer>;

/**
 * The storage fee in yuan of the goods that were received, on a day: what the days so far cost, and what is charged if
 * they are fetched now (art. 915: early to the agreed end, late to the day they leave).
 */
export function feeDue({ quantity, lost, dailyFee, storageFrom, storageTo }: ReceiptRow, on: IsoDate) {
  const stored = { quantity: quantity.plus(lost), dailyFee, from: storageFrom };
  const reached = on > storageFrom ? on : storageFrom;
  return {
    accrued: storageFee({ ...stored, to: reached }).fee,
    whole: storageFee({ ...stored, to: storageTo, withdrawnOn: reached }).fee,
  };
}

type Payment = OnReceipt & Readonly<{ amount: Decimal; reference: string }>;

/** The warehouse records what it was paid for the storage. */
export const recordFee = onReceipt<Payment, Answer>({
  name: 'pay_fee',
  decide: (work, receipt, command) => {
    requireWarehouse(command, receipt);
    nextState(receiptLifecycle, receipt.state, 'count');
    const { amount, reference } = command.input;
    const after = work.update(receipts, receipt.id, { feePaid: receipt.feePaid.plus(amount) });
    tell(work, 'fee_paid', after, { scopeId: receipt.operatorId, data: { amount: formatMoney(amount), reference } });
    return receiptAnswer(after);
  },
});

type Extension = OnReceipt & Readonly<{ storageTo: IsoDate }>;

/** The warehouse stores the goods for longer, as it has agreed with the holder. */
export const extendStorage = onReceipt<Extension, Answer>({
  name: 'extend_storage',
  decide: (work, receipt, command) => {
    requireWarehouse(command, receipt);
    const state = nextState(receiptLifecycle, receipt.state, 'extend');
    const { storageTo } = command.input;
    require(storageTo > receipt.storageTo, 'invalid-input', 'an extension ends later', {
      field: '/storageTo',
      accepted: `after ${receipt.storageTo}`,
    });
    const after = work.update(receipts, receipt.id, { state, storageTo });
    tell(work, 'storage_extended', after, { scopeId: receipt.operatorId, data: { storageTo } });
    return receiptAnswer(after);
  },
});

/** Locks what a document of the warehouse about a receipt touches: its bank, its place, and the receipt with its lot. */
export async function loadCustody(work: Workspace, commands: readonly Command<OnReceipt>[]): Promise<void> {
  const inputs = commands.map(({ input }) => input);
  const bookIds = inputs.map(({ bookId }) => bookId).filter((id) => id !== null);
  await work.lock(books, bookIds);
  await work.lock(
    warehouses,
    inputs.map(({ warehouseId }) => warehouseId),
  );
  await lockReceipts(work, {
    receiptIds: inputs.map(({ receiptId }) => receiptId),
  });
  for (const bookId of new Set(bookIds)) await ledgerOf(work).lock(bookId, [memoAccount, '9999']);
}

/** Brings the lot of a receipt to a quantity by a document of the warehouse; nothing left, it is nobody's claim any more. */
export function moveLot(
  work: Workspace,
  receipt: ReceiptRow,
  {
    quantity,
    kind,
    event,
    document,
    now,
  }: Readonly<{
    quantity: Decimal;
    kind: Extract<MovementKind, 'outbound' | 'stock_take'>;
    event: 'redeem' | 'cancel_receipt';
    document: StockDocument;
    now: Date;
  }>,
): void {
  const lot = lotOf(work, receipt);
  takeNumber(work, receipt.warehouseId, document);
  const empty = quantity.isZero();
  const state = nextState(lotStates, lot.state, empty ? 'empty' : 'count');
  changeLot(work, empty ? freeLot(work, lot, event, now) : lot, { quantity, state }, now);
  const { documentNumber, sequence, happenedAt } = document;
  const { warehouseId, operatorId } = receipt;
  const content = { receiptId: receipt.id, lotId: lot.id, quantity: quantity.toFixed() };
  recordMovement(
    work,
    { warehouseId, operatorId, kind, documentNumber, sequence, content, answer: null, happenedAt },
    [{ lotId: lot.id, change: quantity.minus(lot.quantity) }],
    now,
  );
}

type Loss = OnReceipt & StockDocument & Readonly<{ measured: Decimal }>;

/**
 * The warehouse has measured less than the receipt says. Within the loss standard the receipt simply has less; beyond
 * it the receipt is frozen until whoever bears the loss, its bank or its holder, thaws it. With nothing left it is lost.
 */
export const reportLoss: UseCase<Loss, Answer> = {
  name: 'receipt.report_loss',
  lane: ({ input }) => input.operatorId,
  scope: scopeOf,
  load: loadCustody,
  decide: (work, command) => {
    const { input, now } = command;
    const receipt = work.get(receipts, input.receiptId);
    requireVersion(receipt.version, input.expectedVersion);
    requireWarehouse(command, receipt);
    const { measured } = input;
    const state = nextState(receiptLifecycle, receipt.state, measured.isZero() ? 'lose' : 'count');
    requireMeasured(receipt, measured, lotOf(work, receipt).step);
    const { within, loss, allowed } = storageLoss(receipt.quantity.plus(receipt.lost), receipt.lossStandard, measured);
    moveLot(work, receipt, { quantity: measured, kind: 'stock_take', event: 'cancel_receipt', document: input, now });
    const value = roundToFen(receipt.value.times(measured).dividedBy(receipt.quantity));
    revalueLost(work, receipt, value, command);
    const less = {
      state,
      quantity: measured,
      lost: loss,
      value,
      booked: receipt.booked.isZero() ? receipt.booked : value,
    };
    const after = work.update(receipts, receipt.id, {
      ...less,
      ...(within ? {} : frozenFor(receipt)),
      ...(measured.isZero() ? endedBy(work, receipt, now) : {}),
    });
    const data = { lost: loss.toFixed(), allowed: allowed.toFixed(), within };
    const also = receipt.bookId === null ? [] : [receipt.bookId];
    tell(work, measured.isZero() ? 'goods_lost' : 'goods_short', after, { scopeId: receipt.operatorId, also, data });
    return receiptAnswer(after);
  },
};

function requireMeasured({ quantity }: ReceiptRow, measured: Decimal, step: Decimal): void {
  if (!measured.isZero()) requireSteps(measured, step, '/measured');
  require(measured.lessThan(quantity), 'nothing-lost', `the receipt says ${quantity.toFixed()}`, {
    field: '/measured',
    accepted: `less than ${quantity.toFixed()}`,
  });
}

const frozenFor = ({ standing, frozenBy, bookId, holderId, note }: ReceiptRow): Partial<ReceiptRow> =>
  standing === 'frozen'
    ? { standing, frozenBy, note }
    : {
        standing: nextState(standingLifecycle, standing, 'freeze'),
        frozenBy: bookId ?? holderId,
        note: 'goods are missing beyond the loss standard',
      };

/** Goods that are gone secure nothing. */
function endedBy(work: Workspace, receipt: ReceiptRow, now: Date): Partial<ReceiptRow> {
  if (receipt.financingId !== null) {
    const pledge = pledgeOf(work, receipt.id);
    const state = nextState(receiptPledgeLifecycle, pledge.state, 'lose');
    work.update(receiptPledges, pledge.id, { state, endedAt: now.toISOString() });
  }
  return {
    financingId: null,
    bookId: null,
    offeredTo: null,
    quotedAt: null,
    value: new Decimal(0),
    booked: new Decimal(0),
  };
}

/** What stands off the balance sheet for pledged goods shrinks with them. */
function revalueLost(work: Workspace, receipt: ReceiptRow, value: Decimal, { actor, now }: Command<Loss>): void {
  if (receipt.booked.isZero() || receipt.bookId === null) return;
  const { id: bookId, businessDate } = requireOpenBook(work, receipt.bookId);
  const lines = receiptsRevalued(receipt.booked, value);
  if (lines.length === 0) return;
  const subjectId = receipt.financingId as string;
  ledgerOf(work).post(
    { bookId, kind: 'receipt.goods_lost', businessDate, subjectId, lines },
    { requestId: actor.requestId, now },
  );
}
