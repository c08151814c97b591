import fc from 'fast-check';
import t from 'tap';
import { Decimal, formatMoney, parseMoney } from '../../src/money/decimal.ts';
import { fundOrder, type ReleasePolicy, refundDue, releaseLimit } from '../../src/prepayment/rules.ts';

const policies: readonly ReleasePolicy[] = ['margin_counts', 'margin_last', 'pro_rata'];

t.test('A prepaid order', async (t) => {
  const order = (paidIn: string) => ({
    value: parseMoney('10000000.00'),
    margin: parseMoney('3000000.00'),
    paidIn: parseMoney(paidIn),
  });
  const limits = (paidIn: string) => policies.map((policy) => formatMoney(releaseLimit(order(paidIn), policy)));

  t.test('frees goods as each contract says, along the worked payments', async (t) => {
    t.strictSame(limits('0.00'), ['3000000.00', '0.00', '0.00']);
    t.strictSame(limits('1234567.89'), ['4234567.89', '1234567.89', '1763668.41']);
    t.strictSame(limits('4234567.89'), ['7234567.89', '4234567.89', '6049382.70']);
  });

  t.test('keeps the first margin back until the last fen of the bank is repaid', async (t) => {
    t.strictSame(limits('6999999.99').slice(1), ['6999999.99', '9999999.98']);
    t.strictSame(limits('7000000.00'), Array(3).fill('10000000.00'));
  });

  t.test('is refunded by the seller for what the buyer has not paid in, never below nothing', async (t) => {
    t.equal(formatMoney(refundDue(order('4234567.89'))), '2765432.11');
    t.equal(formatMoney(refundDue(order('7000000.01'))), '0.00');
  });

  t.test('asks for a margin rounded up, so that the ratio is always reached', async (t) => {
    const { margin, funded } = fundOrder(parseMoney('100.01'), new Decimal('0.3'));
    t.strictSame([margin, funded].map(formatMoney), ['30.01', '70.00']);
  });

  t.test('frees never more than its value, and never less after another payment', async () => {
    const fen = fc.integer({ min: 1, max: 10 ** 12 });
    fc.assert(
      fc.property(
        fen,
        fc.nat(100),
        fen,
        fen,
        fc.constantFrom(...policies),
        (valueFen, percent, first, next, policy) => {
          const value = new Decimal(valueFen).dividedBy(100);
          const { margin } = fundOrder(value, new Decimal(percent).dividedBy(100));
          const limit = (paidFen: number) =>
            releaseLimit({ value, margin, paidIn: new Decimal(paidFen).dividedBy(100) }, policy);
          return limit(first).lessThanOrEqualTo(limit(first + next)) && limit(first + next).lessThanOrEqualTo(value);
        },
      ),
    );
  });
});
