import pg from 'pg';
import type { Test } from 'tap';
import type { Party } from '../../src/demo/cast.ts';
import type { Answer, Client, Json } from '../../src/demo/client.ts';
import { setScene } from '../../src/demo/scene.ts';
import type { IsoDate } from '../../src/money/dates.ts';
import { wholeService } from '../harness/service.ts';

export const OPENED = '2026-07-01';

type Item = Readonly<{ receivableId: string; holdingId: string; amount: string }>;
export type Confirmed = Readonly<{ receivable: Json; holding: Json; item: (amount: string) => Item }>;

/** One chain with its bank, and the steps of a receivable's life as a test wants to take them. */
export async function receivableBench(t: Pick<Test, 'teardown'>) {
  const service = await wholeService(t);
  const scene = await setScene(service.stage, OPENED);
  const owner = new pg.Client({ connectionString: service.ownerUrl });
  await owner.connect();
  t.teardown(() => owner.end());
  const { bank, core, supplier, chainId, programmeId, accountId } = scene;
  const at = `/v1/chains/${chainId}/receivables`;
  let serial = 0;

  const sql = async (text: string, values: readonly unknown[] = []): Promise<Json[]> =>
    (await owner.query(text, [...values])).rows;

  const draft = (changes: Json = {}): Json => ({
    debtorId: core.id,
    creditorId: supplier.id,
    reference: `JN-${++serial}`,
    face: '1000.00',
    issueDate: OPENED,
    dueDate: '2026-08-28',
    ...changes,
  });

  const register = (changes: Json = {}): Promise<Json> => supplier.maker.post(at, draft(changes));

  const holdingsOf = async (receivableId: string, client: Client = core.maker): Promise<Json[]> =>
    (await client.get(`/v1/receivables/${receivableId}/holdings?limit=200&sort=oldest`)).items;

  /** A receivable that its debtor has confirmed, with the one holding that came of it. */
  async function confirmed(changes: Json = {}, amount?: string): Promise<Confirmed> {
    const { id, version } = await register(changes);
    const body = amount === undefined ? {} : { amount };
    const receivable = await core.checker.post(`/v1/receivables/${id}/confirmation`, body, version);
    const [holding] = await holdingsOf(id);
    return { receivable, holding, item: (part) => ({ receivableId: id, holdingId: holding.id, amount: part }) };
  }

  const application = (items: readonly Item[], changes: Json = {}): Json => ({
    programmeId,
    product: 'pledge_loan',
    items,
    ...changes,
  });

  const apply = (items: readonly Item[], changes: Json = {}): Promise<Json> =>
    supplier.maker.post('/v1/financings', application(items, { payeeAccountId: accountId, ...changes }));

  /** Applied for, approved, registered and paid out. */
  async function financed(items: readonly Item[], changes: Json = {}): Promise<Json> {
    const { id, version } = await apply(items, changes);
    const proposed = await bank.maker.post(`/v1/financings/${id}/proposal`, undefined, version);
    const approved = await bank.checker.post(`/v1/financings/${id}/approval`, {}, proposed.version);
    await service.settle();
    await bank.maker.post(`/v1/financings/${id}/disbursement`, undefined, approved.version);
    await service.settle();
    return financing(id);
  }

  const financing = async (id: string): Promise<Json> => (await bank.maker.get(`/v1/financings/${id}`)).financing;

  const collect = (items: readonly Json[], bankReference = `IN-${++serial}`) =>
    bank.maker.call('POST', `/v1/books/${bank.id}/collections`, { body: { bankReference, items } });

  /** A part of a receivable offered to a supplier. */
  const offer = (from: Client, { id, receivableId }: Json, { id: toId }: Readonly<{ id: string }>, amount: string) => {
    const body = { holdingId: id, toId, amount, evidence: `采购合同 ${++serial}` };
    return from.call('POST', `/v1/receivables/${receivableId}/transfers`, { body });
  };

  /** An offer answered: its acceptance, refusal or withdrawal. */
  const answer = ({ maker }: Party, transferId: string, how: string, version = 1): Promise<Answer> =>
    maker.call('POST', `/v1/transfers/${transferId}/${how}`, { version });

  /** A free part of a receivable handed to a supplier of the next tier, who accepts. */
  async function handedOn(from: Party, holding: Json, to: Party, amount: string): Promise<Json> {
    const offered = await offer(from.maker, holding, to, amount);
    return (await answer(to, offered.json.id, 'acceptance')).json.holding;
  }

  /** Fen on an account of the bank's book, credits positive; zero while it has not been opened. */
  async function credit(path: string): Promise<bigint> {
    const query = 'select (-posted * 100)::bigint as fen from balance where book_id = $1 and path = $2';
    const [row] = await sql(query, [bank.id, path]);
    return BigInt(row?.fen ?? 0);
  }

  const deposit = (orgId: string): Promise<bigint> => credit(`2001/${orgId}`);

  /** Fen by which accounts of the book change while something is done, credits positive. */
  async function moved(paths: readonly string[], does: () => Promise<unknown>): Promise<bigint[]> {
    const before = await Promise.all(paths.map(credit));
    await does();
    const after = await Promise.all(paths.map(credit));
    return after.map((fen, i) => fen - (before[i] as bigint));
  }

  /** What the rows say of a receivable: outstanding, the sum of its live parts, and the parts. */
  async function standing(receivableId: string) {
    const [row] = await sql(
      `select r.*, (confirmed - credited - paid)::text as outstanding,
              (select coalesce(sum(amount), 0)::text from holding where receivable_id = r.id and state = 'live') as parts
         from receivable r where r.id = $1`,
      [receivableId],
    );
    const live = await sql(
      "select holder_id, amount::text, parent_id, legal from holding where receivable_id = $1 and state = 'live' order by id",
      [receivableId],
    );
    return { ...row, live };
  }

  /** Closes the days of the book up to a date. */
  async function closeUntil(date: IsoDate): Promise<void> {
    const book = await bank.maker.get(`/v1/books/${bank.id}`);
    for (let day: IsoDate = book.businessDate; day < date; ) {
      await bank.operator.post(`/v1/books/${bank.id}/day-closes`, { businessDate: day });
      await service.service.work['close-day']();
      day = (await bank.operator.get(`/v1/books/${bank.id}/day-closes/${day}`)).nextDate;
    }
  }

  return {
    ...{ ...service, scene, at, sql, draft, register, confirmed, holdingsOf, application, apply, financed, financing },
    ...{ collect, offer, answer, handedOn, credit, deposit, moved, standing, closeUntil },
  };
}

export const post = (client: Client, path: string, body?: Json, version?: number): Promise<Answer> =>
  client.call('POST', path, { ...(body === undefined ? {} : { body }), ...(version === undefined ? {} : { version }) });

/** Fen as the API writes yuan. */
export const yuan = (fen: bigint): string => `${fen / 100n}.${String(fen % 100n).padStart(2, '0')}`;

/** What an answer matches when it is a refusal. */
export const refused = (status: number, code: string, field?: string): Json => ({
  status,
  json: { code, ...(field === undefined ? {} : { field }) },
});

/** Live parts as "holder amount", with the names a test gives its parties. */
export const held = (live: readonly Json[], names: Readonly<Record<string, string>>): string[] =>
  live.map(({ holder_id, amount }) => `${names[holder_id] ?? holder_id} ${amount}`);
