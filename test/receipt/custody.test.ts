import t from 'tap';
import type { Answer } from '../../src/demo/client.ts';
import { receiptScene } from './scene.ts';

t.setTimeout(240_000);
const scene = await receiptScene(t);
const { holder, buyer, keeper, rival, bank, otherBank, secondTier, at, act, must, read, receipt, statement, sql } =
  scene;
const DAY_MS = 86_400_000;
const refusal = ({ status, json }: Answer) => [status, json.code, json.who];

void t.test('A warehouse issues a receipt for goods that lie free with it', async (t) => {
  const lotId = await scene.lot('300.000');
  const issue = (body: object, as = keeper.maker) => as.call('POST', '/v1/receipts', { body });
  const bare = await issue({ number: 'WR-BARE', lotId, quantity: '300.000', insurance: { insurer: '示范财险' } });
  t.match(refusal(bare), [422, 'receipt-incomplete', 'warehouse']);
  t.same(
    bare.json.missing.map(({ item }: { item: string }) => item),
    [
      '(1) domicile of the depositor',
      '(2) quality',
      '(2) packing',
      '(2) number of pieces',
      '(3) loss standard',
      '(5) beginning of storage',
      '(5) end of storage',
      '(6) storage fee',
      '(8) place of issue',
      '(8) seal of the warehouse',
      '(7) amount of the insurance',
      '(7) from of the insurance',
      '(7) to of the insurance',
    ],
    'every item of art. 909 that is missing, by its name',
  );
  t.match(refusal(await issue(statement(lotId, '300.001'))), [409, 'quantity-exceeds-lot']);
  t.match(refusal(await issue(statement(lotId, '0.0005'))), [422, 'not-whole-steps']);
  t.match(refusal(await issue(statement(lotId, '300.000', { storageTo: '2026-07-01' }))), [400, 'invalid-input']);
  t.match(
    refusal(await issue(statement(lotId, '300.000'), rival.maker)),
    [404, 'not-found'],
    'not of another warehouse',
  );
  t.equal((await issue(statement(lotId, '300.000'), keeper.checker)).status, 403);
  t.equal((await issue(statement(lotId, '300.000'), bank.maker)).status, 403);

  const { status, json } = await issue(statement(lotId, '120.000', { number: 'WR-100' }));
  t.match([status, json.state, json.quantity, json.holderId], [201, 'issued', '120', holder.id]);
  t.match(json.content, {
    depositor: { name: holder.name },
    goods: { commodity: '锌锭', grade: 'Zn99.995', quantity: '120.000', unit: 't' },
    place: { warehouse: '一号库', pile: 'A-01' },
    issuer: { name: keeper.name, issuedOn: '2026-07-01' },
  });
  t.match(refusal(await issue(statement(lotId, '10.000', { number: 'WR-100' }))), [409, 'already-exists']);
  t.match(refusal(await issue(statement(lotId, '180.001'))), [409, 'quantity-exceeds-lot'], 'what is left lies free');

  const confirm = (contentHash: string, as = keeper.checker) =>
    as.call('POST', `${at(json.id)}/registration`, { body: { contentHash }, version: json.version });
  t.match(refusal(await confirm('0'.repeat(64))), [409, 'receipt-content-differs', 'warehouse']);
  t.equal((await confirm(json.contentHash, keeper.maker)).status, 403, 'by another person');
  const registered = await confirm(json.contentHash);
  t.match([registered.json.state, registered.json.registerCode], ['registered', /^CD\d{18}$/]);
});

void t.test('A receipt passes by endorsement and the signature of its warehouse', async (t) => {
  const { id } = await receipt('50.000');
  const offer = { toId: buyer.id, evidence: 'HT-2026-07' };
  t.match(refusal(await act(holder.maker, id, 'endorsements', { ...offer, toId: bank.id })), [404, 'not-found']);
  t.match(refusal(await act(buyer.maker, id, 'endorsements', offer)), [404, 'not-found'], 'not seen by a stranger');
  await must(holder.maker, id, 'endorsements', offer);
  t.equal((await read(id, buyer.maker)).state, 'transfer_pending', 'the endorsee sees what it is offered');
  t.match(refusal(await act(holder.maker, id, 'presentation')), [409, 'illegal-transition']);
  await must(keeper.checker, id, 'endorsement/refusal', { reason: '印鉴不符' });
  await must(holder.maker, id, 'endorsements', offer);
  await must(holder.maker, id, 'endorsement/withdrawal', { reason: '交易取消' });
  await must(holder.maker, id, 'endorsements', offer);
  scene.advance(2 * DAY_MS);
  const unpaid = await act(keeper.checker, id, 'endorsement/signature');
  t.match([...refusal(unpaid), unpaid.json.missing], [409, 'storage-fee-unpaid', 'holder', '35.00']);
  await must(keeper.maker, id, 'fee-payments', { amount: '35.00', reference: 'SF-1' });
  const signed = await must(keeper.checker, id, 'endorsement/signature');
  t.match([signed.state, signed.holderId], ['registered', buyer.id]);
  const [lot] = await sql('select owner_id from lot where receipt_id = $1', [id]);
  t.equal(lot.owner_id, buyer.id, 'the goods pass with it');
  t.equal((await holder.maker.call('GET', at(id))).status, 404);
  const { endorsements } = await buyer.maker.get(`${at(id)}/chain`);
  t.same(
    endorsements.map(({ state }: { state: string }) => state),
    ['refused', 'withdrawn', 'signed'],
  );
});

