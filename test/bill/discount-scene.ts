import type { Test } from 'tap';
import {
  type Bank,
  discountSection,
  discountTerms,
  growBranch,
  growTree,
  offerProgramme,
  openAccount,
  type Party,
  type ProductTerms,
} from '../../src/demo/cast.ts';
import type { Answer, Json } from '../../src/demo/client.ts';
import { billScene, type Drawn } from '../harness/bill-scene.ts';

const FAR = '2099-12-31';

/** The bill scene with the steps of a discount as its people take them. */
export async function discountScene(t: Pick<Test, 'teardown'>, openedOn = '2026-07-01') {
  const scene = await billScene(t, openedOn);
  const { bank, chainId, core, first, second, stage, service, settle, sql } = scene;
  const accounts = new Map<string, string>();
  let serial = 0;

  async function accountOf(party: Party, accountNumber?: string): Promise<string> {
    const known = accountNumber === undefined ? accounts.get(party.id) : undefined;
    const id = known ?? ((await openAccount(stage, party, accountNumber)).id as string);
    if (accountNumber === undefined) accounts.set(party.id, id);
    return id;
  }

  /** A bill as its payee holds it, disclosed by its acceptor. */
  async function ready(drawn: Drawn = {}) {
    const made = await scene.issue(drawn);
    await scene.disclose(made.billId);
    return made;
  }

  const CALL = 250;
  const inCalls = async <T, A>(all: readonly T[], call: (some: T[]) => Promise<A>): Promise<A[]> => {
    const answers: A[] = [];
    for (let from = 0; from < all.length; from += CALL) answers.push(await call(all.slice(from, from + CALL)));
    return answers;
  };

  /** Many bills of one face as their payee holds them, disclosed; each step goes in lists. */
  async function readyMany(count: number, face: string): Promise<{ billId: string; holdingId: string }[]> {
    const document = await scene.invoice(first, core, (Number(face) * count).toFixed(2));
    const drawings: Json[] = [];
    for (let i = 0; i < count; i += 1) {
      drawings.push(await scene.drawing({ face, documents: [{ documentId: document.id, amount: face }] }));
    }
    const drawn = await inCalls(drawings, (items) => core.maker.post(`/v1/chains/${chainId}/bills`, { items }));
    const made: { billId: string; holdingId: string }[] = drawn.flatMap(({ bills, holdings }) =>
      bills.map((bill: Json, i: number) => ({ billId: bill.id, holdingId: holdings[i].id })),
    );
    const pump = async () => {
      for (let round = 0; round <= count / 200; round += 1) await scene.exchange();
    };
    await pump();
    await inCalls(made, async (some) => {
      const items = some.map(({ billId }) => ({ billId }));
      const accepted = await core.maker.post('/v1/bill-acceptances', { items });
      await scene.agree(accepted.offers, core.checker, '/v1/bill-acceptances/answers');
      await pump();
      const received = await core.maker.post('/v1/bill-receipts', { items });
      await scene.agree(received.offers, first.checker);
      await pump();
    });
    const numbered = await sql(
      'select id, number, accepted_on::text as accepted, issue_date::text as issued, due_date::text as due from bill',
    );
    const byId = new Map(numbered.map((row) => [row.id, row]));
    const disclosures = made.map(({ billId }) => {
      const { number, accepted, issued, due } = byId.get(billId);
      return {
        ...{ billId, number, issueDate: issued, acceptedOn: accepted, dueDate: due, amount: face },
        ...{ drawerName: core.name, acceptorName: core.name, acceptorUscc: core.uscc },
      };
    });
    await inCalls(disclosures, (items) => core.maker.post('/v1/bill-disclosures', { items }));
    return made;
  }

  const ask = (seller: Party, items: readonly Json[], more: object = {}): Promise<Json> =>
    seller.maker.post(`/v1/chains/${chainId}/bill-discount-quotes`, { items, ...more });

  /** The quote of a bank, the scene's own unless told. */
  async function quote(seller: Party, items: readonly Json[], more: object = {}, of: Bank = bank): Promise<Json> {
    const { banks } = await ask(seller, items, more);
    const answer = banks.find(({ bookId }: Json) => bookId === of.id);
    if (answer?.quote == null) throw new Error(`no quote: ${JSON.stringify(answer)}`);
    return answer.quote;
  }

  async function tryTake(seller: Party, quoteId: string, payeeAccountId?: string, key?: string): Promise<Answer> {
    const account = payeeAccountId ?? (await accountOf(seller));
    const body = { quoteId, payeeAccountId: account };
    return seller.maker.call('POST', '/v1/bill-discounts', { body, ...(key === undefined ? {} : { key }) });
  }

  async function take(seller: Party, quoteId: string, payeeAccountId?: string): Promise<Json> {
    const { status, json } = await tryTake(seller, quoteId, payeeAccountId);
    if (status !== 201) throw new Error(`not taken: ${status} ${JSON.stringify(json)}`);
    return json;
  }

  async function approve(discount: Json, by: Bank = bank): Promise<Json> {
    const path = `/v1/bill-discounts/${discount.id}`;
    const proposed = await by.maker.post(`${path}/proposal`, {}, discount.version);
    return by.checker.post(`${path}/approval`, {}, proposed.version);
  }

  /** Bills discounted and paid for. */
  async function discount(seller: Party, items: readonly Json[], more: object = {}): Promise<Json> {
    const quoted = await quote(seller, items, more);
    const taken = await take(seller, quoted.id);
    await approve(taken);
    await settle();
    return bank.maker.get(`/v1/bill-discounts/${taken.id}`);
  }

  const linesOf = async (discountId: string): Promise<Json[]> =>
    (await bank.maker.get(`/v1/bill-discounts/${discountId}/lines?limit=200`)).items;

  /** Lines of the journals about a subject, or of a kind, as an accountant reads them; parties by name. */
  async function journals(where: string, value: string): Promise<string[]> {
    const rows = await sql(
      `select j.kind || ' ' || j.business_date::text || ' ' ||
              string_agg(e.path || ' ' || e.amount::numeric(20,2), ', ' order by e.line) as line
         from journal j join entry e on e.book_id = j.book_id and e.journal_id = j.id
        where j.${where} = $1 group by j.id, j.kind, j.business_date, j.seal_seq, j.position
        order by j.seal_seq, j.position`,
      [value],
    );
    const names: [string, string][] = [
      [core.id, 'core'],
      [first.id, 'first'],
      [second.id, 'second'],
    ];
    return rows.map(({ line }) => names.reduce((text, [id, name]) => text.replaceAll(id, name), line as string));
  }

  /** What an account of the bank has, in yuan. */
  async function balance(path: string, of: Bank = bank): Promise<string> {
    const rows = await sql(
      'select posted::numeric(20,2)::text as posted from balance where book_id = $1 and path = $2',
      [of.id, path],
    );
    return rows[0]?.posted ?? '0.00';
  }

  /** Closes days of the book until its business date is this one; the exchange is put to the same day. */
  async function closeBookUntil(day: string, of: Bank = bank): Promise<void> {
    const books = `/v1/books/${of.id}`;
    let [{ today }] = (await sql('select business_date::text as today from book where id = $1', [of.id])) as [Json];
    while (today < day) {
      await of.operator.post(`${books}/day-closes`, { businessDate: today });
      await service.work['close-day']();
      today = (await of.operator.get(`${books}/day-closes/${today}`)).nextDate;
    }
    await scene.jumpTo(day);
  }

  /** The other bank discounts too: at another rate, by rule up to what `authority` says. */
  async function otherProgramme(changes: Readonly<{ terms?: ProductTerms; section?: ProductTerms }> = {}) {
    const { otherBank } = scene;
    const programmeId = await offerProgramme({
      bank: otherBank,
      core,
      chainId,
      effectiveFrom: openedOn,
      products: {
        bill_discount: discountTerms({
          pricing: {
            reference: 'fixed',
            spreadBp: 0,
            fixedRate: '0.018000',
            debtorShare: '0.000000',
            feeRate: '0.000000',
          },
          ...changes.terms,
        }),
      },
      billDiscount: discountSection(changes.section),
      authority: [{ upTo: null, approval: 'auto', tag: null }],
    });
    const treeId = await growTree({
      bank: otherBank,
      coreId: core.id,
      programmeId,
      expiresOn: FAR,
      amount: '50000000.00',
    });
    for (const { id } of [first, second]) {
      await growBranch({
        bank: otherBank,
        treeId,
        orgId: id,
        products: ['bill_discount'],
        expiresOn: FAR,
        amount: '5000000.00',
      });
    }
    return programmeId;
  }

  return {
    ...scene,
    ...{ accountOf, ready, readyMany, ask, quote, take, tryTake, approve, discount, linesOf, journals, balance },
    ...{ closeBookUntil, otherProgramme },
    serial: () => {
      serial += 1;
      return serial;
    },
    /** Reserved and used on every level, told from the group down. */
    limits: async (of: Bank = bank): Promise<string[]> =>
      (
        await sql(
          `select kind || ' ' || reserved::numeric(20,2) || ' ' || used::numeric(20,2) as line from limit_node
            where book_id = $1 and (reserved <> 0 or used <> 0) order by kind, id`,
          [of.id],
        )
      ).map(({ line }) => line),
    proof: async (of: Bank = bank): Promise<boolean> => (await of.maker.get(`/v1/books/${of.id}/verification`)).ok,
    consent: (buyerShare: string, validUntil = FAR, at: Bank = bank): Promise<Json> =>
      core.checker.post(`/v1/chains/${chainId}/bill-interest-consents`, { bookId: at.id, buyerShare, validUntil }),
  };
}
