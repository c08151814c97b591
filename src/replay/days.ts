import type { Client } from '../demo/client.ts';
import { addDays, daysBetween, type IsoDate } from '../money/dates.ts';
import type { Course } from './course.ts';
import { inParallel } from './parallel.ts';
import type { ReplayService } from './service.ts';
import {
  apply,
  closeDay,
  confirm,
  dispute,
  type Play,
  partnerOf,
  pay,
  payOut,
  type Refused,
  register,
  resolve,
} from './steps.ts';
import { renewSecrets, type World } from './world.ts';

/** Days after which the secrets of the clients are replaced: a first one lasts 90 days, each later one a year. */
const FIRST_RENEWAL_DAYS = 80;
const RENEWAL_DAYS = 350;

export type Run = Readonly<{ world: World; refused: readonly Refused[]; days: number }>;

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
  const { invoiced, goingOn } = scheduleOf(courses);
  const refused: Refused[] = [];
  let month: Course[][] = [];
  let play: Play = { world, work: service.work, refused };
  let renewals = 0;
  for (let day = firstDay; day <= lastDay; day = addDays(day, 1)) {
    service.moveTo(day);
    if (daysBetween(firstDay, day) === FIRST_RENEWAL_DAYS + renewals * RENEWAL_DAYS) {
      play = { ...play, world: await renewSecrets(service.stage, play.world, renewals) };
      renewals += 1;
    }
    const today: Today = { day, invoiced: invoiced.get(day) ?? [], goingOn: goingOn.get(day) ?? [] };
    await playDay(play, today);
    await closeDay(play, day);
    month = [...month, [...today.invoiced], [...today.goingOn]];
    if (day === lastDay || day.slice(0, 7) !== addDays(day, 1).slice(0, 7)) {
      tell(`  ${monthly(day.slice(0, 7), month.flat())}`);
      month = [];
    }
  }
  await service.work.registrations();
  return { world: play.world, refused, days: daysBetween(firstDay, lastDay) + 1 };
}

type Today = Readonly<{ day: IsoDate; invoiced: readonly Course[]; goingOn: readonly Course[] }>;

/** What was invoiced before goes on beside what begins today; what begins and ends today comes last. */
async function playDay(play: Play, today: Today): Promise<void> {
  const { day, invoiced, goingOn } = today;
  const signedIn = signIn(play, today);
  const begunBefore = goingOn.filter(({ invoice }) => invoice.issueDate < day);
  await Promise.all([
    begin(play, invoiced, signedIn),
    signedIn.then(() => inParallel(begunBefore, (course) => goOn(play, course, day))),
  ]);
  const begunToday = goingOn.filter(({ invoice }) => invoice.issueDate === day);
  await inParallel(begunToday, (course) => goOn(play, course, day));
}

/**
 * Tokens last minutes and the clock jumps by days: everyone who acts today takes one, all at once. The maker of the
 * core enterprise takes its own with the one call it makes.
 */
async function signIn(play: Play, { invoiced, goingOn }: Today): Promise<void> {
  const { bank, core } = play.world;
  const clients = new Set<Client>([bank.operator]);
  if (invoiced.length + goingOn.length > 0) clients.add(core.checker);
  for (const course of invoiced) {
    if (course.product !== null) clients.add(bank.maker).add(partnerOf(play, course).maker);
  }
  await inParallel([...clients], (client) => client.token());
}

/** Registered and confirmed; those in the declared share are financed. */
async function begin(play: Play, courses: readonly Course[], signedIn: Promise<void>): Promise<void> {
  if (courses.length === 0) return;
  await Promise.all([register(play, courses), signedIn]);
  const approved = await inParallel(courses, async (course) => {
    if (course.receivableId !== null) await confirm(play, course);
    return course.isConfirmed && course.product !== null ? apply(play, course) : null;
  });
  await payOut(
    play,
    approved.filter((each) => each !== null),
  );
}

/** Disputed, cleared and paid, as far as that falls on the day. */
async function goOn(play: Play, course: Course, day: IsoDate): Promise<void> {
  if (!course.isConfirmed) return;
  if (course.dispute?.opensOn === day) await dispute(play, course);
  if (course.dispute?.endsOn === day) await resolve(play, course);
  if (course.invoice.settledOn === day) await pay(play, course);
}

type Schedule = ReadonlyMap<IsoDate, readonly Course[]>;

/** Which courses begin on a day, and for which something else falls on it. */
function scheduleOf(courses: readonly Course[]): Readonly<{ invoiced: Schedule; goingOn: Schedule }> {
  const [invoiced, goingOn] = [new Map<IsoDate, Course[]>(), new Map<IsoDate, Course[]>()];
  const add = (days: Map<IsoDate, Course[]>, day: IsoDate, course: Course) => {
    const present = days.get(day);
    if (present === undefined) days.set(day, [course]);
    else present.push(course);
  };
  for (const course of courses) {
    const { invoice, dispute: disputed } = course;
    add(invoiced, invoice.issueDate, course);
    const days = [invoice.settledOn, ...(disputed === null ? [] : [disputed.opensOn, disputed.endsOn])];
    for (const day of new Set(days)) add(goingOn, day, course);
  }
  return { invoiced, goingOn };
}

function monthly(month: string, touched: readonly Course[]): string {
  const courses = [...new Set(touched)];
  const on = (day: IsoDate | undefined) => day?.startsWith(month) ?? false;
  const begun = courses.filter(({ receivableId, invoice }) => receivableId !== null && on(invoice.issueDate));
  const financed = begun.filter(({ financingId }) => financingId !== null);
  const disputed = courses.filter((course) => course.isConfirmed && on(course.dispute?.opensOn));
  const paid = courses.filter(({ isPaid, invoice }) => isPaid && on(invoice.settledOn));
  return `${month}  ${begun.length} registered, ${financed.length} financed, ${disputed.length} disputed, ${paid.length} paid`;
}

/** The day of the first invoice and of the last settlement. */
export function spanOf(courses: readonly Pick<Course, 'invoice'>[]): Readonly<{ firstDay: IsoDate; lastDay: IsoDate }> {
  const issued = courses.map(({ invoice }) => invoice.issueDate).sort();
  const settled = courses.map(({ invoice }) => invoice.settledOn).sort();
  return { firstDay: issued[0] as IsoDate, lastDay: settled.at(-1) as IsoDate };
}
