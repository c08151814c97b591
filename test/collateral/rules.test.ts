import fc from 'fast-check';
import t from 'tap';
import { borrowingLimit, marginCall, priceDrop, releasableGoods } from '../../src/collateral/coverage-rules.ts';
import { distributeByRegistration, hasPurchaseMoneyPriority } from '../../src/collateral/rules.ts';
import { Decimal, formatMoney, parseMoney } from '../../src/money/decimal.ts';

const goods = (quantity: string, price: string, pledgeRate = '0.7') => ({
  quantity: new Decimal(quantity),
  price: new Decimal(price),
  pledgeRate: new Decimal(pledgeRate),
});

t.test('Proceeds of one collateral', async (t) => {
  const claim = (id: string, amount: string, registeredAt: string | null, registrationNumber?: string) => ({
    id,
    amount: parseMoney(amount),
    registeredAt,
    ...(registrationNumber === undefined ? {} : { registrationNumber }),
  });
  const paid = (proceeds: string, claims: Parameters<typeof distributeByRegistration>[1]) =>
    distributeByRegistration(parseMoney(proceeds), claims).map(({ id, paid }) => `${id} ${formatMoney(paid)}`);

  t.test('go to registered claims by the instant, whatever offset it is written with', async (t) => {
    const later = claim('later', '100.00', '2026-03-01T09:00:01+08:00');
    const earlier = claim('earlier', '100.00', '2026-03-01T01:00:00Z');
    t.strictSame(paid('150.00', [later, earlier]), ['earlier 100.00', 'later 50.00']);
    const midnight = claim('day', '100.00', '2026-03-01');
    const atSeven = claim('seven', '100.00', '2026-03-01T07:00:00+08:00');
    t.strictSame(paid('150.00', [atSeven, midnight]), ['day 100.00', 'seven 50.00']);
  });

  t.test('go in proportion to claims of equal rank, unless their registration numbers tell them apart', async (t) => {
    const [a, b, u] = [claim('a', '1.00', '2026-03-01'), claim('b', '2.00', '2026-03-01'), claim('u', '5.00', null)];
    t.strictSame(paid('1.00', [u, a, b]), ['a 0.33', 'b 0.67', 'u 0.00']);
    const numbered = [claim('n2', '1.00', '2026-03-01', '0002'), claim('n1', '2.00', '2026-03-01', '0001')];
    t.strictSame(paid('1.00', numbered), ['n1 1.00', 'n2 0.00']);
  });

  t.test('are refused a ranking when a registration time is not one', async (t) => {
    t.throws(() => paid('1.00', [claim('a', '1.00', 'yesterday'), claim('b', '1.00', null)]), RangeError);
  });

  t.test('are paid out whole or cover every claim, and no claim gets more than it is', async () => {
    const time = fc.constantFrom(null, '2026-01-01', '2026-01-02', '2026-01-02T08:00:00+08:00');
    const claims = fc.array(fc.tuple(fc.nat(10_000), time), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(fc.nat(40_000), claims, (fen, drawn) => {
        const proceeds = new Decimal(fen).dividedBy(100);
        const listed = drawn.map(([amount, registeredAt], i) => ({
          id: String(i),
          amount: new Decimal(amount).dividedBy(100),
          registeredAt,
        }));
        const shares = distributeByRegistration(proceeds, listed);
        const owed = Decimal.sum(0, ...listed.map(({ amount }) => amount));
        const total = Decimal.sum(0, ...shares.map((share) => share.paid));
        const within = shares.every(({ id, paid }) => paid.lessThanOrEqualTo(listed[Number(id)]?.amount ?? 0));
        return total.equals(Decimal.min(proceeds, owed)) && within && shares.length === listed.length;
      }),
    );
  });
});

t.test('Purchase-money security goes first when registered by the tenth day after delivery', async (t) => {
  t.ok(hasPurchaseMoneyPriority('2026-02-19', '2026-03-01'));
  t.notOk(hasPurchaseMoneyPriority('2026-02-19', '2026-03-02'));
  t.ok(hasPurchaseMoneyPriority('2026-02-19', '2026-02-18'), 'a registration ahead of delivery counts');
  t.notOk(hasPurchaseMoneyPriority('2026-02-19', null));
});

t.test('Goods in pledge', async (t) => {
  t.test('carry a loan rounded down to the fen', async (t) => {
    t.equal(formatMoney(borrowingLimit(goods('0.333', '0.10')).limit), '0.02');
  });

  t.test('that lost value call for the worked 52.694 tonnes or 562,500.00 in cash', async (t) => {
    const call = marginCall(parseMoney('5900000.00'), goods('500.000', '15250.00'));
    t.equal(call.goodsToAdd.toFixed(3), '52.694');
    t.equal(formatMoney(call.cashToPay), '562500.00');
    t.equal(formatMoney(call.requiredValue), '8428571.43');
  });

  t.test('that cover the loan call for nothing', async (t) => {
    const call = marginCall(parseMoney('100.00'), goods('1', '142.86'));
    t.strictSame([call.shortfall, call.goodsToAdd, call.cashToPay].map(Number), [0, 0, 0]);
  });

  t.test('may leave as the worked 65.573 tonnes, all of them once nothing is owed', async (t) => {
    const pledged = goods('500.000', '15250.00');
    t.equal(releasableGoods(parseMoney('4637500.00'), pledged).quantity.toFixed(3), '65.573');
    t.equal(releasableGoods(parseMoney('0.00'), pledged).quantity.toFixed(3), '500.000');
    t.equal(releasableGoods(parseMoney('5900000.00'), pledged).quantity.toFixed(3), '0.000');
  });

  t.test('that leave never take the rest below the line, and goods that come always reach it', async () => {
    const quantity = fc.integer({ min: 1, max: 10_000_000 });
    fc.assert(
      fc.property(quantity, fc.integer({ min: 1, max: 9_000_000 }), fc.nat(10 ** 9), (kilos, fen, owed) => {
        const exposure = new Decimal(owed).dividedBy(100);
        const pledged = { ...goods('0', '1'), quantity: new Decimal(kilos).dividedBy(1000) };
        const priced = { ...pledged, price: new Decimal(fen).dividedBy(100) };
        const call = marginCall(exposure, priced);
        const release = releasableGoods(exposure, priced);
        const after = priced.quantity.plus(call.goodsToAdd).minus(release.quantity);
        const covered = borrowingLimit({ ...priced, quantity: after }).value.greaterThanOrEqualTo(call.requiredValue);
        return covered && (release.quantity.isZero() || call.goodsToAdd.isZero());
      }),
    );
  });

  t.test('are warned of and called for by the exact fall of their price', async (t) => {
    const lines = { warn: new Decimal('0.05'), call: new Decimal('0.1') };
    const stateAt = (price: string) => priceDrop(new Decimal('20150'), new Decimal(price), lines).state;
    t.strictSame(['19142.51', '19142.50', '18135.01', '18135.00'].map(stateAt), ['OK', 'WARN', 'WARN', 'CALL']);
    t.equal(priceDrop(new Decimal('100'), new Decimal('101'), lines).drop.toFixed(2), '-0.01');
  });

  t.test('have no value without a price', async (t) => {
    t.throws(() => marginCall(parseMoney('1.00'), goods('1', '0')), RangeError);
    t.throws(
      () => priceDrop(new Decimal(0), new Decimal(1), { warn: new Decimal(0), call: new Decimal(0) }),
      RangeError,
    );
  });
});
