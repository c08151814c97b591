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

export const partnerOf = ({ world }: Play, { invoice }: Course): Partner =>
  world.partners.get(invoice.customer) as Partner;

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

/** A checker of the core enterprise confirms what is registered: from then on it owes the amount. */
export async function confirm(play: Play, course: Course): Promise<void> {
  const path = `/v1/receivables/${course.receivableId}/confirmation`;
  const asked = play.world.core.checker.call('POST', path, { body: {}, version: 1 });
  course.isConfirmed = (await granted(play, course, 'confirm', asked)) !== null;
}

/** The core enterprise contests the whole amount: until that is resolved nothing of it is financed or handed on. */
export const dispute = (play: Play, course: Course): Promise<void> =>
  decide(play, course, 'dispute', { amount: formatMoney(course.invoice.amount), reason: 'disputed in the file' });

/** The core enterprise gives in: it owes the whole amount after all. */
export const resolve = (play: Play, course: Course): Promise<void> =>
  decide(play, course, 'dispute-resolution', { reason: 'resolved in full' });

/** The version is read first: the close of a day may have marked the receivable overdue. */
async function decide(play: Play, course: Course, decision: string, body: object): Promise<void> {
  const { checker } = play.world.core;
  const path = `/v1/receivables/${course.receivableId}`;
  const { version } = await checker.get(path);
  await granted(play, course, decision, checker.call('POST', `${path}/${decision}`, { body, version }));
}

/** A financing that the rule has approved. */
export type Approved = Readonly<{ course: Course; id: string; version: number }>;

/** The supplier applies with the whole receivable for the most the programme advances. Null when that is refused. */
export async function apply(play: Play, course: Course): Promise<Approved | null> {
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
  return financing === null ? null : { course, id: financing.id, version: financing.version };
}

/** The register records the security, the bank pays out and its payments settle, all on the day. */
export async function payOut(play: Play, approved: readonly Approved[]): Promise<void> {
  if (approved.length === 0) return;
  await play.work.registrations();
  await inParallel(approved, async ({ course, id, version }) => {
    const asked = play.world.bank.maker.call('POST', `/v1/financings/${id}/disbursement`, { version });
    if ((await granted(play, course, 'disburse', asked)) !== null) course.financingId = id;
  });
  await play.work.payments();
}

/**
 * The bank books what the core enterprise paid: the loan takes what it is owed, the rest is the supplier's. What the
 * payment leaves of a loan, because it came so late, the supplier repays from its deposit on the same day.
 */
export async function pay(play: Play, course: Course): Promise<void> {
  const { bank } = play.world;
  const { line, amount } = course.invoice;
  const items = [{ receivableId: course.receivableId, amount: formatMoney(amount) }];
  const body = { bankReference: `SETTLED-${line}`, items };
  const asked = bank.operator.call('POST', `/v1/books/${bank.id}/collections`, { body });
  const receipt = await granted(play, course, 'pay', asked);
  course.isPaid = receipt !== null;
  const mayOwe = course.financingId !== null && receipt?.applied[0].toHolders.length === 0;
  if (mayOwe) await repayRest(play, course, partnerOf(play, course).maker);
}

async function repayRest(play: Play, course: Course, maker: Client): Promise<void> {
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
