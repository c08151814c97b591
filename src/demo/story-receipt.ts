import { addDays, type IsoDate } from '../money/dates.ts';
import {
  appear,
  growBranch,
  joinChain,
  offerProgramme,
  openAccount,
  ordinaryTerms,
  type Party,
  type Stage,
} from './cast.ts';
import type { Json } from './client.ts';
import type { Scene } from './scene.ts';
import { type Say, tellJournals, until } from './telling.ts';

const FAR = '2099-12-31';
const DIGEST = '0'.repeat(64);

const terms = ordinaryTerms({
  advanceRatio: '0.650000',
  pricing: { reference: 'lpr_1y', spreadBp: 85, fixedRate: null, debtorShare: '0.000000', feeRate: '0.000000' },
  receipt: { perfection: 'endorsement', staleAfterHours: 72, storageAlertDays: 10 },
});

type Telling = Readonly<{ stage: Stage; scene: Scene; say: Say }>;

/** A chain of its own with a member that has zinc in a warehouse, and a programme that lends on receipts for it. */
async function setStore(stage: Stage, { bank, core }: Scene, today: IsoDate) {
  const chain = await core.maker.post('/v1/chains', { coreId: core.id, name: '示范铅锌供应链' });
  const holder = await joinChain({ stage, core, chainId: chain.id, legalName: '济源示范铅锌有限公司', tier: 1 });
  const products = { receipt_loan: terms };
  const programmeId = await offerProgramme({ bank, core, chainId: chain.id, effectiveFrom: today, products });
  const [group] = (await bank.maker.get('/v1/limits?kind=group')).items;
  const place = { parentId: group.id, programmeId, reason: '年度授信', revolving: true };
  const node = await bank.maker.post('/v1/limits', {
    ...place,
    kind: 'programme',
    amount: '20000000.00',
    expiresOn: FAR,
  });
  await bank.checker.post(`/v1/limits/${node.id}/approve`, {}, node.version);
  const branch = { bank, treeId: node.id, orgId: holder.id, products: ['receipt_loan'] };
  await growBranch({ ...branch, expiresOn: FAR, amount: '10000000.00' });
  const keeper = await appear(stage, { kind: 'warehouse', legalName: '济源示范有色仓储有限公司' });
  stage.introduce?.('holder of receipts', holder);
  stage.introduce?.('issuer of receipts', keeper);
  const commodity = { code: 'ZN', name: '锌锭', class: 'metal', unit: 't', step: '0.001' };
  const { id } = await stage.operator.post('/v1/commodities', commodity);
  const grade = await stage.operator.post(`/v1/commodities/${id}/grades`, { code: '0', name: 'Zn99.995' });
  const warehouse = await keeper.maker.post('/v1/warehouses', { name: '锌库', address: '济源市示范路3号' });
  const pile = await keeper.maker.post(`/v1/warehouses/${warehouse.id}/piles`, { code: 'Z-01' });
  return { holder, programmeId, keeper, grade, warehouse, pile, account: await openAccount(stage, holder) };
}

type Store = Awaited<ReturnType<typeof setStore>>;

/** What lies in the store is put under a receipt that says all the law asks for. */
async function issueReceipt({ holder, keeper, grade, warehouse, pile }: Store, today: IsoDate, now: string, say: Say) {
  const arrival = { pileId: pile.id, marks: 'ZN-1', gradeId: grade.id, ownerId: holder.id, quantity: '300.000' };
  const head = { kind: 'inbound', sequence: 1, documentNumber: 'RK-1', happenedAt: now };
  const inbound = { ...head, arrivals: [{ ...arrival, receivedOn: today }] };
  const { lots } = await keeper.maker.post(`/v1/warehouses/${warehouse.id}/documents`, inbound);
  const bare = { number: 'WR-001', lotId: lots[0].id, quantity: '300.000' };
  const { json: refused } = await keeper.maker.call('POST', '/v1/receipts', { body: bare });
  say(
    `W1. ${keeper.name} tries a bare receipt: ${refused.code}, ${refused.missing.length} items of article 909 missing.`,
  );
  const issued = await keeper.maker.post('/v1/receipts', {
    ...bare,
    depositorDomicile: '济源市示范大道9号',
    quality: 'GB/T 470 一级',
    packing: '打包带捆扎',
    pieces: 300,
    lossStandard: '0.002000',
    storageFrom: today,
    storageTo: addDays(today, 183),
    dailyFee: '0.35',
    insurance: { insurer: '示范财产保险', amount: '7000000.00', from: today, to: addDays(today, 365) },
    placeOfIssue: '济源',
    seal: DIGEST,
  });
  const confirmation = { contentHash: issued.contentHash };
  const receipt = await keeper.checker.post(`/v1/receipts/${issued.id}/registration`, confirmation, issued.version);
  say(`    Whole, it is confirmed by a second person and registered as ${receipt.registerCode}.`);
  return receipt;
}

