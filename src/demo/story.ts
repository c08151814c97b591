import { type AccountPath, chart, codeOf } from '../ledger/chart.ts';
import { addDays, type IsoDate } from '../money/dates.ts';
import {
  appear,
  appearBank,
  appearRegulator,
  type Bank,
  growBranch,
  growTree,
  joinChain,
  offerProgramme,
  openAccount,
  ordinaryTerms,
  type Party,
  type Stage,
  type Supplier,
} from './cast.ts';
import type { Client, Json } from './client.ts';

export type Say = (line?: string) => void;

/** Who plays in the demo, and where. */
export type Scene = Readonly<{
  bank: Bank;
  core: Party;
  supplier: Supplier;
  secondTier: Supplier;
  regulator: Client;
  chainId: string;
  programmeId: string;
  accountId: string;
}>;

const FAR = '2099-12-31';
const all = ['pledge_loan', 'recourse_factoring', 'nonrecourse_factoring', 'payables_finance'] as const;

/** The demo chain: a core enterprise, suppliers of two tiers, a bank with a programme and limits, and a regulator. */
export async function setScene(stage: Stage, openedOn: IsoDate): Promise<Scene> {
  const core = await appear(stage, {
    kind: 'enterprise',
    legalName: '济源示范钢铁集团有限公司',
    figures: { industry: 'industry', employees: 4200, annualRevenue: '9800000000.00', totalAssets: '12000000000.00' },
  });
  const chain = await core.maker.post('/v1/chains', { coreId: core.id, name: '示范钢铁供应链' });
  const supplier = await joinChain({ stage, core, chainId: chain.id, legalName: '济源示范机械有限公司', tier: 1 });
  const secondTier = await joinChain({
    stage,
    core,
    chainId: chain.id,
    legalName: '济源示范铸件有限公司',
    tier: 2,
    parentMemberId: supplier.memberId,
  });
  const bank = await appearBank(stage, '济源示范银行股份有限公司', openedOn);
  const regulator = await appearRegulator(stage, '济源示范区金融监管局');
  const programmeId = await offerProgramme({
    bank,
    core,
    chainId: chain.id,
    effectiveFrom: openedOn,
    products: Object.fromEntries(all.map((product) => [product, ordinaryTerms()])),
  });
  const treeId = await growTree({ bank, coreId: core.id, programmeId, expiresOn: FAR, amount: '50000000.00' });
  for (const { id } of [supplier, secondTier]) {
    await growBranch({ bank, treeId, orgId: id, products: all, expiresOn: FAR, amount: '10000000.00' });
  }
  const account = await openAccount(stage, supplier);
  return { bank, core, supplier, secondTier, regulator, chainId: chain.id, programmeId, accountId: account.id };
}

