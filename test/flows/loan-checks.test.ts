import t from 'tap';
import { enrol, ordinaryTerms } from '../../src/demo/cast.ts';
import type { Client, Json } from '../../src/demo/client.ts';
import { financingScene } from '../harness/financing-scene.ts';

const scene = await financingScene(t, '2025-06-17');
const { bank, supplier, sql, position } = scene;
const investigator = await enrol(scene.stage, bank.admin, bank.id, '调查岗', ['checker']);
const evidence = [{ name: '现场调查报告', sha256: 'b'.repeat(64), storageReference: 'dms://2025/0617/1' }];
const checks = {
  businessDays: 2,
  preLoan: ['site_visit', 'trade_background'],
  inLoan: ['contract_signed'],
  postLoan: { items: ['use_of_funds', 'operation'], firstAfterDays: 15, everyMonths: 3 },
};
const dueDate = '2026-03-17';
await scene.newTerms({ recourse_factoring: ordinaryTerms({ checks }), pledge_loan: ordinaryTerms({ checks }) }, [
  { upTo: '100000.00', approval: 'auto', tag: null },
  { upTo: null, approval: 'one', tag: null },
]);

const open = async (financingId: string, stage: string): Promise<Json> =>
  (await bank.maker.get(`/v1/loan-checks?financingId=${financingId}&stage=${stage}&state=open`)).items[0];
const finding = (item: string, outcome = 'satisfied') => ({
  item,
  outcome,
  evidence,
  ...(outcome === 'satisfied' ? {} : { note: '存在问题' }),
});
const tell = (by: Client, check: Json, findings: readonly Json[]) =>
  by.call('POST', `/v1/loan-checks/${check.id}/findings`, { body: { findings }, version: check.version });
const pass = async (by: Client, check: Json): Promise<Json> =>
  (
    await tell(
      by,
      check,
      check.items.map((item: string) => finding(item)),
    )
  ).json;
const act = (by: Client, application: Json, step: string, version: number, body: Json = {}) =>
  by.call('POST', `/v1/financings/${application.id}/${step}`, {
    body: step === 'approval' ? body : undefined,
    version,
  });

/** The conditions of a disbursement that do not hold, with what each refuses. */
const notReady = async ({ id }: Json): Promise<Json> => {
  const { ready, conditions } = await bank.maker.get(`/v1/financings/${id}/readiness`);
  const failed = conditions.filter(({ passed }: Json) => !passed);
  t.equal(ready, failed.length === 0);
  return Object.fromEntries(failed.map(({ condition, code }: Json) => [condition, code]));
};

