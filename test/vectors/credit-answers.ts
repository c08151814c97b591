import * as coverage from '../../src/collateral/coverage-rules.ts';
import * as priority from '../../src/collateral/rules.ts';
import * as credit from '../../src/credit/rules.ts';
import * as loan from '../../src/financing/loan-rules.ts';
import { formatMoney, parseMoney as money, parseDecimal as rate } from '../../src/money/decimal.ts';
import * as prepayment from '../../src/prepayment/rules.ts';
import * as receipt from '../../src/receipt/rules.ts';
import { lprChanges, lprOn } from '../../src/reference/rules.ts';
import { expectedCreditLoss, type LossBasis } from '../../src/risk/rules.ts';
import { classificationLines } from '../financing/classification-lines.ts';
import { type Answers, type Input, inMoney, inRatio } from './vector.ts';

const goodsOf = ({ qty, price, pledgeRate }: Input): coverage.PledgedGoods => ({
  quantity: rate(qty),
  price: money(price),
  pledgeRate: rate(pledgeRate),
});

const monthsOf = (term: string): number => Number.parseInt(term, 10) * (term.endsWith('y') ? 12 : 1);

/** Years of a lifetime loss, written as rows or as a column of probabilities beside one of exposures. */
function lossYears(columns: readonly unknown[]) {
  const [first = [], second] = columns.filter(Array.isArray) as string[][];
  const rows =
    second === undefined ? first.map((row) => Object.values(row)) : first.map((cell, t) => [cell, second[t]]);
  return rows.map(([one, other]) => {
    const [defaultProbability, exposure] = [rate(one ?? ''), rate(other ?? '')].sort((a, b) => a.comparedTo(b));
    return { defaultProbability, exposure };
  });
}

function lossBasis({ stage, ead, pd12m, lgd, eir, ...rest }: Input): LossBasis {
  const lossGivenDefault = rate(lgd);
  if (stage === 1) return { stage, exposure: money(ead), lossGivenDefault, defaultProbability: rate(pd12m) };
  if (stage === 3) return { stage, exposure: money(ead), lossGivenDefault };
  const years = lossYears([ead, ...Object.values(rest)]) as Extract<LossBasis, { stage: 2 }>['years'];
  return { stage, years, lossGivenDefault, effectiveRate: rate(eir) };
}

const classNames: Readonly<Record<loan.RiskClass, string>> = {
  normal: '正常',
  special_mention: '关注',
  substandard: '次级',
  doubtful: '可疑',
  loss: '损失',
};

export const creditAnswers: Answers = {
  'collateral.marginCall': (i) => {
    const call = coverage.marginCall(money(i.loan), goodsOf(i));
    return {
      ltv: inRatio(call.loanToValue),
      topUpQty: call.goodsToAdd.toFixed(3),
      ...inMoney({
        value: call.value,
        requiredValue: call.requiredValue,
        shortfallValue: call.shortfall,
        orCash: call.cashToPay,
      }),
    };
  },
  'collateral.maxLoan': (i) => {
    const { value, limit } = coverage.borrowingLimit(goodsOf(i));
    return inMoney({ value, maxLoan: limit });
  },
  'collateral.priceDrop': (i) => {
    const lines = { warn: rate(i.warn), call: rate(i.call) };
    const { drop, state } = coverage.priceDrop(money(i.basePrice), money(i.price), lines);
    return { drop: inRatio(drop), state };
  },
  'collateral.release': (i) => {
    const { requiredValue, excessValue, quantity } = coverage.releasableGoods(money(i.loan), goodsOf(i));
    return { ...inMoney({ requiredValue, excessValue }), releasableQty: quantity.toFixed(3) };
  },
  'credit.workingCapitalNeed': (i) => {
    const { workingCapital, newLoanLimit } = credit.workingCapitalNeed({
      sales: money(i.sales),
      profitMargin: rate(i.margin),
      growth: rate(i.growth),
      inventoryDays: rate(i.inventoryDays),
      receivableDays: rate(i.arDays),
      payableDays: rate(i.apDays),
      prepaidDays: rate(i.prepaidDays),
      advanceReceivedDays: rate(i.advanceReceivedDays),
      ownFunds: money(i.ownFunds),
      existingLoans: money(i.existingLoans),
      otherFunds: money(i.otherFunds),
    });
    return inMoney({ workingCapital, newLoanCap: newLoanLimit });
  },
  'loan.effectivePrincipal': (i) => ({
    effectivePrincipal: formatMoney(
      loan.effectivePrincipal(money(i.contractPrincipal), money(i.interestDeductedUpfront)),
    ),
  }),
  'loan.extensionCheck': (i) => ({
    allowed: loan.isExtensionAllowed(monthsOf(i.originalTerm), monthsOf(i.cumulativeExtension)),
  }),
  'lpr.lookup': ({ date, tenor }) => ({ percent: lprOn(lprChanges, date, tenor).toFixed(2) }),
  'policy.overCredit': (i) => {
    const checked = credit.checkOverCredit(money(i.need), money(i.existingAllBanks), money(i.proposed));
    return { ...inMoney({ max: checked.limit, excess: checked.excess }), overCredit: checked.overCredit };
  },
  'prepay.releaseLimit': (i) => {
    const value = money(i.order);
    const { margin, funded } = prepayment.fundOrder(value, rate(i.marginRatio));
    const order = { value, margin, paidIn: money(i.additionalDeposits) };
    return inMoney({
      initialMargin: margin,
      exposureAtStart: funded,
      limitEqualValueInclMargin: prepayment.releaseLimit(order, 'margin_counts'),
      limitEqualValueMarginLast: prepayment.releaseLimit(order, 'margin_last'),
      limitProportional: prepayment.releaseLimit(order, 'pro_rata'),
      refundIfNothingMoreDelivered: prepayment.refundDue(order),
    });
  },
  'priority.mortgages': (i) => {
    const claims = i.claims.map((claim: Input) => ({ ...claim, amount: money(claim.amount) }));
    const shares = priority.distributeByRegistration(money(i.proceeds), claims);
    return { paid: Object.fromEntries(shares.map(({ id, paid }) => [id, formatMoney(paid)])) };
  },
  'priority.pmsi': (i) => ({ superPriority: priority.hasPurchaseMoneyPriority(i.delivered, i.pmsiRegistered) }),
  'risk.ecl': (i) => ({ ecl: formatMoney(expectedCreditLoss(lossBasis(i))) }),
  'risk.fiveCategory': (i) => ({
    floor:
      classNames[
        loan.riskClassFloor(
          {
            overdueDays: i.overdueDays ?? 0,
            technicalSlip: i.technicalOverdueWithin7d ?? false,
            creditImpaired: i.creditImpaired ?? false,
            lossShare: rate(i.eclShare ?? '0'),
          },
          classificationLines,
        )
      ],
  }),
  'warehouse.lossTolerance': (i) => {
    const { loss, allowed, within } = receipt.storageLoss(rate(i.qty), rate(i.lossStandard), rate(i.measured));
    return { loss: loss.toFixed(3), allowed: allowed.toFixed(3), within };
  },
  'warehouse.storageFee': (i) => {
    const stored = { quantity: rate(i.tons), dailyFee: rate(i.dailyFeePerTon), from: i.from, to: i.to };
    const { days, fee } = receipt.storageFee(stored);
    return { days, fee: formatMoney(fee) };
  },
};
