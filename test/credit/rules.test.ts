import t from 'tap';
import { checkOverCredit, workingCapitalNeed } from '../../src/credit/rules.ts';
import { Decimal, formatMoney, parseMoney } from '../../src/money/decimal.ts';

t.test('A firm', async (t) => {
  const days = (inventory: number, receivable: number, payable: number) => ({
    inventoryDays: new Decimal(inventory),
    receivableDays: new Decimal(receivable),
    payableDays: new Decimal(payable),
    prepaidDays: new Decimal(0),
    advanceReceivedDays: new Decimal(0),
  });
  const firm = {
    sales: parseMoney('3600000.00'),
    profitMargin: new Decimal('0.1'),
    growth: new Decimal('-0.5'),
    ownFunds: parseMoney('100000.00'),
    existingLoans: parseMoney('0.00'),
    otherFunds: parseMoney('0.00'),
  };
  const figures = (turnover: ReturnType<typeof days>) => {
    const { workingCapital, newLoanLimit } = workingCapitalNeed({ ...firm, ...turnover });
    return [workingCapital, newLoanLimit].map(formatMoney);
  };

  t.test('needs working capital for the days its money is tied up, less what it has', async (t) => {
    t.strictSame(figures(days(30, 60, 20)), ['315000.00', '215000.00']);
    t.strictSame(figures(days(10, 10, 0)), ['90000.00', '0.00']);
  });

  t.test('needs none when its suppliers finance it', async (t) => {
    t.strictSame(figures(days(10, 20, 45)), ['0.00', '0.00']);
  });

  t.test('is over-credited by the first fen above its need, counting every bank', async (t) => {
    const check = (existing: string, proposed: string) => {
      const { limit, overCredit, excess } = checkOverCredit(
        ...([parseMoney('100.00'), parseMoney(existing), parseMoney(proposed)] as const),
      );
      return [formatMoney(limit), overCredit, formatMoney(excess)];
    };
    t.strictSame(check('60.00', '40.00'), ['40.00', false, '0.00']);
    t.strictSame(check('60.00', '40.01'), ['40.00', true, '0.01']);
    t.strictSame(check('120.00', '1.00'), ['0.00', true, '1.00']);
  });
});
