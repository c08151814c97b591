import t from 'tap';
import type { Answer, Json } from '../../src/demo/client.ts';
import { DIGEST, receiptScene, receiptTerms } from './scene.ts';

t.setTimeout(240_000);
const scene = await receiptScene(t, '2026-07-01', {
  receipt: { perfection: 'both', staleAfterHours: 24, storageAlertDays: 10 },
});
const { bank, holder, keeper, buyer, at, act, must, read, receipt, apply, decide, quote, sql } = scene;
const refusal = ({ status, json }: Answer) => [status, json.code, json.who];
const pledgesOf = async (id: string): Promise<Json[]> => (await bank.maker.get(`${at(id)}/chain`)).pledges;
const loanAt = (id: string) => `/v1/financings/${id}`;

void t.test('What keeps a receipt from being lent on is told with who can cure it', async (t) => {
  const { id } = await receipt('100.000');
  t.match(refusal(await apply([id])), [409, 'price-stale', 'bank'], 'no quotation at all');
  await quote('22380.00');
  scene.advance(25 * 3_600_000);
  t.match(refusal(await apply([id])), [409, 'price-stale', 'bank'], 'a quotation of yesterday');
  await quote('22380.00');
  const issued = await scene.issue('10.000');
  t.match(refusal(await apply([issued.id])), [409, 'receipt-not-free', 'holder'], 'not registered yet');
  const brief = await receipt('10.000', { storageTo: '2026-08-29' });
  t.match(refusal(await apply([brief.id])), [409, 'storage-ended', 'warehouse'], 'stored for less than the loan');
  const bare = await receipt('10.000', {
    insurance: { insurer: '示范财险', amount: '1.00', from: '2026-07-01', to: '2026-08-01' },
  });
  t.match(refusal(await apply([bare.id])), [409, 'insurance-ends', 'holder']);
  await must(keeper.checker, bare.id, 'freeze', { reason: '查封' });
  const frozen = await apply([bare.id, id]);
  t.match(
    [...refusal(frozen), frozen.json.field],
    [409, 'receipt-frozen', 'whoever it is frozen for', '/receiptIds/0'],
  );
  t.match(refusal(await apply([id, id])), [400, 'invalid-input']);
  t.match(refusal(await apply([id], { amount: '1454700.01' })), [422, 'advance-too-high']);
  t.match(refusal(await apply([id], { dueDate: '2028-08-30' })), [409, 'tenor-outside-programme']);
  const { status, json } = await apply([id]);
  t.match([status, json.status, json.face, json.amount], [201, 'submitted', '2238000.00', '1454700.00']);
  t.match(refusal(await apply([id])), [409, 'receipt-not-free']);

  const proposed = await bank.maker.post(`${loanAt(json.id)}/proposal`, undefined, json.version);
  const returned = await bank.checker.post(`${loanAt(json.id)}/return`, { reason: '补充保险' }, proposed.version);
  t.match(await read(id), { state: 'registered', financingId: null, value: '0.00' }, 'free again');
  const again = await holder.maker.post(`/v1/receipt-loans/${json.id}/submission`, undefined, returned.version);
  t.equal(again.status, 'submitted');
  const secondly = await bank.maker.post(`${loanAt(json.id)}/proposal`, undefined, again.version);
  await bank.checker.post(`${loanAt(json.id)}/rejection`, { reason: '不予' }, secondly.version);
  t.same(
    (await sql('select state from receipt_pledge where receipt_id = $1 order by id', [id])).map(({ state }) => state),
    ['withdrawn', 'withdrawn'],
  );
  t.match(await read(id), { state: 'registered' });
});

