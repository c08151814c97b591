import t from 'tap';
import { Decimal, formatMoney } from '../../src/money/decimal.ts';
import { storageFee, storageLoss } from '../../src/receipt/rules.ts';

t.test('Stored goods', async (t) => {
  const stored = {
    quantity: new Decimal('12.345'),
    dailyFee: new Decimal('0.45'),
    from: '2026-03-01',
    to: '2026-03-11',
  };

  t.test('are charged to the agreed end when fetched early, and to the day they leave when late', async (t) => {
    const charged = (withdrawnOn?: string) => {
      const { days, fee } = storageFee(withdrawnOn === undefined ? stored : { ...stored, withdrawnOn });
      return `${days} ${formatMoney(fee)}`;
    };
    t.equal(charged(), '10 55.55');
    t.equal(charged('2026-03-02'), '10 55.55');
    t.equal(charged('2026-03-12'), '11 61.11');
    t.throws(() => storageFee({ ...stored, to: '2026-02-28' }), RangeError);
  });

  t.test('may lose up to the standard of their receipt; a gain is no loss', async (t) => {
    const within = (measured: string) =>
      storageLoss(new Decimal('1000'), new Decimal('0.003'), new Decimal(measured)).within;
    t.strictSame(['997.000', '996.999', '1000.5'].map(within), [true, false, true]);
    t.equal(storageLoss(new Decimal('10'), new Decimal('0'), new Decimal('10.1')).loss.toFixed(3), '0.000');
  });
});
