import t from 'tap';
import { appearBank, growBranch, growTree, offerProgramme, ordinaryTerms } from '../../src/demo/cast.ts';
import type { Answer, Client, Json } from '../../src/demo/client.ts';
import { OPENED, post, receivableBench, refused } from '../receivable/bench.ts';

t.setTimeout(300_000);

const bench = await receivableBench(t);
const { answer, apply, application, closeUntil, confirmed, handedOn, holdingsOf, offer, scene, sql, stage } = bench;
const { bank, chainId, core, programmeId, secondTier, supplier } = scene;

void t.test('A quote stores nothing and says what will be booked', async (t) => {
  const { item, receivable } = await confirmed({ face: '1234567.89', dueDate: '2026-09-29' });
  const tables = (
    await sql("select relname from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace")
  )
    .map(
      ({ relname }) =>
        `select '${relname}' as name, count(*)::int, coalesce(sum(hashtext(t::text)), 0) from ${relname} t`,
    )
    .join(' union all ');
  const before = await sql(`${tables} order by 1`);
  const quoted = await supplier.maker.post('/v1/financings/quotes', application([item('1234567.89')]));
  t.match(quoted, { amount: '987654.31', valueDate: OPENED, maturityDate: '2026-09-29', days: 90, fee: '987.65' });
  t.equal(quoted.netProceeds, '986666.66');
  t.match(await post(supplier.maker, '/v1/financings/quotes', application([item('1.00'), item('1.00')])), {
    ...refused(400, 'invalid-input', '/items'),
  });
  t.same(await sql(`${tables} order by 1`), before, 'not one row of any table has changed');
  t.match(await holdingsOf(receivable.id), [{ amount: '1234567.89', financingId: null }]);
});

void t.test('Parts and receivables of an application belong together, also among several at once', async (t) => {
  const free = await confirmed();
  const disputed = await confirmed();
  await core.checker.post(`/v1/receivables/${disputed.receivable.id}/dispute`, { amount: '1.00', reason: '少货' }, 2);
  const crossed = { ...disputed.item('1000.00'), receivableId: free.receivable.id };
  const body = { ...application([crossed]), payeeAccountId: scene.accountId };
  const honest = { ...application([disputed.item('1000.00')]), payeeAccountId: scene.accountId };
  const answers = await Promise.all(
    [honest, body, honest, body].map((each) => post(supplier.maker, '/v1/financings', each)),
  );
  t.same(
    answers.map(({ json }) => json.code),
    ['already-disputed', 'not-found', 'already-disputed', 'not-found'],
  );
  t.match(answers[1], { json: { field: '/items/0/holdingId' } });
});

void t.test('A programme finances receivables of its own chain, also among several at once', async (t) => {
  const second = await core.maker.post('/v1/chains', { coreId: core.id, name: '示范钢铁备件链' });
  const member = await core.maker.post(`/v1/chains/${second.id}/members`, {
    ...{ uscc: supplier.uscc, legalName: supplier.name, side: 'upstream', tier: 1 },
  });
  const path = `/v1/chains/${second.id}/members/${member.id}`;
  const joined = await supplier.maker.post(`${path}/register`, {}, member.version);
  await stage.operator.post(`${path}/verify`, {}, joined.version);
  const otherId = await offerProgramme({
    ...{ bank, core, chainId: second.id, effectiveFrom: OPENED },
    products: { pledge_loan: ordinaryTerms() },
  });
  const means = { bank, expiresOn: '2099-12-31', amount: '1000000.00' };
  const [{ id: group }] = await sql("select id from limit_node where kind = 'group' and book_id = $1", [bank.id]);
  const limit = await bank.maker.post('/v1/limits', {
    ...{ kind: 'programme', amount: means.amount, expiresOn: means.expiresOn, revolving: true, reason: '年度授信' },
    ...{ parentId: group, programmeId: otherId },
  });
  await bank.checker.post(`/v1/limits/${limit.id}/approve`, {}, limit.version);
  await growBranch({ ...means, treeId: limit.id, orgId: supplier.id, products: ['pledge_loan'] });
  const registered = await supplier.maker.post(`/v1/chains/${second.id}/receivables`, bench.draft());
  await core.checker.post(`/v1/receivables/${registered.id}/confirmation`, {}, registered.version);
  const [holding] = await holdingsOf(registered.id);
  const item = { receivableId: registered.id, holdingId: holding.id, amount: '10.00' };
  const [own, foreign] = [otherId, programmeId].map((id) => ({
    ...application([item], { programmeId: id }),
    payeeAccountId: scene.accountId,
  }));
  const answers = await Promise.all(
    [own, foreign, { ...own, amount: '999999.00' }, foreign].map((body) =>
      post(supplier.maker, '/v1/financings', body),
    ),
  );
  t.match(answers[0], { status: 201 });
  for (const i of [1, 3]) t.match(answers[i], refused(404, 'not-found', '/items/0/holdingId'));
});

