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
  advanceRatio: '0.700000',
  pricing: { reference: 'lpr_1y', spreadBp: 135, fixedRate: null, debtorShare: '0.000000', feeRate: '0.000000' },
  inventory: {
    modes: ['static', 'floating'],
    warning: '0.720000',
    call: '0.750000',
    closeOut: '0.850000',
    cureBusinessDays: 3,
    staleAfterHours: 72,
    varianceTolerance: '0.002000',
  },
});

type Telling = Readonly<{ stage: Stage; scene: Scene; say: Say }>;

/** A chain of its own with a member that has goods, a programme that lends on them, and the warehouse they lie in. */
async function setWarehouse(stage: Stage, { bank, core }: Scene, today: IsoDate) {
  const chain = await core.maker.post('/v1/chains', { coreId: core.id, name: '示范铝材供应链' });
  const pledgor = await joinChain({ stage, core, chainId: chain.id, legalName: '济源示范铝业有限公司', tier: 1 });
  const products = { inventory_loan: terms };
  const programmeId = await offerProgramme({ bank, core, chainId: chain.id, effectiveFrom: today, products });
  const [group] = (await bank.maker.get('/v1/limits?kind=group')).items;
  const place = { parentId: group.id, programmeId, reason: '年度授信', revolving: true };
  const limit = { ...place, kind: 'programme', amount: '20000000.00', expiresOn: FAR };
  const node = await bank.maker.post('/v1/limits', limit);
  await bank.checker.post(`/v1/limits/${node.id}/approve`, {}, node.version);
  const branch = { bank, treeId: node.id, orgId: pledgor.id, products: ['inventory_loan'] };
  await growBranch({ ...branch, expiresOn: FAR, amount: '10000000.00' });
  const keeper = await appear(stage, { kind: 'warehouse', legalName: '济源示范仓储有限公司' });
  stage.introduce?.('owner of goods', pledgor);
  stage.introduce?.('warehouse', keeper);
  const commodity = { code: 'AL', name: '铝锭', class: 'metal', unit: 't', step: '0.001' };
  const { id } = await stage.operator.post('/v1/commodities', commodity);
  const grade = await stage.operator.post(`/v1/commodities/${id}/grades`, { code: 'A00', name: 'AL99.70' });
  const warehouse = await keeper.maker.post('/v1/warehouses', { name: '一号库', address: '济源市示范路1号' });
  const pile = await keeper.maker.post(`/v1/warehouses/${warehouse.id}/piles`, { code: 'A-01' });
  return { pledgor, programmeId, keeper, grade, warehouse, pile, account: await openAccount(stage, pledgor) };
}

type Goods = Awaited<ReturnType<typeof setWarehouse>>;

/** Goods come in, and the pledge over them comes to be: offered, supervised, attested, confirmed. */
async function pledgeGoods({ bank }: Scene, goods: Goods, today: IsoDate, now: string) {
  const { pledgor, keeper, grade, warehouse, pile } = goods;
  const arrival = { pileId: pile.id, marks: 'ML-1', gradeId: grade.id, ownerId: pledgor.id };
  const head = { kind: 'inbound', sequence: 1, documentNumber: 'RK-1', happenedAt: now };
  const inbound = { ...head, arrivals: [{ ...arrival, quantity: '500.000', receivedOn: today }] };
  const { lots } = await keeper.maker.post(`/v1/warehouses/${warehouse.id}/documents`, inbound);
  const opening = { programmeId: goods.programmeId, mode: 'floating' };
  const opened = await pledgor.maker.post('/v1/inventory-pledges', opening);
  const path = `/v1/inventory-pledges/${opened.id}`;
  const offered = await pledgor.maker.post(`${path}/offers`, { lotIds: [lots[0].id] }, opened.version);
  const appointment = { agreementNumber: 'JG-1', searchNumber: 'CX-1', searchSha256: DIGEST };
  const appointed = await bank.maker.post(
    `${path}/supervisor`,
    { warehouseId: warehouse.id, ...appointment },
    offered.version,
  );
  const evidence = [{ kind: '质物清单', sha256: DIGEST, reference: '三方签署' }];
  const attested = await keeper.checker.post(
    `${path}/attestation`,
    { controlledFrom: now, evidence },
    appointed.version,
  );
  await bank.checker.post(`${path}/confirmation`, undefined, attested.version);
  return { id: opened.id as string, path, lotId: lots[0].id as string };
}

