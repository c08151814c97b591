import type { IsoDate } from '../money/dates.ts';
import { Decimal } from '../money/decimal.ts';
import { Refusal } from '../platform/refusal.ts';
import { nextState } from '../platform/state-machine.ts';
import type { Workspace } from '../platform/workspace.ts';
import type { Reference } from '../reference/store.ts';
import { tell } from './answer.ts';
import { financingLifecycle } from './lifecycle.ts';
import { worse } from './loan-rules.ts';
import { closeSegment } from './meters.ts';
import { isPurchase } from './quote.ts';
import { type FinancingRow, financings } from './store.ts';

type Misuse = Readonly<{ amount: Decimal; on: IsoDate; reference: Reference }>;

/** The rate of money put to another use: the contract rate and what the terms, or the law at least, add to it. */
function misuseRateOf({ rate, terms }: FinancingRow, on: IsoDate, reference: Reference): Decimal {
  const uplift =
    terms.misuseUplift === undefined
      ? reference.requireParameter('loan.penaltyUplift.misuse.min', on).value
      : new Decimal(terms.misuseUplift);
  return rate.times(uplift.plus(1)).toDecimalPlaces(6);
}

/**
 * From this day what was put to another use bears the misuse rate, until it is put right, and the loan is watched
 * (银发〔2003〕251号; 银保监会 人民银行令〔2023〕1号: 改变用途 is 关注 at best). A purchase bears no interest and is only
 * watched. Refuses more than the principal that is left.
 */
export function chargeMisuse(
  work: Workspace,
  financing: FinancingRow,
  { amount, on, reference }: Misuse,
): FinancingRow {
  nextState(financingLifecycle, financing.status, 'classify');
  const left = financing.principal.minus(Decimal.min(financing.misused, financing.principal));
  if (amount.greaterThan(left)) {
    throw new Refusal('invalid-input', 'more would be misused than is owed', {
      field: '/amount',
      accepted: `at most ${left.toFixed(2)}`,
    });
  }
  const bears = !isPurchase(financing.product);
  const after = work.update(financings, financing.id, {
    ...closeSegment(financing, on),
    riskClass: worse(financing.riskClass, 'special_mention'),
    ...(bears && {
      misused: Decimal.min(financing.misused, financing.principal).plus(amount),
      misuseRate: misuseRateOf(financing, on, reference),
    }),
  });
  tell(work, 'misuse_charged', after, { amount: amount.toFixed(2), rate: after.misuseRate.toFixed(6) });
  return after;
}

/** What has been put right bears the rate of the rest again, from this day. */
export function clearMisuse(
  work: Workspace,
  financing: FinancingRow,
  { amount, on }: Pick<Misuse, 'amount' | 'on'>,
): FinancingRow {
  const misused = Decimal.max(Decimal.min(financing.misused, financing.principal).minus(amount), 0);
  const after = work.update(financings, financing.id, { ...closeSegment(financing, on), misused });
  tell(work, 'misuse_cleared', after, { amount: amount.toFixed(2) });
  return after;
}
