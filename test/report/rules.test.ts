import t from 'tap';
import { Decimal, formatMoney, parseMoney } from '../../src/money/decimal.ts';
import * as report from '../../src/report/rules.ts';

t.test('Inclusive lending', async (t) => {
  const threshold = parseMoney('10000000.00');

  t.test('counts loans to the small up to the threshold, and no discounted bill', async (t) => {
    const counts = (kind: report.CreditKind, borrower: report.BorrowerKind, total = '10000000.00') =>
      report.isInclusive({ kind, borrower, total: parseMoney(total) }, threshold);
    t.ok(counts('LOAN', 'MICRO') && counts('LOAN', 'SOLE_TRADER') && counts('LOAN', 'BUSINESS_OWNER'));
    t.notOk(counts('LOAN', 'SMALL', '10000000.01'));
    t.notOk(counts('DISCOUNT', 'MICRO', '1.00') || counts('REDISCOUNT', 'MICRO', '1.00'));
    t.notOk(counts('LOAN', 'MEDIUM', '1.00') || counts('LOAN', 'LARGE', '1.00'));
  });

  t.test('meets both increases at equal growth and equal customers, and fails by either', async (t) => {
    const book = (inclusive: string, all: string, customers: number) => ({
      inclusive: parseMoney(inclusive),
      all: parseMoney(all),
      customers,
    });
    const start = book('100.00', '1000.00', 10);
    t.ok(report.twoIncreases(start, book('110.00', '1100.00', 10)).met);
    t.strictSame(report.twoIncreases(start, book('110.00', '1100.01', 10)).met, false);
    t.strictSame(report.twoIncreases(start, book('120.00', '1100.00', 9)).met, false);
    t.throws(() => report.twoIncreases(book('0.00', '1.00', 0), start), RangeError);
  });

  t.test('weighs each new rate by its amount', async (t) => {
    const loan = (amount: string, rate: string) => ({ amount: parseMoney(amount), rate: new Decimal(rate) });
    t.equal(report.weightedRate([loan('1.00', '0.03'), loan('3.00', '0.05')]).toFixed(3), '0.045');
    t.throws(() => report.weightedRate([]), RangeError);
  });

  t.test('tolerates bad loans up to the line, excusing staff who broke no rule', async (t) => {
    const check = (ratio: string, ruleBroken = false) =>
      report.nplTolerance(new Decimal(ratio), new Decimal('0.015'), new Decimal('0.03'), ruleBroken);
    t.strictSame(check('0.045'), { within: true, dueCareExemption: true });
    t.strictSame(check('0.045', true), { within: true, dueCareExemption: false });
    t.strictSame(check('0.045001'), { within: false, dueCareExemption: false });
  });

  t.test('has a cheaper transfer price and enough weight, the line itself included', async (t) => {
    const price = (bp: number) => report.transferPrice(new Decimal('0.021'), bp, 50);
    t.strictSame([price(50).met, price(49).met, price(75).price.toFixed(6)], [true, false, '0.013500']);
    t.ok(report.isAppraisalWeightMet(new Decimal('0.1'), new Decimal('0.1')));
    t.notOk(report.isAppraisalWeightMet(new Decimal('0.099999'), new Decimal('0.1')));
  });

  t.test('is subsidized by the scheme, never beyond the interest paid', async (t) => {
    const loan = { principal: parseMoney('100000.00'), subsidyRate: new Decimal('0.02'), days: 73, basis: 365 };
    t.equal(formatMoney(report.interestSubsidy(loan)), '400.00');
    t.equal(formatMoney(report.interestSubsidy({ ...loan, interestPaid: parseMoney('399.99') })), '399.99');
  });
});
