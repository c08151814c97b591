import t from 'tap';
import { closeSegment, discountEarnedAt, duesAt, totalDue } from '../../src/financing/meters.ts';
import {
  discountEarned,
  feeCharged,
  fellOverdue,
  interestAccrued,
  loanDisbursed,
  penaltyAccrued,
  receivablePurchased,
  remaindersPaid,
  repaid,
} from '../../src/financing/postings.ts';
import { largestAdvance, quote } from '../../src/financing/quote.ts';
import type { FinancingRow } from '../../src/financing/store.ts';
import type { Line } from '../../src/ledger/journal.ts';
import { imbalance } from '../../src/ledger/journal.ts';
import { Decimal, parseMoney } from '../../src/money/decimal.ts';
import { splitVat } from '../../src/money/tax.ts';
import { applyWaterfall } from '../../src/money/waterfall.ts';
import type { ProductTerms } from '../../src/programme/terms.ts';
import { referenceFrom } from '../../src/reference/lookup.ts';

// The journals an accountant would sign: a loan with recourse (A1, A2) and a purchase without (A3).

const yuan = parseMoney;
const told = (lines: readonly Line[]): string[] =>
  lines.map(({ account, amount }) => `${amount.isNegative() ? 'Cr' : 'Dr'} ${account} ${amount.abs().toFixed(2)}`);

const reference = referenceFrom([
  { kind: 'rate', code: 'lpr_1y', from: '2025-05-20', to: null, value: '0.030000', source: 'example' },
]);

const terms: ProductTerms = {
  enabled: true,
  advanceRatio: '0.800000',
  minTenorDays: 1,
  maxTenorDays: 365,
  graceDays: 0,
  pricing: { reference: 'lpr_1y', spreadBp: 120, fixedRate: null, debtorShare: '0.000000', feeRate: '0.001000' },
  penaltyUplift: '0.500000',
  compound: false,
  waterfall: ['fees', 'compoundInterest', 'penaltyInterest', 'interest', 'principal'],
  eligibility: { scales: [], maxTier: 5, requiredTags: [], minFace: '0.01' },
  extension: { allowed: true, maxDays: 90 },
  vatExemptSmallLoans: false,
};

const zero = new Decimal(0);
const vatRate = new Decimal('0.06');

const loan = (changes: Partial<FinancingRow>): FinancingRow =>
  ({
    product: 'recourse_factoring',
    amount: yuan('987654.31'),
    principal: yuan('987654.31'),
    rate: new Decimal('0.042'),
    penaltyRate: new Decimal('0.063'),
    vatRate,
    discount: zero,
    valueDate: '2025-06-17',
    maturityDate: '2025-09-15',
    accruing: 'contract',
    segmentFrom: '2025-06-17',
    interestNumerator: 0n,
    penaltyNumerator: 0n,
    compoundNumerator: 0n,
    compoundBase: zero,
    misused: zero,
    misuseRate: zero,
    interestPaid: zero,
    penaltyPaid: zero,
    compoundPaid: zero,
    terms,
    ...changes,
  }) as FinancingRow;

void t.test('a loan with recourse is quoted as it will be booked', async (t) => {
  const face = yuan('1234567.89');
  const amount = largestAdvance('recourse_factoring', terms, face);
  t.equal(amount.toFixed(2), '987654.31', 'the advance is rounded down');
  const figures = quote(
    { product: 'recourse_factoring', terms, face, amount, valueDate: '2025-06-17', dueDate: '2025-09-15', vatRate },
    reference,
  );
  t.equal(figures.days, 90);
  t.equal(figures.rate.toFixed(6), '0.042000');
  t.equal(figures.penaltyRate.toFixed(6), '0.063000');
  t.equal(figures.interest.toFixed(2), '10370.37');
  t.equal(figures.netProceeds.toFixed(2), '986666.66');
  t.same(told(loanDisbursed({ product: 'recourse_factoring', payee: 'S1', amount })), [
    'Dr 1101 987654.31',
    'Cr 2001/S1 987654.31',
  ]);
  t.same(told(feeCharged({ borrower: 'S1', net: figures.feeNet, tax: figures.feeTax })), [
    'Dr 2001/S1 987.65',
    'Cr 4004 931.75',
    'Cr 2011 55.90',
  ]);
});

void t.test('the months of a loan sum to its closed form, interest and tax alike', async (t) => {
  const financing = loan({});
  const toDate = (on: string) => duesAt(financing, on).interest;
  const booked = (from: string, to: string) => {
    const tax = splitVat(toDate(to), vatRate).vat.minus(splitVat(toDate(from), vatRate).vat);
    return told(interestAccrued({ gross: toDate(to).minus(toDate(from)), tax }));
  };
  t.same(booked('2025-06-17', '2025-07-01'), ['Dr 1131 1613.17', 'Cr 4001 1521.86', 'Cr 2011 91.31']);
  t.same(booked('2025-07-01', '2025-08-01'), ['Dr 1131 3572.02', 'Cr 4001 3369.83', 'Cr 2011 202.19']);
  t.same(booked('2025-08-01', '2025-09-01'), ['Dr 1131 3572.01', 'Cr 4001 3369.82', 'Cr 2011 202.19']);
  t.same(booked('2025-09-01', '2025-09-15'), ['Dr 1131 1613.17', 'Cr 4001 1521.86', 'Cr 2011 91.31']);
  t.equal(toDate('2025-09-15').toFixed(2), '10370.37');
});

