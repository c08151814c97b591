import { randomUUID } from 'node:crypto';
import pg from 'pg';
import type { Test } from 'tap';
import {
  appear,
  appearBank,
  enrol,
  growBranch,
  growTree,
  joinChain,
  offerProgramme,
  openAccount,
  ordinaryTerms,
  type ProductTerms,
} from '../../src/demo/cast.ts';
import type { Answer, Client, Json } from '../../src/demo/client.ts';
import { wholeService } from '../harness/service.ts';

/** Terms of a prepayment that a test changes where it looks. */
export const prepaymentTerms = (changes: ProductTerms = {}): ProductTerms => ({
  form: 'loan',
  marginRatio: '0.300000',
  release: 'margin_last',
  cash: 'repay',
  interest: 'on_part',
  acknowledgeWithinDays: 2,
  shortageTolerance: '0.000000',
  obligationLimit: '50000000.00',
  acceptanceFeeRate: '0.000000',
  promptDays: 7,
  priceFall: { warn: '0.050000', call: '0.100000', cureDays: 3 },
  pickUp: [],
  ...changes,
});

const PRICING = {
  reference: 'fixed',
  spreadBp: 0,
  fixedRate: '0.043500',
  debtorShare: '0.000000',
  feeRate: '0.000000',
};

/** The terms of the product as a whole: 4.35 % fixed, exempt from VAT for small borrowers. */
export const productTerms = (prepayment: ProductTerms, changes: ProductTerms = {}): ProductTerms =>
  ordinaryTerms({ advanceRatio: '0.700000', pricing: PRICING, vatExemptSmallLoans: true, prepayment, ...changes });

type Wanted = Readonly<{
  openedOn?: string;
  terms?: ProductTerms;
  product?: ProductTerms;
  authority?: readonly Json[];
  memberLimit?: string;
}>;

type Ordered = Readonly<{
  value?: string;
  quantity?: string;
  step?: string;
  expiresOn?: string;
  gradeId?: string;
  clause?: 'refund' | 'repurchase';
  warehouseId?: string;
  margin?: string;
}>;

