import t from 'tap';
import { appearBank, enrol } from '../../src/demo/cast.ts';
import type { Answer, Client, Json } from '../../src/demo/client.ts';
import { post, receivableBench, refused } from '../receivable/bench.ts';

t.setTimeout(300_000);

const bench = await receivableBench(t);
const { at, confirmed, draft, holdingsOf, register, scene, sql, stage, standing } = bench;
const { bank, core, regulator, secondTier, supplier } = scene;
const on = (id: string, step: string): string => `/v1/receivables/${id}/${step}`;

void t.test('The debtor confirms the whole or a part, once, on what it last read', async (t) => {
  const { id, version } = await register({ face: '1000.00' });
  const confirm = (client: Client, body: Json, etag = version) => post(client, on(id, 'confirmation'), body, etag);
  t.match(await confirm(supplier.checker, {}), refused(403, 'not-a-party'), 'the creditor does not confirm its claim');
  t.match(await confirm(secondTier.checker, {}), refused(404, 'not-found'));
  t.match(await confirm(bank.checker, {}), refused(403, 'forbidden'));
  t.match(await confirm(core.maker, {}), refused(403, 'forbidden'), 'a maker does not commit the debtor');
  t.match(await confirm(core.checker, { amount: '1000.01' }), {
    status: 400,
    json: { code: 'invalid-input', field: '/amount', accepted: '0.01 to 1000.00' },
  });
  t.match(await confirm(core.checker, { amount: '0.00' }), refused(400, 'invalid-input', '/amount'));
  t.match(await confirm(core.checker, {}, 2), refused(412, 'precondition-stale', 'If-Match'));
  t.match(await post(core.checker, on(id, 'confirmation'), {}), refused(428, 'precondition-missing'));
  const done = await confirm(core.checker, { amount: '999.99' });
  t.match(done, {
    status: 200,
    headers: { etag: '"2"' },
    json: { stage: 'confirmed', face: '1000.00', confirmed: '999.99', outstanding: '999.99', version: 2 },
  });
  t.match(await holdingsOf(id), [
    { holderId: supplier.id, amount: '999.99', state: 'live', legal: 'none', parentId: null, fromId: null },
  ]);
  t.match(await confirm(core.checker, {}, 2), {
    status: 409,
    json: { code: 'illegal-transition', allowed: ['transfer', 'finance', 'dispute', 'credit', 'pay'] },
  });
  for (const step of ['rejection', 'cancellation']) {
    const client = step === 'rejection' ? core.checker : supplier.maker;
    const body = { reason: '作废', ...(step === 'rejection' && { code: 'other' }) };
    t.match(await post(client, on(id, step), body, 2), refused(409, 'illegal-transition'), step);
  }
  t.match(await supplier.maker.call('GET', `/v1/receivables/${id}`), { headers: { etag: '"2"' } });
});

void t.test('Of many confirmations at once one holds, and one certificate comes into being', async (t) => {
  const { id, version } = await register();
  const answers = await Promise.all(
    Array.from({ length: 20 }, () => post(core.checker, on(id, 'confirmation'), {}, version)),
  );
  t.equal(answers.filter(({ status }) => status === 200).length, 1);
  t.equal(answers.filter(({ status }) => status === 412).length, 19);
  t.equal((await holdingsOf(id)).length, 1);
});

void t.test('Whoever uploaded a receivable does not confirm it, in no other role either', async (t) => {
  const uploader = await enrol(stage, core.admin, core.id, '先经办后复核', ['maker']);
  const { id, version } = await uploader.post(at, draft());
  const [person] = await sql("select id, version from person where name = '先经办后复核'");
  const path = `/v1/organizations/${core.id}/people/${person.id}`;
  await core.admin.call('PATCH', path, { body: { roles: ['checker'] }, version: person.version });
  bench.advance(10_000);
  t.match(await post(uploader, on(id, 'confirmation'), {}, version), refused(403, 'same-person'));
  t.equal((await post(core.checker, on(id, 'confirmation'), {}, version)).status, 200);
});

