import t from 'tap';
import type { Answer, Client, Json } from '../../src/demo/client.ts';
import { type Confirmed, post, receivableBench, refused, yuan } from '../receivable/bench.ts';

t.setTimeout(300_000);

const bench = await receivableBench(t);
const { apply, closeUntil, collect, confirmed, credit, deposit, financed, financing, handedOn } = bench;
const { holdingsOf, moved, scene, sql, standing } = bench;
const { bank, core, secondTier, supplier } = scene;

const fen = (amount: string): bigint => BigInt(amount.replace('.', ''));
const pays = ({ receivable }: Confirmed, amount: string): Json => ({ receivableId: receivable.id, amount });
const creditNote = async ({ receivable }: Confirmed, amount: string, number = 'CN-1'): Promise<Answer> => {
  const { version } = await supplier.maker.get(`/v1/receivables/${receivable.id}`);
  return post(supplier.maker, `/v1/receivables/${receivable.id}/credit-notes`, { number, amount }, version);
};

void t.test('A credit note reduces the claim, once for each number, as far as its creditor holds it', async (t) => {
  const sale = await confirmed({ face: '1000.00' });
  const { id } = sale.receivable;
  await handedOn(supplier, sale.holding, secondTier, '300.00');
  const note = (client: Client, body: Json, version: number) =>
    post(client, `/v1/receivables/${id}/credit-notes`, body, version);
  t.match(await note(core.maker, { number: 'CN-1', amount: '1.00' }, 2), refused(403, 'not-a-party'));
  t.match(await note(secondTier.maker, { number: 'CN-1', amount: '1.00' }, 2), refused(403, 'not-a-party'));
  t.match(await note(supplier.maker, { number: 'CN-1', amount: '0.00' }, 2), refused(400, 'invalid-input', '/amount'));
  t.match(await note(supplier.maker, { number: 'CN-1', amount: '1.00' }, 1), refused(412, 'precondition-stale'));
  t.match(await note(supplier.maker, { number: 'CN-1', amount: '700.01' }, 2), {
    ...refused(409, 'amount-exceeds-holding', '/amount'),
    json: { accepted: '0.01 to 700.00' },
  });
  await core.checker.post(`/v1/receivables/${id}/dispute`, { amount: '150.00', reason: '少货' }, 2);
  t.match(await note(supplier.maker, { number: 'CN-1', amount: '100.00' }, 3), {
    status: 201,
    json: { credited: '100.00', outstanding: '900.00', disputed: '50.00', version: 4 },
  });
  t.match(await note(supplier.maker, { number: 'CN-1', amount: '1.00' }, 4), refused(409, 'already-exists', '/number'));
  const twins = await Promise.all([1, 2, 3].map(() => note(supplier.maker, { number: 'CN-2', amount: '1.00' }, 4)));
  t.same(twins.map(({ status }) => status).sort(), [201, 412, 412]);
  t.match(await standing(id), { outstanding: '899.00', parts: '899.00' });
  t.equal((await note(supplier.maker, { number: 'CN-3', amount: '599.00' }, 5)).status, 201);
  t.match(await collect([pays(sale, '300.00')]), { status: 201 });
  t.match(await standing(id), { payment: 'paid', outstanding: '0.00' });

  const whole = await confirmed({ face: '10.00' });
  t.match(await creditNote(whole, '10.00'), { json: { outstanding: '0.00', payment: 'paid' } });
});

