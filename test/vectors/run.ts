import { readFileSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import { isCovered, rollForward, statutoryCalendar } from '../../src/money/calendar.ts';
import { addMonths, daysBetween, uppercaseDate } from '../../src/money/dates.ts';
import { formatMoney, parseDecimal, parseMoney, splitByLargestRemainder } from '../../src/money/decimal.ts';
import { classifyEnterprise, type Metric } from '../../src/money/enterprise-scale.ts';
import { isCnaps, isLei, isUscc, organisationCodeCheck, parseInvoiceNumber } from '../../src/money/identifiers.ts';
import * as interest from '../../src/money/interest.ts';
import { uppercaseRmb } from '../../src/money/rmb-uppercase.ts';
import { loanStampDuty, splitVat } from '../../src/money/tax.ts';
import { allocateAcrossDebts, applyWaterfall, type Bucket, type Dues } from '../../src/money/waterfall.ts';
import { Refusal } from '../../src/platform/refusal.ts';
import * as receivable from '../../src/receivable/rules.ts';
import { billAnswers } from './bill-answers.ts';
import { creditAnswers } from './credit-answers.ts';
import { policyAnswers } from './policy-answers.ts';
import { type Answers, type Input, inMoney, type Vector } from './vector.ts';

const money = parseMoney;
const rate = parseDecimal;

const answers: Answers = {
  ...billAnswers,
  ...creditAnswers,
  ...policyAnswers,
  'calendar.coverage': ({ date }) => ({
    covered: isCovered(date),
    mustNotTreatAsWorkday: statutoryCalendar(date).provisional,
  }),
  'calendar.rollForward': ({ date }) => ({
    isWorkday: statutoryCalendar(date).isWorkday,
    rolled: rollForward(date).date,
  }),
  'certificate.tenorCheck': (i) => ({
    result: receivable.checkCertificateTenor(i.issue, i.due, i.normalMonths, i.maxMonths),
  }),
  'cnaps.validate': ({ code }) => ({ valid: isCnaps(code) }),
  'date.addMonths': ({ date, months }) => ({ date: addMonths(date, months) }),
  'date.uppercase': ({ date }) => ({ text: uppercaseDate(date) }),
  'factoring.settle': (i) => {
    const settled = receivable.settleFactoring({
      receivable: money(i.receivable),
      advanceRatio: rate(i.advanceRatio),
      annualRate: rate(i.annualRate),
      days: i.days,
      feeRate: rate(i.feeRate),
      collected: money(i.collected),
      recourse: i.recourse,
    });
    return inMoney(settled);
  },
  'invoiceNo.parse': ({ no }) => parseInvoiceNumber(no),
  'lei.validate': ({ lei }) => ({ valid: isLei(lei) }),
  'loan.annuitySchedule': (i) => {
    const { payment, rows, totalInterest } = interest.annuitySchedule(money(i.principal), rate(i.annualRate), i.months);
    return {
      payment: formatMoney(payment),
      rows: rows.map((r) => [r.number, ...[r.payment, r.principal, r.interest, r.balance].map(formatMoney)]),
      totalInterest: formatMoney(totalInterest),
    };
  },
  'loan.earlyRepay': (i) => {
    const owed = interest.loanInterest(money(i.principal), rate(i.annualRate), i.accruedFrom, i.repaidOn);
    return {
      days: owed.days,
      interest: formatMoney(owed.interest),
      payoff: formatMoney(money(i.principal).plus(owed.interest)),
    };
  },
  'loan.interest': (i) => {
    const owed = interest.loanInterest(
      money(i.principal),
      rate(i.annualRate),
      i.startInclusive,
      i.endExclusive,
      i.basis,
    );
    return { days: owed.days, interest: formatMoney(owed.interest) };
  },
  'loan.interestByMonths': (i) => {
    const owed = interest.interestByMonths(money(i.principal), rate(i.annualRate), i.start, i.end);
    return { ...owed, interest: formatMoney(owed.interest), actualDaysMethod: formatMoney(owed.actualDaysMethod) };
  },
  'loan.lprPricing': (i) => ({ annualRate: interest.lprPricedRate(rate(i.lprPercent), i.spreadBp).toFixed(4) }),
  'loan.overdue': (i) => {
    const owed = interest.overdueInterest({
      principal: money(i.principal),
      unpaidInterest: money(i.unpaidInterest),
      contractRate: rate(i.contractRate),
      penaltyUplift: rate(i.penaltyUplift),
      from: i.from,
      to: i.to,
      basis: i.basis,
    });
    return {
      penaltyRate: owed.penaltyRate.toFixed(4),
      days: owed.days,
      penaltyInterest: formatMoney(owed.penaltyInterest),
      compoundInterest: formatMoney(owed.compoundInterest),
    };
  },
  'orgcode.checkDigit': ({ body }) => ({ check: organisationCodeCheck(body) }),
  'payment.allocateAcrossDebts': (i) => ({
    paid: allocateAcrossDebts(
      money(i.payment),
      i.debts.map((debt: Input) => ({ ...debt, amount: money(debt.amount), rate: rate(debt.rate) })),
      i.debtorDesignation,
    ).map(({ id, paid }) => ({ id, paid: formatMoney(paid) })),
  }),
  'payment.waterfall': (i) => {
    const due = Object.fromEntries(Object.entries(i.due).map(([key, value]) => [key, money(value as string)]));
    const paid = applyWaterfall(money(i.payment), due as Dues, i.order as readonly Bucket[] | undefined);
    return inMoney(paid);
  },
  'priority.factors': ({ claims }) => ({ order: receivable.orderFactorClaims(claims) }),
  'priority.proRata': (i) => ({
    shares: splitByLargestRemainder(money(i.pool), i.weights.map(rate)).map(formatMoney),
  }),
  'rmb.uppercase': ({ amount }) => ({ canonical: uppercaseRmb(money(amount)) }),
  'sme.agreedRateCheck': (i) => ({
    allowed: receivable.isAgreedRateAllowed(rate(i.agreedAnnual), rate(i.lpr1yAtContract)),
  }),
  'sme.classify': ({ industry, ...figures }) => {
    const parsed = Object.entries(figures).map(([metric, value]) => [metric as Metric, rate(value as string)]);
    return { size: classifyEnterprise(industry, Object.fromEntries(parsed)) };
  },
  // Thirty days: 保障中小企业款项支付条例 art. 16; the vectors of this kind carry no parameter.
  'sme.confirmationDue': ({ requestedOn }) => ({ due: receivable.confirmationDue(requestedOn, 30) }),
  'sme.overdueInterest': (i) => {
    const owed = receivable.smeOverdueInterest(money(i.principal), i.dueDate, i.paidOn, rate(i.dailyRate));
    return { days: daysBetween(i.dueDate, i.paidOn), interest: formatMoney(owed.interest) };
  },
  'sme.paymentDue': (i) => receivable.smePaymentDue(i.deliveredOn, i.days),
  'tax.stampLoan': (i) => ({
    // 0.005 % of the principal: 印花税法, loan contracts.
    tax: formatMoney(loanStampDuty(money(i.principal), rate('0.00005'), i.smallMicroBorrower)),
  }),
  'tax.vatInclusive': (i) => {
    const { net, vat } = splitVat(money(i.gross), rate(i.rate));
    return { net: formatMoney(net), vat: formatMoney(vat) };
  },
  'uscc.validate': ({ code }) => ({ valid: isUscc(code) }),
};

/** Vectors may add forms that are also accepted or a bare value that only explains; the canonical answer decides. */
const expectedOf = ({ kind, expected }: Vector): unknown =>
  kind === 'rmb.uppercase' ? { canonical: expected.canonical } : expected;

/** A vector names a refusal by its code in capitals. */
const refusalAnswer = (error: unknown) =>
  error instanceof Refusal
    ? { error: error.code.toUpperCase().replaceAll('-', '_') }
    : { refused: (error as Error).message };

const [, , file] = process.argv;
if (file === undefined) {
  console.error('usage: npm run -s vectors -- FILE');
  process.exit(2);
}

const tally = { passed: 0, failed: 0, unknown: 0 };
for (const vector of JSON.parse(readFileSync(file, 'utf8')) as Vector[]) {
  const answer = answers[vector.kind];
  if (answer === undefined) {
    tally.unknown += 1;
    console.log(`unknown ${vector.id} ${vector.kind}`);
    continue;
  }
  let got: unknown;
  try {
    got = answer(vector.input);
  } catch (error) {
    got = refusalAnswer(error);
  }
  if (isDeepStrictEqual(got, expectedOf(vector))) {
    tally.passed += 1;
    console.log(`ok ${vector.id}`);
  } else {
    tally.failed += 1;
    console.log(`FAIL ${vector.id} expected ${JSON.stringify(expectedOf(vector))} got ${JSON.stringify(got)}`);
  }
}
console.log(`${tally.passed} passed, ${tally.failed} failed, ${tally.unknown} unknown`);
process.exitCode = tally.failed + tally.unknown > 0 ? 1 : 0;