void t.test('at maturity the waterfall takes interest and principal, the rest is the supplier’s', async (t) => {
  const dues = duesAt(loan({}), '2025-09-15');
  const paid = applyWaterfall(yuan('1234567.89'), dues, terms.waterfall);
  t.same(
    told(
      repaid({
        from: '2003/C1',
        principalAccount: '1101',
        penalty: zero,
        interest: paid.interest,
        principal: paid.principal,
      }),
    ),
    ['Dr 2003/C1 998024.68', 'Cr 1131 10370.37', 'Cr 1101 987654.31'],
  );
  t.same(told(remaindersPaid('C1', new Map([['S1', paid.unapplied]]))), [
    'Dr 2003/C1 236543.21',
    'Cr 2001/S1 236543.21',
  ]);
});

void t.test('a short payment takes interest first, the rest falls overdue and bears penalty', async (t) => {
  const paid = applyWaterfall(yuan('900000.00'), duesAt(loan({}), '2025-09-15'), terms.waterfall);
  t.equal(paid.interest.toFixed(2), '10370.37');
  t.equal(paid.principal.toFixed(2), '889629.63');
  const rest = loan({
    ...closeSegment(loan({}), '2025-09-15'),
    principal: yuan('98024.68'),
    interestPaid: paid.interest,
    accruing: 'penalty',
  });
  t.same(told(fellOverdue('1101', rest.principal)), ['Dr 1120 98024.68', 'Cr 1101 98024.68']);
  const dues = duesAt(rest, '2025-10-05');
  const tax = splitVat(dues.penaltyInterest, vatRate).vat;
  t.same(told(penaltyAccrued({ gross: dues.penaltyInterest, tax })), [
    'Dr 1132 343.09',
    'Cr 4003 323.67',
    'Cr 2011 19.42',
  ]);
  t.equal(totalDue(dues).toFixed(2), '98367.77', 'what the supplier is debited when it buys back');
});

void t.test('a purchase without recourse takes its discount at the start and earns it day by day', async (t) => {
  const face = yuan('512345.67');
  const pricing = { ...terms.pricing, spreadBp: 65, debtorShare: '0.400000', feeRate: '0.000000' };
  const figures = quote(
    {
      product: 'nonrecourse_factoring',
      terms: { ...terms, pricing },
      face,
      amount: face,
      valueDate: '2025-06-20',
      dueDate: '2025-10-15',
      vatRate,
    },
    reference,
  );
  t.equal(figures.days, 117);
  t.same(
    told(
      receivablePurchased({
        product: 'nonrecourse_factoring',
        seller: 'S1',
        debtor: 'C1',
        face,
        discount: figures.interest,
        debtorDiscount: figures.debtorInterest,
      }),
    ),
    ['Dr 1102 512345.67', 'Dr 2001/C1 2431.08', 'Cr 1103 6077.70', 'Cr 2001/S1 508699.05'],
  );
  const purchase = loan({
    product: 'nonrecourse_factoring',
    discount: figures.interest,
    valueDate: '2025-06-20',
    maturityDate: '2025-10-15',
    accruing: 'discount',
  });
  const booked = (from: string, to: string) => {
    const [before, after] = [discountEarnedAt(purchase, from), discountEarnedAt(purchase, to)];
    const tax = splitVat(after, vatRate).vat.minus(splitVat(before, vatRate).vat);
    return told(discountEarned({ gross: after.minus(before), tax }));
  };
  t.same(booked('2025-06-20', '2025-07-01'), ['Dr 1103 571.41', 'Cr 4002 539.07', 'Cr 2011 32.34']);
  t.same(booked('2025-07-01', '2025-08-01'), ['Dr 1103 1610.33', 'Cr 4002 1519.18', 'Cr 2011 91.15']);
  t.same(booked('2025-08-01', '2025-09-01'), ['Dr 1103 1610.33', 'Cr 4002 1519.17', 'Cr 2011 91.16']);
  t.same(booked('2025-09-01', '2025-10-01'), ['Dr 1103 1558.38', 'Cr 4002 1470.17', 'Cr 2011 88.21']);
  t.same(booked('2025-10-01', '2025-10-15'), ['Dr 1103 727.25', 'Cr 4002 686.09', 'Cr 2011 41.16']);
});

void t.test('every posting balances', async (t) => {
  for (const lines of [
    loanDisbursed({ product: 'pledge_loan', payee: 'S1', amount: yuan('0.01') }),
    interestAccrued({ gross: yuan('0.03'), tax: yuan('0.01') }),
    discountEarned({ gross: yuan('7.77'), tax: yuan('0.44') }),
  ]) {
    t.ok(imbalance(lines).isZero());
  }
});
