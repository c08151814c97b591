import type { IsoDate } from '../money/dates.ts';
import { growBranch, joinChain, offerProgramme, openAccount, ordinaryTerms, type Stage } from './cast.ts';
import type { Scene } from './scene.ts';
import { type Say, tellJournals, until } from './telling.ts';

const FAR = '2099-12-31';

const terms = ordinaryTerms({
  advanceRatio: '0.700000',
  pricing: { reference: 'lpr_1y', spreadBp: 135, fixedRate: null, debtorShare: '0.000000', feeRate: '0.000000' },
  prepayment: {
    form: 'loan',
    marginRatio: '0.300000',
    release: 'pro_rata',
    cash: 'repay',
    interest: 'on_part',
    acknowledgeWithinDays: 2,
    shortageTolerance: '0.005000',
    obligationLimit: '50000000.00',
    acceptanceFeeRate: '0.000000',
    promptDays: 7,
    priceFall: { warn: '0.050000', call: '0.100000', cureDays: 3 },
    pickUp: [],
  },
});

/** The same group sells: a chain of its own, a distributor with limits, and a programme for goods paid for in advance. */
async function setSales(stage: Stage, { bank, core }: Scene, openedOn: IsoDate) {
  const chain = await core.maker.post('/v1/chains', { coreId: core.id, name: '示范钢铁销售链' });
  const legalName = '济源示范钢贸有限公司';
  const figures = { side: 'downstream' };
  const buyer = await joinChain({ stage, core, chainId: chain.id, legalName, tier: 1, figures });
  stage.introduce?.('distributor', buyer);
  const products = { prepayment: terms };
  const programmeId = await offerProgramme({ bank, core, chainId: chain.id, effectiveFrom: openedOn, products });
  const [group] = (await bank.maker.get('/v1/limits?kind=group')).items;
  const place = { parentId: group.id, programmeId, reason: '年度授信', revolving: true };
  const limit = { ...place, kind: 'programme', amount: '20000000.00', expiresOn: FAR };
  const node = await bank.maker.post('/v1/limits', limit);
  await bank.checker.post(`/v1/limits/${node.id}/approve`, {}, node.version);
  const branch = { treeId: node.id, orgId: buyer.id, products: ['prepayment'] };
  await growBranch({ bank, ...branch, expiresOn: FAR, amount: '10000000.00' });
  return { buyer, programmeId, payee: await openAccount(stage, core) };
}

type Telling = Readonly<{ stage: Stage; scene: Scene; openedOn: IsoDate; today: IsoDate; dueDate: IsoDate; say: Say }>;

/** Prepayment, told step by step: a distributor's goods paid for in advance, released against payment. */
export async function playPrepayment({ stage, scene, openedOn, today, dueDate, say }: Telling): Promise<void> {
  const { bank, core } = scene;
  const { buyer, programmeId, payee } = await setSales(stage, scene, openedOn);
  const told = new Set<string>();
  const goods = { commodity: '热轧卷板', unit: '吨', step: '0.001', quantity: '1000', value: '3500000.00' };
  const number = `CG-${today.replaceAll('-', '')}`;
  const order = await buyer.maker.post('/v1/prepayments', { programmeId, number, ...goods, expiresOn: dueDate });
  const path = `/v1/prepayments/${order.id}`;
  say(`P1. ${buyer.name} orders 1,000 t of steel for ${order.value} from ${core.name}, to be picked up by ${dueDate}.`);
  await core.checker.post(`${path}/confirmation`, { clause: 'refund', payeeAccountId: payee.id }, order.version);
  say('P2. The group confirms: it delivers on release notices only, and refunds what it does not deliver.');
  const pay = (partyId: string, amount: string, name: string) =>
    bank.operator.post(`/v1/books/${bank.id}/deposits`, { partyId, amount, bankReference: `${number}-${name}` });
  await pay(buyer.id, order.account.margin, 'margin');
  await buyer.maker.post(`${path}/margin`, { amount: order.account.margin });
  const applied = await buyer.maker.post(`${path}/financing`);
  const loan = `/v1/financings/${applied.id}`;
  const proposed = await bank.maker.post(`${loan}/proposal`, undefined, applied.version);
  const approved = await bank.checker.post(`${loan}/approval`, {}, proposed.version);
  const registration = `/v1/registrations/${approved.registrationId}`;
  await until(bank.maker, registration, ({ state }) => state === 'registered');
  await bank.maker.post(`${loan}/disbursement`, undefined, approved.version);
  await until(bank.maker, loan, ({ financing }) => financing.status === 'active');
  say(`P3. Margin ${order.account.margin} and the bank's ${order.account.funded} are paid in trust to the group:`);
  await tellJournals(scene, order.id, told, say);
  await tellJournals(scene, applied.id, told, say);
  await pay(buyer.id, '500000.00', 'release');
  const paid = await buyer.maker.post(`${path}/payments`, { amount: '490000.00' });
  say(`P4. It pays 490,000.00 for release; goods for ${paid.account.free} are free (490,000.00 ÷ 0.7):`);
  await tellJournals(scene, applied.id, told, say);
  const tooMuch = await buyer.maker.call('POST', `${path}/release-notices`, { body: { quantity: '200.001' } });
  say(`P5. 200.001 t would be a kilogram too much: ${tooMuch.json.code}, ${tooMuch.json.accepted}.`);
  const asked = await buyer.maker.post(`${path}/release-notices`, { quantity: '200' });
  const notice = `/v1/release-notices/${asked.id}`;
  const issued = await bank.checker.post(`${notice}/decision`, { verdict: 'approve' }, asked.version);
  const taken = await core.checker.post(`${notice}/acknowledgement`, undefined, issued.version);
  const shipped = await core.maker.post(`${notice}/shipment`, { waybill: `${number}-YD` }, taken.version);
  await buyer.maker.post(`${notice}/receipt`, { quantity: '200' }, shipped.version);
  const now = await buyer.maker.get(path);
  say(
    `P6. Notice ${issued.serial} over 200 t: issued, acknowledged before ${issued.acknowledgeBy}, shipped, received.`,
  );
  say(
    `    Undelivered goods ${now.undeliveredValue}, the bank's part ${now.account.principal}: covered as at the start.`,
  );
}
