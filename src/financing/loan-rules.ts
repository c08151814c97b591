import { addDays, addMonths, daysBetween, earliest, type IsoDate } from '../money/dates.ts';
import type { Decimal } from '../money/decimal.ts';
import type { Reference } from '../reference/store.ts';

export const riskClasses = ['normal', 'special_mention', 'substandard', 'doubtful', 'loss'] as const;
export type RiskClass = (typeof riskClasses)[number];

export type RiskSigns = Readonly<{
  overdueDays?: number;
  /** The delay is an operational or technical slip, excused while it lasts no longer than the slip line. */
  technicalSlip?: boolean;
  creditImpaired?: boolean;
  /** Expected credit loss as a share of the book balance. */
  lossShare?: Decimal;
  /** Share of the debtor's debts at all banks that is overdue beyond the substandard line. */
  overdueShareAtAllBanks?: Decimal;
  /** Repaid by new borrowing, used for another purpose, restructured, or bad at another bank. */
  watched?: boolean;
}>;

/** Lines of 商业银行金融资产风险分类办法 (银保监会 人民银行令〔2023〕1号): "over" excludes the line, "from" includes it. */
export type ClassificationLines = Readonly<{
  /** A slip of up to so many days is excused. */
  slipDays: number;
  substandardOverDays: number;
  doubtfulOverDays: number;
  lossOverDays: number;
  doubtfulFromLossShare: Decimal;
  lossFromLossShare: Decimal;
  substandardOverShareAtAllBanks: Decimal;
}>;

/** The lines by days in force on a day. Refusal `parameter-missing`. */
export function dayLines({ requireParameter }: Reference, on: IsoDate): DayLines {
  const days = (code: string) => requireParameter(`risk.${code}`, on).value.toNumber();
  return {
    slipDays: days('technicalSlipDays'),
    substandardOverDays: days('substandardAfterDays'),
    doubtfulOverDays: days('doubtfulAfterDays'),
    lossOverDays: days('lossAfterDays'),
  };
}
export type DayLines = Pick<
  ClassificationLines,
  'slipDays' | 'substandardOverDays' | 'doubtfulOverDays' | 'lossOverDays'
>;

/** The worse of two classes. */
export const worse = (a: RiskClass, b: RiskClass): RiskClass =>
  riskClasses.indexOf(a) > riskClasses.indexOf(b) ? a : b;

/** The best class that so many days past the due date allow. */
export function classByDays(days: number, technicalSlip: boolean, lines: DayLines): RiskClass {
  if (days > lines.lossOverDays) return 'loss';
  if (days > lines.doubtfulOverDays) return 'doubtful';
  if (days > lines.substandardOverDays) return 'substandard';
  return days <= 0 || (technicalSlip && days <= lines.slipDays) ? 'normal' : 'special_mention';
}

function classByImpairment(lossShare: Decimal | undefined, lines: ClassificationLines): RiskClass {
  if (lossShare?.greaterThanOrEqualTo(lines.lossFromLossShare)) return 'loss';
  if (lossShare?.greaterThanOrEqualTo(lines.doubtfulFromLossShare)) return 'doubtful';
  return 'substandard';
}

/**
 * The best of the five classes that a loan may still have: the worst that any sign demands
 * (银保监会 人民银行令〔2023〕1号). A loss share counts once the loan is credit-impaired.
 */
export function riskClassFloor(signs: RiskSigns, lines: ClassificationLines): RiskClass {
  const demanded: RiskClass[] = [classByDays(signs.overdueDays ?? 0, signs.technicalSlip ?? false, lines)];
  if (signs.watched) demanded.push('special_mention');
  if (signs.overdueShareAtAllBanks?.greaterThan(lines.substandardOverShareAtAllBanks)) demanded.push('substandard');
  if (signs.creditImpaired) demanded.push(classByImpairment(signs.lossShare, lines));
  return demanded.reduce(worse);
}

/**
 * Whether a loan's extensions, all together and in months, stay within 贷款通则 art. 12: as long again for a term up
 * to one year, half of the term up to five years, three years beyond.
 */
export function isExtensionAllowed(termMonths: number, extendedMonths: number): boolean {
  if (termMonths <= 12) return extendedMonths <= termMonths;
  return termMonths <= 60 ? extendedMonths * 2 <= termMonths : extendedMonths <= 36;
}

/**
 * The last day to which a loan may be extended: as far as the programme's days go, and by no more than 贷款通则 art. 12
 * allows for its term (as long again up to one year, half of the term up to five, three years beyond).
 */
export function latestExtension(valueDate: IsoDate, maturityDate: IsoDate, maxDays: number): IsoDate {
  const term = daysBetween(valueDate, maturityDate);
  const byProgramme = addDays(maturityDate, maxDays);
  const long = maturityDate > addMonths(valueDate, 60);
  const share = maturityDate > addMonths(valueDate, 12) ? Math.floor(term / 2) : term;
  const byLaw = long ? addMonths(maturityDate, 36) : addDays(maturityDate, share);
  return earliest([byProgramme, byLaw]);
}

/**
 * The principal a borrower owes and pays interest on, in yuan: interest taken off in advance was never lent (Civil
 * Code art. 670). A bill's discount is a purchase, not a loan, and is not under this rule.
 */
export function effectivePrincipal(contracted: Decimal, deductedUpfront: Decimal): Decimal {
  if (deductedUpfront.isNegative() || deductedUpfront.greaterThan(contracted)) {
    throw new RangeError('interest deducted in advance is between nothing and the principal');
  }
  return contracted.minus(deductedUpfront);
}
