import pg from 'pg';
import type { Test } from 'tap';
import {
  appear,
  appearBank,
  appearRegulator,
  discountSection,
  discountTerms,
  growBranch,
  growTree,
  joinChain,
  offerProgramme,
  ordinaryTerms,
  type Party,
} from '../../src/demo/cast.ts';
import type { Client, Json } from '../../src/demo/client.ts';
import { wholeService } from './service.ts';

const FAR = '2099-12-31';
const SHA = 'ab'.repeat(32);
const yuan = (fen: bigint): string => `${fen / 100n}.${String(fen % 100n).padStart(2, '0')}`;
const fenOf = (money: string): bigint => BigInt(money.replace('.', ''));

/** What of a bill may differ from scene to scene; unless told, the core enterprise draws on itself for its supplier. */
export type Drawn = Readonly<{
  face?: string;
  kind?: 'commercial' | 'bank';
  drawer?: Party;
  payee?: Party;
  acceptorId?: string;
  dueDate?: string;
  transferable?: boolean;
  documents?: Json[];
}>;

/**
 * The bill exchange at a business day, with a core enterprise, suppliers of three tiers, two banks (one with a programme
 * that accepts and discounts bills), a guarantor, a regulator and the operator; and the steps of a bill as its parties
 * take them.
 */
