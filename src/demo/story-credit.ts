import { addDays, type IsoDate } from '../money/dates.ts';
import { appear, ordinaryTerms, type Stage } from './cast.ts';
import type { Json } from './client.ts';
import type { Scene } from './scene.ts';
import { demoChecks, followMoney, passCheck } from './story-oversight.ts';
import { type Say, tellJournals, until } from './telling.ts';

/** 30 % of annual volume at a full score, of which three figures of the record make parts. */
const credit = {
  observedMonths: 12,
  volumeShare: '0.300000',
  maxAmount: '3000000.00',
  factors: [
    { input: 'monthsOfTrade', weight: '0.500000', worst: '0', best: '2' },
    { input: 'onTimeRate', weight: '0.300000', worst: '0.500000', best: '1' },
    { input: 'disputeRate', weight: '0.200000', worst: '0.100000', best: '0' },
  ],
  declineBelow: '0.200000',
  referBelow: '0.400000',
  declarationMonths: 12,
};

const figures = {
  sales: '30000000.00',
  profitMargin: '0.120000',
  growth: '0',
  inventoryDays: '45',
  receivableDays: '75',
  payableDays: '40',
  prepaidDays: '15',
  advanceReceivedDays: '5',
  ownFunds: '3000000.00',
  otherFunds: '1100000.00',
  outsideLoans: '0.00',
};

const products = {
  ...Object.fromEntries(
    ['pledge_loan', 'recourse_factoring', 'nonrecourse_factoring', 'payables_finance'].map((product) => [
      product,
      ordinaryTerms(),
    ]),
  ),
  credit_loan: ordinaryTerms({ credit, checks: demoChecks, guarantee: { minShare: '0.800000' } }),
};

/** The bank adds credit to its programme, for which a guarantor has to stand. */
async function offerCredit({ bank, supplier, programmeId }: Scene, today: IsoDate): Promise<void> {
  const draft = await bank.maker.post(`/v1/programmes/${programmeId}/versions`, {
    effectiveFrom: today,
    terms: { products, authority: [{ upTo: null, approval: 'one', tag: null }] },
  });
  const submitted = await bank.maker.post(`/v1/programme-versions/${draft.id}/submit`, undefined, draft.version);
  await bank.checker.post(`/v1/programme-versions/${draft.id}/approve`, {}, submitted.version);
  const { items } = await bank.maker.get('/v1/limits?kind=member&limit=200');
  const member = items.find(({ orgId }: Json) => orgId === supplier.id);
  const node = await bank.maker.post('/v1/limits', {
    kind: 'product',
    product: 'credit_loan',
    parentId: member.id,
    amount: '1000000.00',
    expiresOn: '2099-12-31',
    revolving: true,
    reason: '信用融资额度',
  });
  await bank.checker.post(`/v1/limits/${node.id}/approve`, {}, node.version);
}

/** Bank and guarantor agree that the guarantor bears 80 % of a loss. */
async function agree(stage: Stage, { bank }: Scene) {
  const guarantor = await appear(stage, { kind: 'guarantor', legalName: '济源示范融资担保有限公司' });
  stage.introduce?.('guarantor', guarantor);
  const proposed = await bank.maker.post('/v1/guarantee-agreements', {
    guarantorId: guarantor.id,
    shares: [
      { partyId: guarantor.id, share: '0.800000' },
      { partyId: bank.id, share: '0.200000' },
    ],
    cap: '5000000.00',
    financingCap: '1000000.00',
    feeRate: '0.010000',
    waitingDays: 60,
    stopLoss: '0.050000',
    settles: ['principal', 'interest'],
    persons: 'one',
    expiresOn: '2099-12-31',
  });
  const path = `/v1/guarantee-agreements/${proposed.id}`;
  const offered = await bank.checker.post(`${path}/approval`, {}, proposed.version);
  await guarantor.checker.post(`${path}/acceptance`, {}, offered.version);
  return { guarantor, agreementId: proposed.id as string };
}

type Credit = Readonly<{ stage: Stage; scene: Scene; today: IsoDate; say: Say }>;

/** Credit on the record that the main story has left: a limit that explains itself, bank and guarantor side by side. */
export async function playCreditStory({ stage, scene, today, say }: Credit): Promise<void> {
  const { bank, supplier, programmeId, accountId } = scene;
  await offerCredit(scene, today);
  const { guarantor, agreementId } = await agree(stage, scene);
  say(`Credit on trade data. ${supplier.name} declares its figures of last year.`);
  const declared = await supplier.maker.post('/v1/credit-declarations', {
    year: Number(today.slice(0, 4)) - 1,
    figures,
  });
  say(`   Its need of working capital is ${declared.workingCapital}, of which loans must cover ${declared.loanNeed}.`);
  const { explanation, available } = await supplier.maker.get(`/v1/programmes/${programmeId}/credit-limit`);
  for (const { input, value, weight, contribution } of explanation.factors) {
    say(`      ${input.padEnd(16)} ${String(value).padStart(10)}  weight ${weight}  makes ${contribution}`);
  }
  say(
    `   ${explanation.annualVolume} × ${explanation.volumeShare} × score ${explanation.score} = ${explanation.limit}.`,
  );
  const amount = '200000.00';
  const dueDate = addDays(today, 90);
  const loan = await supplier.maker.post('/v1/credit-loans', {
    programmeId,
    amount,
    dueDate,
    payeeAccountId: accountId,
  });
  say(`   Of ${available} it applies for ${amount}. Bank and guarantor are asked side by side.`);
  const path = `/v1/financings/${loan.id}`;
  await passCheck({ by: bank.maker, financingId: loan.id, stage: 'pre_loan' }, say);
  const asked = await bank.maker.post(`${path}/guarantee-requests`, { agreementId }, loan.version);
  const requested = (await bank.maker.get(path)).financing;
  const proposed = await bank.maker.post(`${path}/proposal`, undefined, requested.version);
  const byBank = await bank.checker.post(`${path}/approval`, {}, proposed.version);
  say(`   The bank approves: ${byBank.status}, since the guarantor has not.`);
  await guarantor.checker.post(`/v1/guarantees/${asked.id}/approval`, {}, asked.version);
  const approved = (await bank.maker.get(path)).financing;
  say(`   The guarantor stands for ${asked.cover}: ${approved.status}. Before the money goes out:`);
  await passCheck({ by: bank.second, financingId: loan.id, stage: 'in_loan' }, say);
  await bank.maker.post(`${path}/disbursement`, undefined, approved.version);
  await until(bank.maker, path, ({ financing }) => financing.status === 'active');
  await bank.maker.post(`/v1/guarantees/${asked.id}/fee`);
  await tellJournals(scene, loan.id, new Set(), say);
  await followMoney({ scene, financingId: loan.id, today }, say);
}
