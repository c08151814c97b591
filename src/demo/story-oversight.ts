import type { IsoDate } from '../money/dates.ts';
import type { Client, Json } from './client.ts';
import type { Scene } from './scene.ts';
import type { Say } from './telling.ts';

/** What the demo's bank looks into before it approves credit, before it pays out, and while the loan runs. */
export const demoChecks = {
  businessDays: 2,
  preLoan: ['site_visit', 'trade_background'],
  inLoan: ['contract_signed'],
  postLoan: { items: ['use_of_funds', 'operation'], firstAfterDays: 15, everyMonths: 3 },
} as const;

const evidence = [{ name: '现场调查报告', sha256: 'd'.repeat(64) }];

type Check = Readonly<{ by: Client; financingId: string; stage: 'pre_loan' | 'in_loan' }>;

/** One person of the bank passes the open check of a stage, with what shows each item. */
export async function passCheck({ by, financingId, stage }: Check, say: Say): Promise<void> {
  const { items } = await by.get(`/v1/loan-checks?financingId=${financingId}&stage=${stage}&state=open`);
  const [check] = items;
  const findings = check.items.map((item: string) => ({ item, outcome: 'satisfied', evidence }));
  const done = await by.post(`/v1/loan-checks/${check.id}/findings`, { findings }, check.version);
  say(`   The ${stage.replace('_', '-')} check, due ${check.dueOn} (${check.items.join(', ')}): ${done.state}.`);
}

type Followed = Readonly<{ scene: Scene; financingId: string; today: IsoDate }>;

/** The loan's money is followed: a part of it went to a broker, bears the misuse rate, and comes back. */
export async function followMoney({ scene, financingId, today }: Followed, say: Say): Promise<void> {
  const { bank, supplier } = scene;
  const movement = { holderUscc: supplier.uscc, bookedOn: today };
  const told = await bank.operator.post(`/v1/books/${bank.id}/account-transactions`, {
    items: [
      {
        ...movement,
        reference: 'ZJ-1',
        direction: 'out',
        amount: '150000.00',
        counterpartyName: '济源示范铸件有限公司',
        counterpartyUscc: scene.secondTier.uscc,
      },
      {
        ...movement,
        reference: 'ZJ-2',
        direction: 'out',
        amount: '30000.00',
        counterpartyName: '示范证券营业部',
        counterpartyIndustry: 'J6712',
      },
    ],
  });
  const { items } = await bank.maker.get(`/v1/alerts?financingId=${financingId}`);
  const [alert] = items;
  say(
    `   Its money is followed: ${told.recorded} movements. ${alert.amount}: ${alert.cause}, answer due ${alert.dueOn}.`,
  );
  const confirmed = await conclude(scene, alert, { verdict: 'confirm', reason: '转入证券账户', evidence });
  const { financing } = await bank.maker.get(`/v1/financings/${financingId}`);
  say(`   Two people confirm it: ${financing.misused} bears ${financing.misuseRate} instead of ${financing.rate},`);
  const cleared = await conclude(scene, confirmed, { verdict: 'clear', reason: '款项已转回经营账户', evidence });
  say(`   until two people have seen that it is back: ${cleared.state}.`);
}

/** One person of the bank proposes what an alert comes to, another approves it. */
async function conclude({ bank }: Scene, alert: Json, conclusion: Json): Promise<Json> {
  const proposed = await bank.maker.post(`/v1/alerts/${alert.id}/conclusion`, conclusion, alert.version);
  return bank.checker.post(`/v1/alerts/${alert.id}/decision`, { verdict: 'approve' }, proposed.version);
}
