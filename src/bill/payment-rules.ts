import type { Decimal } from '../money/decimal.ts';
import type { PaidTo } from './payment-postings.ts';
import type { BillHoldingRow, BillRow } from './store.ts';

type Interval = Pick<BillHoldingRow, 'firstUnit' | 'lastUnit'>;

/**
 * The part of a bill's margin that belongs to an interval, in yuan: shares by the place of the interval, rounded down,
 * so that the intervals that tile the package share the margin out to the fen. A bill that does not split has it all.
 */
export function marginOf(
  { margin, lastUnit: units }: Pick<BillRow, 'margin' | 'lastUnit'>,
  { firstUnit, lastUnit }: Interval,
): Decimal {
  if (units === 0) return margin;
  const upTo = (unit: number): Decimal => margin.times(100).times(unit).dividedBy(units).floor();
  return upTo(lastUnit)
    .minus(upTo(firstUnit - 1))
    .dividedBy(100);
}

/** Whose book pays a bill: its acceptor's, when a bank accepted it, else that of the bank that serves its drawer. */
export const payingBook = ({ kind, acceptorId, bankId }: BillRow): string => (kind === 'bank' ? acceptorId : bankId);

type Payee = Pick<BillHoldingRow, 'holderId' | 'pledgeeId'>;

/**
 * Who receives the money of a bill, and where: a bank that has discounted it ends the asset, a pledgee bank keeps it as
 * margin of the pledgor (担保解释 art. 58, Civil Code art. 442), anyone else has it on deposit at the paying bank.
 */
export function payeeOf(bill: BillRow, { holderId, pledgeeId }: Payee, isBank: (id: string) => boolean): PaidTo {
  if (pledgeeId !== null) {
    return isBank(pledgeeId)
      ? { bookId: pledgeeId, account: `2002/${holderId}` }
      : { bookId: payingBook(bill), account: `2001/${pledgeeId}` };
  }
  return isBank(holderId)
    ? { bookId: holderId, account: '1107' }
    : { bookId: payingBook(bill), account: `2001/${holderId}` };
}
