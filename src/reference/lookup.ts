import { type Calendar, rollForward, statutoryCalendar } from '../money/calendar.ts';
import type { IsoDate } from '../money/dates.ts';
import { Decimal } from '../money/decimal.ts';
import { Refusal } from '../platform/refusal.ts';

export type RateCode = 'lpr_1y' | 'lpr_5y';

/** A rate, parameter or calendar day as it is stored, all values as text. */
export type ReferenceFact = Readonly<{
  kind: 'rate' | 'parameter' | 'calendar_day';
  /** Code of the rate or parameter; business or holiday for a calendar day. */
  code: string;
  from: IsoDate;
  to: IsoDate | null;
  value: string | null;
  source: string;
}>;

export type RateInForce = Readonly<{ rate: Decimal; publishedOn: IsoDate }>;
export type ParameterInForce = Readonly<{ value: Decimal; source: string; effectiveFrom: IsoDate }>;

/** The reference data of the platform, to be asked by day. */
export type Reference = Readonly<{
  /** The rate in force on a day, as a fraction: the last one published on or before it. Refusal `rate-missing`. */
  rate: (code: RateCode, on: IsoDate) => RateInForce;
  /** The legal number in force on a day, or null when none is. */
  parameter: (code: string, on: IsoDate) => ParameterInForce | null;
  /** The same for a number that a rule cannot do without. Refusal `parameter-missing`. */
  requireParameter: (code: string, on: IsoDate) => ParameterInForce;
  calendar: Calendar;
  /** The day itself if it is a business day, else the next one; provisional when the calendar is not published yet. */
  rollForward: (date: IsoDate) => Readonly<{ date: IsoDate; provisional: boolean }>;
}>;

/** Makes stored facts, in any order, answer by day. */
export function referenceFrom(facts: readonly ReferenceFact[]): Reference {
  const byCode = new Map<string, ReferenceFact[]>();
  const days = new Map<IsoDate, boolean>();
  for (const fact of facts) {
    if (fact.kind === 'calendar_day') days.set(fact.from, fact.code === 'business');
    else byCode.set(`${fact.kind} ${fact.code}`, [...(byCode.get(`${fact.kind} ${fact.code}`) ?? []), fact]);
  }
  const inForce = (kind: ReferenceFact['kind'], code: string, on: IsoDate): ReferenceFact | undefined =>
    (byCode.get(`${kind} ${code}`) ?? [])
      .filter(({ from, to }) => from <= on && (to === null || on <= to))
      .reduce<ReferenceFact | undefined>((best, next) => (best && best.from > next.from ? best : next), undefined);

  const parameter = (code: string, on: IsoDate): ParameterInForce | null => {
    const fact = inForce('parameter', code, on);
    return fact ? { value: new Decimal(fact.value ?? 0), source: fact.source, effectiveFrom: fact.from } : null;
  };
  const calendar: Calendar = (date) => {
    const overruled = days.get(date);
    return overruled === undefined ? statutoryCalendar(date) : { isWorkday: overruled, provisional: false };
  };
  return {
    rate: (code, on) => {
      const fact = inForce('rate', code, on);
      if (fact) return { rate: new Decimal(fact.value ?? 0), publishedOn: fact.from };
      throw new Refusal('rate-missing', `no ${code} was published on or before ${on}`, { rate: code, on });
    },
    parameter,
    requireParameter: (code, on) => {
      const found = parameter(code, on);
      if (found) return found;
      throw new Refusal('parameter-missing', `no ${code} is in force on ${on}`, { parameter: code, on });
    },
    calendar,
    rollForward: (date) => rollForward(date, calendar),
  };
}