/** A core enterprise that sells, a distributor, their bank, and the steps of a prepayment as its people take them. */
export async function prepaymentScene(t: Pick<Test, 'teardown'>, wanted: Wanted = {}) {
  const world = await wholeService(t);
  const { stage, service } = world;
  const openedOn = wanted.openedOn ?? '2026-03-02';
  const core = await appear(stage, {
    kind: 'enterprise',
    legalName: '济源示范钢铁集团有限公司',
    figures: { industry: 'industry', employees: 4200, annualRevenue: '9800000000.00', totalAssets: '12000000000.00' },
  });
  const chain = await core.maker.post('/v1/chains', { coreId: core.id, name: '示范钢铁销售链' });
  const join = (legalName: string, side: string) =>
    joinChain({ stage, core, chainId: chain.id, legalName, tier: 1, figures: { side } });
  const buyer = await join('济源示范钢贸有限公司', 'downstream');
  const other = await join('济源示范物资有限公司', 'downstream');
  const bank = await appearBank(stage, '济源示范银行股份有限公司', openedOn);
  const warehouse = await appear(stage, { kind: 'warehouse', legalName: '济源示范仓储有限公司' });
  const programmeId = await offerProgramme({
    bank,
    core,
    chainId: chain.id,
    effectiveFrom: openedOn,
    products: { prepayment: productTerms(prepaymentTerms(wanted.terms), wanted.product) },
    authority: wanted.authority ?? [{ upTo: null, approval: 'one', tag: null }],
  });
  const expiresOn = '2099-12-31';
  const treeId = await growTree({ bank, coreId: core.id, programmeId, expiresOn, amount: '900000000.00' });
  for (const { id } of [buyer, other]) {
    await growBranch({
      bank,
      treeId,
      orgId: id,
      products: ['prepayment'],
      expiresOn,
      amount: wanted.memberLimit ?? '10000000.00',
    });
  }
  const payee = await openAccount(stage, core);
  const owner = new pg.Pool({ connectionString: world.ownerUrl, max: 2 });
  t.teardown(() => owner.end());
  const books = `/v1/books/${bank.id}`;
  const sql = async (text: string, values: readonly unknown[] = []): Promise<Json[]> =>
    (await owner.query(text, [...values])).rows;
  let today = openedOn;
  let serial = 0;

  const draft = ({ clause: _, warehouseId: __, ...changes }: Ordered = {}): Json => ({
    programmeId,
    number: `CG-${++serial}`,
    commodity: '热轧卷板',
    unit: '公斤',
    step: '0.01',
    quantity: '10000000',
    value: '10000000.00',
    expiresOn: '2026-06-30',
    ...changes,
  });

  /** An order that the seller has confirmed. */
  async function confirmed(order: Ordered = {}): Promise<Json> {
    const entered = await buyer.maker.post('/v1/prepayments', draft(order));
    return core.checker.post(
      `/v1/prepayments/${entered.id}/confirmation`,
      {
        clause: order.clause ?? 'refund',
        payeeAccountId: payee.id,
        ...(order.warehouseId === undefined ? {} : { warehouseId: order.warehouseId }),
      },
      entered.version,
    );
  }

  const deposit = (partyId: string, amount: string) =>
    bank.operator.post(`${books}/deposits`, { partyId, amount, bankReference: `IN-${randomUUID()}` });

  /** Confirmed, margin deposited, financed and paid out. */
  async function funded(order: Ordered = {}): Promise<Json> {
    const { id, account } = await confirmed(order);
    const { account: mine } = await buyer.maker.get(`/v1/prepayments/${id}`);
    if (account !== null) throw new Error('the seller is shown the account of the buyer');
    await deposit(buyer.id, mine.margin);
    await buyer.maker.post(`/v1/prepayments/${id}/margin`, { amount: mine.margin });
    const applied = await buyer.maker.post(`/v1/prepayments/${id}/financing`);
    const path = `/v1/financings/${applied.id}`;
    const approved = applied.status === 'approved' ? applied : await approve(applied);
    await world.settle();
    await bank.maker.post(`${path}/disbursement`, undefined, approved.version);
    await world.settle();
    return read(id);
  }

  async function approve(application: Json): Promise<Json> {
    const path = `/v1/financings/${application.id}`;
    const proposed = await bank.maker.post(`${path}/proposal`, undefined, application.version);
    return bank.checker.post(`${path}/approval`, {}, proposed.version);
  }

  /** Confirmed, margin deposited, the bill approved and accepted. */
  async function accepted(order: Ordered = {}, fee = '5000.00'): Promise<Json> {
    const { id } = await confirmed(order);
    const { account } = await read(id);
    await deposit(buyer.id, account.margin);
    await deposit(buyer.id, fee);
    await buyer.maker.post(`/v1/prepayments/${id}/margin`, { amount: account.margin });
    const applied = await buyer.maker.post(`/v1/prepayments/${id}/acceptance`);
    const path = `/v1/prepayments/${id}/acceptance`;
    const { acceptance } = applied.account;
    const approved =
      acceptance.state === 'approved'
        ? applied
        : await bank.checker.post(`${path}/decision`, { verdict: 'approve' }, acceptance.version);
    return bank.maker.post(`${path}/issue`, undefined, approved.account.acceptance.version);
  }

  const read = (id: string, client: Client = buyer.maker): Promise<Json> => client.get(`/v1/prepayments/${id}`);

  const pay = async (id: string, amount: string, how = 'payments'): Promise<Answer> =>
    buyer.maker.call('POST', `/v1/prepayments/${id}/${how}`, { body: { amount } });

  const request = (id: string, quantity: string): Promise<Answer> =>
    buyer.maker.call('POST', `/v1/prepayments/${id}/release-notices`, { body: { quantity } });

  /** A notice asked for and issued by the bank. */
  async function issued(id: string, quantity: string): Promise<Json> {
    const { json } = await request(id, quantity);
    if (json.state === 'issued') return json;
    return bank.checker.post(`/v1/release-notices/${json.id}/decision`, { verdict: 'approve' }, json.version);
  }

  /** A notice on its whole way, received as noticed unless told. */
  async function handedOver(
    id: string,
    quantity: string,
    received = quantity,
    keeper: Client = core.maker,
  ): Promise<Json> {
    const notice = await issued(id, quantity);
    const path = `/v1/release-notices/${notice.id}`;
    const acknowledged = await keeper.post(`${path}/acknowledgement`, undefined, notice.version);
    const shipped = await keeper.post(`${path}/shipment`, { waybill: `YD-${++serial}` }, acknowledged.version);
    return buyer.maker.post(`${path}/receipt`, { quantity: received }, shipped.version);
  }

  return {
    ...world,
    ...{ core, buyer, other, bank, warehouse, programmeId, chainId: chain.id as string, payee, books, sql },
    ...{ draft, confirmed, funded, accepted, approve, deposit, read, pay, request, issued, handedOver },
    enrolOperator: () => enrol(stage, warehouse.admin, warehouse.id, '仓管', ['maker', 'checker']),
    today: () => today,
    closeUntil: async (day: string): Promise<void> => {
      while (today < day) {
        await bank.operator.post(`${books}/day-closes`, { businessDate: today });
        await service.work['close-day']();
        today = (await bank.operator.get(`${books}/day-closes/${today}`)).nextDate;
      }
    },
    /** Yuan on an account of the book, as accountants write it: credits of a liability positive. */
    balance: async (path: string): Promise<string> => {
      const [row] = await sql('select abs(posted)::numeric(20,2)::text as yuan from balance where path = $1', [path]);
      return row?.yuan ?? '0.00';
    },
    /** Lines of the journals about a subject, with the parties by name. */
    journals: async (subjectId: string): Promise<string[]> =>
      (
        await sql(
          `select j.kind || ': ' || string_agg((case when e.amount > 0 then 'Dr ' else 'Cr ' end) || e.path || ' '
                  || abs(e.amount)::numeric(20,2), ', ' order by e.line) as line
             from journal j join entry e on e.book_id = j.book_id and e.journal_id = j.id
            where j.subject_id = $1 group by j.id, j.kind, j.seal_seq, j.position order by j.seal_seq, j.position`,
          [subjectId],
        )
      ).map(({ line }) => line.replaceAll(buyer.id, 'Dist').replaceAll(core.id, 'Core')),
    limits: async (): Promise<string[]> =>
      (
        await sql(
          `select kind || ' ' || reserved || ' ' || used as line from limit_node
            where reserved <> 0 or used <> 0 order by kind, id`,
        )
      ).map(({ line }) => line),
    obligation: async (): Promise<Json> =>
      (
        await sql('select outstanding::numeric(20,2)::text, claims from seller_obligation where programme_id = $1', [
          programmeId,
        ])
      )[0],
    proof: async (): Promise<boolean> => (await bank.maker.get(`${books}/verification`)).ok,
  };
}
