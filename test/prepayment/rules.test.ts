import fc from 'fast-check';
import t from 'tap';
import { imbalance, type Line } from '../../src/ledger/journal.ts';
import { Decimal, formatMoney, parseMoney } from '../../src/money/decimal.ts';
import { splitVat } from '../../src/money/tax.ts';
import {
  acceptanceEnded,
  acceptanceFee,
  billAccepted,
  billPaid,
  convertedToInventory,
  goodsHeld,
  marginDeposited,
  refundReceived,
  refundResidual,
} from '../../src/prepayment/postings.ts';
import {
  countedAsDelivered,
  deliveredValue,
  fundOrder,
  interestOnPart,
  missingMargin,
  owedAtExpiry,
  pickUpSign,
  priceOf,
  priceSignal,
  quantityFor,
  type ReleasePolicy,
  refundDue,
  releaseLimit,
} from '../../src/prepayment/rules.ts';

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

const yuan = (text: string) => new Decimal(text);

t.test('Goods at one price', async (t) => {
  const goods = { value: yuan('1000.01'), quantity: yuan('1000'), step: yuan('0.5') };

  t.test('cost the next fen up while they secure, and count the fen down once delivered', async (t) => {
    t.equal(formatMoney(priceOf(goods, yuan('99.5'))), '99.51');
    t.equal(formatMoney(deliveredValue(goods, yuan('99.5'))), '99.50');
    t.equal(formatMoney(priceOf(goods, goods.quantity)), '1000.01');
    t.equal(formatMoney(deliveredValue(goods, goods.quantity)), '1000.01');
  });

  t.test('are named in the most whole steps that an amount frees', async () => {
    const fen = fc.integer({ min: 1, max: 10 ** 9 });
    fc.assert(
      fc.property(fen, fc.integer({ min: 1, max: 10 ** 6 }), fc.nat(10 ** 9), (value, steps, free) => {
        const order = { value: yuan(String(value)).dividedBy(100), quantity: new Decimal(steps), step: new Decimal(1) };
        const amount = new Decimal(free).dividedBy(100);
        const most = quantityFor(order, amount);
        const fits = (count: Decimal) => priceOf(order, count).lessThanOrEqualTo(amount);
        return fits(most) && (most.equals(steps) || !fits(most.plus(1)));
      }),
    );
  });

  t.test('handed over short count in full within the tolerance, and as received beyond it', async (t) => {
    t.equal(countedAsDelivered(yuan('100'), yuan('99'), yuan('0.01')).toFixed(), '100');
    t.equal(countedAsDelivered(yuan('100'), yuan('98.9'), yuan('0.01')).toFixed(), '98.9');
  });
});

t.test('Interest on the part that is repaid', async (t) => {
  t.equal(formatMoney(interestOnPart(yuan('25375.00'), yuan('7000000.00'), yuan('1234567.89'))), '4475.31', 'B1');

  t.test('loses no fen over any parts', async () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 10 ** 8 }), { minLength: 1, maxLength: 12 }),
        fc.nat(10 ** 7),
        (parts, due) => {
          let principal = parts.reduce((sum, part) => sum + part, 0);
          let interest = new Decimal(due).dividedBy(100);
          for (const part of parts) {
            interest = interest.minus(interestOnPart(interest, new Decimal(principal), new Decimal(part)));
            principal -= part;
          }
          return interest.isZero();
        },
      ),
    );
  });
});

t.test('A price', async (t) => {
  const lines = { warn: yuan('0.05'), call: yuan('0.1') };
  const at = (price: string, exposure = '7000000.00') => ({
    exposure: yuan(exposure),
    undelivered: yuan('10000000'),
    price: yuan(price),
    basePrice: yuan('1'),
    marginRatio: yuan('0.3'),
  });
  t.equal(priceSignal(at('0.951'), lines), 'none');
  t.equal(priceSignal(at('0.95'), lines), 'warning');
  t.equal(priceSignal(at('0.9'), lines), 'call');
  t.equal(priceSignal(at('0.9', '6300000.00'), lines), 'warning', 'nothing is missing');
  t.equal(formatMoney(missingMargin(at('0.9'))), '700000.00');
  t.equal(formatMoney(missingMargin(at('0.9000000001', '6300000.01'))), '0.01', 'rounded up');
  t.equal(priceSignal(at('1.2'), { warn: yuan('0'), call: yuan('0') }), 'none', 'a rise never warns');
});

t.test('A pick-up schedule is kept, nearly broken, or broken', async (t) => {
  const schedule = [
    { afterDays: 30, share: yuan('0.3') },
    { afterDays: 60, share: yuan('0.6') },
  ];
  const sign = (share: string, day: number) => pickUpSign(schedule, yuan(share), day);
  t.same(
    [sign('0', 22), sign('0', 23), sign('0', 30), sign('0', 31), sign('0.3', 31), sign('0.59', 61), sign('0.6', 99)],
    ['on_track', 'near_breach', 'near_breach', 'breach', 'on_track', 'breach', 'on_track'],
  );
});

t.test('At expiry a seller refunds the goods, or buys them back for the debt if that is more', async (t) => {
  const due = { undelivered: yuan('10.00'), debt: yuan('12.00') };
  t.equal(formatMoney(owedAtExpiry('refund', due)), '10.00');
  t.equal(formatMoney(owedAtExpiry('repurchase', due)), '12.00');
});

t.test('The entries of B1 and B2 are those of the accounting manual', async (t) => {
  const told = (lines: readonly Line[]): string[] => {
    t.ok(imbalance(lines).isZero(), 'balanced');
    return lines.map(
      ({ account, amount }) => `${amount.isNegative() ? 'Cr' : 'Dr'} ${account} ${formatMoney(amount.abs())}`,
    );
  };
  const fee = splitVat(yuan('5000.00'), yuan('0.06'));
  t.same(told(marginDeposited({ buyer: 'Dist', amount: yuan('3000000.00') })), [
    'Dr 2001/Dist 3000000.00',
    'Cr 2002/Dist 3000000.00',
  ]);
  t.same(told(acceptanceFee({ buyer: 'Dist', net: fee.net, tax: fee.vat })), [
    'Dr 2001/Dist 5000.00',
    'Cr 4005 4716.98',
    'Cr 2011 283.02',
  ]);
  t.same(told(billAccepted(yuan('10000000.00'))), ['Dr 9002 10000000.00', 'Cr 9999 10000000.00']);
  t.same(told(billPaid({ buyer: 'Dist', fromMargin: yuan('7234567.89'), advanced: yuan('2765432.11') })), [
    'Dr 2002/Dist 7234567.89',
    'Dr 1109 2765432.11',
    'Cr 1001 10000000.00',
  ]);
  t.same(told(acceptanceEnded(yuan('10000000.00'))), ['Dr 9999 10000000.00', 'Cr 9002 10000000.00']);
  t.same(told(refundReceived({ seller: 'Core', amount: yuan('3950617.30'), from: 'outside' })), [
    'Dr 1001 3950617.30',
    'Cr 2003/Core 3950617.30',
  ]);
  t.same(told(refundResidual({ seller: 'Core', buyer: 'Dist', amount: yuan('1178271.61') })), [
    'Dr 2003/Core 1178271.61',
    'Cr 2001/Dist 1178271.61',
  ]);
  t.same(told(convertedToInventory(yuan('5765432.11'))), ['Dr 1105 5765432.11', 'Cr 1104 5765432.11']);
  t.same(told(goodsHeld(yuan('1.00'))), ['Dr 9003 1.00', 'Cr 9999 1.00']);
});
