import fc from 'fast-check';
import t from 'tap';
import { bridged, contributed, givenBack } from '../../src/fund/postings.ts';
import { poolCompensation, poolRoom, rolloverFundFee, shareWithPool } from '../../src/fund/rules.ts';
import type { Line } from '../../src/ledger/journal.ts';
import { Decimal, formatMoney, parseMoney } from '../../src/money/decimal.ts';

const yuan = parseMoney;
const told = (lines: readonly Line[]): string[] =>
  lines.map(({ account, amount }) => `${amount.isNegative() ? 'Cr' : 'Dr'} ${account} ${amount.abs().toFixed(2)}`);

void t.test('A pool compensates within its share, its balance and what is left of its cap', async (t) => {
  const paid = (balance: string, capLeft?: string) => {
    const amounts = [yuan('1000.00'), new Decimal('0.4'), yuan(balance)] as const;
    const { compensation, bankBears } =
      capLeft === undefined ? poolCompensation(...amounts) : poolCompensation(...amounts, yuan(capLeft));
    return [compensation, bankBears].map(formatMoney);
  };
  t.strictSame(paid('5000.00'), ['400.00', '600.00']);
  t.strictSame(paid('399.99'), ['399.99', '600.01']);
  t.strictSame(paid('5000.00', '10.00'), ['10.00', '990.00']);
});

void t.test('The yearly cap and the stop-loss leave the smaller of the two, never less than nothing', async (t) => {
  const terms = { share: '0.4', annualCap: '1000.00', stopLoss: '0.05' };
  const room = (thisYear: string, ever: string, lent: string) =>
    formatMoney(poolRoom(terms, { thisYear: yuan(thisYear), ever: yuan(ever) }, yuan(lent)));
  t.equal(room('400.00', '400.00', '100000.00'), '600.00', 'the cap of the year');
  t.equal(room('400.00', '400.00', '10000.00'), '100.00', '5 % of what was lent');
  t.equal(room('0.00', '900.00', '10000.00'), '0.00');
});

const fen = (max: number) => fc.integer({ min: 0, max }).map((n) => new Decimal(n).dividedBy(100));

void t.test(
  'What is recovered goes back to pool and bank as they have borne the loss, whole and to the fen',
  async (t) => {
    const thirds = shareWithPool(
      yuan('100.00'),
      { pool: yuan('400.00'), bank: yuan('600.00') },
      { pool: yuan('400.00'), bank: yuan('600.00') },
    );
    t.same([thirds.toPool, thirds.toBank].map(formatMoney), ['40.00', '60.00']);
    fc.assert(
      fc.property(fen(10 ** 8), fen(10 ** 8), fen(10 ** 8), fen(10 ** 8), fen(10 ** 8), (pool, bank, a, b, wanted) => {
        const owed = { pool: Decimal.min(a, pool), bank: b };
        const amount = Decimal.min(wanted, owed.pool.plus(owed.bank));
        fc.pre(pool.plus(bank).greaterThan(0));
        const { toPool, toBank } = shareWithPool(amount, { pool, bank }, owed);
        return (
          toPool.plus(toBank).equals(amount) &&
          !toPool.isNegative() &&
          !toBank.isNegative() &&
          toPool.lessThanOrEqualTo(owed.pool) &&
          toBank.lessThanOrEqualTo(owed.bank)
        );
      }),
      { numRuns: 500 },
    );
  },
);

void t.test('Bridging by the rollover fund is charged by the day, rounded once', async (t) => {
  t.equal(formatMoney(rolloverFundFee(yuan('333333.33'), new Decimal('0.00015'), 3)), '150.00');
});

void t.test('Money of a fund stands on an account of its own in the book', async (t) => {
  t.same(told(contributed({ fund: 'F', amount: yuan('9.00') })), ['Dr 1001 9.00', 'Cr 2001/F 9.00']);
  t.same(told(bridged({ fund: 'F', borrower: 'B', amount: yuan('9.00') })), ['Dr 2001/F 9.00', 'Cr 2001/B 9.00']);
  t.same(told(givenBack({ fund: 'F', borrower: 'B', amount: yuan('9.01') })), ['Dr 2001/B 9.01', 'Cr 2001/F 9.01']);
});
