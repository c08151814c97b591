import t from 'tap';
import { Decimal, formatMoney, parseMoney } from '../../src/money/decimal.ts';
import { expectedCreditLoss, poolCompensation, rolloverFundFee, shareLoss } from '../../src/risk/rules.ts';

t.test('A loss', async (t) => {
  t.test('is expected over twelve months, over life and discounted, or in whole, by stage', async (t) => {
    const lossGivenDefault = new Decimal('0.45');
    const year = (probability: string, exposure: string) => ({
      defaultProbability: new Decimal(probability),
      exposure: parseMoney(exposure),
    });
    const years = [year('0.015', '1000000.00'), year('0.020', '600000.00')];
    const lifetime = { stage: 2, years, lossGivenDefault, effectiveRate: new Decimal('0.04') } as const;
    t.equal(formatMoney(expectedCreditLoss(lifetime)), '11482.99');
    const [now] = years;
    if (now === undefined) throw new Error('no year');
    t.equal(formatMoney(expectedCreditLoss({ stage: 1, ...now, lossGivenDefault })), '6750.00');
    t.equal(formatMoney(expectedCreditLoss({ stage: 3, exposure: now.exposure, lossGivenDefault })), '450000.00');
  });

  t.test('is shared to the worked fen, by shares that sum to one', async (t) => {
    const parties = (shares: readonly string[]) =>
      shares.map((share, i) => ({ party: `p${i}`, share: new Decimal(share) }));
    const parts = shareLoss(parseMoney('164848.48'), parties(['0.4', '0.3', '0.2', '0.1']));
    t.strictSame(
      parts.map(({ party, amount }) => `${party} ${formatMoney(amount)}`),
      ['p0 65939.39', 'p1 49454.54', 'p2 32969.70', 'p3 16484.85'],
    );
    t.throws(() => shareLoss(parseMoney('1.00'), parties(['0.5', '0.4'])), RangeError);
  });

  t.test('is compensated by a pool within its share, its balance and what is left of its cap', async (t) => {
    const paid = (balance: string, capLeft?: string) => {
      const amounts = [parseMoney('1000.00'), new Decimal('0.4'), parseMoney(balance)] as const;
      const { compensation, bankBears } =
        capLeft === undefined ? poolCompensation(...amounts) : poolCompensation(...amounts, parseMoney(capLeft));
      return [compensation, bankBears].map(formatMoney);
    };
    t.strictSame(paid('5000.00'), ['400.00', '600.00']);
    t.strictSame(paid('399.99'), ['399.99', '600.01']);
    t.strictSame(paid('5000.00', '10.00'), ['10.00', '990.00']);
  });
});

t.test('Bridging by the rollover fund is charged by the day, rounded once', async (t) => {
  t.equal(formatMoney(rolloverFundFee(parseMoney('333333.33'), new Decimal('0.00015'), 3)), '150.00');
});
