import { daysBetween, type IsoDate } from '../money/dates.ts';
import { Decimal } from '../money/decimal.ts';
import { accrualNumerator, earnedDiscount, interestToDate } from '../money/interest.ts';
import type { Dues } from '../money/waterfall.ts';
import type { FinancingRow } from './store.ts';

type Meters = Readonly<{ interest: bigint; penalty: bigint; compound: bigint }>;

type Misused = Pick<FinancingRow, 'misused' | 'misuseRate' | 'principal' | 'accruing' | 'rate' | 'penaltyRate'>;

/**
 * What of the principal was put to another use, and by how much its rate exceeds the one that runs: of a delay and
 * another use the heavier counts, never both (银发〔2003〕251号).
 */
const misuseOf = ({ misused, misuseRate, principal, accruing, rate, penaltyRate }: Misused) => ({
  misused: Decimal.min(misused, principal),
  surcharge: Decimal.max(misuseRate.minus(accruing === 'penalty' ? penaltyRate : rate), 0),
});

/**
 * The exact accrual numerators up to a day, first day in, last day out: what closed segments hold plus the running
 * one. Contract interest runs on principal; once overdue, penalty on principal and compound interest on the interest
 * left unpaid, both at the penalty rate (银发〔2003〕251号). What was put to another use bears its surcharge as penalty.
 */
function metersAt(financing: FinancingRow, on: IsoDate): Meters {
  const closed: Meters = {
    interest: financing.interestNumerator,
    penalty: financing.penaltyNumerator,
    compound: financing.compoundNumerator,
  };
  if (financing.segmentFrom === null || on <= financing.segmentFrom) return closed;
  const days = daysBetween(financing.segmentFrom, on);
  const { misused, surcharge } = misuseOf(financing);
  const extra = accrualNumerator(misused, surcharge, days);
  if (financing.accruing === 'contract') {
    return {
      ...closed,
      interest: closed.interest + accrualNumerator(financing.principal, financing.rate, days),
      penalty: closed.penalty + extra,
    };
  }
  if (financing.accruing === 'penalty') {
    return {
      interest: closed.interest,
      penalty: closed.penalty + accrualNumerator(financing.principal, financing.penaltyRate, days) + extra,
      compound: closed.compound + accrualNumerator(financing.compoundBase, financing.penaltyRate, days),
    };
  }
  return closed;
}

/** Closes the running segment on a day, so that principal or rate may change from there. */
export function closeSegment(financing: FinancingRow, on: IsoDate): Partial<FinancingRow> {
  const meters = metersAt(financing, on);
  return {
    interestNumerator: meters.interest,
    penaltyNumerator: meters.penalty,
    compoundNumerator: meters.compound,
    segmentFrom: on,
  };
}

/** What a financing owes on a day, in yuan: accrued to the day less what was paid, and the principal. */
export function duesAt(financing: FinancingRow, on: IsoDate): Dues {
  const meters = metersAt(financing, on);
  return {
    fees: new Decimal(0),
    compoundInterest: interestToDate(meters.compound).minus(financing.compoundPaid),
    penaltyInterest: interestToDate(meters.penalty).minus(financing.penaltyPaid),
    interest: interestToDate(meters.interest).minus(financing.interestPaid),
    principal: financing.principal,
  };
}

export const totalDue = (dues: Dues): Decimal =>
  dues.fees.plus(dues.compoundInterest).plus(dues.penaltyInterest).plus(dues.interest).plus(dues.principal);

/** Discount of a purchase earned up to a day; the day of maturity completes it. */
export function discountEarnedAt(financing: FinancingRow, on: IsoDate): Decimal {
  if (financing.valueDate === null || financing.discount.isZero()) return new Decimal(0);
  const days = daysBetween(financing.valueDate, financing.maturityDate);
  if (days <= 0) return financing.discount;
  return earnedDiscount(financing.discount, Math.max(0, daysBetween(financing.valueDate, on)), days);
}