void t.test('Split and merged, parts sum to the whole to the kilogram', async (t) => {
  const { id, lotId } = await receipt('100.000', { pieces: 7 });
  await must(keeper.maker, id, 'fee-payments', { amount: '100.01', reference: 'SF-2' });
  const split = (...quantities: readonly string[]) => act(holder.maker, id, 'split', { quantities });
  t.match(refusal(await split('60.000', '39.999')), [422, 'quantity-not-conserved', 'caller']);
  t.match(refusal(await split('60.0005', '39.9995')), [422, 'not-whole-steps']);
  const [a, b, c] = await scene.split(id, '33.333', '33.333', '33.334');
  t.same([a.pieces, b.pieces, c.pieces], [2, 2, 3]);
  t.same([a.feePaid, b.feePaid, c.feePaid], ['33.34', '33.33', '33.34']);
  t.match([a.number, a.state], [/-1$/, 'registered']);
  t.equal((await sql('select state from lot where id = $1', [lotId]))[0].state, 'split');
  t.match(refusal(await split('50.000', '50.000')), [409, 'illegal-transition']);
  const merge = (receiptIds: readonly string[]) =>
    holder.maker.call('POST', '/v1/receipts/merges', { body: { receiptIds } });
  const other = await receipt('10.000', { dailyFee: '0.36' });
  t.match(refusal(await merge([a.id, other.id])), [409, 'receipts-differ', 'holder']);
  const merged = await merge([a.id, b.id, c.id]);
  t.match([merged.status, merged.json.quantity, merged.json.pieces, merged.json.feePaid], [201, '100', 7, '100.01']);
  t.match(refusal(await merge([a.id, b.id])), [409, 'illegal-transition']);
  const { stock, receipts } = await scene.conserved();
  t.equal(stock, receipts);
});

void t.test('Frozen, a receipt stays as it is until whoever it was frozen for thaws it', async (t) => {
  const { id } = await receipt('20.000');
  t.equal((await act(otherBank.checker, id, 'freeze', { reason: '查封' })).status, 404);
  t.match(refusal(await act(holder.checker, id, 'freeze', { reason: '查封' })), [403, 'not-a-party']);
  await must(keeper.checker, id, 'freeze', { reason: '法院查封 (2026)豫01执1号' });
  for (const [path, body] of [
    ['endorsements', { toId: buyer.id, evidence: 'HT-3' }],
    ['split', { quantities: ['10.000', '10.000'] }],
    ['presentation', undefined],
    ['cancellation', { reason: '误开' }],
  ] as const) {
    t.match(refusal(await act(holder.maker, id, path, body)), [409, 'receipt-frozen'], path);
  }
  t.match(refusal(await act(keeper.checker, id, 'freeze', { reason: '再封' })), [409, 'illegal-transition']);
  t.match(refusal(await act(holder.checker, id, 'thaw', { reason: '解封' })), [403, 'not-a-party']);
  await must(keeper.checker, id, 'thaw', { reason: '解封' });
  const cancelled = await must(holder.maker, id, 'cancellation', { reason: '转为自管' });
  t.equal(cancelled.state, 'cancelled');
  const [lot] = await sql('select claim, receipt_id from lot where id = $1', [cancelled.lotId]);
  t.match(lot, { claim: 'none', receipt_id: null }, 'the goods lie free again');
});

void t.test('Goods that dwindle: within the loss standard, beyond it, to nothing', async (t) => {
  const { id, lotId } = await receipt('100.000');
  const report = async (measured: string, sequence?: number) => {
    const head = scene.head();
    return act(keeper.maker, id, 'losses', { ...head, sequence: sequence ?? head.sequence, measured });
  };
  const [{ last_sequence: last }] = await sql('select last_sequence from warehouse where id = $1', [
    scene.warehouse.id,
  ]);
  t.match(refusal(await report('99.000', last + 2)), [409, 'document-out-of-order', 'warehouse']);
  t.match(refusal(await report('100.000', last + 1)), [409, 'nothing-lost']);
  const within = await report('99.850', last + 1);
  t.match(within.json, { quantity: '99.85', lost: '0.15', standing: 'clear' });
  t.equal((await sql('select quantity::text from lot where id = $1', [lotId]))[0].quantity, '99.85');
  const beyond = await report('99.700', last + 2);
  t.match(beyond.json, { quantity: '99.7', lost: '0.3', standing: 'frozen', frozenBy: holder.id });
  t.match(
    refusal(await act(keeper.checker, id, 'thaw', { reason: '已赔' })),
    [403, 'not-a-party'],
    'not by the warehouse',
  );
  await must(holder.checker, id, 'thaw', { reason: '短量已赔付' });
  const gone = await report('0', last + 3);
  t.match(gone.json, { state: 'lost', quantity: '0' });
  t.match((await sql('select state, claim from lot where id = $1', [lotId]))[0], { state: 'gone', claim: 'none' });
  scene.sequenceIs(last + 3);
});

