import fc from 'fast-check';
import t from 'tap';
import { rollForward, statutoryCalendar } from '../../src/money/calendar.ts';
import { addDays, addMonths, daysBetween, isIsoDate } from '../../src/money/dates.ts';
import { Decimal, formatMoney, parseDecimal, parseMoney, splitByLargestRemainder } from '../../src/money/decimal.ts';
import { accrualNumerator, earnedDiscount, interestForDays, interestToDate } from '../../src/money/interest.ts';
import { uppercaseRmb } from '../../src/money/rmb-uppercase.ts';
import { splitVat } from '../../src/money/tax.ts';
import { applyWaterfall, type Bucket, defaultOrder } from '../../src/money/waterfall.ts';

const LARGEST_FEN = 10n ** 17n - 1n;
const yuan = (fen: bigint): Decimal => new Decimal(fen.toString()).dividedBy(100);
const rateOf = (micros: number): Decimal => new Decimal(micros).dividedBy(1_000_000);
const sumOf = (amounts: readonly Decimal[]): Decimal => amounts.reduce((sum, x) => sum.plus(x), new Decimal(0));

/** Any amount below 10¹⁵ yuan, with the ends and small fen drawn often. */
const fen = fc.oneof(
  fc.bigInt({ min: 0n, max: LARGEST_FEN }),
  fc.bigInt({ min: 0n, max: 200n }),
  fc.constantFrom(0n, 1n, LARGEST_FEN - 1n, LARGEST_FEN),
);
const micros = fc.oneof(fc.integer({ min: 0, max: 1_000_000 }), fc.constantFrom(0, 1, 999_999, 1_000_000));

/** Any day of two centuries, with the last days of long months drawn often. */
const day = fc.oneof(
  fc.integer({ min: 0, max: 80_000 }).map((days) => addDays('1950-01-01', days)),
  fc
    .tuple(fc.integer({ min: 1950, max: 2168 }), fc.constantFrom('01-29', '01-30', '01-31', '08-31', '12-31'))
    .map(([year, end]) => `${year}-${end}`),
);

/** Half up in integers only: an oracle that shares no code with the rules. */
const halfUp = (numerator: bigint, divisor: bigint): bigint => (2n * numerator + divisor) / (2n * divisor);

t.test('An amount of money', async (t) => {
  t.test(
    'is the same text after being read and printed, and the same amount after being printed and read',
    async () => {
      fc.assert(
        fc.property(fen, (x) => {
          const text = `${x / 100n}.${String(x % 100n).padStart(2, '0')}`;
          return formatMoney(parseMoney(text)) === text && parseMoney(formatMoney(yuan(x))).equals(yuan(x));
        }),
      );
    },
  );

  t.test('is refused in every other spelling', async (t) => {
    const spellings = [
      ...['1', '1.0', '1.000', '1.005', '01.00', '00.00', '.50', '5.', '+1.00', '-1.00', '-0.00', '−1.00'],
      ...[' 1.00', '1.00 ', '1.00\n', '\n1.00', '1.00\u0000', '1.00\u200b', '\ufeff1.00', '1.00\n2.00'],
      ...['1,000.00', '1_000.00', '1 000.00', '1e3', '1E+3', '1.00e0', '0x10', '0b1', '0o7', 'NaN', 'Infinity'],
      ...[
        '￥1.00',
        '¥1.00',
        '1.00元',
        '１.００',
        '١.٠٠',
        '1．00',
        '壹佰元',
        '',
        '.',
        '1..00',
        '1.0.0',
        'null',
        '[1.00]',
      ],
      ...[`1${'0'.repeat(15)}.00`, `${'9'.repeat(400)}.00`, `0.${'0'.repeat(400)}`],
    ];
    for (const text of spellings) t.throws(() => parseMoney(text), RangeError, JSON.stringify(text.slice(0, 24)));
  });

  t.test('is read from no string that is not one, whatever is drawn', async () => {
    const nearly = fc.string({ unit: fc.constantFrom(...'0123456789.-+eE ,_x\n１٠'), maxLength: 20 });
    fc.assert(
      fc.property(fc.oneof(nearly, fc.string()), (text) => {
        try {
          return formatMoney(parseMoney(text)) === text;
        } catch (error) {
          return error instanceof RangeError;
        }
      }),
      { numRuns: 1_000 },
    );
  });

  t.test('at 10¹⁵ − 0.01 keeps its last fen in every rule', async (t) => {
    const largest = parseMoney('999999999999999.99');
    t.equal(formatMoney(largest), '999999999999999.99');
    t.equal(formatMoney(interestForDays(largest, new Decimal('0.999999'), 360)), '999998999999999.99');
    t.equal(formatMoney(interestForDays(largest, new Decimal('0.24'), 1)), '666666666666.67');
    const { net, vat } = splitVat(largest, new Decimal('0.06'));
    t.strictSame([net, vat].map(formatMoney), ['943396226415094.33', '56603773584905.66']);
    const thirds = splitByLargestRemainder(
      largest,
      [1, 1, 1].map((weight) => new Decimal(weight)),
    );
    t.strictSame(thirds.map(formatMoney), Array(3).fill('333333333333333.33'));
    t.equal(formatMoney(earnedDiscount(largest, 1, 7)), '142857142857142.86');
    t.match(uppercaseRmb(largest), /^人民币玖佰玖拾玖万亿玖仟.*玖元玖角玖分$/);
  });
});

