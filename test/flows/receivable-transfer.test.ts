import t from 'tap';
import { appearBank, growBranch, growTree, joinChain, offerProgramme, ordinaryTerms } from '../../src/demo/cast.ts';
import type { Answer, Client, Json } from '../../src/demo/client.ts';
import { held, OPENED, receivableBench } from '../receivable/bench.ts';

t.setTimeout(300_000);

const bench = await receivableBench(t);
const { apply, application, closeUntil, confirmed, handedOn, holdingsOf, scene, sql, stage, standing } = bench;
const { bank, chainId, core, programmeId, secondTier, supplier } = scene;
const third = await joinChain({
  ...{ stage, core, chainId, legalName: '济源示范砂型有限公司', tier: 3 },
  parentMemberId: secondTier.memberId,
});
const names = { [supplier.id]: 'first', [secondTier.id]: 'second', [third.id]: 'third' };

const post = (client: Client, path: string, body?: Json, version?: number): Promise<Answer> =>
  client.call('POST', path, { ...(body === undefined ? {} : { body }), ...(version === undefined ? {} : { version }) });
const refused = (status: number, code: string, field?: string): Json => ({
  status,
  json: { code, ...(field === undefined ? {} : { field }) },
});
type Party = typeof supplier;
const offer = (from: Client, holding: Json, to: Readonly<{ id: string }>, amount: string): Promise<Answer> =>
  post(from, `/v1/receivables/${holding.receivableId}/transfers`, {
    ...{ holdingId: holding.id, toId: to.id, amount, evidence: '采购合同 CG-2026-07' },
  });
const answer = (party: Party, transferId: string, how: string, version = 1): Promise<Answer> =>
  post(party.maker, `/v1/transfers/${transferId}/${how}`, undefined, version);
const live = async (receivableId: string): Promise<string[]> => held((await standing(receivableId)).live, names);

/** Every part has a parent that is closed, and children of one split share its holder. */
async function requireLineage(t: { same: (found: unknown, wanted: unknown, message: string) => unknown }, id: string) {
  const faults = await sql(
    `select child.id from holding child left join holding parent on parent.id = child.parent_id
      where child.receivable_id = $1
        and (child.parent_id is null and exists (select from holding o where o.receivable_id = $1 and o.id < child.id)
          or parent.receivable_id <> child.receivable_id or parent.state not in ('split', 'transferred')
          or parent.state = 'split' and parent.holder_id <> child.holder_id
          or parent.state = 'transferred' and child.from_id <> parent.holder_id)`,
    [id],
  );
  t.same(faults, [], 'every part knows the closed part it comes from');
  const open = await sql(
    `select p.id from holding p where p.receivable_id = $1 and p.state in ('split', 'transferred')
        and p.amount <> (select coalesce(sum(amount), 0) from holding c where c.parent_id = p.id)`,
    [id],
  );
  t.same(open, [], 'what was cut sums to what it was cut from');
}

void t.test('A certificate is split to the fen and handed down from tier to tier, each parent known', async (t) => {
  const { receivable, holding } = await confirmed({ face: '1000.00' });
  const { id } = receivable;
  const { json: transfer, status } = await offer(supplier.maker, holding, secondTier, '333.33');
  t.equal(status, 201);
  t.match(transfer, { state: 'offered', amount: '333.33', fromId: supplier.id, toId: secondTier.id, version: 1 });
  t.same(await live(id), ['first 333.33', 'first 666.67'], 'an offer moves nothing');
  const { json: accepted } = await answer(secondTier, transfer.id, 'acceptance');
  t.match(accepted.transfer, { state: 'accepted', version: 2 });
  t.match(accepted.holding, {
    ...{ holderId: secondTier.id, fromId: supplier.id, parentId: transfer.holdingId, amount: '333.33', state: 'live' },
  });
  const down = await handedOn(secondTier, accepted.holding, third, '33.34');
  t.match(down, { holderId: third.id, fromId: secondTier.id, amount: '33.34' });
  t.same(await live(id), ['first 666.67', 'second 299.99', 'third 33.34']);
  t.match(await standing(id), { outstanding: '1000.00', parts: '1000.00' });
  await requireLineage(t, id);
  t.equal((await secondTier.maker.get(`/v1/receivables/${id}`)).id, id, 'a holder sees what it holds a part of');
  t.notOk(
    (await holdingsOf(id, third.maker)).some((each) => each.holderId === supplier.id),
    'and not the parts of others',
  );
  t.match((await third.maker.get('/v1/holdings')).items, [{ id: down.id }]);
  const received = await third.maker.get('/v1/transfers?side=received');
  t.match(received.items, [{ toId: third.id, state: 'accepted' }]);
});

void t.test('The whole is handed on without a split; the last fen too', async (t) => {
  const { receivable, holding } = await confirmed({ face: '0.01' });
  const moved = await handedOn(supplier, holding, secondTier, '0.01');
  t.equal(moved.parentId, holding.id);
  t.same(await live(receivable.id), ['second 0.01']);
  await requireLineage(t, receivable.id);
});

