import t from 'tap';
import { Decimal, formatMoney, parseMoney } from '../../src/money/decimal.ts';
import { expectedCreditLoss } from '../../src/risk/rules.ts';

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
});