void t.test('Eligibility tells every reason, who must act and what would cure it', async (t) => {
  const strict = await appearBank(stage, '济源严格银行股份有限公司', OPENED);
  const eligibility = { scales: ['micro'], maxTier: 1, requiredTags: ['专精特新'], minFace: '5000.00' };
  const strictId = await offerProgramme({
    ...{ bank: strict, core, chainId, effectiveFrom: OPENED },
    products: { recourse_factoring: ordinaryTerms({ eligibility, maxTenorDays: 30 }) },
  });
  const { receivable, holding } = await confirmed({ face: '1000.00' });
  const part = await handedOn(supplier, holding, secondTier, '600.00');
  type Question = Readonly<{ client: Client; holding: Json; amount: string; product?: string; programme?: string }>;
  const ask = ({ client, holding: { id, receivableId }, amount, product, programme }: Question): Promise<Answer> => {
    const query = new URLSearchParams({
      ...{ holdingId: id, amount, programmeId: programme ?? programmeId, product: product ?? 'recourse_factoring' },
    });
    return client.call('GET', `/v1/receivables/${receivableId}/eligibility?${query}`);
  };
  const codes = async (question: Question): Promise<string[]> => {
    const { json } = await ask(question);
    return json.findings?.map(({ code }: Json) => code) ?? json;
  };
  const ok = { client: secondTier.maker, holding: part, amount: '600.00' };
  t.same((await ask(ok)).json, { eligible: true, findings: [] });

  await core.checker.post(`/v1/receivables/${receivable.id}/dispute`, { amount: '1000.00', reason: '少货' }, 2);
  const all = await ask({ ...ok, amount: '600.01', programme: strictId });
  t.equal(all.json.eligible, false);
  t.same(
    all.json.findings.map(({ code }: Json) => code),
    [
      'already-disputed',
      'amount-exceeds-holding',
      'below-minimum',
      'tier-not-eligible',
      'scale-not-eligible',
      'tag-missing',
      'tenor-outside-programme',
      'limit-missing',
    ],
    'all at once, not the first',
  );
  for (const finding of all.json.findings) {
    for (const property of ['code', 'message', 'field', 'accepted', 'who', 'remedy']) {
      t.match(finding[property], /./, `${finding.code} has a ${property}`);
    }
  }
  t.match(all.json.findings[0], { who: 'debtor', remedy: 'Resolve the dispute first.', field: '/items' });
  t.match(all.json.findings[3], { who: 'bank', accepted: 'tier 1 to 1' });
  await core.checker.post(`/v1/receivables/${receivable.id}/dispute-resolution`, { reason: '已补' }, 3);

  t.same(await codes({ ...ok, product: 'payables_finance', programme: strictId }), ['product-not-offered']);
  t.same(await codes({ ...ok, client: supplier.maker }), ['not-a-party'], 'the one it came from does not hold it');
  const own = (await holdingsOf(receivable.id)).find((each) => each.holderId === supplier.id && each.state === 'live');
  const mine = { client: supplier.maker, holding: own, amount: '400.00' };
  const applied = await apply([{ receivableId: receivable.id, holdingId: own.id, amount: '400.00' }]);
  t.same(await codes(mine), ['already-financed']);
  await supplier.maker.post(`/v1/financings/${applied.id}/cancellation`, { reason: '改期' }, applied.version);
  const { json: waiting } = await offer(supplier.maker, own, secondTier, '400.00');
  t.same(await codes(mine), ['transfer-pending']);
  await answer(secondTier, waiting.id, 'acceptance');
  t.same(await codes(mine), ['illegal-transition'], 'it has been handed on');

  const big = await confirmed({ face: '20000000.00' });
  t.same(await codes({ ...mine, holding: big.holding, amount: '20000000.00' }), ['limit-exceeded']);
  const due = await confirmed({ dueDate: '2026-07-02' });
  await closeUntil('2026-07-02');
  t.same(await codes({ ...mine, holding: due.holding, amount: '1.00' }), [
    'receivable-overdue',
    'tenor-outside-programme',
  ]);

  const tree = await growTree({
    bank: strict,
    coreId: core.id,
    programmeId: strictId,
    expiresOn: '2099-12-31',
    amount: '100.00',
  });
  await growBranch({
    ...{ bank: strict, treeId: tree, orgId: secondTier.id, products: ['recourse_factoring'] },
    ...{ expiresOn: '2099-12-31', amount: '100.00' },
  });
  t.same(
    (await codes({ ...ok, programme: strictId })).slice(-1),
    ['limit-exceeded'],
    'the room of the limits counts too',
  );

  const chain = await core.maker.get(`/v1/chains/${chainId}`);
  const stopped = await core.maker.post(`/v1/chains/${chainId}/suspend`, {}, chain.version);
  t.same(await codes(ok), ['chain-suspended']);
  await stage.operator.post(`/v1/chains/${chainId}/resume`, {}, stopped.version);
});
