import { randomUUID } from 'node:crypto';
import t from 'tap';
import { runCreditBatches } from '../../src/credit/batch-worker.ts';
import { type Bank, demoUscc, joinChain } from '../../src/demo/cast.ts';
import type { Client, Json } from '../../src/demo/client.ts';
import { createUnitOfWork } from '../../src/platform/unit-of-work.ts';
import { creditScene, creditTerms, figures } from '../harness/credit-scene.ts';

const opened = '2025-06-17';
const scene = await creditScene(t, opened);
const { bank, core, supplier, secondTier, programmeId, sql, stage, chainId, service } = scene;
await scene.newTerms({ credit_loan: creditTerms() });
const other = await scene.secondBank(creditTerms());

/** A supplier with as many months of trade of one million each. */
async function member(legalName: string, months: number, declares = true) {
  const party = await joinChain({ stage, core, chainId, legalName, tier: 1 });
  for (let month = 0; month < months; month += 1) {
    await scene.traded('1000000.00', `2025-0${5 - month}-12`, `2025-${String(11 - month).padStart(2, '0')}-12`, party);
  }
  if (declares) await party.maker.post('/v1/credit-declarations', { year: 2024, figures: figures() });
  return party;
}
const strong = await member('济源示范阀门有限公司', 5);
const fair = await member('济源示范管件有限公司', 1);
const silent = await member('济源示范刀具有限公司', 4, false);
const fresh = await member('济源示范涂料有限公司', 0);

async function send(csv: string, { by = bank.maker, to = programmeId, key = randomUUID() as string } = {}) {
  const boundary = 'applicants';
  const answer = await scene.send({
    method: 'POST',
    path: `/v1/programmes/${to}/credit-batches`,
    headers: {
      authorization: `Bearer ${await by.token()}`,
      'idempotency-key': key,
      'content-type': `multipart/form-data; boundary=${boundary}`,
    },
    body: `--${boundary}\r\ncontent-disposition: form-data; name="file"; filename="applicants.csv"\r\n\r\n${csv}\r\n--${boundary}--\r\n`,
  });
  return { status: answer.status, json: JSON.parse(answer.text) as Json };
}
const rowsOf = async (id: string, by: Client = bank.maker): Promise<Json[]> =>
  (await by.get(`/v1/credit-batches/${id}/rows?limit=200`)).items;
const judgedBy = async (of: Bank, id: string): Promise<string[]> =>
  (await rowsOf(id, of.maker)).map(
    ({ line, decision, reasons, creditLimit }: Json) =>
      `${line} ${decision} ${reasons.map(({ code }: Json) => code).join()} ${creditLimit ?? ''}`,
  );

const file = [
  'uscc,amount',
  `${strong.uscc},500000.00`,
  `${fair.uscc},`,
  `${silent.uscc},100000.00`,
  `${fresh.uscc},100000.00`,
  `${strong.uscc},1.00`,
  `${demoUscc(9_000)},100000.00`,
  'NOT-A-CODE,100000.00',
  `${supplier.uscc},1e6`,
  `${secondTier.uscc},0.00`,
  '"open,1',
  `${strong.uscc},1.00,surplus`,
  '',
].join('\r\n');

void t.test('A file of applicants is judged row by row, broken ones among them, and says why', async (t) => {
  const sent = await send(file);
  t.match(sent, { status: 202, json: { state: 'running', total: 11, declined: 6, approved: 0, programmeVersion: 2 } });
  await service.work['credit-batches']();
  const batch = await bank.maker.get(`/v1/credit-batches/${sent.json.id}`);
  t.match(batch, { state: 'done', approved: 1, referred: 1, declined: 9, finishedAt: /./ });
  t.same(await judgedBy(bank, batch.id), [
    '2 approve  975000.00',
    '3 refer score-needs-a-person 135000.00',
    '4 decline need-not-declared 720000.00',
    '5 decline credit-score-too-low,credit-limit-exceeded 0.00',
    '6 decline duplicate-row ',
    '7 decline not-a-verified-supplier ',
    '8 decline malformed-row ',
    '9 decline malformed-row ',
    '10 decline malformed-row ',
    '11 decline malformed-row ',
    '12 decline malformed-row ',
  ]);
  const [assessment] = (await bank.maker.get(`/v1/credit-assessments?batchId=${batch.id}&sort=oldest`)).items;
  t.match(assessment, { organizationId: strong.id, programmeVersion: 2, decision: 'approve', financingId: null });
  t.match((await strong.maker.get('/v1/credit-assessments')).items, [{ id: assessment.id }], 'who was judged sees it');
});