void t.test('A credit note on what backs a loan leaves it short; free parts give way first', async (t) => {
  const sale = await confirmed({ face: '1000.00' });
  const pending = await apply([sale.item('700.00')]);
  t.equal((await creditNote(sale, '50.00', 'CN-a')).status, 201, 'the free part bears it');
  t.match(await creditNote(sale, '250.01', 'CN-b'), refused(409, 'financing-pending'));
  await supplier.maker.post(`/v1/financings/${pending.id}/cancellation`, { reason: '改期' }, pending.version);
  const parts = (await holdingsOf(sale.receivable.id)).filter(({ state }) => state === 'live');
  const backing = parts.find(({ amount }) => amount === '700.00');
  const loan = await financed([{ ...sale.item('700.00'), holdingId: backing.id }]);
  t.match(loan, { principal: '560.00', shortfall: '0.00' });
  t.equal((await creditNote(sale, '350.00', 'CN-c')).status, 201, '250.00 free, 100.00 of the pledged part');
  t.match(await financing(loan.id), { status: 'active', principal: '560.00', shortfall: '80.00' });
  t.match(await standing(sale.receivable.id), {
    outstanding: '600.00',
    live: [{ amount: '600.00', legal: 'pledged' }],
  });
  await supplier.maker.post(`/v1/financings/${loan.id}/repayments`, { amount: '80.00' });
  t.match(await financing(loan.id), { principal: '480.00', shortfall: '0.00' }, 'topped up');

  const [one, two] = [await confirmed({ face: '1000.00' }), await confirmed({ face: '1000.00' })];
  const both = await financed([one.item('1000.00'), two.item('1000.00')], { amount: '1200.00' });
  t.equal((await creditNote(one, '100.00')).status, 201);
  t.match(await financing(both.id), { principal: '1200.00', shortfall: '0.00' }, '1,900.00 carry 1,520.00');
  t.equal((await creditNote(two, '600.00')).status, 201);
  t.match(await financing(both.id), { shortfall: '160.00' }, '1,300.00 carry 1,040.00');
  await collect([pays(one, '450.00')]);
  t.match(await financing(both.id), { principal: '750.00', shortfall: '70.00' }, '850.00 carry 680.00');
});

void t.test('A credit note on what was sold is made good by the seller, or claimed from it', async (t) => {
  const accounts = [`2001/${supplier.id}`, '1102', '1120', `1133/${supplier.id}`];
  const sale = await confirmed({ face: '1000.00' });
  const bought = await financed([sale.item('1000.00')], { product: 'nonrecourse_factoring' });
  t.match(bought, { status: 'active', principal: '1000.00' });
  t.match(await standing(sale.receivable.id), { live: [{ legal: 'sold' }] });
  t.same(await moved(accounts, () => creditNote(sale, '100.00')), [-10_000n, 10_000n, 0n, 0n]);
  t.match(await financing(bought.id), { status: 'active', principal: '900.00' });
  await closeUntil('2026-07-02');
  const left = await deposit(supplier.id);
  const large = await confirmed({ face: '9000000.00' });
  const dear = await financed([large.item('9000000.00')], { product: 'nonrecourse_factoring' });
  const price = await deposit(supplier.id);
  t.ok(price > left, 'the price is on its account');
  const all = [...accounts, '9001'];
  const [paid, principal, overdue, claim, security] = await moved(all, () => creditNote(large, '9000000.00'));
  t.equal(security, 900_000_000n, 'the memo of the security ends');
  t.same([principal, overdue], [900_000_000n, 0n]);
  t.equal(paid, -price, 'all it has');
  t.equal(claim, price - 900_000_000n, 'the rest is a claim on it');
  t.match(await financing(dear.id), { status: 'settled', principal: '0.00' }, 'nothing is left to collect');
  t.match(await standing(large.receivable.id), { payment: 'paid', outstanding: '0.00', live: [] });
  const [row] = await sql(
    'select discount::text, (select sum(discount)::text from accrual where financing_id = f.id) as earned from financing f where id = $1',
    [dear.id],
  );
  t.ok(row.discount > '0.00', 'its discount is earned at once');
  t.equal(row.earned, null);
  t.same(await moved(['1102', '1103'], () => collect([pays(sale, '900.00')])).then(([face]) => face), 90_000);
  t.match(await financing(bought.id), { status: 'settled' });
  t.equal(await credit('1103'), 0n, 'no discount is left unearned');
  await closeUntil('2026-07-03');
});

