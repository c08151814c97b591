import fc from 'fast-check';
import t from 'tap';
import { rollForward, statutoryCalendar, workdaysAfter } from '../../src/money/calendar.ts';
import { addMonths, isIsoDate } from '../../src/money/dates.ts';
import { Decimal, formatMoney, parseDecimal, parseMoney, splitByLargestRemainder } from '../../src/money/decimal.ts';
import { accrualNumerator, earnedDiscount, interestForDays, interestToDate } from '../../src/money/interest.ts';
import { applyWaterfall } from '../../src/money/waterfall.ts';

const yuan = (fen: bigint | number): Decimal => new Decimal(fen.toString()).dividedBy(100);
const fen = fc.bigInt({ min: 0n, max: 10n ** 15n });

t.test('An amount of money', async (t) => {
  t.test('is text with exactly two decimals; every other spelling is refused', async (t) => {
    t.equal(formatMoney(parseMoney('999999999999999.99')), '999999999999999.99');
    const wrong = ['1', '1.0', '1.000', '1.005', '01.00', '.50', '5.', '+1.00', '-1.00', ' 1.00', '1.00\n', '1,000.00'];
    for (const text of [...wrong, '1_000.00', '1e3', '0x10', 'NaN', 'Infinity', '１.００', '', `${10n ** 15n}.00`]) {
      t.throws(() => parseMoney(text), RangeError, JSON.stringify(text));
    }
    for (const text of ['1e3', '0x10', 'NaN', '1_0', '']) t.throws(() => parseDecimal(text), RangeError, text);
  });

  t.test('keeps every digit of large sums, which decimal.js by default does not', async (t) => {
    t.equal(new Decimal('12345678901234567890.12').plus('0.01').toFixed(), '12345678901234567890.13');
  });

  t.test('is never printed with parts of a fen dropped', async (t) => {
    t.throws(() => formatMoney(new Decimal('1.005')), RangeError);
  });

  t.test('split by weights, sums to the whole and differs from the exact share by less than a fen', async () => {
    const weights = fc.array(fc.nat(1_000_000), { minLength: 1, maxLength: 12 }).filter((w) => w.some((x) => x > 0));
    fc.assert(
      fc.property(fen, weights, (pool, w) => {
        const parts = splitByLargestRemainder(
          yuan(pool),
          w.map((x) => new Decimal(x)),
        );
        const total = new Decimal(w.reduce((sum, x) => sum + x, 0));
        const near = parts.every((part, i) => {
          const exact = yuan(pool)
            .times(w[i] ?? 0)
            .dividedBy(total);
          return part.minus(exact).abs().lessThan('0.01');
        });
        return near && Decimal.sum(0, ...parts).equals(yuan(pool));
      }),
    );
  });
});

t.test('Accrued interest', async (t) => {
  t.test('by the exact numerator equals the closed form, whatever the days are cut into', async () => {
    const micros = fc.integer({ min: 0, max: 240_000 });
    const cuts = fc.array(fc.integer({ min: 0, max: 400 }), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(fen, micros, cuts, (principal, rateMicros, stretches) => {
        const rate = new Decimal(rateMicros).dividedBy(1_000_000);
        const days = stretches.reduce((sum, x) => sum + x, 0);
        const numerator = stretches.reduce((sum, x) => sum + accrualNumerator(yuan(principal), rate, x), 0n);
        return interestToDate(numerator).equals(interestForDays(yuan(principal), rate, days));
      }),
    );
  });

  t.test('follows the worked receivable loan day by day to 10,370.37, with no drift', async (t) => {
    const toDate = (days: number) => interestToDate(accrualNumerator(yuan(98_765_431), new Decimal('0.042'), days));
    t.strictSame(
      [14, 45, 76, 90].map((days) => formatMoney(toDate(days))),
      ['1613.17', '5185.19', '8757.20', '10370.37'],
    );
  });

  t.test('of a discount is earned in full on the last day and along the worked payables path before it', async (t) => {
    const earned = [11, 42, 73, 103, 117].map((days) => formatMoney(earnedDiscount(new Decimal('6077.70'), days, 117)));
    t.strictSame(earned, ['571.41', '2181.74', '3792.07', '5350.45', '6077.70']);
  });

  t.test('refuses a rate finer than six decimals instead of rounding it', async (t) => {
    t.throws(() => accrualNumerator(new Decimal(1), new Decimal('0.0000001'), 1), RangeError);
  });
});

t.test('A payment', async (t) => {
  t.test(
    'lands fen by fen in the waterfall: parts and remainder add up, no due is over-paid, order is kept',
    async () => {
      fc.assert(
        fc.property(
          fen,
          fc.tuple(fen, fen, fen, fen, fen),
          (payment, [fees, compound, penalty, interest, principal]) => {
            const due = {
              fees: yuan(fees),
              compoundInterest: yuan(compound),
              penaltyInterest: yuan(penalty),
              interest: yuan(interest),
              principal: yuan(principal),
            };
            const paid = applyWaterfall(yuan(payment), due);
            const keys = ['fees', 'compoundInterest', 'penaltyInterest', 'interest', 'principal'] as const;
            const total = Decimal.sum(paid.unapplied, ...keys.map((key) => paid[key]));
            const short = keys.findIndex((key) => paid[key].lessThan(due[key]));
            const nothingAfter = short === -1 || keys.slice(short + 1).every((key) => paid[key].isZero());
            const noExcess = keys.every((key) => paid[key].lessThanOrEqualTo(due[key]));
            return total.equals(yuan(payment)) && nothingAfter && noExcess && (short === -1 || paid.unapplied.isZero());
          },
        ),
      );
    },
  );
});

t.test('A calendar day', async (t) => {
  t.test('exists or is refused', async (t) => {
    for (const day of ['2024-02-29', '2026-11-23']) t.ok(isIsoDate(day), day);
    for (const day of ['2023-02-29', '2024-02-30', '20240101', 'today', 'infinity', '2024-1-1', '0000-01-01']) {
      t.notOk(isIsoDate(day), day);
    }
  });

  t.test('a number of months later never leaves the target month', async (t) => {
    t.equal(addMonths('2024-08-31', 6), '2025-02-28');
    t.equal(addMonths('2025-12-31', 2), '2026-02-28');
  });

  t.test('in a year without a State Council notice is provisional, and its fixed holidays are kept', async (t) => {
    t.strictSame(statutoryCalendar('2027-01-01'), { isWorkday: false, provisional: true });
    t.strictSame(rollForward('2027-10-01'), { date: '2027-10-04', provisional: true });
    t.strictSame(rollForward('2026-10-01'), { date: '2026-10-08', provisional: false });
  });
});

void t.test('Workdays are counted from the day after, over what is none', async (t) => {
  t.equal(workdaysAfter('2026-08-01', 3), '2026-08-05', 'from a Saturday');
  t.equal(workdaysAfter('2026-09-30', 1), '2026-10-08', 'over National Day');
  t.equal(workdaysAfter('2026-03-05', 2), '2026-03-09');
  t.equal(workdaysAfter('2026-03-05', 0), '2026-03-05');
});