/** A loan on one receipt, signed for by the warehouse, approved and paid out. */
async function lendOn(
  { bank }: Scene,
  { holder, keeper }: Store,
  receiptId: string,
  application: Json,
): Promise<string> {
  const applied = await holder.maker.post('/v1/receipt-loans', { ...application, receiptIds: [receiptId] });
  const { receipt } = await keeper.maker.get(`/v1/receipts/${receiptId}`);
  await keeper.checker.post(`/v1/receipts/${receiptId}/pledge/signature`, undefined, receipt.version);
  const loan = `/v1/financings/${applied.id}`;
  const proposed = await bank.maker.post(`${loan}/proposal`, undefined, applied.version);
  const approved = await bank.checker.post(`${loan}/approval`, {}, proposed.version);
  await bank.maker.post(`${loan}/disbursement`, undefined, approved.version);
  await until(bank.maker, loan, ({ financing }) => financing.status === 'active');
  return applied.id;
}

/** The goods that may go leave the pledge, and with the warehouse's acknowledgement they are the holder's to fetch. */
async function releaseGoods(
  { bank }: Scene,
  holder: Party,
  keeper: Party,
  financingId: string,
  receiptId: string,
): Promise<Json> {
  const asked = await holder.maker.post(`/v1/receipt-loans/${financingId}/releases`, { receiptId });
  const granted = await bank.checker.post(`/v1/release-orders/${asked.id}/grant`, undefined, asked.version);
  return keeper.checker.post(`/v1/release-orders/${asked.id}/acknowledgement`, undefined, granted.version);
}

/** Warehouse receipts, told step by step: issue, split, pledge, what double pledging meets, release and delivery. */
export async function playReceipts({ stage, scene, say }: Telling): Promise<void> {
  const { bank } = scene;
  const { businessDate: today } = await bank.maker.get(`/v1/books/${bank.id}`);
  const store = await setStore(stage, scene, today);
  const { holder, keeper, account, programmeId } = store;
  const now = () => new Date(stage.now?.() ?? Date.now()).toISOString();
  const told = new Set<string>();
  const items = [{ grade: 'ZN/0', price: '22380.00', quotedAt: now() }];
  await bank.operator.post(`/v1/books/${bank.id}/prices`, { source: '上海有色网', items });
  const whole = await issueReceipt(store, today, now(), say);
  const quantities = ['180.000', '120.000'];
  const [a, b] = (await holder.maker.post(`/v1/receipts/${whole.id}/split`, { quantities }, whole.version)).items;
  say(`W2. ${holder.name} has it split: ${a.number} over ${a.quantity} t, ${b.number} over ${b.quantity} t.`);
  const application = { programmeId, amount: '2600000.00', dueDate: addDays(today, 60), payeeAccountId: account.id };
  const financingId = await lendOn(scene, store, a.id, application);
  say(
    'W3. It borrows 2,600,000.00 on the first: endorsed "pledged", signed by the warehouse, at value off the balance sheet:',
  );
  await tellJournals(scene, financingId, told, say);
  const body = { ...application, receiptIds: [a.id] };
  const { json: twice } = await holder.maker.call('POST', '/v1/receipt-loans', { body });
  say(`W4. Pledged again, it is refused: ${twice.code}, ${twice.detail}.`);
  await holder.maker.post(`/v1/financings/${financingId}/repayments`, { amount: '1500000.00' });
  const order = await releaseGoods(scene, holder, keeper, financingId, a.id);
  const kept = (await bank.maker.get(`/v1/receipts/${order.keptId}`)).receipt;
  say(
    `W5. It repays 1,500,000.00: ${kept.quantity} t stay for what is owed, ${order.quantity} t are split off and go:`,
  );
  await tellJournals(scene, financingId, told, say);
  const path = `/v1/receipts/${order.releasedId}`;
  const freed = await holder.maker.get(path);
  const presented = await holder.maker.post(`${path}/presentation`, undefined, freed.receipt.version);
  const fee = { amount: freed.fee.whole, reference: 'SF-1' };
  const paid = await keeper.maker.post(`${path}/fee-payments`, fee, presented.version);
  const document = { documentNumber: 'CK-2', sequence: 2, happenedAt: now() };
  const delivered = await keeper.maker.post(`${path}/delivery`, document, paid.version);
  say(
    `W6. Against the receipt and a storage fee of ${freed.fee.whole} the goods leave: it is ${delivered.state}, and so is the stock.`,
  );
}
