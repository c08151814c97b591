import { addDays, type IsoDate } from '../money/dates.ts';
import { Decimal, splitByLargestRemainder } from '../money/decimal.ts';

export type SecuredClaim = Readonly<{
  id: string;
  amount: Decimal;
  /** A day, or an instant with its offset; null when never registered. */
  registeredAt: string | null;
  /** Tells apart claims registered at the same instant; without it they rank equally. */
  registrationNumber?: string;
}>;

const SHANGHAI_MIDNIGHT = 'T00:00:00+08:00';

function instantOf(registeredAt: string | null): number {
  if (registeredAt === null) return Number.POSITIVE_INFINITY;
  const instant = Date.parse(registeredAt.length === 10 ? `${registeredAt}${SHANGHAI_MIDNIGHT}` : registeredAt);
  if (Number.isNaN(instant)) throw new RangeError(`"${registeredAt}" is neither a day nor an instant`);
  return instant;
}

function byRegistration(a: SecuredClaim, b: SecuredClaim): number {
  const [first, second] = [instantOf(a.registeredAt), instantOf(b.registeredAt)];
  if (first !== second) return first < second ? -1 : 1;
  const [number, other] = [a.registrationNumber ?? '', b.registrationNumber ?? ''];
  return number === other ? 0 : number < other ? -1 : 1;
}

function ranksOf(claims: readonly SecuredClaim[]): SecuredClaim[][] {
  const ranks: SecuredClaim[][] = [];
  for (const claim of [...claims].sort(byRegistration)) {
    const [equal] = ranks.at(-1) ?? [];
    if (equal !== undefined && byRegistration(equal, claim) === 0) ranks.at(-1)?.push(claim);
    else ranks.push([claim]);
  }
  return ranks;
}

/**
 * What each secured creditor gets of the proceeds of one collateral, in rank order (Civil Code art. 414): registered
 * before unregistered, registered by time, equals and the unregistered in proportion, to the fen. Nobody gets more
 * than the claim; what no claim takes is the owner's and is not listed.
 */
export function distributeByRegistration(proceeds: Decimal, claims: readonly SecuredClaim[]) {
  let left = proceeds;
  return ranksOf(claims).flatMap((rank) => {
    const amounts = rank.map(({ amount }) => amount);
    const owed = amounts.reduce((sum, amount) => sum.plus(amount), new Decimal(0));
    const parts = left.greaterThanOrEqualTo(owed) ? amounts : splitByLargestRemainder(left, amounts);
    left = Decimal.max(left.minus(owed), 0);
    return rank.map(({ id }, line) => ({ id, paid: parts[line] ?? new Decimal(0) }));
  });
}

/**
 * Whether a purchase-money security outranks the buyer's other security, liens excepted: registered within ten days
 * of delivery, the day of delivery not counted (Civil Code art. 416). The register takes filings every day, so the
 * tenth day is not moved off a holiday.
 */
export const hasPurchaseMoneyPriority = (deliveredOn: IsoDate, registeredOn: IsoDate | null): boolean =>
  registeredOn !== null && registeredOn <= addDays(deliveredOn, 10);
