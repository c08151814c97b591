import { setScene, closeDay } from '/work/main/src/demo/story.ts';
import { wholeService } from '/work/main/test/harness/service.ts';
const teardowns: (()=>unknown)[] = [];
const t = { teardown: (f: ()=>unknown) => teardowns.push(f) };
const t0 = Date.now(); const say = (m: string) => console.log(((Date.now()-t0)/1000).toFixed(1), m);
try {
  const { stage, service, settle } = await wholeService(t as never);
  say('service');
  const scene = await setScene(stage, '2026-07-01');
  say('scene');
  const { bank, core, supplier, chainId, programmeId, accountId } = scene;
  const receivable = await supplier.maker.post(`/v1/chains/${chainId}/receivables`, { debtorId: core.id, creditorId: supplier.id, reference: 'JN-1', face: '1234567.89', issueDate: '2026-07-01', dueDate: '2026-07-08' });
  say('registered');
  await core.checker.post(`/v1/receivables/${receivable.id}/confirmation`, {}, receivable.version);
  const [holding] = (await supplier.maker.get(`/v1/receivables/${receivable.id}/holdings`)).items;
  const application = { programmeId, product: 'recourse_factoring', items: [{ receivableId: receivable.id, holdingId: holding.id, amount: '1234567.89' }] };
  const quote = await supplier.maker.post('/v1/financings/quotes', application); say(JSON.stringify(quote));
  const applied = await supplier.maker.post('/v1/financings', { ...application, payeeAccountId: accountId }); say('applied ' + applied.status);
  const proposed = await bank.maker.post(`/v1/financings/${applied.id}/proposal`, undefined, applied.version);
  const approved = await bank.checker.post(`/v1/financings/${applied.id}/approval`, {}, proposed.version); say(approved.status);
  await settle();
  await bank.maker.post(`/v1/financings/${applied.id}/disbursement`, undefined, approved.version); say('disbursing');
  await settle();
  let p = await bank.maker.get(`/v1/financings/${applied.id}`); say(JSON.stringify(p.financing));
  let today = '2026-07-01';
  while (today < quote.maturityDate) {
    await bank.operator.post(`/v1/books/${bank.id}/day-closes`, { businessDate: today });
    await service.work['close-day']();
    today = (await bank.operator.get(`/v1/books/${bank.id}`)).businessDate;
  }
  p = await bank.maker.get(`/v1/financings/${applied.id}`); say(JSON.stringify(p.due));
  const paid = await bank.maker.post(`/v1/books/${bank.id}/collections`, { bankReference: 'IN-1', items: [{ receivableId: receivable.id, amount: '1234567.89' }] });
  say(JSON.stringify(paid));
  p = await bank.maker.get(`/v1/financings/${applied.id}`); say(JSON.stringify(p));
  say(JSON.stringify(await bank.maker.get(`/v1/books/${bank.id}/verification`)));
  say(JSON.stringify(await bank.maker.get(`/v1/books/${bank.id}/trial-balance`)).slice(0, 3000));
} catch (e) { console.log(e); }
for (const f of teardowns.reverse()) await f();
