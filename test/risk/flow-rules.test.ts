import fc from 'fast-check';
import t from 'tap';
import { addDays } from '../../src/money/dates.ts';
import { Decimal } from '../../src/money/decimal.ts';
import { type Flow, plainClass, type Traceable, traced, type Watch } from '../../src/risk/flow-rules.ts';

const watch: Watch[] = [
  { class: 'securities', kind: 'industry', value: 'J67', effectiveFrom: '2022-01-01', effectiveTo: null },
  { class: 'real_estate', kind: 'name', value: '置业', effectiveFrom: '2022-01-01', effectiveTo: '2025-12-31' },
];
const flow = (changes: Partial<Flow> = {}, who: Partial<Flow['counterparty']> = {}): Flow => ({
  direction: 'out',
  amount: new Decimal('500.00'),
  bookedOn: '2025-07-01',
  counterparty: { name: '示范物资有限公司', industry: null, groupId: null, ...who },
  ...changes,
});
const loan = (changes: Partial<Traceable> = {}): Traceable => ({
  financingId: 'a',
  valueDate: '2025-06-20',
  paidToGroup: null,
  debtorGroup: 'core',
  left: new Decimal('800.00'),
  ...changes,
});
const parts = (of: Flow, loans: readonly Traceable[]) =>
  traced(of, loans, { windowDays: 90, watch }).map((p) => `${p.financingId} ${p.amount.toFixed(2)} ${p.class}`);

void t.test('Money is classed by the industry and the name of who is paid, on the day it moved', (t) => {
  t.equal(plainClass(flow({}, { industry: 'J6710' }), watch), 'securities');
  t.equal(plainClass(flow({}, { name: '示范置业有限公司' }), watch), 'real_estate');
  t.equal(plainClass(flow({ bookedOn: '2026-01-01' }, { name: '示范置业有限公司' }), watch), 'other', 'no more then');
  t.equal(plainClass(flow({}, { groupId: 'g' }), watch), 'partner');
  t.equal(plainClass(flow(), watch), 'other');
  t.end();
});

void t.test(
  'Loan money is followed from the oldest loan on, to the group of the debtor and back from the seller',
  (t) => {
    const younger = loan({ financingId: 'b', valueDate: '2025-06-25', debtorGroup: null });
    t.same(parts(flow({ amount: new Decimal('1000.00') }, { groupId: 'core' }), [younger, loan()]), [
      'a 800.00 debtor_group',
      'b 200.00 partner',
    ]);
    const entrusted = loan({ paidToGroup: 'seller' });
    t.same(parts(flow({}, { groupId: 'seller' }), [entrusted]), [], 'it never was in the borrower’s hands');
    t.same(parts(flow({ direction: 'in' }, { groupId: 'seller' }), [entrusted, loan()]), ['a 500.00 returned']);
    t.same(parts(flow({ direction: 'in' }, { groupId: 'core' }), [entrusted]), []);
    t.end();
  },
);

void t.test('What moved before the loan, after the window or beyond the loan is not its money', (t) => {
  t.same(parts(flow({ bookedOn: '2025-06-19' }), [loan()]), []);
  t.same(parts(flow({ bookedOn: addDays('2025-06-20', 90) }), [loan()]), ['a 500.00 other']);
  t.same(parts(flow({ bookedOn: addDays('2025-06-20', 91) }), [loan()]), []);
  t.same(parts(flow(), [loan({ left: new Decimal(0) })]), []);
  t.same(parts(flow({ amount: new Decimal('900.00') }), [loan()]), ['a 800.00 other']);
  t.end();
});

void t.test(
  'Whatever moves, the parts exceed neither the movement nor what is left of any loan, and leave neither half used',
  (t) => {
    const fen = fc.integer({ min: 1, max: 100_000 }).map((n) => new Decimal(n).dividedBy(100));
    const loans = fc.array(fc.record({ left: fen, age: fc.integer({ min: -5, max: 100 }) }), { maxLength: 6 });
    fc.assert(
      fc.property(fen, loans, (amount, drawn) => {
        const followed = drawn.map(({ left, age }, i) =>
          loan({ financingId: String(i), left, valueDate: addDays('2025-07-01', -age) }),
        );
        const found = traced(flow({ amount }), followed, { windowDays: 90, watch });
        const sum = found.reduce((total, part) => total.plus(part.amount), new Decimal(0));
        const eligible = followed.filter((_, i) => (drawn[i]?.age ?? -1) >= 0 && (drawn[i]?.age ?? 99) <= 90);
        const room = eligible.reduce((total, { left }) => total.plus(left), new Decimal(0));
        return (
          sum.equals(Decimal.min(amount, room)) &&
          found.every((part) => part.amount.lessThanOrEqualTo(followed[Number(part.financingId)]?.left ?? 0))
        );
      }),
    );
    t.end();
  },
);
