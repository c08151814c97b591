import fc from 'fast-check';
import t from 'tap';
import { Decimal } from '../../src/money/decimal.ts';
import { combine, divide } from '../../src/receipt/division-rules.ts';
import { receiptsRevalued } from '../../src/receipt/postings.ts';
import { type Competing, rankClaims } from '../../src/receipt/priority-rules.ts';
import { partition, requiredValue, worthOf } from '../../src/receipt/release-rules.ts';
import { missingItems, requireComplete } from '../../src/receipt/statutory-rules.ts';

const d = (text: string) => new Decimal(text);

void t.test('A receipt states every item of Civil Code art. 909', async (t) => {
  const whole = {
    depositorDomicile: '济源市示范大道9号',
    quantity: '300.000',
    quality: '一级',
    packing: '捆扎',
    pieces: 300,
    lossStandard: '0.002',
    storageFrom: '2026-07-01',
    storageTo: '2026-12-31',
    dailyFee: '0.35',
    insurance: null,
    placeOfIssue: '济源',
    seal: 'f'.repeat(64),
  };
  t.same(missingItems(whole), [], 'goods that are not insured need no insurer, but the receipt says so');
  for (const name of Object.keys(whole)) {
    const { [name as keyof typeof whole]: _, ...draft } = whole;
    t.match(missingItems(draft), [{ field: `/${name}` }], `without ${name}`);
  }
  t.same(
    missingItems({ ...whole, insurance: { insurer: '示范财险', amount: '1.00' } }).map(({ field }) => field),
    ['/insurance/from', '/insurance/to'],
  );
  t.equal(missingItems({}).length, 12);
  t.throws(() => requireComplete({ quantity: '1' }), { code: 'receipt-incomplete' });
  t.equal(requireComplete(whole), whole);
});

void t.test('What stays of a receipt covers what is owed, to the step', async (t) => {
  const goods = { quantity: d('180'), unitValue: d('22380'), step: d('0.001') };
  const required = requiredValue(d('1100000.00'), d('0.65'));
  t.equal(required.toFixed(2), '1692307.70');
  const { keep, release } = partition(required, d('0'), goods);
  t.same([keep.toFixed(3), release.toFixed(3)], ['75.617', '104.383'], 'D.5');
  t.equal(worthOf({ ...goods, quantity: keep }).toFixed(2), '1692308.46');
  const besides = partition(required, d('2000000.00'), goods);
  t.same([besides.keep.toFixed(), besides.release.toFixed()], ['0', '180'], 'others cover it all');
  const short = partition(d('9999999.00'), d('0'), goods);
  t.same([short.keep.toFixed(), short.release.toFixed()], ['180', '0'], 'nothing may go');

  const cents = fc.integer({ min: 1, max: 2_000_000_000 });
  const covers = () =>
    fc.assert(
      fc.property(cents, cents, fc.integer({ min: 1, max: 500_000 }), cents, (owed, price, steps, other) => {
        const unitValue = d('0.01').times(price);
        const all = { quantity: d('0.001').times(steps), unitValue, step: d('0.001') };
        const need = requiredValue(d('0.01').times(owed), d('0.65'));
        const besides = d('0.01').times(other);
        const parts = partition(need, besides, all);
        const stays = worthOf({ quantity: parts.keep, unitValue }).plus(besides);
        const covered = stays.greaterThanOrEqualTo(need) || parts.release.isZero();
        const oneLess = parts.keep.minus(all.step);
        const least =
          parts.keep.isZero() ||
          parts.release.isZero() ||
          worthOf({ quantity: oneLess, unitValue }).plus(besides).lessThan(need.plus('0.01'));
        return covered && least && parts.keep.plus(parts.release).equals(all.quantity);
      }),
      { numRuns: 2_000 },
    );
  t.doesNotThrow(covers);
});

void t.test('What a receipt carries is divided without a rest, and put together again', async (t) => {
  const small = fc.integer({ min: 1, max: 1_000_000 });
  const divided = () =>
    fc.assert(
      fc.property(fc.array(small, { minLength: 2, maxLength: 8 }), small, small, small, (steps, lost, pieces, fen) => {
        const quantities = steps.map((each) => d('0.001').times(each));
        const whole = {
          quantity: quantities.reduce((sum, each) => sum.plus(each), d('0')),
          lost: d('0.001').times(lost),
          pieces,
          feePaid: d('0.01').times(fen),
          value: d('0.01').times(fen).times(7),
          booked: d('0'),
        };
        const again = combine(divide(whole, quantities, d('0.001')));
        return (
          again.pieces === whole.pieces &&
          (['quantity', 'lost', 'feePaid', 'value', 'booked'] as const).every((of) => again[of].equals(whole[of]))
        );
      }),
    );
  t.doesNotThrow(divided);
});

void t.test('Claims on the same goods rank by publicity, liens before all (担保制度解释 art. 59)', async (t) => {
  const claim = (id: string, amount: string, perfectedAt: string | null, lien = false): Competing => ({
    id,
    amount: d(amount),
    perfectedAt,
    lien,
  });
  const told = (claims: readonly Competing[], proceeds: string) =>
    rankClaims(claims, d(proceeds)).map(({ id, rank, paid }) => `${rank} ${id} ${paid.toFixed(2)}`);
  t.same(
    told(
      [
        claim('late', '500.00', '2026-07-02T00:00:00Z'),
        claim('never', '300.00', null),
        claim('first', '600.00', '2026-07-01T00:00:00Z'),
        claim('nor', '100.00', null),
        claim('storage', '50.00', null, true),
      ],
      '1250.00',
    ),
    ['1 storage 50.00', '2 first 600.00', '3 late 500.00', '4 never 75.00', '4 nor 25.00'],
  );
  t.same(
    told([claim('a', '100.00', null), claim('b', '200.00', null)], '100.00'),
    ['1 a 33.33', '1 b 66.67'],
    'none was made public: in proportion',
  );
});

void t.test('The memo follows the value of the receipts', async (t) => {
  const told = (before: string, after: string) =>
    receiptsRevalued(d(before), d(after)).map(({ account, amount }) => `${account} ${amount.toFixed(2)}`);
  t.same(told('100.00', '130.00'), ['9004 30.00', '9999 -30.00']);
  t.same(told('100.00', '70.00'), ['9999 30.00', '9004 -30.00']);
  t.same(told('100.00', '100.00'), []);
});