/** Reads until the condition holds: what runs in the background is then done. */
export async function until(client: Client, path: string, holds: (answer: Json) => boolean): Promise<Json> {
  for (let attempt = 0; attempt < 600; attempt += 1) {
    const answer = await client.get(path);
    if (holds(answer)) return answer;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(`${path} did not come to what was expected`);
}

/** Closes the book's business day and answers the day that follows. */
async function closeDay(bank: Bank, businessDate: IsoDate): Promise<IsoDate> {
  const path = `/v1/books/${bank.id}/day-closes`;
  await bank.operator.post(path, { businessDate });
  const { nextDate } = await until(bank.operator, `${path}/${businessDate}`, ({ state }) => state === 'done');
  return nextDate;
}

/** The journals about something, as an accountant would read them. */
export async function tellJournals(scene: Scene, subjectId: string, told: Set<string>, say: Say): Promise<void> {
  const { items } = await scene.bank.maker.get(`/v1/books/${scene.bank.id}/journals?subjectId=${subjectId}&limit=200`);
  for (const { id } of [...items].reverse()) {
    if (told.has(id)) continue;
    told.add(id);
    const journal = await scene.bank.maker.get(`/v1/books/${scene.bank.id}/journals/${id}`);
    say(`      ${journal.businessDate}  ${journal.kind}`);
    for (const { account, amount } of journal.lines) {
      const side = amount.startsWith('-') ? 'Cr' : 'Dr';
      const name = chart[codeOf(account as AccountPath)].name;
      say(`        ${side} ${account.slice(0, 4)} ${name.padEnd(42)} ${amount.replace('-', '').padStart(16)}`);
    }
  }
}

/** The main job, told step by step: a supplier's receivable financed from registration to the last fen. */
export async function playStory(scene: Scene, openedOn: IsoDate, dueDate: IsoDate, say: Say): Promise<void> {
  const { bank, core, supplier, chainId, programmeId, accountId } = scene;
  const told = new Set<string>();
  const face = '1234567.89';
  say(`1. ${supplier.name} registers a receivable of ${face} on ${core.name}, due ${dueDate}.`);
  const receivable = await supplier.maker.post(`/v1/chains/${chainId}/receivables`, {
    debtorId: core.id,
    creditorId: supplier.id,
    reference: `JN-${openedOn.replaceAll('-', '')}`,
    face,
    issueDate: openedOn,
    dueDate,
  });
  say('2. A checker of the core enterprise confirms it: the group now owes the full amount at the due date.');
  await core.checker.post(`/v1/receivables/${receivable.id}/confirmation`, {}, receivable.version);
  const [holding] = (await supplier.maker.get(`/v1/receivables/${receivable.id}/holdings`)).items;
  const application = {
    programmeId,
    product: 'recourse_factoring',
    items: [{ receivableId: receivable.id, holdingId: holding.id, amount: face }],
  };
  const quote = await supplier.maker.post('/v1/financings/quotes', application);
  say(
    `3. The supplier asks for a quote: ${quote.amount} at ${quote.rate} a year (LPR ${quote.referenceRate} of ${quote.referenceOn}),`,
  );
  say(`   ${quote.days} days, interest ${quote.interest}, fee ${quote.fee}, ${quote.netProceeds} into its account.`);
  const applied = await supplier.maker.post('/v1/financings', { ...application, payeeAccountId: accountId });
  say(`4. It applies. Part and limits are reserved on the whole path; the financing is ${applied.status}.`);
  const proposed = await bank.maker.post(`/v1/financings/${applied.id}/proposal`, undefined, applied.version);
  const approved = await bank.checker.post(`/v1/financings/${applied.id}/approval`, {}, proposed.version);
  say(`5. A maker of the bank proposes, a checker approves: ${approved.status}. The assignment goes to the register.`);
  const registration = await until(
    bank.maker,
    `/v1/registrations/${approved.registrationId}`,
    ({ state }) => state === 'registered',
  );
  say(`   Registered under ${registration.registerNumber} at ${registration.registeredAt}: from here its rank counts.`);
  await bank.maker.post(`/v1/financings/${applied.id}/disbursement`, undefined, approved.version);
  const path = `/v1/financings/${applied.id}`;
  await until(bank.maker, path, ({ financing }) => financing.status === 'active');
  say('6. The bank instructs the payment; when it has settled, the loan is booked:');
  await tellJournals(scene, applied.id, told, say);

  let today = openedOn;
  while (today < quote.maturityDate) today = await closeDay(bank, today);
  const due = await bank.maker.get(path);
  say(`7. ${quote.days} days are closed, one by one. Interest to ${today}: ${due.due.interest}, as quoted.`);
  const paid = await bank.maker.post(`/v1/books/${bank.id}/collections`, {
    bankReference: `IN-${openedOn.replaceAll('-', '')}`,
    items: [{ receivableId: receivable.id, amount: face }],
  });
  say(`8. The group pays ${paid.amount} into the collection account. The waterfall takes what is owed:`);
  await tellJournals(scene, paid.id, told, say);
  await tellJournals(scene, applied.id, told, say);
  const [remainder] = paid.applied[0].toHolders;
  say(`   The rest, ${remainder.amount}, is the supplier's:`);
  await tellJournals(scene, receivable.id, told, say);
  const { financing } = await bank.maker.get(path);
  const proof = await bank.maker.get(`/v1/books/${bank.id}/verification`);
  say(`9. The financing is ${financing.status}, the limits are free, the registration is discharged.`);
  say(
    `   The ledger is proven: ${proof.checks.length} checks from every row and the hash chain, ${proof.ok ? 'all hold' : 'NOT ALL HOLD'}.`,
  );
}

/** The day on which the story begins, so that it ends today. */
export const storyBegins = (today: IsoDate): IsoDate => addDays(today, -30);
