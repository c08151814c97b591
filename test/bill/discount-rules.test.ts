import fc from 'fast-check';
import t from 'tap';
import { createPartPlan } from '../../src/bill/discount-parts.ts';
import { billsRedeemed, discountSettled } from '../../src/bill/discount-postings.ts';
import { priceLine, rebateOn, totalsOf, unearnedOn } from '../../src/bill/discount-pricing.ts';
import type { QuotedLine } from '../../src/bill/discount-store.ts';
import { rediscountPurposesOf } from '../../src/bill/rediscount-rules.ts';
import { imbalance } from '../../src/ledger/journal.ts';
import { statutoryCalendar } from '../../src/money/calendar.ts';
import { addDays, daysBetween } from '../../src/money/dates.ts';
import { Decimal } from '../../src/money/decimal.ts';

const yuan = (text: string) => new Decimal(text);
const fen = fc.integer({ min: 100, max: 100_000_000_000 }).map((n) => new Decimal(n).dividedBy(100));
const rate = fc.integer({ min: 1, max: 300_000 }).map((n) => new Decimal(n).dividedBy(1_000_000));
const share = fc.integer({ min: 0, max: 1_000_000 }).map((n) => new Decimal(n).dividedBy(1_000_000));
const day = fc.integer({ min: 0, max: 300 }).map((n) => addDays('2026-01-05', n));
const term = fc.integer({ min: 1, max: 183 });
const priced = fc.tuple(fen, rate, day, term, share).map(([face, annualRate, valueDate, days, buyerShare]) => ({
  face,
  buyerShare,
  valueDate,
  ...priceLine({
    face,
    annualRate,
    valueDate,
    dueDate: addDays(valueDate, days),
    calendar: statutoryCalendar,
    redemptionUntil: null,
    buyerShare,
  }),
}));

t.test('proceeds and interest make the face, and the parts of the interest make the interest', async (t) => {
  fc.assert(
    fc.property(priced, ({ face, interest, sellerInterest, buyerInterest, proceeds }) => {
      t.ok(proceeds.plus(sellerInterest).equals(face) && sellerInterest.plus(buyerInterest).equals(interest));
      t.ok(interest.lessThan(face) && !buyerInterest.isNegative());
      const lines = discountSettled({
        seller: 's',
        face,
        interest,
        proceeds,
        buyers: [{ buyerId: 'b', amount: buyerInterest }],
      });
      t.ok(imbalance(lines).isZero());
    }),
    { numRuns: 300 },
  );
});

t.test('a maturity on a holiday moves, and interest with it (rules.md B6)', async (t) => {
  const at = (dueDate: string, valueDate: string) =>
    priceLine({
      face: yuan('500000.00'),
      annualRate: yuan('0.0138'),
      valueDate,
      dueDate,
      calendar: statutoryCalendar,
      redemptionUntil: null,
      buyerShare: yuan('0'),
    });
  const rolled = at('2026-10-01', '2026-04-08');
  t.match(
    [rolled.interestUntil, rolled.movedDays, rolled.days, rolled.interest.toFixed(2)],
    ['2026-10-08', 7, 183, '3507.50'],
  );
  t.equal(rolled.proceeds.toFixed(2), '496492.50');
  const makeUp = at('2026-09-20', '2026-04-08');
  t.match([makeUp.movedDays, makeUp.days, makeUp.interest.toFixed(2)], [0, 165, '3162.50'], 'a Sunday that is worked');
});

t.test('interest is earned in any cuts to the same fen, and a rebate is what is not earned', async (t) => {
  fc.assert(
    fc.property(priced, fc.array(fc.nat({ max: 200 }), { maxLength: 12 }), (line, cuts) => {
      const { interest, sellerInterest, valueDate: earnsFrom, interestUntil: earnsUntil } = line;
      const earning = { interest, sellerInterest, earnsFrom, earnsUntil };
      const days = daysBetween(earnsFrom, earnsUntil);
      const stops = [...new Set([...cuts.filter((cut) => cut < days), days])].sort((a, b) => a - b);
      let before = interest;
      let sum = yuan('0');
      for (const stop of stops) {
        const left = unearnedOn(earning, addDays(earnsFrom, stop));
        t.ok(left.lessThanOrEqualTo(before), 'never more is left later');
        sum = sum.plus(before.minus(left));
        before = left;
        const { seller, buyer } = rebateOn(earning, addDays(earnsFrom, stop));
        t.ok(seller.plus(buyer).equals(left) && !seller.isNegative() && !buyer.isNegative());
        const lines = billsRedeemed({
          seller: 's',
          face: line.face,
          sellerRebate: seller,
          buyers: [{ buyerId: 'b', amount: buyer }],
        });
        t.ok(imbalance(lines).isZero());
      }
      t.ok(sum.equals(interest), 'the days sum to the interest');
    }),
    { numRuns: 200 },
  );
});

t.test('the total of a quote is its lines, and its yield lies among theirs', async (t) => {
  fc.assert(
    fc.property(fc.array(priced, { minLength: 1, maxLength: 20 }), (all) => {
      const lines = all.map(
        (each) =>
          ({
            amount: each.face.toFixed(2),
            interest: each.interest.toFixed(2),
            sellerInterest: each.sellerInterest.toFixed(2),
            buyerInterest: each.buyerInterest.toFixed(2),
            proceeds: each.proceeds.toFixed(2),
            days: each.days,
          }) as QuotedLine,
      );
      const totals = totalsOf(lines);
      t.ok(totals.proceeds.plus(totals.sellerInterest).equals(totals.face));
      t.ok(totals.sellerInterest.plus(totals.buyerInterest).equals(totals.interest));
      const yields = all.map(({ annualYield }) => annualYield);
      const slack = yuan('0.000000000001');
      t.ok(totals.annualYield.greaterThanOrEqualTo(Decimal.min(...yields).minus(slack)));
      t.ok(totals.annualYield.lessThanOrEqualTo(Decimal.max(...yields).plus(slack)));
    }),
    { numRuns: 100 },
  );
});

t.test('parts of one list never overlap and lie within their holding', async (t) => {
  const holding = { id: 'h', firstUnit: 101, lastUnit: 10_100, amount: yuan('100.00') } as never;
  const asked = fc.array(fc.integer({ min: 1, max: 4_000 }), { minLength: 1, maxLength: 12 });
  fc.assert(
    fc.property(asked, (units) => {
      const plan = createPartPlan();
      let next = 101;
      for (const [place, count] of units.entries()) {
        const item = { holdingId: 'h', field: `/items/${place}`, amount: new Decimal(count).dividedBy(100) } as never;
        if (next + count - 1 > 10_100) {
          t.throws(() => plan(holding, item), { code: 'out-of-range' });
          return;
        }
        const part = plan(holding, item);
        t.same([part.firstUnit, part.lastUnit], [next, next + count - 1]);
        next += count;
      }
    }),
    { numRuns: 100 },
  );
  const plan = createPartPlan();
  plan(holding, { field: '/items/0', range: { start: 200, end: 300 } } as never);
  t.throws(() => plan(holding, { field: '/items/1', range: { start: 300, end: 301 } } as never), {
    code: 'out-of-range',
  });
});

t.test('small firms, agriculture and green are eligible for rediscount', async (t) => {
  t.same(rediscountPurposesOf({ scale: 'small', tags: [] }), ['small']);
  t.same(rediscountPurposesOf({ scale: 'micro', tags: ['绿色', '涉农'] }), ['small', 'agriculture', 'green']);
  t.same(rediscountPurposesOf({ scale: 'large', tags: ['专精特新'] }), []);
});
