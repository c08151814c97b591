import { addDays, type IsoDate } from '../money/dates.ts';
import type { Scene } from './scene.ts';
import { closeDay, type Say, tellJournals, until } from './telling.ts';

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
