/** A calendar day in Shanghai as text, YYYY-MM-DD. Days are text everywhere: no time zone can move them. */
export type IsoDate = string;

const DAY_MS = 86_400_000;

const toUtc = (date: IsoDate): Date => new Date(`${date}T00:00:00Z`);
const fromUtc = (date: Date): IsoDate => date.toISOString().slice(0, 10);

/** Whether the text names a day that exists, between 1900 and 2999. */
export function isIsoDate(text: string): boolean {
  if (!/^(19|2\d)\d{2}-\d{2}-\d{2}$/.test(text)) return false;
  const date = toUtc(text);
  return !Number.isNaN(date.getTime()) && fromUtc(date) === text;
}

/** Days in [from, to): first day in, last day out. Negative when `to` is before `from`. */
export const daysBetween = (from: IsoDate, to: IsoDate): number =>
  (toUtc(to).getTime() - toUtc(from).getTime()) / DAY_MS;

export const addDays = (date: IsoDate, days: number): IsoDate =>
  fromUtc(new Date(toUtc(date).getTime() + days * DAY_MS));

/** The first of these days, of which there is at least one. */
export const earliest = (days: readonly IsoDate[]): IsoDate => [...days].sort()[0] as IsoDate;

/** The corresponding day `months` later, or the end of that month when it has no such day (Civil Code art. 202). */
export function addMonths(date: IsoDate, months: number): IsoDate {
  const [year, month, day] = date.split('-').map(Number) as [number, number, number];
  const lastDay = new Date(Date.UTC(year, month + months, 0));
  const target = new Date(Date.UTC(year, month - 1 + months, Math.min(day, lastDay.getUTCDate())));
  return fromUtc(target);
}

const DIGITS = ['零', '壹', '贰', '叁', '肆', '伍', '陆', '柒', '捌', '玖'] as const;

const tens = (n: number): string =>
  `${n >= 10 ? `${DIGITS[Math.floor(n / 10)]}拾` : ''}${n % 10 ? DIGITS[n % 10] : ''}`;

/** The date in capital numerals as bills and settlement vouchers require it, 正确填写票据和结算凭证的基本规定 rule 6. */
export function uppercaseDate(date: IsoDate): string {
  const [year, month, day] = date.split('-') as [string, string, string];
  const [m, d] = [Number(month), Number(day)];
  const monthText = `${m <= 2 || m === 10 ? '零' : ''}${tens(m)}`;
  const dayText = `${d < 10 || d % 10 === 0 ? '零' : ''}${tens(d)}`;
  return `${[...year].map((digit) => DIGITS[Number(digit)]).join('')}年${monthText}月${dayText}日`;
}
