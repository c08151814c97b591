import * as fund from '../../src/fund/rules.ts';
import { shareLoss } from '../../src/guarantee/rules.ts';
import { Decimal, formatMoney, parseMoney as money, parseDecimal as rate } from '../../src/money/decimal.ts';
import { interestForDays } from '../../src/money/interest.ts';
import { smallLoanVat } from '../../src/money/tax.ts';
import * as report from '../../src/report/rules.ts';
import { type Answers, type Input, inMoney, inRatio } from './vector.ts';

/** Kinds of 济管财金〔2022〕25号 and of the tax reliefs; numbers a vector leaves out are the policy's, as its source says. */
export const policyAnswers: Answers = {
  'policy.bridgeFundFee': (i) => ({
    fee: formatMoney(fund.rolloverFundFee(money(i.principal), rate(i.dailyRate), i.days)),
  }),
  'policy.firstTimeBorrowerShare': (i) => ({
    share: inRatio(report.shareOf(new Decimal(i.firstTime), new Decimal(i.newCustomers))),
  }),
  'policy.ftp': (i) => {
    const { price, met } = report.transferPrice(rate(i.baseFtp), i.discountBp, 50);
    return { ftp: price.toFixed(4), met };
  },
  'policy.inclusiveFlag': (i) => ({
    inclusive: report.isInclusive(
      { kind: i.product, borrower: i.borrowerSize, total: money(i.totalCredit) },
      money(i.threshold),
    ),
  }),
  'policy.interestSubsidy': (i) => ({
    amount: formatMoney(
      report.interestSubsidy({
        principal: money(i.principal),
        subsidyRate: rate(i.subsidyRate),
        days: i.days,
        basis: i.basis,
        ...(i.interestPaid === undefined ? {} : { interestPaid: money(i.interestPaid) }),
      }),
    ),
  }),
  'policy.kpiWeight': (i) => ({ met: report.isAppraisalWeightMet(rate(i.inclusiveWeight), rate('0.10')) }),
  'policy.lossSharing': (i) => {
    const shares = Object.entries(i.shares).map(([party, share]) => ({ party, share: rate(share as string) }));
    const parts = shareLoss(money(i.loss), shares);
    return { parts: inMoney(Object.fromEntries(parts.map(({ party, amount }) => [party, amount]))) };
  },
  'policy.nplTolerance': (i) => {
    const checked = report.nplTolerance(rate(i.inclusiveNpl), rate(i.allNpl), rate(i.tolerancePp));
    return { within: checked.within, dueCareExemptionAvailable: checked.dueCareExemption };
  },
  'policy.rateStableDecline': (i) => {
    const loans = i.current.map(([amount, annual]: [string, string]) => ({
      amount: money(amount),
      rate: rate(annual),
    }));
    const average = report.weightedRate(loans);
    return { weightedAvg: inRatio(average), met: average.lessThanOrEqualTo(rate(i.priorYearAvg)) };
  },
  'policy.relendingInterest': (i) => ({
    interest: formatMoney(interestForDays(money(i.principal), rate(i.annualRate), i.days, i.basis)),
  }),
  'policy.riskPool': (i) => inMoney(fund.poolCompensation(money(i.loss), rate(i.poolShare), money(i.poolBalance))),
  'policy.twoIncreases': (i: Input) => {
    const { growth, allLoansGrowth, ...met } = report.twoIncreases(
      { inclusive: money(i.inclusive0), all: money(i.all0), customers: i.customers0 },
      { inclusive: money(i.inclusive1), all: money(i.all1), customers: i.customers1 },
    );
    return { growth: inRatio(growth), allLoansGrowth: inRatio(allLoansGrowth), ...met };
  },
  'tax.smallLoanVat': (i) =>
    inMoney(
      smallLoanVat({
        interest: money(i.interest),
        loanRate: rate(i.loanRate),
        lprOneYear: rate(i.lpr1y),
        // 150 % of LPR: 公告2023年第16号; 6 %: 增值税法 art. 10 (3).
        capMultiple: rate('1.5'),
        method: i.method,
        vatRate: rate('0.06'),
      }),
    ),
};
