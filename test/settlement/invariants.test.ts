import t from 'tap';
import { lendingInvariants } from '../../src/settlement/invariants.ts';
import { financingScene } from '../harness/financing-scene.ts';
import { tampering } from '../harness/tampering.ts';

const scene = await financingScene(t, '2025-06-17');
const { bank, supplier, sql } = scene;

/** A book with loans and purchases that are active, repaid in part, overdue, settled and written off. */
async function filledBook() {
  const loan = await scene.finance({ face: '1250000.00', dueDate: '2025-09-15' });
  const late = await scene.finance({ product: 'pledge_loan', face: '125000.00', dueDate: '2025-06-20' });
  const lost = await scene.finance({ face: '80000.00', dueDate: '2025-06-20' });
  const bought = await scene.finance({ product: 'nonrecourse_factoring', face: '500000.00', dueDate: '2025-09-15' });
  const paid = await scene.finance({ face: '70000.00', dueDate: '2025-08-15' });
  await scene.closeUntil('2025-06-23');
  await supplier.maker.post(`${loan.path}/repayments`, { amount: '50000.00' });
  await scene.collect(paid.held.id, '70000.00');
  await sql("update financing set overdue_since = '2024-06-01' where id = $1", [lost.application.id]);
  await scene.closeUntil('2025-06-24');
  const { version } = (await scene.position(lost.path)).financing;
  const proposed = await bank.maker.post(`${lost.path}/changes`, { action: 'write_off' }, version);
  await bank.checker.post(`${lost.path}/changes/decision`, { verdict: 'approve' }, proposed.version);
  await supplier.maker.post(`${lost.path}/repayments`, { amount: '1000.00' });
  await scene.closeUntil('2025-06-25');
  return { loan, late, lost, bought };
}

void t.test('What lending must prove of a book', { timeout: 120_000 }, async (t) => {
  const { loan, late, lost, bought } = await filledBook();
  t.ok(await scene.proof(), 'an honest book passes over HTTP');
  const tamper = await tampering(t, {
    ownerUrl: scene.ownerUrl,
    bookId: bank.id,
    tables: ['financing', 'accrual', 'repayment', 'receipt_of_funds', 'funds_line', 'balance', 'entry', 'journal'],
    more: lendingInvariants,
  });
  t.same(await tamper([]), []);
  t.same(await tamper([], null), [], 'and as the command line proves every book');

  const id = (applied: typeof loan) => `id = '${applied.application.id}'`;
  const of = (applied: typeof loan) => `financing_id = '${applied.application.id}'`;
  const first = (applied: typeof loan) => `${of(applied)} and accrued_on = '2025-06-20'`;
  const collected = "kind = 'collection'";
  const cases: readonly (readonly [change: string, names: RegExp])[] = [
    // I10: sub-ledgers and control accounts.
    [`update financing set principal = principal - 0.01 where ${id(loan)}`, /loans and claims make .*, their accounts/],
    [`update financing set interest_paid = interest_paid + 0.01 where ${id(loan)}`, /interest: the financings make/],
    [
      `update financing set penalty_paid = penalty_paid + 0.01 where ${id(late)}`,
      /penalty: financings and claims make/,
    ],
    [`update financing set discount = discount + 0.01 where ${id(bought)}`, /unearned discount: the financings make/],
    [`update financing set principal = principal + 0.01 where ${id(lost)}`, /losses: the financings make/],
    [`update financing set face = face + 0.01 where ${id(loan)}`, /receivables held: the financings make/],
    [`update financing set status = 'settled' where ${id(late)}`, /loans: .*receivables held: |loans and claims make/],
    // I11: accrual rows, meters and postings.
    [
      `update accrual set interest = interest + 0.01 where ${first(loan)}`,
      new RegExp(`financing ${loan.application.id}: its days make interest`),
    ],
    [
      `delete from accrual where ${first(loan)}`,
      new RegExp(`financing ${loan.application.id}: its days make interest`),
    ],
    [
      `insert into accrual select * from accrual where ${first(loan)}`,
      new RegExp(`financing ${loan.application.id}: its days make`),
    ],
    [`update accrual set penalty = penalty + 0.01 where ${first(late)}`, /its days make penalty of .*, its meter/],
    [`update accrual set discount = discount + 0.01 where ${first(bought)}`, /its days make discount of .*, its meter/],
    [
      `update accrual set accrued_on = '2025-06-21' where ${first(loan)}`,
      /on 2025-06-20 the loans accrued .* for account 1131, booked are/,
    ],
    [
      "update journal set business_date = '2025-06-19' where kind = 'accrual.discount' and business_date = '2025-06-20'",
      /on 2025-06-19 the loans accrued .* for account 1103/,
    ],
    // I12: parts of a repayment.
    [`update repayment set interest = interest + 0.01 where ${of(loan)}`, /repayment .* has parts of/],
    [
      `update repayment set amount = amount + 0.01, principal = principal + 0.01 where ${of(loan)}`,
      /is not what journal .* took/,
    ],
    [
      `update repayment set interest = interest + 0.01, principal = principal - 0.01 where ${of(loan)}`,
      /financing .* has been paid .*; its repayments make/,
    ],
    [`delete from repayment where ${of(lost)}`, new RegExp(`financing ${lost.application.id} has been paid`)],
    // I13: a collection is shared out.
    [
      `update receipt_of_funds set amount = amount + 0.01 where ${collected}`,
      /receipt .* of 70000\.01 gave .* to financings/,
    ],
    [`update receipt_of_funds set receivables = 2 where ${collected}`, /for 2 receivables, its lines make .* for 1/],
    [
      'update funds_line set amount = amount + 0.01 where financing_id is not null',
      /receipt .* gave .*, its lines make/,
    ],
    [
      'update funds_line set receivable_id = holder_id where financing_id is not null',
      /for 1 receivables, its lines make .* for 2/,
    ],
    ['insert into funds_line select * from funds_line', /receivable .* was paid 2 times to .* by receipt/],
    ["update balance set posted = posted - 0.01 where path like '2003/%'", /account 2003\/.* still has -0\.01/],
  ];
  for (const [change, names] of cases) t.match((await tamper([change])).join('; '), names, change);
});