void t.test('Goods are handed out against the receipt, which ends with them', async (t) => {
  const { id, lotId } = await receipt('10.000', { storageTo: '2026-07-31' });
  t.match(refusal(await act(keeper.maker, id, 'delivery', { ...scene.head() })), [409, 'illegal-transition']);
  await must(holder.maker, id, 'presentation');
  await must(holder.maker, id, 'presentation/withdrawal');
  await must(holder.maker, id, 'presentation');
  const { fee } = await keeper.maker.get(at(id));
  t.equal(fee.whole, '105.00', 'fetched early, charged to the agreed end: 10 t × 0.35 × 30 days');
  scene.advance(40 * DAY_MS);
  const late = (await keeper.maker.get(at(id))).fee;
  t.equal(late.whole, '147.00', 'fetched late, charged to the day it leaves: 42 days');
  await must(keeper.maker, id, 'fee-payments', { amount: '147.00', reference: 'SF-9' });
  scene.sequenceIs(
    (await sql('select last_sequence from warehouse where id = $1', [scene.warehouse.id]))[0].last_sequence,
  );
  const delivered = await must(keeper.maker, id, 'delivery', scene.head());
  t.equal(delivered.state, 'delivered');
  const [lot] = await sql('select state, quantity::text, receipt_id from lot where id = $1', [lotId]);
  t.match(lot, { state: 'gone', quantity: '0', receipt_id: null });
  const [movement] = await sql(`select kind, change::text from stock_movement order by id desc limit 1`);
  t.match(movement, { kind: 'outbound', change: '-10' });

  const ended = await receipt('10.000', { storageTo: '2026-08-01' });
  const offer = { toId: buyer.id, evidence: 'HT-4' };
  t.match(refusal(await act(holder.maker, ended.id, 'endorsements', offer)), [409, 'storage-ended', 'warehouse']);
  t.match(refusal(await act(keeper.checker, ended.id, 'extension', { storageTo: '2026-07-15' })), [
    400,
    'invalid-input',
  ]);
  await must(keeper.checker, ended.id, 'extension', { storageTo: '2026-12-31' });
  await must(holder.maker, ended.id, 'endorsements', offer);
});

void t.test('Nobody sees or moves a receipt of others', async (t) => {
  const { id, version } = await receipt('30.000');
  for (const stranger of [rival.maker, otherBank.maker, secondTier.maker, buyer.maker]) {
    t.equal((await stranger.call('GET', at(id))).status, 404);
    t.equal((await stranger.call('GET', `${at(id)}/chain`)).status, 404);
    const { items } = await stranger.get('/v1/receipts');
    t.notOk(items.some((each: { id: string }) => each.id === id));
  }
  const tries: readonly (readonly [typeof rival.maker, string, object | undefined])[] = [
    [secondTier.maker, 'split', { quantities: ['15.000', '15.000'] }],
    [secondTier.maker, 'endorsements', { toId: buyer.id, evidence: 'HT' }],
    [secondTier.maker, 'presentation', undefined],
    [rival.checker, 'freeze', { reason: '查封' }],
    [rival.checker, 'extension', { storageTo: '2027-12-31' }],
    [rival.checker, 'pledge/signature', undefined],
    [rival.maker, 'fee-payments', { amount: '1.00', reference: 'X' }],
    [rival.maker, 'delivery', scene.head()],
    [otherBank.checker, 'freeze', { reason: '查封' }],
  ];
  for (const [who, path, body] of tries) {
    const { status } = await who.call('POST', `${at(id)}/${path}`, {
      version,
      ...(body === undefined ? {} : { body }),
    });
    t.equal(status, 404, path);
  }
  t.equal((await rival.maker.call('GET', `${at(id)}/claims?proceeds=1.00`)).status, 403);
  t.equal((await otherBank.maker.call('GET', `${at(id)}/claims?proceeds=1.00`)).status, 404);
  const stolen = {
    receiptIds: [id],
    programmeId: scene.programmeId,
    dueDate: '2026-08-30',
    payeeAccountId: scene.account.id,
  };
  t.equal((await secondTier.maker.call('POST', '/v1/receipt-loans', { body: stolen })).status, 404);
  const [{ warehouse_id: place }] = await sql('select warehouse_id from receipt where id = $1', [id]);
  t.equal(place, scene.warehouse.id);
});
