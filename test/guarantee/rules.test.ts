import fc from 'fast-check';
import t from 'tap';
import { writtenOff } from '../../src/financing/postings.ts';
import { guaranteeFeePaid, recoveryShared } from '../../src/guarantee/postings.ts';
import { callShares, coverOf, guaranteeFee, shareLoss, shareRecovery, stillDue } from '../../src/guarantee/rules.ts';
import { imbalance, type Line } from '../../src/ledger/journal.ts';
import { Decimal, formatMoney, parseMoney } from '../../src/money/decimal.ts';
import { applyWaterfall } from '../../src/money/waterfall.ts';

const yuan = parseMoney;
const shares = (all: Readonly<Record<string, string>>) =>
  Object.entries(all).map(([party, share]) => ({ party, share: new Decimal(share) }));
const told = (lines: readonly Line[]): string[] =>
  lines.map(({ account, amount }) => `${amount.isNegative() ? 'Cr' : 'Dr'} ${account} ${amount.abs().toFixed(2)}`);
const sum = (amounts: readonly Decimal[]) => amounts.reduce((total, each) => total.plus(each), new Decimal(0));
const fourThreeTwoOne = shares({ guarantor: '0.4', reguarantor: '0.3', bank: '0.2', treasury: '0.1' });

void t.test('A loss is shared to the worked fen, by shares that sum to one (C.20 to C.23)', async (t) => {
  const dues = {
    fees: yuan('45614.84'),
    penaltyInterest: yuan('33621.88'),
    compoundInterest: yuan('69.06'),
    interest: yuan('9526.20'),
    principal: yuan('4637500.00'),
  };
  const sale = applyWaterfall(yuan('4561483.50'), dues);
  t.equal(formatMoney(sale.principal), '4472651.52', 'what the sale of the goods leaves for principal');
  const loss = dues.principal.minus(sale.principal);
  t.equal(formatMoney(loss), '164848.48');
  t.same(
    shareLoss(loss, fourThreeTwoOne).map(({ party, amount }) => `${party} ${formatMoney(amount)}`),
    ['guarantor 65939.39', 'reguarantor 49454.54', 'bank 32969.70', 'treasury 16484.85'],
  );
  const { parts, bankBears } = callShares(loss, fourThreeTwoOne, 'bank', yuan('1000000.00'));
  t.equal(formatMoney(sum(parts.map(({ amount }) => amount))), '131878.78', 'received in C.22');
  const [, used] = writtenOff({
    principalAccount: '1120',
    principal: bankBears,
    interest: new Decimal(0),
    penalty: new Decimal(0),
  });
  t.same(told(used as Line[]), ['Dr 1190 32969.70', 'Cr 1120 32969.70'], 'C.23');
  t.throws(() => shareLoss(yuan('1.00'), shares({ a: '0.5', b: '0.4' })), RangeError);
});

void t.test('Beyond the stop-loss the guarantors share what room there is, and the bank bears the rest', async (t) => {
  const { parts, bankBears, bankWeight } = callShares(yuan('1000.00'), fourThreeTwoOne, 'bank', yuan('100.00'));
  t.same(
    parts.map(({ party, amount }) => `${party} ${formatMoney(amount)}`),
    ['guarantor 50.00', 'reguarantor 37.50', 'treasury 12.50'],
  );
  t.equal(formatMoney(bankBears), '900.00');
  t.equal(bankWeight.toFixed(2), '900.00', 'what comes back is shared as it was borne');
  t.equal(formatMoney(coverOf(yuan('1000.00'), fourThreeTwoOne, 'bank')), '800.00');
});

void t.test('A fee is reckoned by days of 360, rounded once', async (t) => {
  t.equal(formatMoney(guaranteeFee(yuan('164848.48'), new Decimal('0.01'), '2025-06-17', '2025-06-27')), '45.79');
  t.same(told(guaranteeFeePaid({ borrower: 'B', guarantor: 'G', fee: yuan('45.79') })), [
    'Dr 2001/B 45.79',
    'Cr 2001/G 45.79',
  ]);
  t.same(guaranteeFeePaid({ borrower: 'B', guarantor: 'G', fee: new Decimal(0) }), []);
});

const fen = fc.integer({ min: 1, max: 10 ** 11 }).map((n) => new Decimal(n).dividedBy(100));
const millionths = fc.array(fc.integer({ min: 1, max: 1_000_000 }), { minLength: 1, maxLength: 8 });

