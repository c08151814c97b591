import { addDays, daysBetween, type IsoDate } from '../money/dates.ts';
import type { Course } from './course.ts';
import type { ReplayService } from './service.ts';
import { closeDay, confirm, dispute, finance, type Play, pay, type Refused, register, resolve } from './steps.ts';
import { renewSecrets, type World } from './world.ts';

/** Days after which the secrets of the clients are replaced: a first one lasts 90 days, each later one a year. */
const FIRST_RENEWAL_DAYS = 80;
const RENEWAL_DAYS = 350;

export type Run = Readonly<{ world: World; refused: readonly Refused[]; days: number }>;
type Counts = { registered: number; financed: number; disputed: number; paid: number };
type Ahead = ReadonlyMap<IsoDate, readonly Course[]>;

/**
 * Plays every day from the first invoice to the last settlement, weekends and holidays too, and closes the book on
 * each. `tell` hears once a month what was done.
 */
export async function playDays(
  service: Pick<ReplayService, 'stage' | 'work' | 'moveTo'>,
  world: World,
  courses: readonly Course[],
  tell: (line: string) => void,
): Promise<Run> {
  const { firstDay, lastDay } = spanOf(courses);
  const on = {
    invoiced: byDay(courses, ({ invoice }) => invoice.issueDate),
    disputed: byDay(courses, (course) => course.dispute?.opensOn),
    resolved: byDay(courses, (course) => course.dispute?.endsOn),
    settled: byDay(courses, ({ invoice }) => invoice.settledOn),
  };
  const refused: Refused[] = [];
  const counts: Counts = { registered: 0, financed: 0, disputed: 0, paid: 0 };
  let present = world;
  let renewals = 0;
  for (let day = firstDay; day <= lastDay; day = addDays(day, 1)) {
    service.moveTo(day);
    if (daysBetween(firstDay, day) === FIRST_RENEWAL_DAYS + renewals * RENEWAL_DAYS) {
      present = await renewSecrets(service.stage, present, renewals);
      renewals += 1;
    }
    const play: Play = { world: present, work: service.work, refused };
    await playDay(play, day, on, counts);
    await closeDay(play, day);
    if (day === lastDay || day.slice(0, 7) !== addDays(day, 1).slice(0, 7)) tellMonth(day, counts, tell);
  }
  await service.work.registrations();
  return { world: present, refused, days: daysBetween(firstDay, lastDay) + 1 };
}

type Schedule = Readonly<Record<'invoiced' | 'disputed' | 'resolved' | 'settled', Ahead>>;

async function playDay(play: Play, day: IsoDate, on: Schedule, counts: Counts): Promise<void> {
  const invoiced = on.invoiced.get(day) ?? [];
  if (invoiced.length > 0) {
    await register(play, invoiced);
    const confirmed = await confirm(play, invoiced);
    for (const course of confirmed) course.isConfirmed = true;
    const chosen = confirmed.filter(({ product }) => product !== null);
    await finance(play, chosen);
    counts.registered += invoiced.filter(({ receivableId }) => receivableId !== null).length;
    counts.financed += chosen.filter(({ financingId }) => financingId !== null).length;
  }
  const live = (due: readonly Course[] | undefined) => (due ?? []).filter(({ isConfirmed }) => isConfirmed);
  counts.disputed += (await dispute(play, live(on.disputed.get(day)))).length;
  await resolve(play, live(on.resolved.get(day)));
  const paid = await pay(play, live(on.settled.get(day)));
  for (const course of paid) course.isPaid = true;
  counts.paid += paid.length;
}

function tellMonth(day: IsoDate, counts: Counts, tell: (line: string) => void): void {
  const { registered, financed, disputed, paid } = counts;
  tell(`  ${day.slice(0, 7)}  ${registered} registered, ${financed} financed, ${disputed} disputed, ${paid} paid`);
  Object.assign(counts, { registered: 0, financed: 0, disputed: 0, paid: 0 });
}

/** The first day something happens, and the last. */
export function spanOf(courses: readonly Pick<Course, 'invoice'>[]): Readonly<{ firstDay: IsoDate; lastDay: IsoDate }> {
  const issued = courses.map(({ invoice }) => invoice.issueDate).sort();
  const settled = courses.map(({ invoice }) => invoice.settledOn).sort();
  return { firstDay: issued[0] as IsoDate, lastDay: settled.at(-1) as IsoDate };
}

function byDay(courses: readonly Course[], dayOf: (course: Course) => IsoDate | undefined): Ahead {
  const days = new Map<IsoDate, Course[]>();
  for (const course of courses) {
    const day = dayOf(course);
    if (day !== undefined) days.set(day, [...(days.get(day) ?? []), course]);
  }
  return days;
}
