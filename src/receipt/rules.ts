import { daysBetween, type IsoDate } from '../money/dates.ts';
import { Decimal, roundToFen } from '../money/decimal.ts';

export type Storage = Readonly<{
  quantity: Decimal;
  /** Yuan per unit of quantity and day. */
  dailyFee: Decimal;
  from: IsoDate;
  /** The day the agreed storage ends; not charged itself. */
  to: IsoDate;
  withdrawnOn?: IsoDate;
}>;

/**
 * Storage days and fee in yuan, first day in, last day out. Goods fetched early are charged to the agreed end, goods
 * fetched late to the day they leave (Civil Code art. 915).
 */
export function storageFee({ quantity, dailyFee, from, to, withdrawnOn = to }: Storage) {
  const days = daysBetween(from, withdrawnOn > to ? withdrawnOn : to);
  if (days < 0) throw new RangeError('storage ends on or after the day it begins');
  return { days, fee: roundToFen(quantity.times(dailyFee).times(days)) };
}

/** Loss of stored goods against the loss standard of their receipt (Civil Code art. 909 (3)); a gain is no loss. */
export function storageLoss(stored: Decimal, lossStandard: Decimal, measured: Decimal) {
  const loss = Decimal.max(stored.minus(measured), 0);
  const allowed = stored.times(lossStandard);
  return { loss, allowed, within: loss.lessThanOrEqualTo(allowed) };
}