/** A loan drawn on the pledge, approved, registered and paid out. */
async function drawLoan({ bank }: Scene, pledgor: Party, path: string, drawing: Json): Promise<string> {
  const applied = await pledgor.maker.post(`${path}/drawings`, drawing);
  const loan = `/v1/financings/${applied.id}`;
  const proposed = await bank.maker.post(`${loan}/proposal`, undefined, applied.version);
  const approved = await bank.checker.post(`${loan}/approval`, {}, proposed.version);
  const registration = `/v1/registrations/${approved.registrationId}`;
  await until(bank.maker, registration, ({ state }) => state === 'registered');
  await bank.maker.post(`${loan}/disbursement`, undefined, approved.version);
  await until(bank.maker, loan, ({ financing }) => financing.status === 'active');
  return applied.id;
}

/** Inventory, told step by step: goods lent on above a line, a price that falls, the cure, and goods set free. */
export async function playInventory({ stage, scene, say }: Telling): Promise<void> {
  const { bank } = scene;
  const { businessDate: today } = await bank.maker.get(`/v1/books/${bank.id}`);
  const goods = await setWarehouse(stage, scene, today);
  const { pledgor, account } = goods;
  const now = () => new Date(stage.now?.() ?? Date.now()).toISOString();
  const quote = async (price: string) => {
    const items = [{ grade: 'AL/A00', price, quotedAt: now() }];
    await bank.operator.post(`/v1/books/${bank.id}/prices`, { source: '上海期货交易所', items });
  };
  const told = new Set<string>();
  await quote('17050.00');
  const { id, path, lotId } = await pledgeGoods(scene, goods, today, now());
  say(
    `I1. ${pledgor.name} pledges 500 t of aluminium at 17,050.00: ${goods.keeper.name} attests that it controls them.`,
  );
  await tellJournals(scene, id, told, say);
  const drawing = { amount: '5900000.00', dueDate: addDays(today, 90), payeeAccountId: account.id };
  const financingId = await drawLoan(scene, pledgor, path, drawing);
  const { cover } = await bank.maker.get(path);
  say(`I2. It draws 5,900,000.00; the goods may not be worth less than ${cover.controlLine} (÷ 0.7).`);
  await quote('15250.00');
  const called = await until(bank.maker, path, ({ pledge }) => pledge.status === 'margin_call');
  say(
    `I3. The price falls to 15,250.00: loan to value ${called.cover.loanToValue}, a margin call due ${called.marginCall.dueOn}.`,
  );
  say(
    `    It is cured by ${called.cure.cash} in cash or margin, or by ${called.cure.quantities[0].quantity} t of goods:`,
  );
  await tellJournals(scene, id, told, say);
  const pay = (amount: string) => pledgor.maker.post(`${path}/paydowns`, { financingId, amount });
  const { pledge } = await pay(called.cure.cash);
  await pay('700000.00');
  say(
    `I4. It repays ${called.cure.cash}: the pledge is ${pledge.status}. It repays 700,000.00 more, to have goods free:`,
  );
  await tellJournals(scene, financingId, told, say);
  const release = (quantity: string) => pledgor.maker.call('POST', `${path}/releases`, { body: { lotId, quantity } });
  const { json: tooMuch } = await release('65.574');
  say(
    `I5. 65.574 t would be a kilogram too much: ${tooMuch.code}, ${tooMuch.accepted}, ${tooMuch.missing} would be missing.`,
  );
  const { json: released } = await release('65.573');
  say(`    65.573 t worth ${released.value} are free at once, by the rule of a floating pledge:`);
  await tellJournals(scene, id, told, say);
}