void t.test('Money goes out once the warehouse has signed and the register has recorded', async (t) => {
  const { id } = await receipt('100.000');
  const applied = (await apply([id], { amount: '1000000.00' })).json;
  const { version } = await scene.approved(applied);
  const disburse = (at = version) => bank.maker.call('POST', `${loanAt(applied.id)}/disbursement`, { version: at });
  t.match(refusal(await disburse()), [409, 'security-not-registered', 'bank']);
  await scene.settle();
  t.match(refusal(await disburse()), [409, 'pledge-not-signed', 'warehouse']);
  t.match(refusal(await act(keeper.maker, id, 'pledge/signature')), [403, 'forbidden']);
  await must(keeper.checker, id, 'pledge/signature');
  t.match(refusal(await act(keeper.checker, id, 'pledge/signature')), [409, 'already-exists']);
  scene.advance(25 * 3_600_000);
  t.match(refusal(await disburse()), [409, 'price-stale', 'bank']);
  await quote('15000.00');
  const valued = await bank.operator.post(`/v1/receipt-loans/${applied.id}/valuation`);
  t.match(valued, {
    value: '1500000.00',
    exposure: '1000000.00',
    required: '1538461.54',
    cash: '25000.00',
    spare: '0.00',
  });
  t.match(refusal(await disburse()), [409, 'cover-insufficient', 'pledgor']);
  await quote('15384.62');
  await bank.operator.post(`/v1/receipt-loans/${applied.id}/valuation`);
  t.equal((await disburse()).status, 202);
  await scene.settle();
  const [pledge] = await pledgesOf(id);
  t.match(pledge, { state: 'active', perfection: 'both', registerNumber: /^\d{20}$/ });
  t.ok(Date.parse(pledge.perfectedAt) <= Date.parse(pledge.signedAt), 'perfected by the earlier of the two');
  t.match((await scene.journals('2026-07-01')).slice(-2), [
    'financing.collateral_held 07-01 Dr 9004 1538462.00, Cr 9999 1538462.00',
    'financing.disbursed 07-01 Dr 1106 1000000.00, Cr 2001 1000000.00',
  ]);

  await t.test('and goods come out only above what is owed', async (t) => {
    const ask = (quantity?: string) => scene.ask(applied.id, id, quantity);
    const { json: order } = await ask();
    t.match(refusal(await ask()), [409, 'already-exists']);
    t.equal((await scene.ask(applied.id, id, undefined, buyer.maker)).status, 404);
    const none = await decide(order, 'grant', bank.checker);
    t.match(
      [...refusal(none), none.json.accepted],
      [409, 'cover-insufficient', 'pledgor', 'nothing until more is repaid'],
    );
    t.equal((await decide(order, 'grant', holder.checker)).status, 403);
    await decide(order, 'refusal', bank.checker, { reason: '先还款' });
    await scene.repay(applied.id, '400000.00');
    const { json: more } = await ask('50.000');
    const over = await decide(more, 'grant', bank.checker);
    t.match([...refusal(over), over.json.accepted], [409, 'cover-insufficient', 'pledgor', 'at most 40']);
    await decide(more, 'refusal', bank.checker, { reason: '超出可释放' });
    await quote('20000.00');
    const { json: part } = await ask('50.000');
    const granted = (await decide(part, 'grant', bank.checker)).json;
    t.match(granted, { state: 'granted', quantity: '50', value: '1000000.00' });
    t.match((await scene.journals('2026-07-01')).slice(-2), [
      'receipt.revalued 07-01 Dr 9004 461538.00, Cr 9999 461538.00',
      'receipt.collateral_released 07-01 Dr 9999 1000000.00, Cr 9004 1000000.00',
    ]);
    const kept: string = granted.keptId;
    t.match(
      (await pledgesOf(id)).map(({ state }) => state),
      ['divided'],
    );
    t.match(await pledgesOf(kept), [{ state: 'active', parentId: pledge.id, perfectedAt: pledge.perfectedAt }]);
    t.equal((await decide(granted, 'acknowledgement', holder.checker)).status, 403);
    await decide(granted, 'acknowledgement', keeper.checker);
    t.match(await read(granted.releasedId), { state: 'registered', quantity: '50', bookId: null });

    const [{ last_sequence: last }] = await sql('select last_sequence from warehouse where id = $1', [
      scene.warehouse.id,
    ]);
    scene.sequenceIs(last);
    await must(keeper.maker, kept, 'losses', { ...scene.head(), measured: '40.000' });
    t.match(await read(kept), { state: 'pledged', standing: 'frozen', frozenBy: bank.id, value: '800000.00' });
    t.match(
      (await scene.journals('2026-07-01')).at(-1),
      'receipt.goods_lost 07-01 Dr 9999 200000.00, Cr 9004 200000.00',
    );
    await quote('10000.00');
    await scene.closeUntil('2026-07-02');
    t.match((await scene.journals('2026-07-01')).at(-1), 'receipt.revalued 07-01 Dr 9999 400000.00, Cr 9004 400000.00');
    const [short] = await sql(`select data from event where kind = 'receipt.cover_short' order by id desc limit 1`);
    t.match(short.data, { financingId: applied.id, value: '400000.00', missing: '340000.00' });

    await t.test('claims from outside rank by the moment they were made public', async (t) => {
      const claim = (changes: object) => ({
        claimant: '洛阳某公司',
        basis: 'receipt_pledge',
        amount: '300000.00',
        evidenceHash: DIGEST,
        ...changes,
      });
      await must(bank.checker, kept, 'claims', claim({ perfectedAt: '2025-01-01T00:00:00Z' }));
      await must(bank.checker, kept, 'claims', claim({ perfectedAt: null, basis: 'receipt' }));
      await must(
        keeper.checker,
        kept,
        'claims',
        claim({ perfectedAt: null, basis: 'lien', amount: '10000.00', claimant: keeper.name }),
      );
      t.match(refusal(await act(holder.checker, kept, 'claims', claim({ perfectedAt: null }))), [403, 'not-a-party']);
      const { items } = await bank.maker.get(`${at(kept)}/claims?proceeds=800000.00`);
      t.same(
        items.map(({ rank, paid, claim: told }: Json) => `${rank} ${told?.basis ?? 'own'} ${paid}`),
        ['1 lien 10000.00', '2 receipt_pledge 300000.00', '3 own 490000.00', '4 receipt 0.00'],
      );
    });

    await must(bank.checker, kept, 'thaw', { reason: '已和解' });
    await must(keeper.maker, kept, 'losses', { ...scene.head(), measured: '0' });
    t.match(await read(kept), { state: 'lost', financingId: null, value: '0.00' });
    const { due } = await bank.maker.get(loanAt(applied.id));
    await scene.deposit(holder.id, due.total);
    await scene.repay(applied.id, due.total);
    const [memo] = await sql(`select sum(posted)::text as left from balance where book_id = $1 and path = '9004'`, [
      bank.id,
    ]);
    t.equal(memo.left, '0.00', 'nothing stands off the balance sheet for what is gone');
    t.ok(await scene.proof());
  });
});

void t.test('Terms of receipts belong to loans on receipts, and to them alone', async (t) => {
  const draft = (products: Json) =>
    bank.maker.call('POST', `/v1/programmes/${scene.programmeId}/versions`, {
      body: {
        effectiveFrom: '2026-07-02',
        terms: { products, authority: [{ upTo: null, approval: 'one', tag: null }] },
      },
    });
  const { receipt: _, ...without } = receiptTerms();
  for (const products of [{ receipt_loan: without }, { pledge_loan: receiptTerms() }]) {
    const { status, json } = await draft(products);
    t.match([status, json.code], [400, 'invalid-input'], JSON.stringify(json));
  }
});
