import type { Applicant } from '../financing/applicant.ts';
import { admissionChecks, type Finding, finding, findingsBy, standingChecks } from '../financing/eligibility.ts';
import { Decimal, formatMoney, parseMoney } from '../money/decimal.ts';
import { versionInForce } from '../programme/rules.ts';
import type { ProductTerms } from '../programme/terms.ts';
import {
  type CreditDecision,
  type CreditLimit,
  creditLimit,
  decisionByScore,
  type TradeRecord,
} from './limit-rules.ts';
import { checkOverCredit } from './rules.ts';
import type { GroupCredit, Reason } from './store.ts';

/** All that an applicant for credit is judged on. */
export type CreditBasis = Applicant &
  Readonly<{
    record: TradeRecord;
    group: GroupCredit;
    /** Drawn under the programme already, in yuan. */
    drawn: Decimal;
    /** Null asks for the most there is. */
    amount: Decimal | null;
  }>;

export type Judgement = Readonly<{
  decision: CreditDecision;
  /** What keeps the applicant from the amount, the first of it first. */
  findings: readonly Finding[];
  /** Null when the programme offers no credit. */
  limit: CreditLimit | null;
  /** What may still be lent: of the limit, and of the need of the whole group. */
  most: Decimal;
  amount: Decimal;
}>;

/** The terms of credit in force, or null when the programme does not offer it. */
export const creditTermsOf = ({ programme, on }: Pick<Applicant, 'programme' | 'on'>): ProductTerms | null =>
  versionInForce(programme.versions, on).terms.products.credit_loan ?? null;

/**
 * Judges an applicant by the programme's declared formula alone: the same record and terms come to the same decision.
 * A score below the lower line, or any obstacle, declines; between the lines a person has to look.
 */
export function judge(basis: CreditBasis): Judgement {
  const terms = creditTermsOf(basis);
  const candidate = { ...basis, product: 'credit_loan', terms } as const;
  const standing = findingsBy([...standingChecks, ...admissionChecks], candidate);
  if (terms?.credit === undefined) {
    return { decision: 'decline', findings: standing, limit: null, most: new Decimal(0), amount: new Decimal(0) };
  }
  const limit = creditLimit(basis.record, terms.credit);
  const room = checkOverCredit(basis.group.needed, basis.group.borrowed, basis.amount ?? new Decimal(0));
  const left = Decimal.max(limit.limit.minus(basis.drawn), 0);
  const most = Decimal.min(left, room.limit);
  const amount = basis.amount ?? most;
  const byScore = decisionByScore(limit.score, terms.credit);
  const findings = [
    ...standing,
    ...(byScore === 'decline' ? [scoreTooLow(limit, terms.credit.declineBelow)] : []),
    ...(basis.group.declared ? [] : [needNotDeclared]),
    ...(amount.greaterThan(left) || left.isZero() ? [limitExceeded(left)] : []),
    ...(basis.group.declared && (amount.greaterThan(room.limit) || room.limit.isZero()) ? [overCredited(basis)] : []),
    ...(!amount.isZero() && amount.lessThan(parseMoney(terms.eligibility.minFace))
      ? [belowMinimum(amount, terms)]
      : []),
  ];
  return { decision: findings.length > 0 ? 'decline' : byScore, findings, limit, most, amount };
}

/** The reasons of a decision as they are kept: none for who is simply approved. */
export function reasonsOf({ decision, findings, limit }: Judgement, referBelow: string): Reason[] {
  if (decision === 'refer') {
    const score = limit?.score.toFixed(6);
    return [{ code: 'score-needs-a-person', message: `the score ${score} is below ${referBelow}: a person decides` }];
  }
  return findings.map(({ code, message }) => ({ code, message }));
}

const scoreTooLow = ({ score }: CreditLimit, line: string): Finding =>
  finding('credit-score-too-low', `the score is ${score.toFixed(6)}`, '/programmeId', `a score from ${line}`);

const needNotDeclared = finding(
  'need-not-declared',
  'the applicant has declared no figures that still count',
  '/programmeId',
  'a declaration of the last year',
);

const limitExceeded = (left: Decimal): Finding =>
  finding(
    'credit-limit-exceeded',
    `the record in the chain leaves a limit of ${formatMoney(left)}`,
    '/amount',
    `at most ${formatMoney(left)}`,
  );

/** Tells the sums only: whose loans they are made of is nobody else's affair. */
function overCredited({ group: { needed, borrowed } }: CreditBasis): Finding {
  const room = formatMoney(Decimal.max(needed.minus(borrowed), 0));
  return finding(
    'over-credited',
    `firm and group need ${formatMoney(needed)} and have borrowed ${formatMoney(borrowed)} at all banks`,
    '/amount',
    `at most ${room}`,
  );
}

const belowMinimum = (amount: Decimal, { eligibility: { minFace } }: ProductTerms): Finding =>
  finding('below-minimum', `the amount would be ${formatMoney(amount)}`, '/amount', `at least ${minFace}`);
