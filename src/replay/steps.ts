import type { Answer, Client, Json } from '../demo/client.ts';
import type { IsoDate } from '../money/dates.ts';
import { formatMoney } from '../money/decimal.ts';
import type { Course } from './course.ts';
import { inParallel } from './parallel.ts';
import type { ReplayService } from './service.ts';
import type { Partner, World } from './world.ts';

/** What the service would not do for an invoice, with the code it gave. */
export type Refused = Readonly<{ line: number; step: string; code: string; message: string }>;

export type Play = Readonly<{ world: World; work: ReplayService['work']; refused: Refused[] }>;

const BULK = 1_000;

/** What the service grants, or null when it refuses; the refusal is noted. */
async function granted(
  { refused }: Play,
  { invoice }: Course,
  step: string,
  asked: Promise<Answer>,
): Promise<Json | null> {
  const { status, json } = await asked;
  if (status < 300) return json;
  refused.push({ line: invoice.line, step, code: json.code ?? String(status), message: json.detail ?? '' });
  return null;
}

const partnerOf = ({ world }: Play, { invoice }: Course): Partner => world.partners.get(invoice.customer) as Partner;

/** The core enterprise uploads the invoices of a day, each a receivable of its supplier, all in one call. */
export async function register(play: Play, courses: readonly Course[]): Promise<void> {
  const { core, chainId } = play.world;
  for (let from = 0; from < courses.length; from += BULK) {
    const chunk = courses.slice(from, from + BULK);
    const items = chunk.map((course) => ({
      debtorId: core.id,
      creditorId: partnerOf(play, course).id,
      reference: course.invoice.number,
      face: formatMoney(course.invoice.amount),
      issueDate: course.invoice.issueDate,
      dueDate: course.invoice.dueDate,
    }));
    const { results } = await core.maker.post(`/v1/chains/${chainId}/receivables/bulk`, { items });
    for (const [index, course] of chunk.entries()) {
      const { outcome, id, code, message } = results[index];
      if (outcome === 'registered') course.receivableId = id;
      else play.refused.push({ line: course.invoice.line, step: 'register', code, message });
    }
  }
}

type ByDebtor = Readonly<{
  step: string;
  path: string;
  body: (course: Course) => object;
  /** The version that the debtor decides on: of a receivable just registered it is known. */
  versionOf: (checker: Client, receivableId: string) => Promise<number>;
}>;

/** The checker of the core enterprise acts on registered receivables. Answers those on which the service let it. */
async function act(play: Play, courses: readonly Course[], { step, path, body, versionOf }: ByDebtor) {
  const { checker } = play.world.core;
  if (courses.length > 0) await checker.token();
  const done = await inParallel(courses, async (course) => {
    if (course.receivableId === null) return [];
    const version = await versionOf(checker, course.receivableId);
    const url = `/v1/receivables/${course.receivableId}/${path}`;
    const answer = await granted(play, course, step, checker.call('POST', url, { body: body(course), version }));
    return answer === null ? [] : [course];
  });
  return done.flat();
}

/** The core enterprise undertakes to pay. */
export const confirm = (play: Play, courses: readonly Course[]): Promise<Course[]> =>
  act(play, courses, { step: 'confirm', path: 'confirmation', body: () => ({}), versionOf: async () => 1 });

const presentVersion = async (checker: Client, receivableId: string): Promise<number> =>
  (await checker.get(`/v1/receivables/${receivableId}`)).version;

/** The whole amount is contested: until that is resolved nothing of the receivable can be financed or handed on. */
export const dispute = (play: Play, courses: readonly Course[]): Promise<Course[]> =>
  act(play, courses, {
    step: 'dispute',
    path: 'dispute',
    body: ({ invoice }) => ({ amount: formatMoney(invoice.amount), reason: 'disputed in the file' }),
    versionOf: presentVersion,
  });

/** The core enterprise gives in: it owes the whole amount after all. */
export const resolve = (play: Play, courses: readonly Course[]): Promise<Course[]> =>
  act(play, courses, {
    step: 'resolve the dispute',
    path: 'dispute-resolution',
    body: () => ({ reason: 'resolved in full' }),
    versionOf: presentVersion,
  });

/**
 * Suppliers apply with the whole receivable for the most the programme advances; the rule approves, the register
 * records, the bank pays out and the payment settles, all on the day.
 */
export async function finance(play: Play, courses: readonly Course[]): Promise<void> {
  if (courses.length === 0) return;
  const { bank } = play.world;
  const approved = (await inParallel(courses, (course) => apply(play, course))).flat();
  await play.work.registrations();
  await bank.maker.token();
  await inParallel(approved, async ({ course, id, version }) => {
    const paidOut = bank.maker.call('POST', `/v1/financings/${id}/disbursement`, { version });
    if ((await granted(play, course, 'disburse', paidOut)) !== null) course.financingId = id;
  });
  await play.work.payments();
}

async function apply(play: Play, course: Course) {
  const { maker, accountId } = partnerOf(play, course);
  const receivableId = course.receivableId as string;
  const [holding] = (await maker.get(`/v1/receivables/${receivableId}/holdings`)).items;
  const body = {
    programmeId: play.world.programmeId,
    product: course.product,
    items: [{ receivableId, holdingId: holding.id, amount: holding.amount }],
    payeeAccountId: accountId,
  };
  const financing = await granted(play, course, 'finance', maker.call('POST', '/v1/financings', { body }));
  return financing === null ? [] : [{ course, id: financing.id as string, version: financing.version as number }];
}

/**
 * The bank books what the core enterprise paid: the loan takes what it is owed, the rest is the supplier's. What the
 * payment leaves of a loan, because it came so late, the supplier repays from its deposit on the same day.
 */
export async function pay(play: Play, courses: readonly Course[]): Promise<Course[]> {
  const { bank } = play.world;
  if (courses.length > 0) await bank.operator.token();
  const paid = await inParallel(courses, async (course) => {
    const { invoice } = course;
    const body = {
      bankReference: `SETTLED-${invoice.line}`,
      items: [{ receivableId: course.receivableId, amount: formatMoney(invoice.amount) }],
    };
    const asked = bank.operator.call('POST', `/v1/books/${bank.id}/collections`, { body });
    const receipt = await granted(play, course, 'pay', asked);
    if (receipt === null) return [];
    if (course.financingId !== null && receipt.applied[0].toHolders.length === 0) await repayRest(play, course);
    return [course];
  });
  return paid.flat();
}

async function repayRest(play: Play, course: Course): Promise<void> {
  const { maker } = partnerOf(play, course);
  const path = `/v1/financings/${course.financingId}`;
  const { due } = await maker.get(path);
  if (due.total === '0.00') return;
  await granted(play, course, 'repay', maker.call('POST', `${path}/repayments`, { body: { amount: due.total } }));
}

/** Closes the business day of the bank's book; throws when it does not prove. */
export async function closeDay({ world: { bank }, work }: Play, businessDate: IsoDate): Promise<void> {
  await bank.operator.post(`/v1/books/${bank.id}/day-closes`, { businessDate });
  await work['close-day']();
}
