import { Decimal, floorToFen } from '../money/decimal.ts';
import type { CreditInput, CreditTerms } from '../programme/credit-terms.ts';

/** What a member has done in its chain over the months that are read; yuan, sums of what the platform has on record. */
export type TradeRecord = Readonly<{
  /** Calendar months with a confirmed receivable or an invoice. */
  monthsOfTrade: number;
  /** Confirmed receivables, owed to it or by it. */
  volume: Decimal;
  disputed: Decimal;
  credited: Decimal;
  /** Of the volume, what has been paid or whose term has passed; and what was paid within its term. */
  due: Decimal;
  paidOnTime: Decimal;
  largestCounterparty: Decimal;
  invoiced: Decimal;
}>;

export type Factor = Readonly<{
  input: CreditInput;
  /** Null where there is nothing to tell it by, such as punctuality before anything was due: it scores nothing. */
  value: Decimal | null;
  worst: Decimal;
  best: Decimal;
  score: Decimal;
  weight: Decimal;
  contribution: Decimal;
}>;

export type CreditLimit = Readonly<{
  observedMonths: number;
  volume: Decimal;
  annualVolume: Decimal;
  volumeShare: Decimal;
  factors: readonly Factor[];
  score: Decimal;
  maxAmount: Decimal;
  limit: Decimal;
}>;

// Ratios are part of the formula with six decimals, so that whoever reads the answer comes to the same limit.
const sixDecimals = (ratio: Decimal): Decimal => ratio.toDecimalPlaces(6);

const share = (part: Decimal, whole: Decimal): Decimal | null =>
  whole.isZero() ? null : sixDecimals(part.dividedBy(whole));

const figures: Readonly<Record<CreditInput, (record: TradeRecord) => Decimal | null>> = {
  monthsOfTrade: ({ monthsOfTrade }) => new Decimal(monthsOfTrade),
  disputeRate: ({ disputed, volume }) => share(disputed, volume),
  dilutionRate: ({ credited, volume }) => share(credited, volume),
  onTimeRate: ({ paidOnTime, due }) => share(paidOnTime, due),
  concentration: ({ largestCounterparty, volume }) => share(largestCounterparty, volume),
  documentedShare: ({ invoiced, volume }) => share(Decimal.min(invoiced, volume), volume),
};

function factorOf(record: TradeRecord, declared: CreditTerms['factors'][number]): Factor {
  const [worst, best, weight] = [declared.worst, declared.best, declared.weight].map((text) => new Decimal(text)) as [
    Decimal,
    Decimal,
    Decimal,
  ];
  const value = figures[declared.input](record);
  const reached = value === null ? new Decimal(0) : value.minus(worst).dividedBy(best.minus(worst));
  const score = sixDecimals(Decimal.min(Decimal.max(reached, 0), 1));
  return { input: declared.input, value, worst, best, score, weight, contribution: sixDecimals(score.times(weight)) };
}

/**
 * The limit of an unsecured loan from the record of a member: annual volume × share × score, at most the programme's
 * maximum, in yuan rounded down to the fen. The score is the sum of the contributions of all inputs, 0 to 1.
 */
export function creditLimit(record: TradeRecord, terms: CreditTerms): CreditLimit {
  const factors = terms.factors.map((declared) => factorOf(record, declared));
  const score = Decimal.min(
    factors.reduce((sum, { contribution }) => sum.plus(contribution), new Decimal(0)),
    1,
  );
  const annual = record.volume.times(12).dividedBy(terms.observedMonths);
  const maxAmount = new Decimal(terms.maxAmount);
  return {
    observedMonths: terms.observedMonths,
    volume: record.volume,
    annualVolume: floorToFen(annual),
    volumeShare: new Decimal(terms.volumeShare),
    factors,
    score,
    maxAmount,
    limit: Decimal.min(floorToFen(floorToFen(annual).times(terms.volumeShare).times(score)), maxAmount),
  };
}

export type CreditDecision = 'approve' | 'refer' | 'decline';

/** What the programme's two lines make of a score: below the lower one nothing is lent, below the upper a person looks. */
export function decisionByScore(
  score: Decimal,
  terms: Pick<CreditTerms, 'declineBelow' | 'referBelow'>,
): CreditDecision {
  if (score.lessThan(terms.declineBelow)) return 'decline';
  return score.lessThan(terms.referBelow) ? 'refer' : 'approve';
}
