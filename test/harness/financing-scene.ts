import pg from 'pg';
import type { Test } from 'tap';
import { openAccount, ordinaryTerms, type Party, type ProductTerms } from '../../src/demo/cast.ts';
import type { Json } from '../../src/demo/client.ts';
import { setScene } from '../../src/demo/scene.ts';
import type { Product } from '../../src/programme/terms.ts';
import { wholeService } from './service.ts';

type Wanted = Readonly<{
  product?: Product;
  face?: string;
  /** What is asked for; unless told, the most the programme advances. */
  amount?: string;
  dueDate: string;
  supplier?: Party;
  accountId?: string;
}>;

/** The demo chain with a book opened on a day, and the steps of a financing as its people take them. */
export async function financingScene(t: Pick<Test, 'teardown'>, openedOn: string) {
  const world = await wholeService(t);
  const { stage, service } = world;
  const scene = await setScene(stage, openedOn);
  const owner = new pg.Pool({ connectionString: world.ownerUrl, max: 1 });
  t.teardown(() => owner.end());
  const { bank, core, supplier, programmeId, chainId } = scene;
  const books = `/v1/books/${bank.id}`;
  let references = 0;
  const reference = (kind: string): string => {
    references += 1;
    return `${kind}-${references}`;
  };
  let today = openedOn;

  const sql = async (text: string, values: readonly unknown[] = []): Promise<Json[]> =>
    (await owner.query(text, [...values])).rows;
  const accounts = new Map<string, string>([[supplier.id, scene.accountId]]);

  async function accountOf(party: Party): Promise<string> {
    const known = accounts.get(party.id) ?? (await openAccount(stage, party)).id;
    accounts.set(party.id, known);
    return known;
  }

  /** A receivable that the core enterprise has confirmed, and the one holding in it. */
  async function receivable(face: string, dueDate: string, creditor: Party = supplier) {
    const row = await core.maker.post(`/v1/chains/${chainId}/receivables`, {
      debtorId: core.id,
      creditorId: creditor.id,
      reference: reference('JN'),
      face,
      issueDate: today,
      dueDate,
    });
    await core.checker.post(`/v1/receivables/${row.id}/confirmation`, {}, row.version);
    const [holding] = (await creditor.maker.get(`/v1/receivables/${row.id}/holdings`)).items;
    return { id: row.id as string, holdingId: holding.id as string };
  }

  async function asked({ product = 'recourse_factoring', face = '1000000.00', amount, dueDate, ...rest }: Wanted) {
    const { supplier: creditor = supplier, accountId } = rest;
    const held = await receivable(face, dueDate, creditor);
    const items = [{ receivableId: held.id, holdingId: held.holdingId, amount: face }];
    const body = { programmeId, product, items, ...(amount === undefined ? {} : { amount }) };
    return { held, creditor, body, accountId: accountId ?? (await accountOf(creditor)) };
  }

  async function apply(wanted: Wanted) {
    const { held, creditor, body, accountId } = await asked(wanted);
    const quote = await creditor.maker.post('/v1/financings/quotes', body);
    const application: Json = await creditor.maker.post('/v1/financings', { ...body, payeeAccountId: accountId });
    return { application, quote, held, path: `/v1/financings/${application.id}` };
  }

  async function approve(application: Json): Promise<Json> {
    const path = `/v1/financings/${application.id}`;
    const proposed = await bank.maker.post(`${path}/proposal`, undefined, application.version);
    return bank.checker.post(`${path}/approval`, {}, proposed.version);
  }

  async function finance(wanted: Wanted) {
    const applied = await apply(wanted);
    const approved = await approve(applied.application);
    await world.settle();
    await bank.maker.post(`${applied.path}/disbursement`, undefined, approved.version);
    await world.settle();
    return applied;
  }

  return {
    ...world,
    ...scene,
    sql,
    books,
    receivable,
    asked,
    apply,
    approve,
    finance,
    position: (path: string): Promise<Json> => bank.maker.get(path),
    today: () => today,
    beginClose: () => bank.operator.call('POST', `${books}/day-closes`, { body: { businessDate: today } }),
    runClose: async (): Promise<void> => {
      await service.work['close-day']();
      today = (await sql('select business_date::text as day from book where id = $1', [bank.id]))[0].day;
    },
    /** Closes days until the business date is this one. */
    closeUntil: async (day: string): Promise<void> => {
      while (today < day) {
        await bank.operator.post(`${books}/day-closes`, { businessDate: today });
        await service.work['close-day']();
        today = (await bank.operator.get(`${books}/day-closes/${today}`)).nextDate;
      }
    },
    deposit: (partyId: string, amount: string) =>
      bank.operator.post(`${books}/deposits`, { partyId, amount, bankReference: reference('IN') }),
    collect: (receivableId: string, amount: string) =>
      bank.operator.call('POST', `${books}/collections`, {
        body: { bankReference: reference('IN'), items: [{ receivableId, amount }] },
      }),
    /** New terms of the programme, in force from today; who approves what, and products that change. */
    newTerms: async (products: Readonly<Record<string, ProductTerms>>, authority?: readonly Json[]): Promise<void> => {
      const draft = await bank.maker.post(`/v1/programmes/${programmeId}/versions`, {
        effectiveFrom: today,
        terms: {
          products: {
            ...Object.fromEntries(
              ['pledge_loan', 'recourse_factoring', 'nonrecourse_factoring', 'payables_finance'].map((product) => [
                product,
                ordinaryTerms(),
              ]),
            ),
            ...products,
          },
          authority: authority ?? [{ upTo: null, approval: 'one', tag: null }],
        },
      });
      const submitted = await bank.maker.post(`/v1/programme-versions/${draft.id}/submit`, undefined, draft.version);
      await bank.checker.post(`/v1/programme-versions/${draft.id}/approve`, {}, submitted.version);
    },
    /** Reserved and used on every level, told from the group down. */
    limits: async (): Promise<string[]> =>
      (
        await sql(
          `select kind || ' ' || reserved || ' ' || used as line from limit_node
            where reserved <> 0 or used <> 0 order by kind, id`,
        )
      ).map(({ line }) => line),
    proof: async (): Promise<boolean> => (await bank.maker.get(`${books}/verification`)).ok,
    /** Lines of the journals of a kind, or about a subject, as an accountant reads them. */
    journals: async (subjectId: string): Promise<string[]> =>
      (
        await sql(
          `select j.kind || ' ' || j.business_date::text || ' ' ||
                  string_agg(e.path || ' ' || e.amount::numeric(20,2), ', ' order by e.line) as line
             from journal j join entry e on e.book_id = j.book_id and e.journal_id = j.id
            where j.subject_id = $1 group by j.id, j.kind, j.business_date, j.seal_seq, j.position
            order by j.seal_seq, j.position`,
          [subjectId],
        )
      ).map(({ line }) => line),
  };
}
