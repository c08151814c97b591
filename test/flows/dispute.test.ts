import t from 'tap';
import { receivableBench, refused } from '../receivable/bench.ts';

t.setTimeout(240_000);

const { scene, confirmed, apply, application, moved, standing } = await receivableBench(t);
const { bank, core, supplier } = scene;
const on = (id: string, step: string) => `/v1/receivables/${id}/${step}`;

void t.test('Only the disputed slice is excluded: the rest stays financeable, to the fen', async (t) => {
  const { receivable, item } = await confirmed({ face: '1000.00' });
  await core.checker.post(on(receivable.id, 'dispute'), { amount: '300.00', reason: '质量异议' }, receivable.version);
  const quote = (amount: string) =>
    supplier.maker.call('POST', '/v1/financings/quotes', { body: application([item(amount)]) });
  t.match(await quote('700.01'), {
    ...refused(409, 'already-disputed', '/items/0'),
    json: { accepted: 'at most 700.00' },
  });
  t.equal((await quote('700.00')).status, 200);
  const first = await apply([item('500.00')]);
  const rest = (await supplier.maker.get(`${on(receivable.id, 'holdings')}?limit=50`)).items.find(
    (each: { state: string; financingId: string | null }) => each.state === 'live' && each.financingId === null,
  );
  const more = (amount: string) =>
    supplier.maker.call('POST', '/v1/financings/quotes', {
      body: application([{ receivableId: receivable.id, holdingId: rest.id, amount }]),
    });
  t.match((await more('200.01')).json, { accepted: 'at most 200.00' }, 'what backs a financing counts');
  t.equal((await more('200.00')).status, 200);
  const proposed = await bank.maker.post(`/v1/financings/${first.id}/proposal`, undefined, first.version);
  const approved = await bank.checker.post(`/v1/financings/${first.id}/approval`, {}, proposed.version);
  t.equal(approved.status, 'approved', 'the undisputed part is approved');
});

void t.test('The debtor withdraws its dispute, or the creditor accepts it by a credit note', async (t) => {
  const { receivable } = await confirmed({ face: '1000.00' });
  const { id } = receivable;
  const accept = (version: number, who = supplier.maker) =>
    who.call('POST', on(id, 'dispute-acceptance'), { body: { number: `CN-${version}` }, version });
  t.match(await accept(receivable.version), refused(409, 'not-disputed'));
  const opened = await core.checker.post(on(id, 'dispute'), { amount: '300.00', reason: '少货' }, receivable.version);
  const withdrawn = await core.checker.post(on(id, 'dispute-resolution'), { reason: '已补' }, opened.version);
  t.match(withdrawn, { disputed: '0.00', outstanding: '1000.00' });
  const again = await core.checker.post(on(id, 'dispute'), { amount: '120.50', reason: '少货' }, withdrawn.version);
  t.match(await accept(again.version, core.maker), refused(403, 'not-a-party'), 'not the debtor');
  const changes = await moved(['1001'], async () => {
    t.match(await accept(again.version), {
      ...{ status: 201, json: { disputed: '0.00', credited: '120.50', outstanding: '879.50' } },
    });
  });
  t.same(changes, [0n]);
  t.match(await standing(id), { outstanding: '879.50', parts: '879.50' });
});