void t.test(
  'Nothing is proposed before the check before the loan has been passed, with evidence for each item',
  async (t) => {
    const { application, path } = await scene.apply({ dueDate });
    const before = await open(application.id, 'pre_loan');
    t.match(before, { state: 'open', dueOn: '2025-06-19', items: checks.preLoan, ownerPersonId: null, findings: null });
    t.match(await act(bank.maker, application, 'proposal', application.version), {
      status: 409,
      json: { code: 'check-missing', checkId: before.id, dueOn: '2025-06-19' },
    });
    t.match(await tell(bank.maker, before, [finding('site_visit')]), {
      status: 422,
      json: { code: 'check-incomplete' },
    });
    const failed = await tell(investigator, before, [
      finding('site_visit', 'not_satisfied'),
      finding('trade_background'),
    ]);
    t.match(failed, { status: 200, json: { state: 'failed', doneOn: '2025-06-17' } });
    t.match(await act(bank.maker, application, 'proposal', application.version), { json: { code: 'check-missing' } });
    const again = await bank.maker.post(`/v1/loan-checks/${before.id}/repetition`, undefined, failed.json.version);
    t.match(again, { state: 'open', stage: 'pre_loan', dueOn: '2025-06-18' });
    const twice = await bank.maker.call('POST', `/v1/loan-checks/${before.id}/repetition`, {
      version: failed.json.version,
    });
    t.match(twice, { status: 409, json: { code: 'illegal-transition' } });
    t.match(await pass(investigator, again), { state: 'passed', findings: [{ item: 'site_visit', evidence }, {}] });
    t.match(await tell(investigator, { ...again, version: 2 }, []), { status: 400 });

    const proposed = await act(bank.maker, application, 'proposal', application.version);
    t.equal(proposed.status, 200);
    t.match(await act(investigator, application, 'approval', proposed.json.version), {
      status: 403,
      json: { code: 'same-person' },
    });
    const approved = await act(bank.checker, application, 'approval', proposed.json.version);
    t.match(approved, { status: 200, json: { status: 'approved' } });
    await scene.settle();

    t.match(await act(bank.maker, application, 'disbursement', approved.json.version), {
      status: 409,
      json: { code: 'check-missing' },
    });
    t.same(
      Object.keys(await notReady(application)).filter((name) => name !== 'registration'),
      ['check'],
    );
    const inLoan = await open(application.id, 'in_loan');
    t.match(await tell(investigator, inLoan, [finding('contract_signed')]), {
      status: 403,
      json: { code: 'same-person' },
    });
    t.match(await pass(bank.second, inLoan), { state: 'passed' });
    t.same(await notReady(application), {}, 'every condition of the disbursement holds');
    t.equal((await act(bank.maker, application, 'disbursement', approved.json.version)).status, 202);
    t.same(await notReady(application), { approval: 'illegal-transition' });
    await scene.settle();
    t.match((await position(path)).financing, { status: 'active' });
    t.match(await open(application.id, 'post_loan'), {
      dueOn: '2025-07-02',
      everyMonths: 3,
      items: checks.postLoan.items,
    });
  },
);

void t.test(
  'What the matrix leaves to its rule is approved by it, once a person has looked and proposed it',
  async (t) => {
    const { application } = await scene.apply({ dueDate, amount: '50000.00' });
    t.equal(application.status, 'submitted');
    await pass(investigator, await open(application.id, 'pre_loan'));
    const approved = await act(bank.maker, application, 'proposal', application.version);
    t.match(approved, { status: 200, json: { status: 'approved' } });
    const task = await bank.maker.get(`/v1/approvals/${approved.json.approvalId}`);
    t.match(task, { level: 'auto', state: 'approved', rule: /^programme version 2: authority band 1/ });
  },
);

void t.test(
  'A check belongs to whom it was given, is seen by its bank alone, and lapses with the application',
  async (t) => {
    const { application } = await scene.apply({ dueDate });
    const check = await open(application.id, 'pre_loan');
    const { person } = await bank.checker.get('/v1/me');
    const assigned = await bank.maker.post(
      `/v1/loan-checks/${check.id}/assignment`,
      { personId: person.id },
      check.version,
    );
    t.match(assigned, { ownerPersonId: person.id, state: 'open' });
    t.match(
      await tell(
        investigator,
        assigned,
        checks.preLoan.map((item) => finding(item)),
      ),
      {
        status: 403,
        json: { code: 'not-a-party' },
      },
    );
    const stranger = (await supplier.maker.get('/v1/me')).person.id;
    const wrong = await bank.maker.call('POST', `/v1/loan-checks/${check.id}/assignment`, {
      body: { personId: stranger },
      version: assigned.version,
    });
    t.match(wrong, { status: 404, json: { field: '/personId' } });
    t.match(await supplier.maker.call('GET', `/v1/loan-checks/${check.id}`), { status: 403 });
    t.match(await supplier.maker.call('GET', `/v1/financings/${application.id}/readiness`), { status: 403 });
    t.match(await notReady(application), { approval: 'illegal-transition', check: 'check-missing' });
    await supplier.maker.post(
      `/v1/financings/${application.id}/cancellation`,
      { reason: '不再需要' },
      application.version,
    );
    t.match(await bank.maker.get(`/v1/loan-checks/${check.id}`), { state: 'lapsed' });
    t.match(
      await tell(
        bank.checker,
        { ...assigned, version: assigned.version + 1 },
        checks.preLoan.map((item) => finding(item)),
      ),
      {
        status: 409,
        json: { code: 'illegal-transition' },
      },
    );
  },
);