t.test('A payment', async (t) => {
  const dues = fc.tuple(fen, fen, fen, fen, fen);
  const orders = fc.shuffledSubarray([...defaultOrder], { minLength: 0 });

  t.test('in whatever order its programme puts the dues sums to its parts and over-pays none', async () => {
    fc.assert(
      fc.property(fen, dues, orders, (payment, amounts, order) => {
        const due = Object.fromEntries(defaultOrder.map((bucket, i) => [bucket, yuan(amounts[i] ?? 0n)])) as Record<
          Bucket,
          Decimal
        >;
        const { unapplied, ...paid } = applyWaterfall(yuan(payment), due, order);
        const whole = sumOf([unapplied, ...Object.values(paid)]).equals(yuan(payment));
        const within = defaultOrder.every((b) => !paid[b].isNegative() && paid[b].lessThanOrEqualTo(due[b]));
        const nothingMadeUp = !unapplied.isNegative();
        const leftOut = defaultOrder.filter((bucket) => !order.includes(bucket)).every((b) => paid[b].isZero());
        const firstShort = order.findIndex((bucket) => paid[bucket].lessThan(due[bucket]));
        const later = firstShort === -1 ? [] : order.slice(firstShort + 1);
        const inOrder = later.every((b) => paid[b].isZero()) && (firstShort === -1 || unapplied.isZero());
        return whole && within && nothingMadeUp && leftOut && inOrder;
      }),
    );
  });

  t.test('split by fractional weights sums exactly, and the earlier of two equal lines never gets less', async () => {
    const weights = fc.array(micros, { minLength: 1, maxLength: 12 }).filter((w) => w.some((weight) => weight > 0));
    fc.assert(
      fc.property(fen, weights, (pool, drawn) => {
        const parts = splitByLargestRemainder(yuan(pool), [...drawn, ...drawn].map(rateOf));
        const fair = drawn.every((_, i) => parts[i]?.greaterThanOrEqualTo(parts[i + drawn.length] ?? 0));
        const none = drawn.every((weight, i) => weight > 0 || parts[i]?.isZero());
        return sumOf(parts).equals(yuan(pool)) && fair && none;
      }),
    );
  });

  t.test('including VAT is its net and its tax', async () => {
    fc.assert(
      fc.property(fen, micros, (gross, rate) => {
        const { net, vat } = splitVat(yuan(gross), rateOf(rate));
        return net.plus(vat).equals(yuan(gross)) && !net.isNegative() && !vat.isNegative();
      }),
    );
  });
});

