import t from 'tap';
import { billScene } from '../harness/bill-scene.ts';

t.setTimeout(240_000);

void t.test('A bill of 1,000,000.00 goes from the core enterprise through three tiers in parts', async (t) => {
  const scene = await billScene(t);
  const { core, first, second, third, bank, tiles, holding } = scene;

  const { billId, holdingId } = await scene.draw();
  const bill = await core.maker.get(`/v1/bills/${billId}`);
  t.match(
    bill.number,
    /^7102451000019202607010000000\d\d$/,
    'supply chain, commercial, bank, day and serial of the day',
  );
  t.match(bill, {
    face: '1000000.00',
    range: '1-100000000',
    maturityDate: '2026-12-28',
    presentableUntil: '2027-01-07',
  });
  t.match(await holding(core, holdingId), {
    ...{ billState: 'issued', billStateCode: 'CS01', circulation: 'awaiting_receipt', circulationCode: 'TF0101' },
    holderId: core.id,
  });

  await scene.accept(billId);
  t.match(await holding(core, holdingId), { billState: 'accepted', billStateCode: 'CS02', circulationCode: 'TF0101' });
  t.match(await core.maker.get(`/v1/bills/${billId}`), { acceptedOn: '2026-07-01', margin: '0.00', fee: '0.00' });

  await scene.receive(billId);
  t.match(await holding(first, holdingId), {
    ...{ billState: 'received', billStateCode: 'CS03', circulation: 'circulating', circulationCode: 'TF0301' },
    holderId: first.id,
    fromId: core.id,
    title: { steps: [{ kind: 'issue', fromId: core.id, toId: first.id, on: '2026-07-01', transferable: true }] },
  });

  const toSecond = await scene.endorse(first, second, { holdingId, amount: '300000.00' });
  const toThird = await scene.endorse(second, third, {
    holdingId: toSecond,
    range: { start: 10_000_001, end: 20_000_000 },
  });
  t.match(await holding(third, toThird), {
    range: '10000001-20000000',
    amount: '100000.00',
    title: {
      steps: [
        { kind: 'issue', fromId: core.id, toId: first.id },
        { kind: 'endorsement', fromId: first.id, toId: second.id },
        { kind: 'endorsement', fromId: second.id, toId: third.id },
      ],
    },
  });

  await scene.disclose(billId);
  const pledged = await scene.pledge(first, bank, { holdingId, amount: '456789.12' });
  t.match(await holding(first, pledged), { circulation: 'pledged', circulationCode: 'TF0304', pledgeeId: bank.id });
  t.match(await holding(bank, pledged), { holderId: first.id, amount: '456789.12' }, 'the pledgee sees it');

  t.same(
    (await tiles(billId)).map(({ first: from, last, amount, holder, standing }) => [
      from,
      last,
      amount,
      holder,
      standing,
    ]),
    [
      ['1', '10000000', '100000.00', second.id, 'received.circulating'],
      ['10000001', '20000000', '100000.00', third.id, 'received.circulating'],
      ['20000001', '30000000', '100000.00', second.id, 'received.circulating'],
      ['30000001', '75678912', '456789.12', first.id, 'received.pledged'],
      ['75678913', '100000000', '243210.88', first.id, 'received.circulating'],
    ],
  );
  t.equal((await holding(first, holdingId)).amount, '243210.88', 'what remains keeps its id');

  await scene.exchange();
  const { items } = await first.maker.get('/v1/bill-messages?limit=200');
  t.ok(items.every(({ state, code }: { state: string; code: string }) => state === 'confirmed' && code === 'SU00'));
});
