import { Decimal, roundToFen } from '../money/decimal.ts';

/** Last year's figures and next year's growth; amounts in yuan, turnovers in days of 360 to the year. */
export type WorkingCapital = Readonly<{
  sales: Decimal;
  profitMargin: Decimal;
  growth: Decimal;
  inventoryDays: Decimal;
  receivableDays: Decimal;
  payableDays: Decimal;
  prepaidDays: Decimal;
  advanceReceivedDays: Decimal;
  ownFunds: Decimal;
  existingLoans: Decimal;
  otherFunds: Decimal;
}>;

/**
 * Working capital a firm needs and the most a new loan may add to what it has (流动资金贷款管理办法, annex): sales ×
 * (1 − margin) × (1 + growth) ÷ turnovers a year. Neither is negative; a firm its suppliers finance needs none.
 */
export function workingCapitalNeed(firm: WorkingCapital) {
  const cycleDays = firm.inventoryDays
    .plus(firm.receivableDays)
    .minus(firm.payableDays)
    .plus(firm.prepaidDays)
    .minus(firm.advanceReceivedDays);
  const cost = firm.sales.times(new Decimal(1).minus(firm.profitMargin)).times(firm.growth.plus(1));
  const workingCapital = Decimal.max(roundToFen(cost.times(cycleDays).dividedBy(360)), 0);
  const covered = firm.ownFunds.plus(firm.existingLoans).plus(firm.otherFunds);
  return { workingCapital, newLoanLimit: Decimal.max(workingCapital.minus(covered), 0) };
}

/**
 * How much more a firm and its group may borrow within their measured need, counting every bank, and by how much a
 * proposal goes over (济管财金〔2022〕25号 三(一), 垒小户).
 */
export function checkOverCredit(need: Decimal, borrowedAtAllBanks: Decimal, proposed: Decimal) {
  const limit = Decimal.max(need.minus(borrowedAtAllBanks), 0);
  const excess = Decimal.max(proposed.minus(limit), 0);
  return { limit, overCredit: excess.greaterThan(0), excess };
}
