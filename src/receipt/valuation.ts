import { postAbout } from '../financing/disbursement.ts';
import { type Backing, type Located, loadForPayment, scopeOf } from '../financing/loading.ts';
import { type FinancingRow, financings } from '../financing/store.ts';
import { type UnitWorth, unitWorths } from '../goods/valuation-store.ts';
import { requireOpenBook } from '../ledger/book-store.ts';
import type { PostedJournal } from '../ledger/store.ts';
import type { IsoDate } from '../money/dates.ts';
import { Decimal, formatMoney } from '../money/decimal.ts';
import { require } from '../platform/refusal.ts';
import type { Command, UseCase } from '../platform/unit-of-work.ts';
import type { Workspace } from '../platform/workspace.ts';
import { keeperOf, requireFresh, termsOf } from './keeper.ts';
import { receiptsRevalued } from './postings.ts';
import { requiredValue, worthOf } from './release-rules.ts';
import { lotOf, type ReceiptRow, receipts, receiptsOf } from './store.ts';

export type LoadedValues = Backing & Readonly<{ units: ReadonlyMap<string, UnitWorth> }>;
type Target = Located & Readonly<{ orderId?: string }>;

/** What a unit of the goods of each locked receipt is worth to its bank now, by the id of the receipt. */
export async function unitsOf(
  work: Workspace,
  rows: readonly ReceiptRow[],
  at: Readonly<{ bookId: string; now: Date }>,
): Promise<ReadonlyMap<string, UnitWorth>> {
  const goods = rows.map((receipt) => {
    const { gradeId, unitCost } = lotOf(work, receipt);
    return { id: receipt.id, gradeId, unitCost };
  });
  return unitWorths(work, goods, { bookId: at.bookId, at: at.now });
}

/** Locks loans with the receipts behind them, and values these by the quotations in force. */
export async function loadValued(work: Workspace, commands: readonly Command<Target>[]): Promise<LoadedValues> {
  const targets = commands.map(({ input }) => input);
  const orderIds = targets.flatMap(({ orderId }) => (orderId === undefined ? [] : [orderId]));
  const backing = await loadForPayment(work, targets, keeperOf({ orderIds }));
  const [{ input, now }] = commands as [Command<Target>];
  const rows = targets.flatMap(({ financingId }) => receiptsOf(work, financingId));
  return { ...backing, units: await unitsOf(work, rows, { bookId: input.bookId, now }) };
}

/** Gives the receipts of a loan the value of the day; those without a quotation keep the one they had. */
export function revalue(
  work: Workspace,
  financing: FinancingRow,
  units: LoadedValues['units'],
  context: Readonly<{ businessDate: IsoDate; requestId: string; now: Date }>,
): PostedJournal[] {
  const before = receiptsOf(work, financing.id);
  for (const receipt of before) {
    const unit = units.get(receipt.id);
    if (unit === undefined) continue;
    const value = worthOf({ quantity: receipt.quantity, unitValue: unit.value });
    work.update(receipts, receipt.id, {
      value,
      booked: receipt.booked.isZero() ? receipt.booked : value,
      quotedAt: unit.quotedAt,
    });
  }
  const after = receiptsOf(work, financing.id);
  return postAbout(work, financing, context, [
    { kind: 'receipt.revalued', lines: receiptsRevalued(bookedOf(before), bookedOf(after)) },
  ]);
}

const sumOf = (rows: readonly ReceiptRow[], of: 'value' | 'booked'): Decimal =>
  rows.reduce((sum, row) => sum.plus(row[of]), new Decimal(0));
export const bookedOf = (rows: readonly ReceiptRow[]): Decimal => sumOf(rows, 'booked');

/** How a loan stands against its receipts at their last valuation. */
export function coverOf(work: Workspace, financing: FinancingRow) {
  const rows = receiptsOf(work, financing.id);
  const value = sumOf(rows, 'value');
  const ratio = new Decimal(financing.terms.advanceRatio);
  // What is not paid out yet is to be covered all the same.
  const exposure = financing.valueDate === null ? financing.amount : financing.principal;
  const required = requiredValue(exposure, ratio);
  const spare = value.minus(required);
  return {
    rows,
    value,
    exposure,
    required,
    spare: Decimal.max(spare, 0),
    /** Cash that brings the loan back to its loan to value, up to the fen. */
    cash: Decimal.max(exposure.minus(value.times(ratio)).toDecimalPlaces(2, Decimal.ROUND_CEIL), 0),
    loanToValue: value.isZero() ? null : exposure.dividedBy(value).toDecimalPlaces(6),
  };
}

/** The cover of a loan as the API shows it. */
export function coverAnswer(work: Workspace, financing: FinancingRow) {
  const { rows, value, exposure, required, spare, cash, loanToValue } = coverOf(work, financing);
  return {
    financingId: financing.id,
    exposure: formatMoney(exposure),
    value: formatMoney(value),
    required: formatMoney(required),
    spare: formatMoney(spare),
    cash: formatMoney(cash),
    loanToValue: loanToValue?.toFixed(6) ?? null,
    receipts: rows.map((row) => ({
      id: row.id,
      number: row.number,
      quantity: row.quantity.toFixed(),
      value: formatMoney(row.value),
      quotedAt: row.quotedAt,
    })),
  };
}

/** The bank has the receipts of a loan valued by the quotations in force, and what stands for them follows. */
export const valueReceipts: UseCase<Located, ReturnType<typeof coverAnswer>, LoadedValues> = {
  name: 'receipt.value',
  lane: ({ input }) => input.bookId,
  scope: scopeOf,
  load: loadValued,
  decide: (work, { actor, input, now }, { units }) => {
    const { businessDate } = requireOpenBook(work, input.bookId);
    const financing = work.get(financings, input.financingId);
    require(financing.product === 'receipt_loan', 'not-found', `there is no loan on receipts ${financing.id}`);
    revalue(work, financing, units, { businessDate, requestId: actor.requestId, now });
    for (const receipt of receiptsOf(work, financing.id)) requireFresh(receipt, termsOf(financing), now);
    return coverAnswer(work, financing);
  },
};
