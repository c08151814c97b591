import t from 'tap';
import { ordinaryTerms } from '../../src/demo/cast.ts';
import type { Json } from '../../src/demo/client.ts';
import { financingScene } from '../harness/financing-scene.ts';

const scene = await financingScene(t, '2025-06-17');
const { bank, supplier, sql } = scene;
await scene.newTerms({ pledge_loan: ordinaryTerms({ autoDebit: true }), recourse_factoring: ordinaryTerms() });
const dueDate = '2025-06-20';
const lend = (product: 'pledge_loan' | 'recourse_factoring') => scene.finance({ product, face: '100000.00', dueDate });
const [first, second, unasked] = [
  await lend('pledge_loan'),
  await lend('pledge_loan'),
  await lend('recourse_factoring'),
];
const standing = async ({ path }: { path: string }): Promise<Json> => (await scene.position(path)).financing;
const onDeposit = async (): Promise<string> => {
  const path = `2001/${supplier.id}`;
  const [row] = await sql(
    'select (-posted)::numeric(20,2)::text as yuan from balance where book_id = $1 and path = $2',
    [bank.id, path],
  );
  return row.yuan;
};

// Three loans of 80,000.00 less a fee of 80.00 each, of which 100,000.00 are set aside for something else.
await bank.maker.post(`${scene.books}/holds`, {
  account: `2001/${supplier.id}`,
  amount: '100000.00',
  reason: '司法冻结',
  expiresOn: '2025-06-21',
});

void t.test('What is due is taken at the end of the day, the older loan first, as far as the money goes', async (t) => {
  await scene.closeUntil('2025-06-20');
  t.match([await standing(first), await standing(second)], [{ status: 'active' }, { status: 'active' }], 'not before');
  await scene.closeUntil('2025-06-21');
  t.match(await standing(first), { status: 'settled', principal: '0.00' });
  // 239,760.00 − 100,000.00 − 80,028.00 = 59,732.00, of which 28.00 are interest.
  t.match(await standing(second), { status: 'overdue', principal: '20296.00', overdueSince: '2025-06-20' });
  t.match(await standing(unasked), { status: 'overdue', principal: '80000.00' }, 'who has not agreed pays by itself');
  t.equal(await onDeposit(), '100000.00', 'what is set aside stays');
});

void t.test('What is left is tried again with every day, penalty included, and nothing is taken twice', async (t) => {
  await scene.closeUntil('2025-06-22');
  t.match(await standing(second), { status: 'settled', principal: '0.00' }, 'the money was free again');
  // 20,296.00 with a penalty of 6.3 % for one day: 3.55.
  t.equal(await onDeposit(), '79700.45');
  await scene.closeUntil('2025-06-24');
  t.equal(await onDeposit(), '79700.45');
  t.ok(await scene.proof());
});
