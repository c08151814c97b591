import type { IsoDate } from '../money/dates.ts';
import { Decimal } from '../money/decimal.ts';
import { Refusal } from '../platform/refusal.ts';
import type { Reference } from '../reference/lookup.ts';
import type { CheckTerms } from './check-terms.ts';

/**
 * Refuses checks where nothing is applied for, and checks of running loans that come later or more seldom than the
 * parameters of the day allow (济管财金〔2022〕25号 三(一)).
 */
export function checkChecks(
  checks: CheckTerms | undefined,
  { appliedFor, at, on }: Readonly<{ appliedFor: boolean; at: string; on: IsoDate }>,
  reference: Reference,
): void {
  if (checks === undefined) return;
  const refuse = (field: string, message: string, accepted: string): never => {
    throw new Refusal('invalid-input', message, { field: `${at}${field}`, accepted });
  };
  if (!appliedFor) refuse('', 'checks belong to loans that are applied for', 'no checks');
  if (checks.postLoan === undefined) return;
  const most = (code: string): Decimal => reference.requireParameter(`loan.check.${code}`, on).value;
  for (const [name, code] of [
    ['firstAfterDays', 'firstPostDays'],
    ['everyMonths', 'everyMonths'],
  ] as const) {
    if (new Decimal(checks.postLoan[name]).greaterThan(most(code))) {
      refuse(`/postLoan/${name}`, 'a running loan is checked too late', `at most ${most(code).toFixed()}`);
    }
  }
}
