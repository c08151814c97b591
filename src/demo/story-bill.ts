import type { IsoDate } from '../money/dates.ts';
import { formatMoney, parseMoney, roundToFen } from '../money/decimal.ts';
import type { Party, Stage } from './cast.ts';
import type { Client, Json } from './client.ts';
import type { Scene } from './scene.ts';
import { type Say, tellJournals, until } from './telling.ts';

const FACE = '1000000.00';
const REFUSED = '200000.00';

/** What the first part of the story leaves for the second: bills on their way to their due day. */
export type Issued = Readonly<{
  billId: string;
  refusedId: string;
  discountId: string;
  /** The holding of the second bill, in the hand of the second tier. */
  refusedHolding: string;
}>;

/** Offers that the other side accepts; the exchange has confirmed them when it answers. */
async function agree(by: Client, offers: readonly Json[], path = '/v1/bill-offers/acceptances'): Promise<void> {
  await by.post(path, { offerIds: offers.map(({ id }) => id) });
  for (const { id } of offers) {
    await until(by, `/v1/bill-offers/${id}`, ({ state }) => state === 'done');
  }
}

/** A VAT invoice of 13 % on record: the trade behind a bill. */
async function invoice({ chainId }: Scene, seller: Party, buyer: Party, amount: string, serial: number) {
  const net = roundToFen(parseMoney(amount).dividedBy('1.13'));
  return seller.maker.post(`/v1/chains/${chainId}/documents`, {
    kind: 'invoice',
    number: `2637200000${String(serial).padStart(10, '0')}`,
    sellerId: seller.id,
    buyerId: buyer.id,
    issuedOn: (await seller.maker.get('/v1/bill-market')).businessDate,
    sha256: '5e'.repeat(32),
    amount,
    taxAmount: formatMoney(parseMoney(amount).minus(net)),
    netAmount: formatMoney(net),
  });
}

/** The core enterprise draws a bill on itself for its supplier, accepts it, discloses it, and hands it over. */
async function issue(stage: Stage, scene: Scene, face: string, dueDate: IsoDate): Promise<Json> {
  const { core, supplier, bank, chainId } = scene;
  const serial = stage.serial();
  const document = await invoice(scene, supplier, core, face, serial);
  const { bills } = await core.maker.post(`/v1/chains/${chainId}/bills`, {
    items: [
      {
        reference: `HP-${serial}`,
        kind: 'commercial',
        payeeId: supplier.id,
        acceptorId: core.id,
        bankId: bank.id,
        face,
        dueDate,
        documents: [{ documentId: document.id, amount: face }],
      },
    ],
  });
  const path = `/v1/bills/${bills[0].id}`;
  await until(core.maker, path, ({ number }) => number !== null);
  const acceptance = await core.maker.post('/v1/bill-acceptances', { items: [{ billId: bills[0].id }] });
  await agree(core.checker, acceptance.offers, '/v1/bill-acceptances/answers');
  const receipt = await core.maker.post('/v1/bill-receipts', { items: [{ billId: bills[0].id }] });
  await agree(supplier.checker, receipt.offers);
  const bill = await core.maker.get(path);
  await core.maker.post('/v1/bill-disclosures', {
    items: [
      {
        billId: bill.id,
        number: bill.number,
        issueDate: bill.issueDate,
        acceptedOn: bill.acceptedOn,
        dueDate: bill.dueDate,
        drawerName: core.name,
        acceptorName: core.name,
        acceptorUscc: core.uscc,
        amount: bill.face,
      },
    ],
  });
  return bill;
}

async function endorse(from: Party, to: Party, item: Json): Promise<string> {
  const { offers } = await from.maker.post('/v1/bill-endorsements', {
    items: [item],
    toId: to.id,
    evidence: '购销合同',
  });
  await agree(to.checker, offers);
  return offers[0].holdingId;
}

const heldIn = async ({ maker }: Party, billId: string): Promise<string> =>
  (await maker.get(`/v1/bills/${billId}/holdings`)).items[0].id;

