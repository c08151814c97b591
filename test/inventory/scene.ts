import pg from 'pg';
import type { Test } from 'tap';
import { appear, growBranch, joinChain, openAccount, ordinaryTerms, type ProductTerms } from '../../src/demo/cast.ts';
import type { Answer, Client, Json } from '../../src/demo/client.ts';
import { setScene } from '../../src/demo/scene.ts';
import { wholeService } from '../harness/service.ts';

const DIGEST = '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08';
const DAY_MS = 86_400_000;

/** The ladder of the example: 70 % to begin with, called from 75 %, three business days to answer. */
const ladder = {
  modes: ['static', 'floating'],
  warning: '0.720000',
  call: '0.750000',
  closeOut: '0.850000',
  cureBusinessDays: 3,
  staleAfterHours: 960,
  varianceTolerance: '0.002000',
};

export const goodsTerms = (changes: ProductTerms = {}): ProductTerms =>
  ordinaryTerms({
    advanceRatio: '0.700000',
    pricing: { reference: 'fixed', spreadBp: 0, fixedRate: '0.043500', debtorShare: '0.000000', feeRate: '0.000000' },
    compound: true,
    vatExemptSmallLoans: true,
    inventory: ladder,
    ...changes,
  });

/** A pledgor, a warehouse with aluminium ingots and a bank that lends on them; the clock goes with the business date. */
export async function inventoryScene(t: Pick<Test, 'teardown'>, openedOn = '2026-07-08', terms: ProductTerms = {}) {
  const world = await wholeService(t, `${openedOn}T01:00:00Z`);
  const { stage, service } = world;
  const scene = await setScene(stage, openedOn);
  const { bank, core, chainId, programmeId } = scene;
  const owner = new pg.Pool({ connectionString: world.ownerUrl, max: 2 });
  t.teardown(() => owner.end());
  const sql = async (text: string, values: readonly unknown[] = []): Promise<Json[]> =>
    (await owner.query(text, [...values])).rows;
  let today = openedOn;
  let serial = 0;
  const numbered = (kind: string): string => `${kind}-${++serial}`;

  const draft = await bank.maker.post(`/v1/programmes/${programmeId}/versions`, {
    effectiveFrom: openedOn,
    terms: { products: { inventory_loan: goodsTerms(terms) }, authority: [{ upTo: null, approval: 'one', tag: null }] },
  });
  const submitted = await bank.maker.post(`/v1/programme-versions/${draft.id}/submit`, undefined, draft.version);
  await bank.checker.post(`/v1/programme-versions/${draft.id}/approve`, {}, submitted.version);
  const pledgor = await joinChain({ stage, core, chainId, legalName: '济源示范铝业有限公司', tier: 1 });
  const [tree] = await sql("select id from limit_node where kind = 'programme'");
  await growBranch({
    bank,
    treeId: tree.id,
    orgId: pledgor.id,
    products: ['inventory_loan'],
    expiresOn: '2099-12-31',
    amount: '10000000.00',
  });
  const account = await openAccount(stage, pledgor);
  const keeper = await appear(stage, { kind: 'warehouse', legalName: '济源示范仓储有限公司' });
  const buyer = await appear(stage, {
    kind: 'enterprise',
    legalName: '济源示范铝材贸易有限公司',
    figures: { industry: 'wholesale', employees: 20, annualRevenue: '30000000.00' },
  });
  const commodity = await stage.operator.post('/v1/commodities', {
    code: 'AL',
    name: '铝锭',
    class: 'metal',
    unit: 't',
    step: '0.001',
  });
  const grade = await stage.operator.post(`/v1/commodities/${commodity.id}/grades`, { code: 'A00', name: 'AL99.70' });
  const warehouse = await keeper.maker.post('/v1/warehouses', { name: '一号库', address: '济源市示范路1号' });
  const pile = await keeper.maker.post(`/v1/warehouses/${warehouse.id}/piles`, { code: 'A-01' });

  // The example is longer than a client of the API lives.
  await sql("update client set expires_at = expires_at + interval '1 year'");

  const at = `/v1/warehouses/${warehouse.id}/documents`;
  let sequence = 0;
  /** A document of the warehouse with the next number, kept only if it was accepted. */
  async function document(kind: string, lines: Json, changes: Json = {}): Promise<Answer> {
    const body = {
      sequence: sequence + 1,
      documentNumber: numbered('DOC'),
      happenedAt: world.clock.now().toISOString(),
      kind,
      ...lines,
      ...changes,
    };
    const answer = await keeper.maker.call('POST', at, { body });
    if (answer.status === 201) sequence = Math.max(sequence, answer.json.sequence);
    return answer;
  }
  const arrival = (quantity: string, changes: Json = {}): Json => ({
    pileId: pile.id,
    marks: numbered('ML'),
    gradeId: grade.id,
    ownerId: pledgor.id,
    quantity,
    receivedOn: today,
    ...changes,
  });
  async function lot(quantity: string, changes: Json = {}): Promise<string> {
    const { status, json } = await document('inbound', { arrivals: [arrival(quantity, changes)] });
    if (status !== 201) throw new Error(JSON.stringify(json));
    return json.lots[0].id;
  }

  const prices = `/v1/books/${bank.id}/prices`;
  const quote = (price: string, changes: Json = {}): Promise<Json> =>
    bank.operator.post(prices, {
      source: '上海期货交易所',
      items: [{ grade: 'AL/A00', price, quotedAt: world.clock.now().toISOString(), ...changes }],
    });

  const pledges = '/v1/inventory-pledges';
  const path = (id: string) => `${pledges}/${id}`;
  /** A confirmed pledge over lots, with the supervisor's control on record. */
  async function pledge(lotIds: readonly string[], mode = 'floating', changes: Json = {}): Promise<string> {
    const opened = await pledgor.maker.post(pledges, { programmeId, mode, ...changes });
    const id: string = opened.id;
    const offered = await pledgor.maker.post(`${path(id)}/offers`, { lotIds }, opened.version);
    const appointed = await appoint(id, offered.version);
    const attested = await attest(id, appointed.version);
    await bank.checker.post(`${path(id)}/confirmation`, undefined, attested.version);
    return id;
  }
  const appoint = (id: string, version: number): Promise<Json> =>
    bank.maker.post(
      `${path(id)}/supervisor`,
      { warehouseId: warehouse.id, agreementNumber: 'JG-2026-01', searchNumber: 'CX-2026-01', searchSha256: DIGEST },
      version,
    );
  const attest = (id: string, version: number): Promise<Json> =>
    keeper.checker.post(
      `${path(id)}/attestation`,
      {
        controlledFrom: world.clock.now().toISOString(),
        evidence: [{ kind: '质物清单', sha256: DIGEST, reference: '三方签署' }],
      },
      version,
    );

  /** A loan on a pledge, approved, registered and paid out; `beside` is done before the bank proposes it. */
  async function draw(
    id: string,
    amount: string,
    dueDate = '2026-10-08',
    beside: (loan: Json) => Promise<unknown> = async () => undefined,
  ): Promise<string> {
    const applied = await pledgor.maker.post(`${path(id)}/drawings`, { amount, dueDate, payeeAccountId: account.id });
    const loan = `/v1/financings/${applied.id}`;
    await beside(applied);
    const { version } = (await bank.maker.get(loan)).financing;
    const proposed = await bank.maker.post(`${loan}/proposal`, undefined, version);
    const approved = await bank.checker.post(`${loan}/approval`, {}, proposed.version);
    await world.settle();
    await bank.maker.post(`${loan}/disbursement`, undefined, approved.version);
    await world.settle();
    return applied.id;
  }

  return {
    ...world,
    ...scene,
    ...{ pledgor, keeper, buyer, commodity, grade, warehouse, pile, account, sql, numbered },
    ...{ document, arrival, lot, quote, prices, pledges, path, pledge, appoint, attest, draw },
    sequence: () => sequence,
    today: () => today,
    standing: (id: string, as: Client = bank.maker): Promise<Json> => as.get(path(id)),
    release: (id: string, lotId: string, quantity: string) =>
      pledgor.maker.call('POST', `${path(id)}/releases`, { body: { lotId, quantity } }),
    payDown: (id: string, financingId: string, amount: string) =>
      pledgor.maker.call('POST', `${path(id)}/paydowns`, { body: { financingId, amount } }),
    deposit: (partyId: string, amount: string) =>
      bank.operator.post(`/v1/books/${bank.id}/deposits`, { partyId, amount, bankReference: numbered('IN') }),
    reprice: async (price: string): Promise<void> => {
      world.advance(60_000);
      const { refused } = await quote(price);
      if (refused > 0) throw new Error(`${price} was not recorded`);
      await service.work.revaluations();
    },
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
    /** Journals of the book from a day on, as an accountant reads them; sums of accruals left out. */
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
    /** What was accrued from a day to another, both included: interest, then penalty and compound. */
    accrued: async (from: string, to: string): Promise<string[]> => {
      const [row] = await sql(
        `select sum(interest)::numeric(20,2) as interest, sum(penalty + compound)::numeric(20,2) as penalty
           from accrual where book_id = $1 and accrued_on between $2 and $3`,
        [bank.id, from, to],
      );
      return [row.interest, row.penalty];
    },
  };
}
