import pg from 'pg';
import type { Test } from 'tap';
import {
  appear,
  appearBank,
  type Bank,
  growBranch,
  growTree,
  joinChain,
  offerProgramme,
  openAccount,
  ordinaryTerms,
  type ProductTerms,
} from '../../src/demo/cast.ts';
import type { Answer, Client, Json } from '../../src/demo/client.ts';
import { setScene } from '../../src/demo/scene.ts';
import { wholeService } from '../harness/service.ts';
import { goodsTerms } from '../inventory/scene.ts';

export const DIGEST = '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08';
const DAY_MS = 86_400_000;
const FAR = '2099-12-31';

/** The terms of the example: 65 % on receipts, 3.85 % a year, the warehouse signs. */
export const receiptTerms = (changes: ProductTerms = {}): ProductTerms =>
  ordinaryTerms({
    advanceRatio: '0.650000',
    pricing: { reference: 'fixed', spreadBp: 0, fixedRate: '0.038500', debtorShare: '0.000000', feeRate: '0.000000' },
    vatExemptSmallLoans: true,
    receipt: { perfection: 'endorsement', staleAfterHours: 2_000, storageAlertDays: 10 },
    ...changes,
  });

/** A holder of goods, a warehouse that issues receipts and banks that lend on them; the clock goes with the business date. */
export async function receiptScene(t: Pick<Test, 'teardown'>, openedOn = '2026-07-01', terms: ProductTerms = {}) {
  const world = await wholeService(t, `${openedOn}T01:00:00Z`);
  const { stage, service } = world;
  const scene = await setScene(stage, openedOn);
  const { core, chainId } = scene;
  const owner = new pg.Pool({ connectionString: world.ownerUrl, max: 2 });
  t.teardown(() => owner.end());
  const sql = async (text: string, values: readonly unknown[] = []): Promise<Json[]> =>
    (await owner.query(text, [...values])).rows;
  let today = openedOn;
  let serial = 0;
  const numbered = (kind: string): string => `${kind}-${++serial}`;

  const holder = await joinChain({ stage, core, chainId, legalName: '济源示范铅锌有限公司', tier: 1 });
  const account = await openAccount(stage, holder);
  const buyer = await appear(stage, {
    kind: 'enterprise',
    legalName: '济源示范有色贸易有限公司',
    figures: { industry: 'wholesale', employees: 20, annualRevenue: '30000000.00' },
  });
  const keeper = await appear(stage, { kind: 'warehouse', legalName: '济源示范仓储有限公司' });
  const rival = await appear(stage, { kind: 'warehouse', legalName: '洛阳示范仓储有限公司' });

  /** A bank's programme on the chain, with limits for the holder. */
  async function lends(lender: Bank): Promise<string> {
    const programmeId = await offerProgramme({
      bank: lender,
      core,
      chainId,
      effectiveFrom: openedOn,
      products: { receipt_loan: receiptTerms(terms), inventory_loan: goodsTerms() },
    });
    const products = ['receipt_loan', 'inventory_loan'];
    const treeId = await growTree({
      bank: lender,
      coreId: core.id,
      programmeId,
      expiresOn: FAR,
      amount: '50000000.00',
    });
    await growBranch({ bank: lender, treeId, orgId: holder.id, products, expiresOn: FAR, amount: '10000000.00' });
    return programmeId;
  }
  const bank = await appearBank(stage, '济源示范农商银行股份有限公司', openedOn);
  const otherBank = await appearBank(stage, '洛阳示范银行股份有限公司', openedOn);
  const programmeId = await lends(bank);
  const otherProgrammeId = await lends(otherBank);

  const commodity = await stage.operator.post('/v1/commodities', {
    code: 'ZN',
    name: '锌锭',
    class: 'metal',
    unit: 't',
    step: '0.001',
  });
  const grade = await stage.operator.post(`/v1/commodities/${commodity.id}/grades`, { code: '0', name: 'Zn99.995' });
  const warehouse = await keeper.maker.post('/v1/warehouses', { name: '一号库', address: '济源市示范路1号' });
  const pile = await keeper.maker.post(`/v1/warehouses/${warehouse.id}/piles`, { code: 'A-01' });
  // The example is longer than a client of the API lives.
  await sql("update client set expires_at = expires_at + interval '1 year'");

  let sequence = 0;
  /** The head of the warehouse's next document. */
  const head = () => ({
    sequence: ++sequence,
    documentNumber: numbered('DOC'),
    happenedAt: world.clock.now().toISOString(),
  });
  async function lot(quantity: string, changes: Json = {}): Promise<string> {
    const arrival = { pileId: pile.id, marks: numbered('ML'), gradeId: grade.id, ownerId: holder.id, quantity };
    const body = { ...head(), kind: 'inbound', arrivals: [{ ...arrival, receivedOn: today, ...changes }] };
    return (await keeper.maker.post(`/v1/warehouses/${warehouse.id}/documents`, body)).lots[0].id;
  }

  /** What the warehouse states of a receipt: every item of the law. */
  const statement = (lotId: string, quantity: string, changes: Json = {}): Json => ({
    number: numbered('WR'),
    lotId,
    depositorDomicile: '济源市示范大道9号',
    quantity,
    quality: 'GB/T 470-2008 一级',
    packing: '打包带捆扎',
    pieces: 300,
    lossStandard: '0.002000',
    storageFrom: openedOn,
    storageTo: '2026-12-31',
    dailyFee: '0.35',
    insurance: { insurer: '示范财产保险', amount: '7000000.00', from: openedOn, to: '2027-06-30' },
    placeOfIssue: '济源',
    seal: DIGEST,
    ...changes,
  });
  const at = (id: string) => `/v1/receipts/${id}`;
  const read = async (id: string, as: Client = keeper.maker): Promise<Json> => (await as.get(at(id))).receipt;

  async function issue(quantity: string, changes: Json = {}): Promise<Json> {
    return keeper.maker.post('/v1/receipts', statement(await lot(quantity), quantity, changes));
  }
  const register = (receipt: Json): Promise<Json> =>
    keeper.checker.post(`${at(receipt.id)}/registration`, { contentHash: receipt.contentHash }, receipt.version);
  /** A registered receipt for goods that have just come in. */
  const receipt = async (quantity: string, changes: Json = {}): Promise<Json> =>
    register(await issue(quantity, changes));

  /** Acts on the present version of a receipt. */
  async function act(as: Client, id: string, path: string, body?: Json): Promise<Answer> {
    const { version } = await read(id);
    return as.call('POST', `${at(id)}/${path}`, { version, ...(body === undefined ? {} : { body }) });
  }
  async function must(as: Client, id: string, path: string, body?: Json): Promise<Json> {
    const { status, json } = await act(as, id, path, body);
    if (status >= 300) throw new Error(`${path}: ${status} ${JSON.stringify(json)}`);
    return json;
  }
  async function split(id: string, ...quantities: readonly string[]): Promise<Json[]> {
    return (await must(holder.maker, id, 'split', { quantities })).items;
  }

  /** A quotation of this moment; a moment has one. */
  const quote = (price: string, as: Bank = bank): Promise<Json> => {
    world.advance(1_000);
    return as.operator.post(`/v1/books/${as.id}/prices`, {
      source: '上海有色网',
      items: [{ grade: 'ZN/0', price, quotedAt: world.clock.now().toISOString() }],
    });
  };

  const application = (receiptIds: readonly string[], changes: Json = {}): Json => ({
    programmeId,
    receiptIds,
    dueDate: '2026-08-30',
    payeeAccountId: account.id,
    ...changes,
  });
  const apply = (receiptIds: readonly string[], changes: Json = {}): Promise<Answer> =>
    holder.maker.call('POST', '/v1/receipt-loans', { body: application(receiptIds, changes) });
  async function approved(applied: Json): Promise<Json> {
    const loan = `/v1/financings/${applied.id}`;
    const proposed = await bank.maker.post(`${loan}/proposal`, undefined, applied.version);
    return bank.checker.post(`${loan}/approval`, {}, proposed.version);
  }
  /** A loan on receipts, signed for by the warehouse, approved and paid out. */
  async function lend(receiptIds: readonly string[], amount: string, changes: Json = {}): Promise<string> {
    const { status, json } = await apply(receiptIds, { amount, ...changes });
    if (status !== 201) throw new Error(JSON.stringify(json));
    for (const id of receiptIds) await must(keeper.checker, id, 'pledge/signature');
    const { version } = await approved(json);
    await world.settle();
    await bank.maker.post(`/v1/financings/${json.id}/disbursement`, undefined, version);
    await world.settle();
    return json.id;
  }
  const ask = (loan: string, receiptId: string, quantity?: string, as: Client = holder.maker): Promise<Answer> =>
    as.call('POST', `/v1/receipt-loans/${loan}/releases`, {
      body: { receiptId, ...(quantity === undefined ? {} : { quantity }) },
    });
  const decide = (order: Json, verb: string, as: Client, body?: Json): Promise<Answer> =>
    as.call('POST', `/v1/release-orders/${order.id}/${verb}`, {
      version: order.version,
      ...(body === undefined ? {} : { body }),
    });

  return {
    ...world,
    ...scene,
    ...{ bank, otherBank, programmeId, otherProgrammeId, holder, buyer, keeper, rival, account },
    ...{ commodity, grade, warehouse, pile, sql, numbered, head, lot, statement, at, read, issue, register, receipt },
    ...{ act, must, split, quote, application, apply, approved, lend, ask, decide },
    today: () => today,
    /** A document was numbered otherwise than by `head`. */
    sequenceIs: (last: number): void => {
      sequence = last;
    },
    repay: (loan: string, amount: string) => holder.maker.post(`/v1/financings/${loan}/repayments`, { amount }),
    deposit: (partyId: string, amount: string) =>
      bank.operator.post(`/v1/books/${bank.id}/deposits`, { partyId, amount, bankReference: numbered('IN') }),
    /** Closes days until the business date is this one; the clock goes along. */
    closeUntil: async (day: string): Promise<void> => {
      while (today < day) {
        await bank.operator.post(`/v1/books/${bank.id}/day-closes`, { businessDate: today });
        await service.work['close-day']();
        today = (await bank.operator.get(`/v1/books/${bank.id}/day-closes/${today}`)).nextDate;
        world.advance(DAY_MS);
      }
    },
    proof: async (): Promise<boolean> => (await bank.maker.get(`/v1/books/${bank.id}/verification`)).ok,
    /** Journals of the bank's book from a day on, as an accountant reads them; sums of accruals left out. */
    journals: async (from: string): Promise<string[]> =>
      (
        await sql(
          `select j.kind || ' ' || substr(j.business_date::text, 6) || ' ' ||
                  string_agg(case when e.amount > 0 then 'Dr ' else 'Cr ' end || left(e.path, 4) || ' ' || abs(e.amount)::numeric(20,2), ', ' order by e.line) as line
             from journal j join entry e on e.book_id = j.book_id and e.journal_id = j.id
            where j.book_id = $1 and j.business_date >= $2 and j.kind not like 'accrual.%'
            group by j.id, j.kind, j.business_date, j.seal_seq, j.position order by j.seal_seq, j.position`,
          [bank.id, from],
        )
      ).map(({ line }) => line),
    accrued: async (from: string, to: string): Promise<string> =>
      (
        await sql(
          'select sum(interest)::numeric(20,2) as interest from accrual where book_id = $1 and accrued_on between $2 and $3',
          [bank.id, from, to],
        )
      )[0].interest,
    /** Stock under receipts and what live receipts say, which are one. */
    conserved: async (): Promise<Json> =>
      (
        await sql(
          `select (select coalesce(sum(quantity), 0)::text from lot where claim = 'receipted') as stock,
                  (select coalesce(sum(quantity), 0)::text from receipt
                    where state not in ('delivered', 'split', 'merged', 'cancelled', 'lost')) as receipts`,
        )
      )[0],
  };
}