/** A bill of the core enterprise goes down three tiers in parts: one is discounted, one pledged; and a second bill is drawn. */
export async function beginBills(stage: Stage, scene: Scene, dueDate: IsoDate, say: Say): Promise<Issued> {
  const { bank, core, supplier, secondTier, thirdTier, operator } = scene;
  const { businessDate } = await bank.maker.get(`/v1/books/${bank.id}`);
  await operator.post('/v1/bill-market', { businessDate });
  await operator.post('/v1/bill-acceptors', { orgId: core.id, acceptanceLimit: '100000000.00' });
  const bill = await issue(stage, scene, FACE, dueDate);
  say(`B1. ${core.name} draws a bill of ${FACE} on itself, due ${dueDate}. The exchange numbers it ${bill.number};`);
  say(`    it is accepted, disclosed, and received by ${supplier.name}: units ${bill.range} of 0.01 yuan.`);
  const first = await heldIn(supplier, bill.id);
  const second = await endorse(supplier, secondTier, { holdingId: first, amount: '300000.00' });
  const third = await endorse(secondTier, thirdTier, { holdingId: second, amount: '120000.00' });
  say(`B2. 300,000.00 of it are endorsed to ${secondTier.name}, and 120,000.00 of these to ${thirdTier.name}.`);
  const pledge = await thirdTier.maker.post('/v1/bill-pledges', {
    items: [{ holdingId: third }],
    toId: bank.id,
    purpose: '履约担保',
  });
  await agree(bank.checker, pledge.offers);
  say(`B3. ${thirdTier.name} pledges its 120,000.00 to the bank.`);
  await tellJournals(scene, third, new Set(), say);

  const { banks } = await supplier.maker.post(`/v1/chains/${scene.chainId}/bill-discount-quotes`, {
    items: [{ holdingId: first, amount: '456789.12' }],
  });
  const [{ quote }] = banks;
  const discount = await supplier.maker.post('/v1/bill-discounts', {
    quoteId: quote.id,
    payeeAccountId: scene.accountId,
  });
  const path = `/v1/bill-discounts/${discount.id}`;
  const proposed = await bank.maker.post(`${path}/proposal`, {}, discount.version);
  await bank.checker.post(`${path}/approval`, {}, proposed.version);
  await until(bank.maker, path, ({ status }) => status === 'settled');
  say(
    `B4. The supplier discounts 456,789.12: ${quote.lines[0].days} days at ${quote.rate}, interest ${quote.interest},`,
  );
  say(`    ${quote.proceeds} to its account; the quote was firm, and is what is booked:`);
  await tellJournals(scene, discount.id, new Set(), say);

  const refused = await issue(stage, scene, REFUSED, dueDate);
  const refusedHolding = await endorse(supplier, secondTier, { holdingId: await heldIn(supplier, refused.id) });
  say(`B5. A second bill, of ${REFUSED}, goes from ${supplier.name} to ${secondTier.name}.`);
  return { billId: bill.id, refusedId: refused.id, discountId: discount.id, refusedHolding };
}

/** Closes the exchange's days until its business day is this one. */
async function closeMarketUntil(operator: Client, day: IsoDate): Promise<void> {
  for (;;) {
    const { businessDate } = await until(operator, '/v1/bill-market', ({ closing }) => !closing);
    if (businessDate >= day) return;
    await operator.post('/v1/bill-market/closes', { businessDate });
  }
}

/** The bills fall due: the first is paid to all who hold it, the second is refused and pursued. */
export async function endBills(scene: Scene, issued: Issued, say: Say): Promise<void> {
  const { bank, core, supplier, secondTier, operator } = scene;
  const { maturityDate } = await core.maker.get(`/v1/bills/${issued.billId}`);
  await closeMarketUntil(operator, maturityDate);
  const presented = (await core.maker.get('/v1/bill-offers?side=to&kind=payment&state=pending&limit=200')).items;
  const due = presented.filter(({ billId }: Json) => billId === issued.billId);
  say(`B6. ${maturityDate}: the bills present themselves. ${core.name} pays the first, to ${due.length} holders:`);
  await bank.operator.post(`/v1/books/${bank.id}/deposits`, {
    partyId: core.id,
    amount: FACE,
    bankReference: `BILL-${maturityDate}`,
  });
  await core.checker.post('/v1/bill-presentations/answers', {
    offerIds: due.map(({ id }: Json) => id),
    verdict: 'pay',
  });
  for (const { holdingId } of due) await tellJournals(scene, holdingId, new Set(), say);
  const [dishonoured] = presented.filter(({ billId }: Json) => billId === issued.refusedId);
  await core.checker.post('/v1/bill-presentations/answers', {
    offerIds: [dishonoured.id],
    verdict: 'refuse',
    code: 'DC08',
  });
  const claim = await secondTier.maker.post('/v1/bill-claims', {
    holdingId: issued.refusedHolding,
    targets: [supplier.id],
    costs: '85.00',
  });
  say(`B7. It refuses the second (DC08, no money). ${secondTier.name} has recourse and pursues ${supplier.name}:`);
  say(`    ${claim.due.total} with costs. The supplier pays, has the bill, and claims it of ${core.name}.`);
  await supplier.maker.post(`/v1/bill-claims/${claim.id}/payments`, {});
  await tellJournals(scene, claim.id, new Set(), say);
  const again = await supplier.maker.post('/v1/bill-claims', { holdingId: issued.refusedHolding });
  say(`    Its own claim is for all it has paid: ${again.amount}, against ${again.targets.length} of those before it.`);
}