void t.test('The debtor rejects, its parties cancel; both are final', async (t) => {
  const one = await register();
  t.match(
    await post(supplier.checker, on(one.id, 'rejection'), { code: 'other', reason: '作废' }, 1),
    refused(403, 'not-a-party'),
  );
  t.match(
    await post(core.checker, on(one.id, 'rejection'), { code: 'other', reason: '' }, 1),
    refused(400, 'invalid-input', '/reason'),
  );
  t.match(await post(core.checker, on(one.id, 'rejection'), { code: 'not_received' }, 1), {
    json: { stage: 'rejected', rejectionCode: 'not_received', note: null },
  });
  const two = await register();
  t.match(await post(secondTier.maker, on(two.id, 'cancellation'), { reason: '作废' }, 1), refused(404, 'not-found'));
  t.match(await post(supplier.maker, on(two.id, 'cancellation'), { reason: '重复开票' }, 1), {
    json: { stage: 'cancelled', note: '重复开票', version: 2 },
  });
  for (const { id } of [one, two]) {
    const late = await post(core.checker, on(id, 'confirmation'), {}, 2);
    t.match(late, { status: 409, json: { code: 'illegal-transition', allowed: [], accepted: /final/ } });
  }
});

void t.test('A dispute freezes transfer, and finance of what is disputed, until it is resolved', async (t) => {
  const { receivable, holding, item } = await confirmed();
  const { id } = receivable;
  const dispute = (client: Client, amount: string, version: number) =>
    post(client, on(id, 'dispute'), { amount, reason: '质量异议' }, version);
  t.match(await dispute(supplier.checker, '10.00', 2), refused(403, 'not-a-party'));
  t.match(await dispute(core.checker, '1000.01', 2), {
    status: 400,
    json: { code: 'invalid-input', field: '/amount', accepted: '0.01 to 1000.00' },
  });
  const [offered, waiting] = await Promise.all([
    supplier.maker.post(on(id, 'transfers'), {
      ...{ holdingId: holding.id, toId: secondTier.id, amount: '100.00', evidence: '采购合同' },
    }),
    confirmed().then(async (other) => ({ ...other, applied: await bench.apply([other.item('500.00')]) })),
  ]);
  t.match(await dispute(core.checker, '300.00', 2), { status: 200, json: { disputed: '300.00', version: 3 } });
  t.match(await dispute(core.checker, '1.00', 3), refused(409, 'already-disputed'));
  const [, rest] = await holdingsOf(id).then((all) => all.filter(({ state }) => state === 'live'));
  t.match(
    await post(supplier.maker, on(id, 'transfers'), {
      ...{ holdingId: rest.id, toId: secondTier.id, amount: '1.00', evidence: '采购合同' },
    }),
    refused(409, 'already-disputed'),
  );
  t.match(
    await post(secondTier.maker, `/v1/transfers/${offered.id}/acceptance`, undefined, 1),
    refused(409, 'already-disputed'),
    'what was offered before is not accepted now',
  );
  const quote = await post(
    supplier.maker,
    '/v1/financings/quotes',
    bench.application([{ ...item('1.00'), holdingId: rest.id }]),
  );
  t.equal(quote.status, 200, 'what is undisputed can be financed');

  await core.checker.post(on(waiting.receivable.id, 'dispute'), { amount: '500.01', reason: '少货' }, 2);
  const proposed = await bank.maker.post(
    `/v1/financings/${waiting.applied.id}/proposal`,
    undefined,
    waiting.applied.version,
  );
  t.match(
    await post(bank.checker, `/v1/financings/${waiting.applied.id}/approval`, {}, proposed.version),
    refused(409, 'already-disputed'),
    'what waits for its approval is not approved',
  );

  t.match(
    await post(supplier.checker, on(id, 'dispute-resolution'), { reason: '已换货' }, 3),
    refused(403, 'not-a-party'),
  );
  t.match(await post(core.checker, on(id, 'dispute-resolution'), { reason: '已换货' }, 3), {
    json: { disputed: '0.00', note: '已换货', version: 4 },
  });
  t.match(await post(core.checker, on(id, 'dispute-resolution'), { reason: '再次' }, 4), refused(409, 'not-disputed'));
  t.equal((await post(secondTier.maker, `/v1/transfers/${offered.id}/acceptance`, undefined, 1)).status, 200);
  t.match(await standing(id), { outstanding: '1000.00', parts: '1000.00' });
});