void t.test('A part goes one tier down, to a verified supplier of its holder', async (t) => {
  const { holding } = await confirmed();
  const stranger = await joinChain({ stage, core, chainId, legalName: '济源示范轴承有限公司', tier: 1 });
  const nephew = await joinChain({
    ...{ stage, core, chainId, legalName: '济源示范密封件有限公司', tier: 2 },
    parentMemberId: stranger.memberId,
  });
  for (const [name, to] of [
    ['two tiers down', third],
    ['to the same tier', stranger],
    ['to a supplier of another', nephew],
    ['back to the debtor', core],
    ['to oneself', supplier],
    ['to a bank', bank],
  ] as const) {
    t.match(await offer(supplier.maker, holding, to, '1.00'), refused(409, 'not-a-lower-tier', '/toId'), name);
  }
  t.match(await offer(core.maker, holding, secondTier, '1.00'), refused(403, 'not-a-party'), 'by its holder only');
  t.match(await offer(supplier.maker, holding, secondTier, '1000.01'), {
    ...refused(409, 'amount-exceeds-holding', '/amount'),
    ...{ json: { accepted: '0.01 to 1000.00' } },
  });
  t.match(await offer(supplier.maker, holding, secondTier, '0.00'), refused(400, 'invalid-input', '/amount'));
  const other = await confirmed();
  t.match(
    await offer(supplier.maker, { ...holding, receivableId: other.receivable.id }, secondTier, '1.00'),
    refused(404, 'not-found', '/holdingId'),
    'under another receivable there is no such part',
  );
  const path = `/v1/chains/${chainId}/members/${nephew.memberId}`;
  const own = (await handedOn(supplier, holding, secondTier, '10.00')) as Json;
  t.equal((await offer(secondTier.maker, own, third, '1.00')).status, 201);
  const { version } = await core.maker.get(path);
  const suspended = await core.maker.post(`${path}/suspend`, {}, version);
  t.equal(suspended.status, 'suspended');
  t.match(await offer(stranger.maker, holding, nephew, '1.00'), refused(404, 'not-found'));
});

void t.test('An offer is declined or withdrawn, and answered once', async (t) => {
  const { receivable, holding } = await confirmed();
  const offered = await offer(supplier.maker, holding, secondTier, '400.00');
  const { id, holdingId } = offered.json;
  t.match(await offer(supplier.maker, holding, secondTier, '1.00'), {
    ...refused(409, 'illegal-transition'),
    ...{ json: { accepted: 'a live holding' } },
  });
  const part = (await holdingsOf(receivable.id)).find((each) => each.id === holdingId);
  t.match(await offer(supplier.maker, part, secondTier, '1.00'), refused(409, 'transfer-pending'));
  t.match(await answer(supplier, id, 'acceptance'), refused(403, 'not-a-party'), 'nobody accepts its own offer');
  t.match(await answer(secondTier, id, 'withdrawal'), refused(403, 'not-a-party'));
  t.match(await answer(third, id, 'acceptance'), refused(404, 'not-found'));
  t.match(await answer(secondTier, id, 'acceptance', 2), refused(412, 'precondition-stale'));
  t.match(await answer(secondTier, id, 'refusal'), { json: { transfer: { state: 'declined' } } });
  for (const [party, how] of [
    [secondTier, 'acceptance'],
    [secondTier, 'refusal'],
    [supplier, 'withdrawal'],
  ] as const) {
    t.match(await answer(party, id, how, 2), refused(409, 'illegal-transition'), `${how} of what was declined`);
  }
  const again = await offer(supplier.maker, part, secondTier, '400.00');
  t.equal(again.status, 201, 'the part is free again');
  t.match(await answer(supplier, again.json.id, 'withdrawal'), { json: { transfer: { state: 'withdrawn' } } });
  t.match(await answer(secondTier, again.json.id, 'acceptance', 2), refused(409, 'illegal-transition'));
  t.same(await live(receivable.id), ['first 400.00', 'first 600.00']);
  const last = await offer(supplier.maker, part, secondTier, '400.00');
  const both = await Promise.all([
    ...Array.from({ length: 5 }, () => answer(secondTier, last.json.id, 'acceptance')),
    ...Array.from({ length: 5 }, () => answer(supplier, last.json.id, 'withdrawal')),
  ]);
  t.equal(both.filter(({ status }) => status === 200).length, 1, 'of answers at once one counts');
  t.match(await standing(receivable.id), { outstanding: '1000.00', parts: '1000.00' });
});

