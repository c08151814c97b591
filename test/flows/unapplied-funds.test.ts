import t from 'tap';
import { openAccount } from '../../src/demo/cast.ts';
import type { Json } from '../../src/demo/client.ts';
import { receivableBench, refused } from '../receivable/bench.ts';

t.setTimeout(240_000);

const { scene, stage, confirmed, moved, settle, sql } = await receivableBench(t);
const { bank, core, supplier } = scene;
const book = `/v1/books/${bank.id}`;
const [unapplied, refunds, trust] = ['2004', '2013', `2003/${core.id}`];
const accounts = ['1001', unapplied, refunds, trust, `2001/${supplier.id}`, `2001/${core.id}`] as string[];

const waiting = async (): Promise<Json[]> => (await bank.maker.get('/v1/unapplied-funds?state=unapplied')).items;
const proves = async () => (await bank.maker.get(`${book}/verification`)).ok;

void t.test(
  'What a debtor pays too much waits for a purpose: another receivable, a deposit, or its way back',
  async (t) => {
    const [first, second] = [await confirmed({ face: '1000.00' }), await confirmed({ face: '300.00' })];
    const pay = (amount: string, bankReference: string) =>
      bank.maker.call('POST', `${book}/collections`, {
        body: { bankReference, amount, items: [{ receivableId: first.receivable.id, amount: '1000.00' }] },
      });
    t.match(await pay('999.99', 'IN-less'), refused(400, 'invalid-input', '/amount'));
    const booked = await moved(accounts, async () => {
      t.match(await pay('1500.00', 'IN-more'), {
        ...{ status: 201, json: { amount: '1500.00', toHolders: '1000.00', unapplied: '500.00', receivables: 1 } },
      });
    });
    t.same(booked, [-150_000n, 50_000n, 0n, 0n, 100_000n, 0n], 'the excess on 2004');
    const [row] = await waiting();
    t.match(row, { partyId: core.id, amount: '500.00', remaining: '500.00', bankReference: 'IN-more' });
    t.match((await core.maker.get('/v1/unapplied-funds')).items, [{ id: row.id }], 'the debtor sees it');
    t.same((await supplier.maker.get('/v1/unapplied-funds')).items, [], 'nobody else does');
    t.ok(await proves());

    const at = `/v1/unapplied-funds/${row.id}`;
    const match = (amount: string, version: number) =>
      bank.maker.call('POST', `${at}/collection`, {
        body: { items: [{ receivableId: second.receivable.id, amount }] },
        version,
      });
    t.match(await match('300.00', row.version + 7), { status: 412 });
    const matched = await moved(accounts, async () => {
      t.match(await match('300.00', row.version), { status: 201, json: { toHolders: '300.00', unapplied: '0.00' } });
    });
    t.same(matched, [0n, -30_000n, 0n, 0n, 30_000n, 0n]);
    const third = await confirmed({ face: '1000.00' });
    const items = [{ receivableId: third.receivable.id, amount: '200.01' }];
    const more = await bank.maker.call('POST', `${at}/collection`, { body: { items }, version: row.version + 1 });
    t.match(more, { ...refused(409, 'amount-exceeds-unapplied'), json: { accepted: '0.01 to 200.00' } });

    const to = (partyId: string, version: number) =>
      bank.maker.call('POST', `${at}/deposit`, { body: { partyId, amount: '50.00' }, version });
    t.match(await to(supplier.id, row.version + 1), refused(403, 'not-a-party'), 'it is the money of the debtor');
    t.same(
      await moved(accounts, async () => {
        t.match(await to(core.id, row.version + 1), { status: 200, json: { remaining: '150.00', state: 'unapplied' } });
      }),
      [0n, -5_000n, 0n, 0n, 0n, 5_000n],
    );

    const account = await openAccount(stage, core);
    const refund = (body: Json, version: number) => bank.maker.call('POST', `${at}/refund`, { body, version });
    const foreign = { partyId: core.id, payeeAccountId: scene.accountId };
    t.match(await refund(foreign, row.version + 2), refused(409, 'account-not-verified', '/payeeAccountId'));
    t.same(
      await moved(accounts, async () => {
        const asked = await refund({ partyId: core.id, payeeAccountId: account.id }, row.version + 2);
        t.match(asked, { status: 202, json: { state: 'refunding', remaining: '150.00' } });
        t.match(await match('1.00', row.version + 3), refused(409, 'illegal-transition'), 'it is promised');
      }),
      [0n, -15_000n, 15_000n, 0n, 0n, 0n],
    );
    t.ok(await proves());
    t.same(await moved(accounts, settle), [15_000n, 0n, -15_000n, 0n, 0n, 0n], 'paid when the bank says so');
    t.match((await bank.maker.get('/v1/unapplied-funds?state=refunded')).items, [{ id: row.id, remaining: '0.00' }]);
    t.ok(await proves());
  },
);

void t.test('A refund that the bank refuses, or that comes back, waits again', async (t) => {
  const receive = (bankReference: string, remitter = '不明付款人') =>
    bank.maker.call('POST', `${book}/unapplied-funds`, { body: { amount: '80.00', remitter, bankReference } });
  const nobody = await bank.maker.call('POST', `${book}/unapplied-funds`, {
    body: { amount: '1.00', bankReference: 'X' },
  });
  t.match(nobody, refused(400, 'invalid-input', '/remitter'));
  const refundTo = async (accountNumber: string): Promise<string> => {
    const { json: row } = await receive(`IN-${accountNumber}`);
    t.match(row, { partyId: null, state: 'unapplied' });
    t.match(await receive(`IN-${accountNumber}`), refused(409, 'duplicate-bank-reference'), 'a payment is booked once');
    const account = await openAccount(stage, supplier, accountNumber);
    await bank.maker.call('POST', `/v1/unapplied-funds/${row.id}/refund`, {
      ...{ body: { partyId: supplier.id, payeeAccountId: account.id }, version: row.version },
    });
    await settle();
    return row.id;
  };
  const refusedByBank = await refundTo('16020010090000000004');
  t.match(await waiting(), [{ id: refusedByBank, paymentId: null, remaining: '80.00' }], 'refused: it waits again');
  t.ok(await proves());
  const paid = await refundTo('16020010090000000088');
  t.match((await bank.maker.get('/v1/unapplied-funds?state=refunded')).items, [{ id: paid }, {}]);
  await sql(
    `update bank_simulation_payment set outcome = 'returned', code = 'AC06', returned_at = decided_at
      where payee_account = '16020010090000000088'`,
  );
  await settle();
  t.match(
    await waiting(),
    [{ remaining: '80.00', partyId: supplier.id, state: 'unapplied' }, {}],
    'given back: as well',
  );
  t.ok(await proves());
});