void t.test('What is disputed after its approval is paid out when the dispute is resolved, not before', async (t) => {
  const { receivable, item } = await confirmed();
  const { id, version } = await bench.apply([item('500.00')]);
  const path = `/v1/financings/${id}`;
  const proposed = await bank.maker.post(`${path}/proposal`, undefined, version);
  const approved = await bank.checker.post(`${path}/approval`, {}, proposed.version);
  await bench.settle();
  await core.checker.post(on(receivable.id, 'dispute'), { amount: '1000.00', reason: '少货' }, 2);
  const disburse = () => post(bank.maker, `${path}/disbursement`, undefined, approved.version);
  t.match(await disburse(), { ...refused(409, 'already-disputed'), json: { receivableId: receivable.id } });
  t.match(await bench.financing(id), { status: 'approved', paymentId: null });
  await core.checker.post(on(receivable.id, 'dispute-resolution'), { reason: '已补货' }, 3);
  t.equal((await disburse()).status, 202);
  await bench.settle();
  t.match(await bench.financing(id), { status: 'active', principal: '400.00' });
});

void t.test('A receivable is seen by its parties alone, whatever another knows of its id', async (t) => {
  const { receivable, item } = await confirmed();
  const { id } = receivable;
  const registered = await register();
  const otherBank = await appearBank(stage, '外地示范银行股份有限公司', '2026-07-01');
  for (const [name, client] of [
    ['another supplier', secondTier.maker],
    ['a bank that finances nothing of it', bank.maker],
    ['a bank of no programme', otherBank.maker],
  ] as const) {
    for (const path of [
      `/v1/receivables/${id}`,
      `/v1/receivables/${id}/holdings`,
      `/v1/receivables/${registered.id}`,
    ]) {
      t.match(await client.call('GET', path), refused(404, 'not-found'), `${name}: ${path}`);
    }
    for (const role of ['creditor', 'debtor', 'financier']) {
      const { items } = await client.get(`/v1/receivables?role=${role}&limit=200`);
      t.notOk(
        items.some((each: Json) => each.id === id),
        `${name} does not list it as ${role}`,
      );
    }
  }
  const foreign = { ...item('1.00'), receivableId: id };
  const asked = new URLSearchParams({
    ...{ programmeId: scene.programmeId, product: 'pledge_loan', amount: '1.00', holdingId: foreign.holdingId },
  });
  const tries: readonly Promise<Answer>[] = [
    secondTier.maker.call('GET', `/v1/receivables/${id}/eligibility?${asked}`),
    post(secondTier.maker, '/v1/financings/quotes', bench.application([foreign])),
    post(secondTier.maker, '/v1/financings', { ...bench.application([foreign]), payeeAccountId: scene.accountId }),
    post(secondTier.checker, on(id, 'dispute'), { amount: '1.00', reason: '试' }, 2),
    post(secondTier.checker, on(id, 'dispute-resolution'), { reason: '试' }, 2),
    post(secondTier.checker, on(id, 'rejection'), { code: 'other' }, 2),
    post(secondTier.maker, on(id, 'credit-notes'), { number: 'CN-1', amount: '1.00' }, 2),
    post(secondTier.maker, on(id, 'transfers'), {
      ...{ holdingId: foreign.holdingId, toId: supplier.id, amount: '1.00', evidence: '试' },
    }),
  ];
  for (const [i, answer] of (await Promise.all(tries)).entries())
    t.match(answer, refused(404, 'not-found'), `try ${i}`);

  for (const client of [core.maker, supplier.maker, regulator]) {
    t.equal((await client.get(`/v1/receivables/${id}`)).id, id, 'its parties and the regulator see it');
  }
  const listed = (client: Client, role: string) => client.get(`/v1/receivables?role=${role}&limit=200`);
  t.ok((await listed(core.maker, 'debtor')).items.some((each: Json) => each.id === id));
  t.notOk((await listed(core.maker, 'creditor')).items.some((each: Json) => each.id === id));
  t.ok((await listed(supplier.maker, 'creditor')).items.some((each: Json) => each.id === id));
});