void t.test('A claim on a seller is paid from its deposit, in part and to the last fen', async (t) => {
  const [claim] = (await supplier.maker.get('/v1/seller-claims?state=open')).items;
  t.match(claim, { partyId: supplier.id, discharged: '0.00', state: 'open' });
  t.equal(await credit(`1133/${supplier.id}`), -fen(claim.amount), 'the account is what the claim makes');
  const pay = (amount: string, version: number, who = supplier.maker) =>
    who.call('POST', `/v1/seller-claims/${claim.id}/discharge`, { body: { amount }, version });
  const has = await deposit(supplier.id);
  t.match(await pay(yuan(has + 1n), claim.version), { status: 409, json: { code: 'insufficient-funds' } });
  await bank.maker.post(`/v1/books/${bank.id}/deposits`, {
    ...{ partyId: supplier.id, amount: claim.amount, bankReference: 'IN-claim' },
  });
  t.match(await pay(yuan(fen(claim.amount) + 1n), claim.version), refused(409, 'amount-exceeds-due', '/amount'));
  t.match(await pay('1.00', claim.version, core.maker), { status: 404 }, 'nobody else knows of it');
  const accounts = [`2001/${supplier.id}`, `1133/${supplier.id}`];
  t.same(
    await moved(accounts, async () => {
      t.match(await pay('1.00', claim.version), { status: 200, json: { state: 'open', discharged: '1.00' } });
    }),
    [-100n, 100n],
  );
  t.match(await pay('1.00', claim.version), { status: 412 });
  const rest = await pay(yuan(fen(claim.amount) - 100n), claim.version + 1, bank.maker);
  t.match(rest, { status: 200, json: { state: 'discharged', discharged: claim.amount } }, 'or by the bank for it');
  t.equal(await credit(`1133/${supplier.id}`), 0n);
  t.match(await pay('0.01', claim.version + 2), refused(409, 'illegal-transition'));
  const honest = await bank.maker.get(`/v1/books/${bank.id}/verification`);
  t.ok(honest.ok);
  await sql('update seller_claim set discharged = amount - 0.01, state = $1', ['open']);
  const proof = await bank.maker.get(`/v1/books/${bank.id}/verification`);
  t.match(
    proof.checks.find(({ ok }: Json) => !ok)?.detail,
    new RegExp(`account 1133/${supplier.id} has 0.00, the claims on the seller make`),
  );
  await sql('update seller_claim set discharged = amount, state = $1', ['discharged']);
});

void t.test('An overdue purchase is diluted where its principal stands', async (t) => {
  const sale = await confirmed({ face: '1000.00', dueDate: '2026-07-06' });
  const bought = await financed([sale.item('1000.00')], { product: 'nonrecourse_factoring' });
  await closeUntil('2026-07-07');
  t.match(await financing(bought.id), { status: 'overdue', principal: '1000.00' });
  t.match(await supplier.maker.get(`/v1/receivables/${sale.receivable.id}`), { payment: 'overdue' });
  const accounts = ['1102', '1120', `2001/${supplier.id}`, `1133/${supplier.id}`];
  const [performing, overdue, paid, claimed] = await moved(accounts, () => creditNote(sale, '100.00'));
  t.same([performing, overdue], [0n, 10_000n]);
  t.equal((paid as bigint) + (claimed as bigint), -10_000n);
  await collect([pays(sale, '400.00')]);
  t.match(await supplier.maker.get(`/v1/receivables/${sale.receivable.id}`), { payment: 'overdue', paid: '400.00' });
  await collect([pays(sale, '500.00')]);
  t.match(await supplier.maker.get(`/v1/receivables/${sale.receivable.id}`), { payment: 'paid', outstanding: '0.00' });
  t.match(await financing(bought.id), { status: 'settled' });
  await closeUntil('2026-07-08');
});

void t.test('After all of it the book is proven from every row', async (t) => {
  const proof = await bank.maker.get(`/v1/books/${bank.id}/verification`);
  t.equal(proof.ok, true, JSON.stringify(proof.checks.filter(({ ok }: Json) => !ok)));
  const off = await sql(
    `select r.id from receivable r
      where confirmed - credited - paid <> (select coalesce(sum(amount), 0) from holding where receivable_id = r.id and state = 'live')`,
  );
  t.same(off, []);
});
