import { addDays, type IsoDate } from '../money/dates.ts';
import { Decimal } from '../money/decimal.ts';
import { Refusal } from '../platform/refusal.ts';
import { defineLifecycle, type StateOf } from '../platform/state-machine.ts';
import type { RateCode } from './lookup.ts';

export type LprTenor = '1Y' | '5Y';
export type LprPublication = Readonly<{ publishedOn: IsoDate; percent: Readonly<Record<LprTenor, Decimal>> }>;

const published = (publishedOn: IsoDate, oneYear: string, fiveYears: string): LprPublication => ({
  publishedOn,
  percent: { '1Y': new Decimal(oneYear), '5Y': new Decimal(fiveYears) },
});

/** Publications that changed the loan prime rate since its reform (PBOC公告〔2019〕15号); months between repeat the last. */
export const lprChanges: readonly LprPublication[] = [
  published('2019-08-20', '4.25', '4.85'),
  published('2019-09-20', '4.20', '4.85'),
  published('2019-11-20', '4.15', '4.80'),
  published('2020-02-20', '4.05', '4.75'),
  published('2020-04-20', '3.85', '4.65'),
  published('2021-12-20', '3.80', '4.65'),
  published('2022-01-20', '3.70', '4.60'),
  published('2022-05-20', '3.70', '4.45'),
  published('2022-08-22', '3.65', '4.30'),
  published('2023-06-20', '3.55', '4.20'),
  published('2023-08-21', '3.45', '4.20'),
  published('2024-02-20', '3.45', '3.95'),
  published('2024-07-22', '3.35', '3.85'),
  published('2024-10-21', '3.10', '3.60'),
  published('2025-05-20', '3.00', '3.50'),
];

/**
 * The loan prime rate in force on a day, in percent: the last publication on or before it holds until the next.
 * Publications may come in any order. Throws RangeError for a day before the first of them.
 */
export function lprOn(publications: readonly LprPublication[], date: IsoDate, tenor: LprTenor): Decimal {
  const inForce = publications
    .filter(({ publishedOn }) => publishedOn <= date)
    .reduce<LprPublication | undefined>(
      (latest, next) => (latest === undefined || next.publishedOn > latest.publishedOn ? next : latest),
      undefined,
    );
  if (inForce === undefined) throw new RangeError(`no loan prime rate was published on or before ${date}`);
  return inForce.percent[tenor];
}

export const proposalLifecycle = defineLifecycle('reference proposal', {
  proposed: { confirm: 'confirmed', reject: 'rejected', withdraw: 'withdrawn' },
  confirmed: {},
  rejected: {},
  withdrawn: {},
});
export type ProposalState = StateOf<typeof proposalLifecycle>;

/** What a proposal would record. Rates are fractions, all numbers text. */
export type ReferenceContent =
  | Readonly<{ kind: 'rate'; code: RateCode; publishedOn: IsoDate; rate: string; source: string }>
  | Readonly<{
      kind: 'parameter';
      code: string;
      effectiveFrom: IsoDate;
      effectiveTo: IsoDate | null;
      value: string;
      unit: string;
      source: string;
    }>
  | Readonly<{ kind: 'calendar_day'; date: IsoDate; day: 'business' | 'holiday'; source: string }>;

type Period = Readonly<{ id: string; effectiveFrom: IsoDate; effectiveTo: IsoDate | null }>;

/** What recording a parameter does to the rows of its code: one is corrected or a new one added, one may be ended. */
export type PeriodPlan = Readonly<{ corrects: string | null; ends: Readonly<{ id: string; on: IsoDate }> | null }>;

/**
 * Where a period goes among the periods of its code. The same first day corrects that row; otherwise a row is added,
 * and the one before it ends the day before. Both must end before the next begins: refusal `parameter-overlap`.
 */
export function placePeriod(present: readonly Period[], next: Omit<Period, 'id'>): PeriodPlan {
  const corrected = present.find(({ effectiveFrom }) => effectiveFrom === next.effectiveFrom);
  const later = present.filter(({ effectiveFrom }) => effectiveFrom > next.effectiveFrom);
  const following = later.reduce<Period | undefined>(
    (best, each) => (best && best.effectiveFrom < each.effectiveFrom ? best : each),
    undefined,
  );
  if (following && (next.effectiveTo === null || next.effectiveTo >= following.effectiveFrom)) {
    throw new Refusal('parameter-overlap', `another row begins on ${following.effectiveFrom}`, {
      field: '/effectiveTo',
      accepted: `a day before ${following.effectiveFrom}`,
    });
  }
  const dayBefore = addDays(next.effectiveFrom, -1);
  const preceding = present.find(
    ({ effectiveFrom, effectiveTo }) =>
      effectiveFrom < next.effectiveFrom && (effectiveTo === null || effectiveTo > dayBefore),
  );
  return { corrects: corrected?.id ?? null, ends: preceding ? { id: preceding.id, on: dayBefore } : null };
}