/** Shares of six decimals or more that sum to one exactly: the last takes what is left. */
const wholeShares = millionths.map((weights) => {
  const total = weights.reduce((a, b) => a + b, 0);
  const parts = weights.slice(1).map((w) => new Decimal(w).dividedBy(total).toDecimalPlaces(6, Decimal.ROUND_DOWN));
  return [new Decimal(1).minus(sum(parts)), ...parts].map((share, i) => ({ party: `p${i}`, share }));
});

void t.test(
  'No fen of a loss is lost or made, whatever the shares, and none is off its exact part by a fen',
  async (t) => {
    fc.assert(
      fc.property(fen, wholeShares, (loss, agreed) => {
        const parts = shareLoss(loss, agreed);
        const exact = parts.every(({ amount }, i) =>
          amount
            .minus(loss.times(agreed[i]?.share ?? 0))
            .abs()
            .lessThan('0.01'),
        );
        return exact && sum(parts.map(({ amount }) => amount)).equals(loss);
      }),
      { numRuns: 500 },
    );
    t.pass();
  },
);

void t.test(
  'What guarantors are called for and what the bank bears make the loss, within the room there is',
  async (t) => {
    fc.assert(
      fc.property(fen, wholeShares, fen, (loss, agreed, room) => {
        const { parts, bankBears } = callShares(loss, agreed, 'p0', room);
        const called = sum(parts.map(({ amount }) => amount));
        return called.plus(bankBears).equals(loss) && called.lessThanOrEqualTo(room) && !bankBears.isNegative();
      }),
      { numRuns: 500 },
    );
    t.pass();
  },
);

const sharers = fc.array(
  fc.record({
    weight: fc.integer({ min: 0, max: 1_000_000 }).map((n) => new Decimal(n)),
    room: fc.integer({ min: 0, max: 10 ** 9 }).map((n) => new Decimal(n).dividedBy(100)),
  }),
  { minLength: 1, maxLength: 6 },
);

void t.test('What the borrower repays after the call relieves bank and guarantors alike', async (t) => {
  const called = (paid: string, recovered = '0.00') => [
    { weight: new Decimal('0.5'), amount: yuan('500.00'), paid: yuan(paid), recovered: yuan(recovered) },
    { weight: new Decimal('0.3'), amount: yuan('300.00'), paid: yuan('0.00'), recovered: yuan('0.00') },
  ];
  const due = (parts: ReturnType<typeof called>, owed: string) =>
    stillDue(parts, new Decimal('0.2'), yuan(owed)).map(formatMoney);
  t.same(due(called('0.00'), '1000.00'), ['500.00', '300.00'], 'as they were called');
  t.same(due(called('500.00'), '500.00'), ['0.00', '300.00'], 'the bank bears the 200.00 that stay');
  t.same(due(called('0.00'), '600.00'), ['300.00', '180.00'], 'repaid: 400.00');
  t.same(due(called('500.00'), '100.00'), ['0.00', '100.00'], 'no more than is owed');
  t.same(due(called('500.00', '250.00'), '250.00'), ['0.00', '150.00'], 'what came back counts');
  t.same(due(called('500.00'), '0.00'), ['0.00', '0.00']);
  t.same(
    due(called('0.00'), '1200.00'),
    ['500.00', '300.00'],
    'interest since makes nobody pay more than it was called for',
  );
});

void t.test('A recovery is shared whole, and nobody gets back more than is owed to it', async (t) => {
  fc.assert(
    fc.property(sharers, fc.double({ min: 0, max: 1, noNaN: true }), (all, part) => {
      const owed = sum(all.map(({ room }) => room));
      const amount = owed.times(part).toDecimalPlaces(2, Decimal.ROUND_DOWN);
      const given = shareRecovery(amount, all);
      return sum(given).equals(amount) && given.every((each, i) => each.lessThanOrEqualTo(all[i]?.room ?? 0));
    }),
    { numRuns: 500 },
  );
  t.throws(() => shareRecovery(yuan('1.01'), [{ weight: new Decimal(1), room: yuan('1.00') }]), RangeError);
  const parts = [
    { party: 'G', amount: yuan('4.01') },
    { party: 'R', amount: yuan('3.00') },
  ];
  const lines = recoveryShared({ borrower: 'B', parts });
  t.same(told(lines), ['Dr 2001/B 7.01', 'Cr 2001/G 4.01', 'Cr 2001/R 3.00']);
  t.ok(imbalance(lines).isZero());
});