void t.test(
  'An overdue check of a running loan keeps its firm from new money and from an extension, until it is made',
  async (t) => {
    const { application, path } = await scene.apply({ product: 'pledge_loan', dueDate });
    await pass(investigator, await open(application.id, 'pre_loan'));
    const approved = await scene.approve(application);
    await scene.settle();
    await pass(bank.second, await open(application.id, 'in_loan'));
    await scene.closeUntil('2025-07-03');
    const [{ id: running }] = await sql("select id from financing where status = 'active'");
    const missed = await open(running, 'post_loan');
    t.match(missed, { dueOn: '2025-07-02', missed: true });
    const told = await sql("select count(*)::int as n from event where kind = 'loan_check.missed' and object_id = $1", [
      missed.id,
    ]);
    t.same(told, [{ n: 1 }]);
    t.match(await act(bank.maker, application, 'disbursement', approved.version), {
      status: 409,
      json: { code: 'check-overdue', checkId: missed.id },
    });
    const { financing } = await position(`/v1/financings/${running}`);
    const extend = () =>
      bank.maker.call('POST', `/v1/financings/${running}/changes`, {
        body: { action: 'extend', dueDate: '2026-04-17' },
        version: financing.version,
      });
    t.match(await extend(), { status: 409, json: { code: 'check-overdue' } });
    t.match(await pass(bank.second, missed), { state: 'passed' });
    t.match(await open(running, 'post_loan'), { dueOn: '2025-10-03', missed: false });
    t.equal((await act(bank.maker, application, 'disbursement', approved.version)).status, 202);
    await scene.settle();
    t.match((await position(path)).financing, { status: 'active' });

    const wanting = await open(application.id, 'post_loan');
    t.match((await tell(bank.second, wanting, [finding('use_of_funds'), finding('operation', 'not_satisfied')])).json, {
      state: 'failed',
    });
    const [alert] = (await bank.maker.get(`/v1/alerts?financingId=${application.id}`)).items;
    t.match(alert, { kind: 'check_failed', state: 'open', amount: null, dueOn: '2025-07-04', cause: /operation/ });
  },
);

void t.test('A loan that has been repaid is checked no more from the close of its day', async (t) => {
  const [{ id }] = await sql("select id from financing where status = 'active' and product = 'pledge_loan'");
  const check = await open(id, 'post_loan');
  await scene.deposit(supplier.id, '900000.00');
  const { due } = await position(`/v1/financings/${id}`);
  await supplier.maker.post(`/v1/financings/${id}/repayments`, { amount: due.total });
  await scene.closeUntil('2025-07-04');
  t.match(await bank.maker.get(`/v1/loan-checks/${check.id}`), { state: 'lapsed' });
  t.ok(await scene.proof());
});

void t.test('What was found is never rewritten, and no stage has two checks open', async (t) => {
  await t.rejects(sql("update loan_check set findings = '[]' where state = 'passed'"), /is passed/);
  await t.rejects(
    sql(`insert into loan_check (id, book_id, financing_id, borrower_id, stage, state, items, due_on, every_months, created_at)
         select gen_random_uuid(), book_id, financing_id, borrower_id, stage, state, items, due_on, every_months, now()
           from loan_check where state = 'open' limit 1`),
    /loan_check_one_open/,
  );
});

void t.test('Terms that look at running loans later than the parameters of the day allow are refused', async (t) => {
  const late = { ...checks, postLoan: { ...checks.postLoan, firstAfterDays: 16 } };
  await t.rejects(scene.newTerms({ pledge_loan: ordinaryTerms({ checks: late }) }), /at most 15/);
  await t.rejects(scene.newTerms({ pledge_loan: ordinaryTerms({ misuseUplift: '1.000001' }) }), /400/);
  await t.rejects(scene.newTerms({ pledge_loan: ordinaryTerms({ misuseUplift: '0.490000' }) }), /0\.500000/);
});
