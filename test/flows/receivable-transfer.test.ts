import t from 'tap';
import { joinChain } from '../../src/demo/cast.ts';
import type { Json } from '../../src/demo/client.ts';
import { held, post, receivableBench, refused } from '../receivable/bench.ts';

t.setTimeout(300_000);

const bench = await receivableBench(t);
const { answer, apply, application, confirmed, handedOn, holdingsOf, offer, scene, sql, stage } = bench;
const { standing } = bench;
const { bank, chainId, core, secondTier, supplier } = scene;
const third = await joinChain({
  ...{ stage, core, chainId, legalName: '济源示范砂型有限公司', tier: 3 },
  parentMemberId: secondTier.memberId,
});
const names = { [supplier.id]: 'first', [secondTier.id]: 'second', [third.id]: 'third' };

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

void t.test('A certificate past its due date is not handed on', async (t) => {
  const { holding } = await confirmed({ dueDate: '2026-07-20' });
  const { json: waiting } = await offer(supplier.maker, holding, secondTier, '100.00');
  const [, rest] = (await holdingsOf(holding.receivableId)).filter(({ state }) => state === 'live');
  bench.advance(20 * 86_400_000);
  t.match(await offer(supplier.maker, rest, secondTier, '1.00'), refused(409, 'receivable-overdue'));
  t.match(await answer(secondTier, waiting.id, 'acceptance'), refused(409, 'receivable-overdue'));
  t.equal((await answer(secondTier, waiting.id, 'refusal')).status, 200);
});
