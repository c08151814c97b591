import fc from 'fast-check';
import t from 'tap';
import {
  controlLine,
  cureOf,
  drawable,
  isRestored,
  loanToValue,
  outranksEarlier,
  releasable,
  rungOf,
} from '../../src/inventory/rules.ts';
import { Decimal } from '../../src/money/decimal.ts';

const d = (text: string | number) => new Decimal(text);
const ladder = { initial: d('0.7'), warning: d('0.72'), call: d('0.75'), closeOut: d('0.85') };
const cover = (exposure: string, value: string, margin = '0') => ({
  exposure: d(exposure),
  value: d(value),
  margin: d(margin),
});

void t.test('A line that is reached counts, and margin counts against what is owed', async (t) => {
  const at = (exposure: string, margin?: string) => rungOf(cover(exposure, '1000000.00', margin), ladder);
  t.equal(at('719999.99'), 'sound');
  t.equal(at('720000.00'), 'warning');
  t.equal(at('749999.99'), 'warning');
  t.equal(at('750000.00'), 'call');
  t.equal(at('850000.00'), 'close_out');
  t.equal(at('850000.00', '130000.01'), 'sound');
  t.equal(rungOf(cover('0.01', '0.00'), ladder), 'close_out', 'nothing covers the loan');
  t.equal(rungOf(cover('0.00', '0.00'), ladder), 'sound');
  t.equal(loanToValue(cover('0.01', '0.00')), null);
});

void t.test(
  'A security for the price outranks earlier ones when it was registered within ten days of delivery',
  async (t) => {
    t.equal(outranksEarlier(['2026-07-01', '2026-07-08'], '2026-07-11'), true);
    t.equal(outranksEarlier(['2026-07-01', '2026-07-08'], '2026-07-12'), false, 'one lot is too late');
    t.equal(outranksEarlier(['2026-07-08'], null), false);
    t.equal(outranksEarlier([], '2026-07-08'), false);
  },
);

const fen = fc.bigInt({ min: 0n, max: 10n ** 13n }).map((n) => d(n.toString()).dividedBy(100));
const ratio = fc.integer({ min: 1, max: 999_999 }).map((n) => d(n).dividedBy(1_000_000));

void t.test('What cures a call cures it, and a fen or a step less does not', async () => {
  fc.assert(
    fc.property(
      fen,
      fen,
      fen,
      ratio,
      fc.integer({ min: 1, max: 10_000_000 }),
      (exposure, value, margin, initial, price) => {
        const lines = { ...ladder, initial };
        const now = { exposure, value, margin };
        const cure = cureOf(now, lines);
        if (isRestored(now, lines)) return cure.cash.isZero();
        const paid = (cash: Decimal) => isRestored({ ...now, exposure: exposure.minus(cash) }, lines);
        const secured = (cash: Decimal) => isRestored({ ...now, margin: margin.plus(cash) }, lines);
        const unit = { value: d(price).dividedBy(100), step: d('0.001') };
        const quantity = cure.quantityOf(unit);
        const added = (tonnes: Decimal) => isRestored({ ...now, value: value.plus(tonnes.times(unit.value)) }, lines);
        return (
          paid(cure.cash) &&
          secured(cure.margin) &&
          !paid(cure.cash.minus('0.01')) &&
          added(quantity) &&
          (quantity.minus(unit.step).times(unit.value).greaterThanOrEqualTo(cure.goodsValue.minus('0.01')) ||
            !added(quantity.minus(unit.step).minus('0.001')))
        );
      },
    ),
  );
});

void t.test('What may be drawn or released keeps the line, and never more than there is', async () => {
  fc.assert(
    fc.property(fen, fen, ratio, fc.integer({ min: 1, max: 10_000_000 }), (exposure, value, initial, price) => {
      const lines = { ...ladder, initial };
      const now = { exposure, value, margin: d(0) };
      const more = { ...now, exposure: exposure.plus(drawable(now, lines)) };
      if (isRestored(now, lines) && !isRestored(more, lines)) return false;
      const unit = { value: d(price).dividedBy(100), step: d('0.001') };
      const held = value.dividedBy(unit.value).dividedBy(unit.step).floor().times(unit.step);
      const out = releasable(now, lines, unit, held);
      const left = value.minus(out.times(unit.value));
      return out.lessThanOrEqualTo(held) && (out.isZero() || left.greaterThanOrEqualTo(controlLine(now, lines)));
    }),
  );
});
