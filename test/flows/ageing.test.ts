import t from 'tap';
import type { Json } from '../../src/demo/client.ts';
import { financingScene } from '../harness/financing-scene.ts';

t.setTimeout(240_000);

const scene = await financingScene(t, '2026-07-01');
const { bank, core, supplier, secondTier, chainId, sql, service } = scene;

const read = (id: string): Promise<Json> => supplier.maker.get(`/v1/receivables/${id}`);
const told = async (kind: string, objectId: string): Promise<number> =>
  (await sql('select count(*)::int as times from event where kind = $1 and object_id = $2', [kind, objectId]))[0].times;

const registered = (reference: string, dueDate: string): Promise<Json> =>
  supplier.maker.post(`/v1/chains/${chainId}/receivables`, {
    ...{ debtorId: core.id, creditorId: supplier.id, reference, face: '5000.00', issueDate: '2026-06-30', dueDate },
    invoiceNumber: '26372000000000000001',
  });

void t.test('What nobody finances falls overdue when its day of payment is over, off holidays', async (t) => {
  const friday = await scene.receivable('1000.00', '2026-07-03');
  const saturday = await scene.receivable('2000.00', '2026-07-04');
  const paid = await scene.receivable('3000.00', '2026-07-03');
  t.equal((await scene.collect(paid.id, '3000.00')).status, 201);
  await scene.closeUntil('2026-07-03');
  t.equal((await read(friday.id)).payment, 'open', 'its day is not over yet');
  await scene.closeUntil('2026-07-06');
  t.match(await read(friday.id), { payment: 'overdue', outstanding: '1000.00' });
  t.equal((await read(saturday.id)).payment, 'open', 'Saturday is moved to Monday');
  t.equal((await read(paid.id)).payment, 'paid');
  await scene.closeUntil('2026-07-07');
  t.equal((await read(saturday.id)).payment, 'overdue');
  t.equal(await told('receivable.overdue', friday.id), 1);
  t.equal(await told('receivable.overdue', saturday.id), 1);
  t.equal(await told('receivable.overdue', paid.id), 0);
  t.equal((await scene.collect(friday.id, '1000.00')).json.applied[0].amount, '1000.00', 'it can be paid late');
});

void t.test('What nobody confirms is named after the legal days and expires at its due date', async (t) => {
  const { id } = await registered('JN-LATE', '2026-08-06');
  await scene.closeUntil('2026-08-01');
  t.same((await read(id)).warnings, [], '30 days are not over');
  await scene.closeUntil('2026-08-02');
  t.same((await read(id)).warnings, ['confirmation-late']);
  t.equal(await told('receivable.confirmation_late', id), 1);
  await scene.closeUntil('2026-08-06');
  t.equal((await read(id)).stage, 'registered');
  await scene.closeUntil('2026-08-07');
  const expired = await read(id);
  t.equal(expired.stage, 'expired');
  t.equal(await told('receivable.confirmation_late', id), 1, 'once');
  const late = await core.checker.call('POST', `/v1/receivables/${id}/confirmation`, {
    body: {},
    version: expired.version,
  });
  t.match(late.json, { code: 'illegal-transition', state: 'expired' });
  t.equal((await registered('JN-AGAIN', '2026-12-01')).stage, 'registered', 'the invoice may stand for another one');
});

void t.test(
  'An offer and a reservation last as long as the platform says, and no longer than the due date',
  async (t) => {
    const kept = await scene.receivable('9000.00', '2026-12-01');
    const offered: Json = await supplier.maker.post(`/v1/receivables/${kept.id}/transfers`, {
      ...{ holdingId: kept.holdingId, toId: secondTier.id, amount: '9000.00', evidence: '采购合同 2026-88' },
    });
    t.equal(offered.expiresOn, '2026-07-31', 'by the calendar of its day');
    await sql("update holding_transfer set expires_on = '2026-08-08' where id = $1", [offered.id]);
    const before = await scene.limits();
    const applied = await scene.apply({ face: '125000.00', dueDate: '2026-12-01' });
    const granted = await scene.apply({ face: '80000.00', dueDate: '2026-12-01' });
    await scene.approve(granted.application);
    await scene.settle();
    const [registration] = await sql(
      "update registration set expires_on = '2026-09-07' where financing_id = $1 returning id",
      [granted.application.id],
    );
    await sql("update limit_node set expires_on = '2026-08-20' where kind = 'product'");
    t.notSame(await scene.limits(), before, 'limits are reserved');

    await scene.closeUntil('2026-08-08');
    t.equal((await supplier.maker.get('/v1/transfers?side=made')).items[0].state, 'offered');
    t.equal(await told('registration.expiring', registration?.id), 0);
    await scene.closeUntil('2026-08-09');
    t.equal(await told('registration.expiring', registration?.id), 1, 'thirty days before it ends');
    t.equal((await supplier.maker.get('/v1/transfers?side=made')).items[0].state, 'expired');
    t.equal(await told('holding.transfer_expired', offered.id), 1);
    const [part] = (await supplier.maker.get(`/v1/receivables/${kept.id}/holdings`)).items;
    t.match(part, { state: 'live', transferId: null, holderId: supplier.id });
    const answer = { version: 2 };
    const late = await secondTier.maker.call('POST', `/v1/transfers/${offered.id}/acceptance`, answer);
    t.match(late.json, { code: 'illegal-transition', state: 'expired' });

    await scene.closeUntil('2026-09-06');
    t.equal((await scene.position(applied.path)).financing.status, 'submitted');
    await scene.closeUntil('2026-09-07');
    for (const { path, held, application } of [applied, granted]) {
      t.match((await scene.position(path)).financing, { status: 'cancelled', note: 'not paid out by 2026-09-06' });
      t.equal(await told('financing.expired', application.id), 1);
      const [free] = (await supplier.maker.get(`/v1/receivables/${held.id}/holdings`)).items;
      t.match(free, { financingId: null, legal: 'none' });
    }
    t.same(await scene.limits(), before, 'and given back on every level');
    const tasks = (await bank.checker.get('/v1/approvals?state=open')).items;
    t.same(tasks, [], 'nobody is asked any more');
    const ended = await sql("select count(*)::int as times from event where kind = 'limit.expired'");
    t.ok(ended[0].times > 0, 'limits that end are told of');
    t.ok(await scene.proof());
  },
);

void t.test('On a chain without any programme the calendar of Shanghai counts', async (t) => {
  const lone = await scene.receivable('700.00', '2026-12-10');
  const [{ id: other }] = await sql(
    `insert into chain (id, core_id, name, status, created_at) values (gen_random_uuid(), $1, '无资金方链', 'active', now()) returning id`,
    [core.id],
  );
  await sql('update receivable set chain_id = $1 where id = $2', [other, lone.id]);
  await sql('update holding set chain_id = $1 where receivable_id = $2', [other, lone.id]);
  scene.advance(Date.parse('2026-12-10T15:59:00Z') - scene.clock.now().getTime());
  await service.work['end-day']();
  const payment = async () => (await sql('select payment from receivable where id = $1', [lone.id]))[0].payment;
  t.equal(await payment(), 'open', 'a minute before midnight');
  scene.advance(60_000);
  await service.work['end-day']();
  t.equal(await payment(), 'overdue');
  await service.work['end-day']();
  t.equal(await told('receivable.overdue', lone.id), 1, 'a second run repeats nothing');
});
