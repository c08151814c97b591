import { Decimal, formatMoney } from '../money/decimal.ts';
import { Refusal, require } from '../platform/refusal.ts';
import { shareRecovery, stillDue } from './rules.ts';
import type { ClaimPart, ClaimRow } from './store.ts';

const yuan = (text: string): Decimal => new Decimal(text);

/** What each guarantor has still to pay while this is owed of what they cover. */
const leftOf = ({ parts, bankWeight }: Pick<ClaimRow, 'parts' | 'bankWeight'>, covered: Decimal): Decimal[] =>
  stillDue(
    parts.map(({ weight, amount, paid, recovered }) => ({
      weight: yuan(weight),
      amount: yuan(amount),
      paid: yuan(paid),
      recovered: yuan(recovered),
    })),
    bankWeight,
    covered,
  );

/** Whether the guarantors have done their part. */
export const isWhole = (claim: ClaimRow, covered: Decimal): boolean =>
  leftOf(claim, covered).every((left) => left.isZero());

/** The parts with one of them paid; refuses who bears no part and more than is left of it. */
export function withPaid(
  claim: ClaimRow,
  { partyId, amount }: Readonly<{ partyId: string; amount: Decimal }>,
  covered: Decimal,
): ClaimPart[] {
  const { parts } = claim;
  const line = parts.findIndex((each) => each.partyId === partyId);
  const [part, left] = [parts[line], leftOf(claim, covered)[line]];
  if (part === undefined || left === undefined) {
    throw new Refusal('not-found', `${partyId} bears no part of this claim`, { field: '/partyId' });
  }
  require(amount.lessThanOrEqualTo(left), 'amount-exceeds-share', `${formatMoney(left)} is left of this share`, {
    field: '/amount',
    accepted: `at most ${formatMoney(left)}`,
  });
  return parts.map((each) => (each === part ? { ...each, paid: formatMoney(yuan(each.paid).plus(amount)) } : each));
}

/** How a recovery is shared, the bank's part beside the others; refuses more than all are owed. */
export function partsOf(claim: ClaimRow, owedToBank: Decimal, amount: Decimal) {
  const sharers = [
    ...claim.parts.map(({ weight, paid, recovered }) => ({ weight: yuan(weight), room: yuan(paid).minus(recovered) })),
    { weight: claim.bankWeight, room: owedToBank },
  ];
  const owed = sharers.reduce((sum, { room }) => sum.plus(room), new Decimal(0));
  require(amount.lessThanOrEqualTo(owed), 'amount-exceeds-due', `bank and guarantors are owed ${formatMoney(owed)}`, {
    field: '/amount',
    accepted: `at most ${formatMoney(owed)}`,
  });
  const parts = shareRecovery(amount, sharers);
  return {
    toParties: claim.parts.map(({ partyId }, line) => ({ party: partyId, amount: parts[line] as Decimal })),
    toBank: parts.at(-1) as Decimal,
  };
}

/** The parts with what came back to each. */
export const withRecovered = (
  { parts }: ClaimRow,
  shared: readonly Readonly<{ party: string; amount: Decimal }>[],
): ClaimPart[] =>
  parts.map((part, line) => ({
    ...part,
    recovered: formatMoney(yuan(part.recovered).plus(shared[line]?.amount ?? 0)),
  }));
