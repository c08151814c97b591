import { uuidv7 } from 'uuidv7';
import { changeLot, mergeLots, splitLot } from '../goods/lots.ts';
import type { LotRow } from '../goods/store.ts';
import { Decimal } from '../money/decimal.ts';
import { Refusal, require } from '../platform/refusal.ts';
import { nextState } from '../platform/state-machine.ts';
import type { UseCase } from '../platform/unit-of-work.ts';
import type { Workspace } from '../platform/workspace.ts';
import { receiptAnswer, tell } from './answer.ts';
import { type LocatedReceipt, type OnReceipt, onReceipt, requireClear, requireHolder, scopeOf } from './command.ts';
import { hashOf } from './content.ts';
import { combine, type Divisible, divide } from './division-rules.ts';
import { receiptLifecycle } from './lifecycle.ts';
import type { Content } from './statutory-rules.ts';
import { lockReceipts, lotOf, type ReceiptRow, receipts } from './store.ts';

/** A receipt that is closed keeps what it said; its money and goods have gone over to those that follow it. */
const closed = {
  financingId: null,
  bookId: null,
  value: new Decimal(0),
  booked: new Decimal(0),
  quotedAt: null,
  feePaid: new Decimal(0),
  quantity: new Decimal(0),
  lost: new Decimal(0),
} as const;

type Following = Readonly<{ number: string; code: string; content: Content; share: Divisible; lot: LotRow; now: Date }>;

const follow = (of: ReceiptRow, { number, code, content, share, lot, now }: Following): ReceiptRow => ({
  ...of,
  ...share,
  id: uuidv7(),
  number,
  registerCode: code,
  lotId: lot.id,
  content,
  contentHash: hashOf(content),
  parentId: of.id,
  note: null,
  version: 1,
  createdAt: now.toISOString(),
});

const contentFor = ({ content }: ReceiptRow, number: string, { quantity, lost, pieces }: Divisible, marks: string) => ({
  ...content,
  number,
  goods: { ...content.goods, quantity: quantity.plus(lost).toFixed(), pieces, marks },
});

/**
 * Splits a locked receipt and its lot into parts that sum to it. Each part has its own number behind that of the
 * whole, and whatever the whole carried in proportion: fee paid, loss so far, pieces, value. Answers them in order.
 */
export function splitReceipt(
  work: Workspace,
  receipt: ReceiptRow,
  quantities: readonly Decimal[],
  { event, now }: Readonly<{ event: 'split' | 'divide'; now: Date }>,
): ReceiptRow[] {
  const lot = lotOf(work, receipt);
  const parts = splitLot(work, lot, quantities, now);
  const shares = divide(receipt, quantities, lot.step);
  work.update(receipts, receipt.id, { ...closed, state: nextState(receiptLifecycle, receipt.state, event) });
  return parts.map((part, index) => {
    const number = `${receipt.number}-${index + 1}`;
    const share = shares[index] as Divisible;
    const content = contentFor(receipt, number, share, part.marks);
    const child = follow(receipt, {
      number,
      code: `${receipt.registerCode}-${index + 1}`,
      content,
      share,
      lot: part,
      now,
    });
    work.insert(receipts, child);
    changeLot(work, part, { receiptId: child.id }, now);
    return child;
  });
}

type Split = OnReceipt & Readonly<{ quantities: readonly Decimal[] }>;
type Answers = Readonly<{ items: readonly ReturnType<typeof receiptAnswer>[] }>;

/** The holder has its receipt split. Refuses parts that do not sum to it exactly. */
export const splitByHolder = onReceipt<Split, Answers>({
  name: 'split',
  decide: (work, receipt, command) => {
    requireHolder(command, receipt);
    nextState(receiptLifecycle, receipt.state, 'split');
    requireClear(receipt);
    const parts = splitReceipt(work, receipt, command.input.quantities, { event: 'split', now: command.now });
    tell(work, 'split', receipt, { scopeId: receipt.operatorId, data: { into: parts.map(({ number }) => number) } });
    return { items: parts.map(receiptAnswer) };
  },
});

type Merge = Readonly<{ located: readonly LocatedReceipt[] }>;

/** What receipts must have in common to become one. */
const alike = [
  'warehouseId',
  'gradeId',
  'holderId',
  'depositorId',
  'lossStandard',
  'dailyFee',
  'storageFrom',
  'storageTo',
  'insuredTo',
] as const;

/** The holder has receipts for goods of one grade, place and terms made into one. */
export const mergeReceipts: UseCase<Merge, ReturnType<typeof receiptAnswer>> = {
  name: 'receipt.merge',
  status: 201,
  lane: ({ input }) => input.located[0]?.operatorId as string,
  scope: ({ input }) => input.located.flatMap((located) => scopeOf({ input: located })),
  load: (work, commands) =>
    lockReceipts(work, {
      receiptIds: commands.flatMap(({ input }) => input.located.map(({ receiptId }) => receiptId)),
    }),
  decide: (work, command) => {
    const { input, now } = command;
    const merged = input.located.map(({ receiptId }) => work.get(receipts, receiptId));
    const [first] = merged as [ReceiptRow, ...ReceiptRow[]];
    for (const receipt of merged) {
      requireHolder(command, receipt);
      nextState(receiptLifecycle, receipt.state, 'merge');
      requireClear(receipt);
    }
    requireAlike(merged);
    const share = combine(merged);
    const lot = mergeLots(
      work,
      merged.map((receipt) => changeLot(work, lotOf(work, receipt), { receiptId: first.id }, now)),
      `${lotOf(work, first).marks}/M`,
      now,
    );
    for (const { id, state } of merged) {
      work.update(receipts, id, { ...closed, state: nextState(receiptLifecycle, state, 'merge') });
    }
    const number = `${first.number}-M`;
    const content = contentFor(first, number, share, lot.marks);
    const whole = follow(first, { number, code: `${first.registerCode}-M`, content, share, lot, now });
    work.insert(receipts, whole);
    changeLot(work, lot, { receiptId: whole.id }, now);
    tell(work, 'merged', whole, { scopeId: first.operatorId, data: { from: merged.map(({ number }) => number) } });
    return receiptAnswer(whole);
  },
};

function requireAlike(merged: readonly ReceiptRow[]): void {
  const termOf = (receipt: ReceiptRow, name: (typeof alike)[number]): string => String(receipt[name]);
  const [first] = merged as [ReceiptRow, ...ReceiptRow[]];
  const different = alike.find((name) => merged.some((receipt) => termOf(receipt, name) !== termOf(first, name)));
  if (different !== undefined) {
    throw new Refusal('receipts-differ', `the receipts differ in ${different}`, {
      field: '/receiptIds',
      accepted: 'receipts for goods of one grade and place under the same terms',
    });
  }
  const ids = new Set(merged.map(({ id }) => id));
  require(ids.size === merged.length && ids.size > 1, 'invalid-input', 'a receipt is named twice', {
    field: '/receiptIds',
    accepted: 'two or more receipts, each once',
  });
}