t.test('Interest', async (t) => {
  t.test('for days is the integer half-up quotient, and the numerator gives the same fen', async () => {
    fc.assert(
      fc.property(fen, micros, fc.integer({ min: 0, max: 3_660 }), (principal, rate, days) => {
        const expected = yuan(halfUp(principal * BigInt(rate) * BigInt(days), 360_000_000n));
        const toDate = interestToDate(accrualNumerator(yuan(principal), rateOf(rate), days));
        return interestForDays(yuan(principal), rateOf(rate), days).equals(expected) && toDate.equals(expected);
      }),
    );
  });

  t.test('posted day by day over any repayments and rate changes sums to one rounding of the whole', async () => {
    const segment = fc.record({ principal: fen, rate: micros, days: fc.integer({ min: 0, max: 40 }) });
    fc.assert(
      fc.property(fc.array(segment, { minLength: 1, maxLength: 6 }), (segments) => {
        let numerator = 0n;
        let toDate = new Decimal(0);
        const postings: Decimal[] = [];
        for (const { principal, rate, days } of segments) {
          for (let i = 0; i < days; i += 1) {
            numerator += accrualNumerator(yuan(principal), rateOf(rate), 1);
            postings.push(interestToDate(numerator).minus(toDate));
            toDate = interestToDate(numerator);
          }
        }
        const exact = segments.reduce((sum, s) => sum + s.principal * BigInt(s.rate) * BigInt(s.days), 0n);
        const neverBack = postings.every((posting) => !posting.isNegative());
        return sumOf(postings).equals(yuan(halfUp(exact, 360_000_000n))) && neverBack;
      }),
    );
  });

  t.test('knows rates to the millionth and refuses finer ones, wherever the digit stands', async (t) => {
    const numerator = (rate: string) => accrualNumerator(parseMoney('1.00'), parseDecimal(rate), 1);
    t.equal(numerator('0.000001'), 100n);
    t.equal(numerator('0.999999'), 99_999_900n);
    t.equal(numerator('24.000001'), 2_400_000_100n);
    t.equal(numerator('0.0385000'), 3_850_000n, 'a trailing zero is not a finer rate');
    for (const rate of ['0.0000001', '0.0000005', '0.0385001', '1.0000009'])
      t.throws(() => numerator(rate), RangeError);
    t.throws(() => accrualNumerator(new Decimal('0.001'), new Decimal('0.01'), 1), RangeError, 'parts of a fen');
    t.throws(() => interestToDate(-1n), RangeError);
  });

  t.test('rounds the tie at half a fen up and the millionth below it down', async (t) => {
    t.equal(formatMoney(interestToDate(1_800_000n * 100n)), '0.01');
    t.equal(formatMoney(interestToDate(1_800_000n * 100n - 1n)), '0.00');
    const owed = interestForDays(parseMoney('999999997861844.89'), parseDecimal('0.038501'), 91);
    t.equal(formatMoney(owed), '9732197201413.27', 'twenty digits would see a tie here');
  });

  t.test('of a discount never falls from one day to the next and ends at the total', async () => {
    fc.assert(
      fc.property(fen, fc.integer({ min: 1, max: 400 }), (total, days) => {
        const path = Array.from({ length: days + 3 }, (_, elapsed) => earnedDiscount(yuan(total), elapsed, days));
        const rising = path.every((earned, i) => earned.greaterThanOrEqualTo(path[i - 1] ?? 0));
        const ends = path.slice(days).every((earned) => earned.equals(yuan(total)));
        return rising && ends && path[0]?.isZero() === true;
      }),
    );
  });
});

t.test('A calendar day', async (t) => {
  t.test('rolls forward to the first workday on or after it, in years with and without a notice', async () => {
    const near = fc.integer({ min: 0, max: 14_000 }).map((days) => addDays('1999-01-01', days));
    fc.assert(
      fc.property(near, (date) => {
        const rolled = rollForward(date);
        const passed = Array.from({ length: daysBetween(date, rolled.date) }, (_, i) => addDays(date, i));
        const skipped = passed.every((each) => !statutoryCalendar(each).isWorkday);
        const again = rollForward(rolled.date).date === rolled.date;
        const provisional = [...passed, rolled.date].some((each) => statutoryCalendar(each).provisional);
        return statutoryCalendar(rolled.date).isWorkday && skipped && again && rolled.provisional === provisional;
      }),
      { numRuns: 500 },
    );
  });

  t.test(
    'rolls by the table that overrides the statutory calendar, and stays provisional once any day was',
    async () => {
      const workdays = fc.array(fc.integer({ min: 0, max: 60 }), { minLength: 1, maxLength: 10 });
      fc.assert(
        fc.property(day, workdays, (date, offsets) => {
          const open = new Set(offsets.map((offset) => addDays(date, offset)));
          const rolled = rollForward(date, (each) => ({ isWorkday: open.has(each), provisional: each === date }));
          return rolled.date === addDays(date, Math.min(...offsets)) && rolled.provisional;
        }),
      );
    },
  );

  t.test('and a number of days agree with the days between, forwards, backwards and in steps', async () => {
    const span = fc.integer({ min: -5_000, max: 5_000 });
    fc.assert(
      fc.property(day, span, span, (date, first, second) => {
        const moved = addDays(date, first);
        const inSteps = addDays(moved, second) === addDays(date, first + second);
        const back = addDays(moved, -first) === date && daysBetween(moved, date) === 0 - first;
        const ordered = first === 0 ? moved === date : moved > date === first > 0;
        return isIsoDate(moved) && daysBetween(date, moved) === first && inSteps && back && ordered;
      }),
    );
  });

  t.test('months later is the corresponding day or the end of that month, and keeps the order of days', async () => {
    const months = fc.integer({ min: 0, max: 600 });
    fc.assert(
      fc.property(day, day, months, (date, other, count) => {
        const later = addMonths(date, count);
        const [y, m, d] = date.split('-').map(Number) as [number, number, number];
        const [year, month, dom] = later.split('-').map(Number) as [number, number, number];
        const inMonth = year * 12 + month === y * 12 + m + count;
        const corresponding = dom === d || (dom < d && addDays(later, 1).endsWith('-01'));
        const ordered = date > other || later <= addMonths(other, count);
        return isIsoDate(later) && inMonth && corresponding && ordered && addMonths(date, 0) === date;
      }),
    );
  });
});
