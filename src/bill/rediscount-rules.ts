import type { OrganizationRow } from '../identity/store.ts';
import type { IsoDate } from '../money/dates.ts';
import type { Decimal } from '../money/decimal.ts';
import { Refusal, require } from '../platform/refusal.ts';
import { discountBill } from './discount-rules.ts';
import type { DiscountLineRow, RediscountPurpose } from './discount-store.ts';

/** Tags that the platform gives to firms in farming and to green ones. */
const tagged = { agriculture: '涉农', green: '绿色' } as const;

/**
 * What the central bank's support of re-lending and rediscount reaches a seller's bills for: small and micro firms by
 * their scale (工信部联企业〔2011〕300号), agriculture and green by their tags (令〔2022〕4号 art. 20).
 */
export function rediscountPurposesOf({ scale, tags }: Pick<OrganizationRow, 'scale' | 'tags'>): RediscountPurpose[] {
  const purposes: RediscountPurpose[] = [];
  if (scale === 'small' || scale === 'micro') purposes.push('small');
  if (tags.includes(tagged.agriculture)) purposes.push('agriculture');
  if (tags.includes(tagged.green)) purposes.push('green');
  return purposes;
}

/**
 * The figures of one bill at rediscount: from the value date to the day its interest runs to, at the central bank's rate.
 * Refused (`not-rediscountable`) when it is not on the books, not eligible, rediscounted already, or due.
 */
export function rediscountLine(
  line: DiscountLineRow,
  { purpose, rate, on }: Readonly<{ purpose: RediscountPurpose; rate: Decimal; on: IsoDate }>,
) {
  const eligible =
    line.state === 'held' &&
    line.rediscountId === null &&
    line.redemptionUntil === null &&
    line.purposes.includes(purpose) &&
    on < line.maturityDate;
  require(eligible, 'not-rediscountable', 'the bill is not eligible for this rediscount', {
    accepted: 'a bill held outright until a later day, free of rediscount, whose seller fits the purpose',
  });
  // The maturity has been moved off holidays when the bill was discounted.
  const priced = discountBill({
    face: line.amount,
    annualRate: rate,
    settleDate: on,
    dueDate: line.maturityDate,
    adjustHoliday: false,
  });
  return { interest: priced.interest, proceeds: priced.proceeds, days: priced.days };
}

/** Refuses a list that names a bill twice. */
export function requireDistinct(ids: readonly string[], field: string): void {
  if (new Set(ids).size === ids.length) return;
  throw new Refusal('invalid-input', 'a bill is named twice', { field, accepted: 'each bill once' });
}