export async function billScene(t: Pick<Test, 'teardown'>, openedOn = '2026-07-01') {
  const world = await wholeService(t, `${openedOn}T01:00:00Z`);
  const { stage, service } = world;
  const owner = new pg.Pool({ connectionString: world.ownerUrl, max: 1 });
  t.teardown(() => owner.end());
  const sql = async (text: string, values: readonly unknown[] = []): Promise<Json[]> =>
    (await owner.query(text, [...values])).rows;

  const core = await appear(stage, {
    kind: 'enterprise',
    legalName: '济源示范钢铁集团有限公司',
    figures: { industry: 'industry', employees: 4200, annualRevenue: '9800000000.00', totalAssets: '12000000000.00' },
  });
  const chain = await core.maker.post('/v1/chains', { coreId: core.id, name: '示范钢铁供应链' });
  const chainId: string = chain.id;
  const join = (legalName: string, tier: number, parentMemberId?: string) =>
    joinChain({ stage, core, chainId, legalName, tier, ...(parentMemberId === undefined ? {} : { parentMemberId }) });
  const first = await join('济源示范机械有限公司', 1);
  const second = await join('济源示范铸件有限公司', 2, first.memberId);
  const third = await join('济源示范模具有限公司', 3, second.memberId);
  const bank = await appearBank(stage, '济源示范银行股份有限公司', openedOn);
  const otherBank = await appearBank(stage, '外地示范银行股份有限公司', openedOn);
  const guarantor = await appear(stage, { kind: 'guarantor', legalName: '济源示范融资担保有限公司' });
  const stranger = await appear(stage, {
    kind: 'enterprise',
    legalName: '无关示范商贸有限公司',
    figures: { industry: 'wholesale', employees: 20, annualRevenue: '9000000.00' },
  });
  const regulator = await appearRegulator(stage, '济源示范区金融监管局');
  const terms = ordinaryTerms({
    advanceRatio: '0.700000',
    pricing: { reference: 'fixed', spreadBp: 0, fixedRate: '0.021500', debtorShare: '0.000000', feeRate: '0.000500' },
  });
  const programmeId = await offerProgramme({
    bank,
    core,
    chainId,
    effectiveFrom: openedOn,
    products: { bill_acceptance: terms, bill_discount: discountTerms(), bill_pledge_loan: terms },
    billDiscount: discountSection(),
  });
  const treeId = await growTree({ bank, coreId: core.id, programmeId, expiresOn: FAR, amount: '5000000000.00' });
  for (const { id } of [core, first, second, third]) {
    const products = ['bill_acceptance', 'bill_discount', 'bill_pledge_loan'];
    await growBranch({ bank, treeId, orgId: id, products, expiresOn: FAR, amount: '1000000000.00' });
  }
  await stage.operator.post('/v1/bill-market', { businessDate: openedOn });
  await stage.operator.post('/v1/bill-acceptors', { orgId: core.id, acceptanceLimit: '100000000000.00' });
  await stage.operator.post('/v1/bill-acceptors', {
    orgId: bank.id,
    acceptanceLimit: '9000000000.00',
    totalAssets: '100000000000.00',
    deposits: '60000000000.00',
  });

  let serial = 0;
  const next = (): number => {
    serial += 1;
    return serial;
  };

  /** An invoice by which one sold to another, on record. */
  async function invoice(seller: Party, buyer: Party, amount: string, more: object = {}): Promise<Json> {
    const net = (fenOf(amount) * 100n) / 113n || 1n;
    return seller.maker.post(`/v1/chains/${chainId}/documents`, {
      kind: 'invoice',
      number: `2637${String(next()).padStart(16, '0')}`,
      sellerId: seller.id,
      buyerId: buyer.id,
      issuedOn: openedOn,
      sha256: SHA,
      amount,
      taxAmount: yuan(fenOf(amount) - net),
      netAmount: yuan(net),
      ...more,
    });
  }

  async function drawing(drawn: Drawn = {}): Promise<Json> {
    const { face = '1000000.00', kind = 'commercial', drawer = core, payee = first } = drawn;
    const documents = drawn.documents ?? [{ documentId: (await invoice(payee, drawer, face)).id, amount: face }];
    return {
      reference: `HP-${next()}`,
      kind,
      payeeId: payee.id,
      acceptorId: drawn.acceptorId ?? (kind === 'bank' ? bank.id : core.id),
      bankId: bank.id,
      face,
      dueDate: drawn.dueDate ?? '2026-12-28',
      ...(drawn.transferable === undefined ? {} : { transferable: drawn.transferable }),
      documents,
    };
  }

  /** The exchange takes what is waiting and answers it. */
  const exchange = async (): Promise<void> => {
    await service.work['bill-messages']();
    await service.work['bill-messages']();
  };

  /** A bill drawn and numbered, and its one holding. */
  async function draw(drawn: Drawn = {}) {
    const { drawer = core } = drawn;
    const made = await drawer.maker.post(`/v1/chains/${chainId}/bills`, { items: [await drawing(drawn)] });
    await exchange();
    return { billId: made.bills[0].id as string, holdingId: made.holdings[0].id as string };
  }

  /** Offers that their other sides accept, and the exchange confirms. */
  async function agree(offers: readonly Json[], by: Client, path = '/v1/bill-offers/acceptances', more: object = {}) {
    await by.post(path, { offerIds: offers.map(({ id }) => id), ...more });
    await exchange();
  }

  async function accept(billId: string, drawn: Drawn = {}): Promise<void> {
    const { drawer = core, kind = 'commercial' } = drawn;
    const { offers } = await drawer.maker.post('/v1/bill-acceptances', { items: [{ billId }] });
    const by = kind === 'bank' ? bank.checker : core.checker;
    await agree(offers, by, '/v1/bill-acceptances/answers', kind === 'bank' ? { programmeId } : {});
  }

  async function receive(billId: string, drawn: Drawn = {}): Promise<void> {
    const { drawer = core, payee = first } = drawn;
    const { offers } = await drawer.maker.post('/v1/bill-receipts', { items: [{ billId }] });
    await agree(offers, payee.checker);
  }

  /** A bill as its payee holds it: drawn, accepted and received. */
  async function issue(drawn: Drawn = {}) {
    const made = await draw(drawn);
    await accept(made.billId, drawn);
    await receive(made.billId, drawn);
    return made;
  }

  /** The acceptor discloses a bill as it is, or otherwise. */
  async function disclose(billId: string, changes: object = {}): Promise<Json> {
    const bill = await core.maker.get(`/v1/bills/${billId}`);
    const acceptor = bill.acceptorId === bank.id ? bank : core;
    const drawer = [core, first, second].find(({ id }) => id === bill.drawerId) as Party;
    return acceptor.maker.post('/v1/bill-disclosures', {
      items: [
        {
          billId,
          number: bill.number,
          issueDate: bill.issueDate,
          acceptedOn: bill.acceptedOn,
          dueDate: bill.dueDate,
          drawerName: drawer.name,
          acceptorName: acceptor.name,
          acceptorUscc: acceptor.uscc,
          amount: bill.face,
          ...changes,
        },
      ],
    });
  }

  /** Endorses to somebody who accepts. Answers the holding that changed hands. */
  async function endorse(from: Party, to: Party, item: Json, more: object = {}): Promise<string> {
    const { offers } = await from.maker.post('/v1/bill-endorsements', {
      items: [item],
      toId: to.id,
      evidence: 'HT-2026-07',
      ...more,
    });
    await agree(offers, to.checker);
    return offers[0].holdingId;
  }

  /** Pledges to somebody who accepts. Answers the holding that is pledged. */
  async function pledge(from: Party, to: Party, item: Json): Promise<string> {
    const { offers } = await from.maker.post('/v1/bill-pledges', { items: [item], toId: to.id, purpose: '履约担保' });
    await agree(offers, to.checker);
    return offers[0].holdingId;
  }

  const marketDay = async (): Promise<string> => (await stage.operator.get('/v1/bill-market')).businessDate;

  /** Closes the exchange's days until its business day is this one. */
  async function closeUntil(day: string): Promise<void> {
    for (let today = await marketDay(); today < day; today = await marketDay()) {
      await stage.operator.post('/v1/bill-market/closes', { businessDate: today });
      await service.work['bill-market']();
    }
  }

  /** The exchange's business day put to a day, as if the days between had been closed without anything to do. */
  const jumpTo = (day: string) => sql('update bill_market set business_date = $1', [day]);

  const deposit = (party: Party, amount: string) =>
    bank.maker.post(`/v1/books/${bank.id}/deposits`, {
      partyId: party.id,
      amount,
      bankReference: `DEP-${next()}`,
    });

  /** The live holdings of a package by their units, as the owner of the database sees them. */
  const tiles = (billId: string): Promise<Json[]> =>
    sql(
      `select id, first_unit::text as first, last_unit::text as last, amount::text, holder_id as holder, standing
         from bill_holding where bill_id = $1 and live order by first_unit`,
      [billId],
    );

  return {
    ...world,
    ...{ core, first, second, third, bank, otherBank, guarantor, stranger, regulator, chainId, programmeId, sql },
    ...{ invoice, drawing, draw, accept, receive, issue, disclose, endorse, pledge, agree, exchange, deposit },
    ...{ marketDay, closeUntil, jumpTo, tiles },
    operator: stage.operator,
    holding: (by: Party, id: string): Promise<Json> => by.maker.get(`/v1/bill-holdings/${id}`),
  };
}
