import { Decimal } from '../money/decimal.ts';

/**
 * What is declared for a replay and said at its head. The rate is fixed, since a file may lie before the loan prime
 * rate began (2019-08-20) or beyond its last publication.
 */
export const terms = {
  rate: new Decimal('0.056'),
  /** Half as much again while overdue: the top of the band of 银发〔2003〕251号. */
  penaltyUplift: new Decimal('0.5'),
  advanceRatio: new Decimal('0.8'),
  feeRate: new Decimal('0.001'),
  maxTenorDays: 365,
  /** A dispute opens so many days after the invoice, unless the invoice is settled sooner. */
  disputeAfterDays: 3,
  products: ['pledge_loan', 'recourse_factoring'],
} as const;