void t.test('A suspended chain or member neither offers nor accepts', async (t) => {
  const { holding } = await confirmed();
  const waiting = await offer(supplier.maker, holding, secondTier, '100.00');
  const [, rest] = (await holdingsOf(holding.receivableId)).filter(({ state }) => state === 'live');
  const chain = await core.maker.get(`/v1/chains/${chainId}`);
  const stopped = await core.maker.post(`/v1/chains/${chainId}/suspend`, {}, chain.version);
  t.match(await offer(supplier.maker, rest, secondTier, '1.00'), refused(409, 'chain-suspended'));
  await stage.operator.post(`/v1/chains/${chainId}/resume`, {}, stopped.version);

  const path = `/v1/chains/${chainId}/members/${secondTier.memberId}`;
  const member = await core.maker.get(path);
  const out = await core.maker.post(`${path}/suspend`, {}, member.version);
  t.match(await answer(secondTier, waiting.json.id, 'acceptance'), refused(409, 'not-a-verified-supplier'));
  t.match(await offer(supplier.maker, rest, secondTier, '1.00'), refused(409, 'not-a-lower-tier'));
  const back = await core.maker.post(`${path}/reinstate`, {}, out.version);
  await stage.operator.post(`${path}/verify`, {}, back.version);
  t.equal((await answer(secondTier, waiting.json.id, 'acceptance')).status, 200);
});

void t.test('Twenty that hand on one holding at once never hand on more than it has', async (t) => {
  const { receivable, holding } = await confirmed({ face: '1000.00' });
  const answers = await Promise.all(
    Array.from({ length: 20 }, () => offer(supplier.maker, holding, secondTier, '100.00')),
  );
  const won = answers.filter(({ status }) => status === 201);
  t.equal(won.length, 1, 'the first cuts the holding; the others named what is no longer there');
  t.same(new Set(answers.map(({ status, json }) => json.code ?? status)), new Set([201, 'illegal-transition']));
  await Promise.all(won.map(({ json }) => answer(secondTier, json.id, 'acceptance')));
  t.same(await live(receivable.id), ['first 900.00', 'second 100.00']);

  const { receivable: other, holding: whole } = await confirmed({ face: '1000.00' });
  const item = { receivableId: other.id, holdingId: whole.id, amount: '600.00' };
  const mixed = await Promise.all(
    Array.from({ length: 20 }, (_, i) => {
      if (i % 2 === 0) return offer(supplier.maker, whole, secondTier, '600.00');
      return post(supplier.maker, '/v1/financings', { ...application([item]), payeeAccountId: scene.accountId });
    }),
  );
  t.equal(mixed.filter(({ status }) => status === 201).length, 1, 'handed on or financed, not both');
  t.same(
    mixed.filter(({ status }) => status >= 500),
    [],
  );
  t.match(await standing(other.id), { outstanding: '1000.00', parts: '1000.00' });
  const [{ twice }] = await sql(
    'select count(*)::int as twice from holding where financing_id is not null and transfer_id is not null',
  );
  t.equal(twice, 0);
});

void t.test('What backs a financing is not handed on, what is on offer is not financed', async (t) => {
  const { receivable, item } = await confirmed();
  const applied = await apply([item('700.00')]);
  const [backing, rest] = (await holdingsOf(receivable.id)).filter(({ state }) => state === 'live');
  t.match(backing, { amount: '700.00', financingId: applied.id, legal: 'none' });
  t.match(await offer(supplier.maker, backing, secondTier, '1.00'), refused(409, 'already-financed'));
  const offered = await offer(supplier.maker, rest, secondTier, '300.00');
  const asked = application([{ ...item('300.00'), holdingId: rest.id }]);
  t.match(await post(supplier.maker, '/v1/financings/quotes', asked), refused(409, 'transfer-pending', '/items/0'));
  await answer(supplier, offered.json.id, 'withdrawal');
  t.equal((await post(supplier.maker, '/v1/financings/quotes', asked)).status, 200);
});

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
  t.same(await live(receivable.id), ['first 1234567.89']);
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
    ...{ bank, chainId: second.id, effectiveFrom: OPENED },
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
  t.same(
    answers.map(({ status }) => status),
    [201, 404, 422, 404],
  );
});

void t.test('Eligibility tells every reason, who must act and what would cure it', async (t) => {
  const strict = await appearBank(stage, '济源严格银行股份有限公司', OPENED);
  const eligibility = { scales: ['micro'], maxTier: 1, requiredTags: ['专精特新'], minFace: '5000.00' };
  const strictId = await offerProgramme({
    ...{ bank: strict, chainId, effectiveFrom: OPENED },
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

  await core.checker.post(`/v1/receivables/${receivable.id}/dispute`, { amount: '1.00', reason: '少货' }, 2);
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

void t.test('A certificate past its due date is not handed on', async (t) => {
  const { holding } = await confirmed({ dueDate: '2026-07-20' });
  const { json: waiting } = await offer(supplier.maker, holding, secondTier, '100.00');
  const [, rest] = (await holdingsOf(holding.receivableId)).filter(({ state }) => state === 'live');
  bench.advance(20 * 86_400_000);
  t.match(await offer(supplier.maker, rest, secondTier, '1.00'), refused(409, 'receivable-overdue'));
  t.match(await answer(secondTier, waiting.id, 'acceptance'), refused(409, 'receivable-overdue'));
  t.equal((await answer(secondTier, waiting.id, 'refusal')).status, 200);
});
