import t from 'tap';
import { Decimal, formatMoney, parseMoney } from '../../src/money/decimal.ts';
import { smallLoanVat } from '../../src/money/tax.ts';

t.test('VAT on interest from a small borrower', async (t) => {
  const taxed = (loanRate: string, method: 1 | 2) => {
    const loan = { interest: parseMoney('50000.00'), loanRate: new Decimal(loanRate), method };
    const law = { lprOneYear: new Decimal('0.03'), capMultiple: new Decimal('1.5'), vatRate: new Decimal('0.06') };
    const { exempt, taxableGross, vat } = smallLoanVat({ ...loan, ...law });
    return [exempt, taxableGross, vat].map(formatMoney);
  };

  t.test('is nothing up to one and a half times LPR, by either method', async (t) => {
    for (const method of [1, 2] as const) {
      t.strictSame(taxed('0.045', method), ['50000.00', '0.00', '0.00']);
      t.strictSame(taxed('0', method), ['50000.00', '0.00', '0.00']);
    }
  });

  t.test('is on the whole loan by method 1 and on the part above by method 2, from the first millionth', async (t) => {
    t.strictSame(taxed('0.045001', 1), ['0.00', '50000.00', '2830.19']);
    t.strictSame(taxed('0.045001', 2), ['49998.89', '1.11', '0.06']);
    t.strictSame(taxed('0.05', 2), ['45000.00', '5000.00', '283.02']);
  });
});
