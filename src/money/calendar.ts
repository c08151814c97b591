import chineseDays from 'chinese-days';
import { addDays, type IsoDate } from './dates.ts';

/** The package has State Council notices for these years only; outside them it guesses without saying so. */
const COVERED = { from: '2004-01-01', to: '2026-12-31' } as const;

/** Whether the State Council's notice for the date's year is known, so that its workdays are facts. */
export const isCovered = (date: IsoDate): boolean => date >= COVERED.from && date <= COVERED.to;

/** A calendar answers for one day: a workday or not, and whether that is provisional (no notice yet). */
export type Calendar = (date: IsoDate) => Readonly<{ isWorkday: boolean; provisional: boolean }>;

/** Statutory holidays that no notice is needed for: 1 January, 1–2 May, 1–3 October (全国年节及纪念日放假办法). */
const FIXED_HOLIDAYS = new Set(['01-01', '05-01', '05-02', '10-01', '10-02', '10-03']);

/** The statutory calendar: State Council notices where known, else fixed holidays and weekends, marked provisional. */
export const statutoryCalendar: Calendar = (date) => {
  if (isCovered(date)) return { isWorkday: chineseDays.isWorkday(date), provisional: false };
  const weekday = new Date(`${date}T00:00:00Z`).getUTCDay();
  const isWorkday = weekday !== 0 && weekday !== 6 && !FIXED_HOLIDAYS.has(date.slice(5));
  return { isWorkday, provisional: true };
};

/** The date itself if it is a workday, else the next one (Civil Code art. 203); provisional if any day on the way was. */
export function rollForward(
  date: IsoDate,
  calendar: Calendar = statutoryCalendar,
): { date: IsoDate; provisional: boolean } {
  let rolled = date;
  let provisional = false;
  for (;;) {
    const day = calendar(rolled);
    provisional ||= day.provisional;
    if (day.isWorkday) return { date: rolled, provisional };
    rolled = addDays(rolled, 1);
  }
}

/** The day that lies so many workdays after another; days past the published calendar count by their weekday. */
export function workdaysAfter(date: IsoDate, count: number, calendar: Calendar = statutoryCalendar): IsoDate {
  let reached = date;
  for (let left = count; left > 0; ) {
    reached = addDays(reached, 1);
    if (calendar(reached).isWorkday) left -= 1;
  }
  return reached;
}