void t.test('The same file again is the same batch, under new terms it is another', async (t) => {
  const again = await send(file);
  t.match(again, { status: 202, json: { state: 'done', approved: 1 } });
  const [{ batches }] = await sql('select count(*)::int as batches from credit_batch where book_id = $1', [bank.id]);
  t.equal(batches, 1);
  const key = randomUUID();
  await send(file, { key });
  t.match(await send(`${file}\r\n`, { key }), { status: 422, json: { code: 'idempotency-key-reused' } });
  await scene.newTerms({ credit_loan: creditTerms({}, { referBelow: '0.900000' }) });
  const anew = await send(file);
  await service.work['credit-batches']();
  t.not(anew.json.id, again.json.id);
  t.match(await bank.maker.get(`/v1/credit-batches/${anew.json.id}`), {
    programmeVersion: 3,
    approved: 0,
    referred: 2,
  });
  t.match(await judgedBy(bank, again.json.id), [/2 approve/], 'what was decided stays as it was decided');
});

void t.test('A batch is carried on where it was broken off, each row once, beside another worker', async (t) => {
  const header = 'uscc,amount';
  const sent = await send([header, ...[strong, fair, silent, fresh].map(({ uscc }) => `${uscc},10.00`)].join('\n'));
  let chunks = 0;
  const dying = createUnitOfWork({
    database: service.database,
    maxWaiting: 100,
    maxBatch: 10,
    onWake: () => undefined,
    onStep: (step) => {
      if (step === 'begun' && ++chunks === 3) throw new Error('the power is out');
    },
  });
  const worker = { database: service.database, unitOfWork: dying, clock: scene.clock };
  await t.rejects(runCreditBatches(worker, { chunk: 1 }), /credit batches failed/);
  t.equal((await rowsOf(sent.json.id)).filter(({ decision }: Json) => decision !== null).length, 2, 'none by half');
  await Promise.all([service.work['credit-batches'](), service.work['credit-batches']()]);
  t.match(await bank.maker.get(`/v1/credit-batches/${sent.json.id}`), { state: 'done', total: 4 });
  const [{ judged }] = await sql('select count(*)::int as judged from credit_assessment where batch_id = $1', [
    sent.json.id,
  ]);
  t.equal(judged, 4);
});

void t.test('A batch is the bank’s own; a file that is none is refused', async (t) => {
  const [{ id }] = (await bank.maker.get('/v1/credit-batches')).items;
  t.match(await other.bank.maker.call('GET', `/v1/credit-batches/${id}`), { status: 404 });
  t.match(await other.bank.maker.call('GET', `/v1/credit-batches/${id}/rows`), { status: 404 });
  t.same((await other.bank.maker.get('/v1/credit-batches')).items, []);
  t.match(await send(file, { by: other.bank.maker }), { status: 404 });
  t.match(await send(file, { by: bank.checker }), { status: 403 });
  t.match(await send(file, { by: supplier.maker }), { status: 403 });
  for (const [csv, code] of [
    ['', 'malformed-file'],
    ['uscc,amount', 'malformed-file'],
    ['code,amount\r\n1,2', 'malformed-file'],
    ['uscc,uscc\r\n1,2', 'malformed-file'],
    [`uscc\r\n${'x\r\n'.repeat(5_001)}`, 'too-many-rows'],
  ] as const) {
    t.match(await send(csv), { status: 422, json: { code } }, code);
  }
  const bare = await bank.maker.call('POST', `/v1/programmes/${programmeId}/credit-batches`, { body: {} });
  t.match(bare, { status: 415 });
});
