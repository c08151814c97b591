import fc from 'fast-check';
import t from 'tap';
import { creditLimit, decisionByScore, type TradeRecord } from '../../src/credit/limit-rules.ts';
import { Decimal } from '../../src/money/decimal.ts';
import type { CreditTerms } from '../../src/programme/credit-terms.ts';

const terms: CreditTerms = {
  observedMonths: 12,
  volumeShare: '0.300000',
  maxAmount: '3000000.00',
  factors: [
    { input: 'monthsOfTrade', weight: '0.500000', worst: '0', best: '12' },
    { input: 'onTimeRate', weight: '0.300000', worst: '0.500000', best: '1' },
    { input: 'documentedShare', weight: '0.200000', worst: '0', best: '1' },
  ],
  declineBelow: '0.300000',
  referBelow: '0.600000',
  declarationMonths: 12,
};
const yuan = (fen: number) => new Decimal(fen).dividedBy(100);
const empty: TradeRecord = {
  monthsOfTrade: 0,
  volume: yuan(0),
  disputed: yuan(0),
  credited: yuan(0),
  due: yuan(0),
  paidOnTime: yuan(0),
  largestCounterparty: yuan(0),
  invoiced: yuan(0),
};

void t.test('Without a record there is no limit, and what cannot be told scores nothing', async (t) => {
  const { limit, score, factors } = creditLimit(empty, terms);
  t.equal(limit.toFixed(2), '0.00');
  t.equal(score.toFixed(6), '0.000000');
  t.same(
    factors.map(({ value }) => value?.toFixed() ?? null),
    ['0', null, null],
  );
});

void t.test('The maximum of the programme caps the limit', async (t) => {
  const record = { ...empty, monthsOfTrade: 12, volume: yuan(10 ** 12), due: yuan(100), paidOnTime: yuan(100) };
  t.equal(creditLimit({ ...record, invoiced: yuan(10 ** 13) }, terms).limit.toFixed(2), '3000000.00');
});

void t.test('Two lines part what is declined, referred and approved', async (t) => {
  const decide = (score: string) => decisionByScore(new Decimal(score), terms);
  t.same(['0.299999', '0.300000', '0.599999', '0.600000'].map(decide), ['decline', 'refer', 'refer', 'approve']);
});

const fen = fc.integer({ min: 0, max: 10 ** 12 });
const records = fc
  .record({ months: fc.integer({ min: 0, max: 40 }), volume: fen, due: fen, onTime: fen, invoiced: fen })
  .map(
    ({ months, volume, due, onTime, invoiced }): TradeRecord => ({
      ...empty,
      monthsOfTrade: months,
      volume: yuan(volume),
      due: yuan(due),
      paidOnTime: yuan(Math.min(onTime, due)),
      invoiced: yuan(invoiced),
    }),
  );

void t.test('Whoever reads the answer reckons the same limit from its figures alone', async (t) => {
  fc.assert(
    fc.property(records, (record) => {
      const told = creditLimit(record, terms);
      const score = told.factors.reduce((sum, { contribution }) => sum.plus(contribution.toFixed(6)), new Decimal(0));
      const again = Decimal.min(
        new Decimal(told.annualVolume.toFixed(2))
          .times(told.volumeShare)
          .times(score)
          .toDecimalPlaces(2, Decimal.ROUND_FLOOR),
        told.maxAmount,
      );
      return told.limit.equals(again) && told.score.equals(score) && score.lessThanOrEqualTo(1);
    }),
    { numRuns: 500 },
  );
  t.pass();
});

void t.test('A better record never has a smaller limit', async (t) => {
  fc.assert(
    fc.property(records, fc.integer({ min: 0, max: 12 }), (record, more) => {
      const better = { ...record, monthsOfTrade: record.monthsOfTrade + more, paidOnTime: record.due };
      return creditLimit(better, terms).limit.greaterThanOrEqualTo(creditLimit(record, terms).limit);
    }),
    { numRuns: 500 },
  );
  t.pass();
});
