import { daysBetween, type IsoDate } from '../money/dates.ts';
import { Decimal, roundToFen, splitByLargestRemainder } from '../money/decimal.ts';

export type Share = Readonly<{ party: string; share: Decimal }>;

const sum = (amounts: readonly Decimal[]): Decimal => amounts.reduce((total, each) => total.plus(each), new Decimal(0));

/** Divides a loss between bank, guarantors and funds by their agreed shares, which sum to one; the parts sum exactly. */
export function shareLoss(loss: Decimal, shares: readonly Share[]) {
  const whole = sum(shares.map(({ share }) => share));
  if (!whole.equals(1)) throw new RangeError(`shares of a loss sum to 1, not to ${whole.toFixed()}`);
  const parts = splitByLargestRemainder(
    loss,
    shares.map(({ share }) => share),
  );
  return shares.map(({ party }, line) => ({ party, amount: parts[line] ?? new Decimal(0) }));
}

/** What the guarantors together stand for, of an amount in yuan: all but the bank's own part. */
export const coverOf = (amount: Decimal, shares: readonly Share[], bank: string): Decimal =>
  sum(
    shareLoss(amount, shares)
      .filter(({ party }) => party !== bank)
      .map((part) => part.amount),
  );

/** A guarantor's part of a loss; recoveries are shared by the weights. */
export type CalledPart = Readonly<{ party: string; weight: Decimal; amount: Decimal }>;

/**
 * What guarantors are called for on a loss, and what the bank bears: the agreed shares, unless that is more than the
 * stop-loss leaves room for. Then they share the room in the proportion of their shares and the bank bears the rest.
 */
export function callShares(loss: Decimal, shares: readonly Share[], bank: string, room: Decimal) {
  const agreed = shareLoss(loss, shares).map(({ party, amount }, line) => ({
    party,
    amount,
    weight: shares[line]?.share ?? new Decimal(0),
  }));
  const others = agreed.filter(({ party }) => party !== bank);
  const wanted = sum(others.map(({ amount }) => amount));
  if (wanted.lessThanOrEqualTo(room)) {
    const own = agreed.find(({ party }) => party === bank);
    const zero = new Decimal(0);
    return { parts: others, bankBears: own?.amount ?? zero, bankWeight: own?.weight ?? zero };
  }
  const cut = splitByLargestRemainder(
    room,
    others.map(({ weight }) => weight),
  );
  const parts: CalledPart[] = others.map(({ party }, line) => {
    const amount = cut[line] ?? new Decimal(0);
    return { party, amount, weight: amount };
  });
  return { parts, bankBears: loss.minus(room), bankWeight: loss.minus(room) };
}

/** A called part of a loss, what has been paid of it and what came back of that. */
export type PaidPart = Readonly<{ weight: Decimal; amount: Decimal; paid: Decimal; recovered: Decimal }>;

/**
 * What each guarantor has still to pay as the loss stands: its weight of what guarantors bear and what is owed still,
 * never more in all than it was called for. What the borrower has repaid since relieves bank and guarantors alike.
 */
export function stillDue(parts: readonly PaidPart[], bankWeight: Decimal, owed: Decimal): Decimal[] {
  const zero = new Decimal(0);
  if (owed.isZero()) return parts.map(() => zero);
  const bearing = parts.map(({ paid, recovered }) => paid.minus(recovered));
  const loss = sum(bearing).plus(owed);
  const borne = splitByLargestRemainder(loss, [...parts.map(({ weight }) => weight), bankWeight]);
  return parts.map(({ amount, paid }, line) => {
    const left = (borne[line] ?? zero).minus(bearing[line] ?? zero);
    return Decimal.max(Decimal.min(left, amount.minus(paid), owed), zero);
  });
}

/** Who shares a recovery: by which weight, and up to what is owed to it still. */
export type Sharer = Readonly<{ weight: Decimal; room: Decimal }>;

/**
 * Divides what was recovered by the weights, no one beyond its room; what one cannot take the others share. The parts
 * sum to the amount, which must not exceed all room.
 */
export function shareRecovery(amount: Decimal, sharers: readonly Sharer[]): Decimal[] {
  if (amount.greaterThan(sum(sharers.map(({ room }) => room)))) throw new RangeError('more is recovered than is owed');
  const given = sharers.map(() => new Decimal(0));
  for (let left = amount; left.greaterThan(0); ) {
    const open = [...sharers.keys()].filter((i) => roomOf(sharers, given, i).greaterThan(0));
    const weights = open.map((i) => (sharers[i] as Sharer).weight);
    // Whoever bears no share takes what is left when nobody else can.
    const counted = weights.some((weight) => !weight.isZero()) ? weights : weights.map(() => new Decimal(1));
    const parts = splitByLargestRemainder(left, counted);
    for (const [line, i] of open.entries()) {
      const part = Decimal.min(parts[line] ?? 0, roomOf(sharers, given, i));
      given[i] = (given[i] as Decimal).plus(part);
      left = left.minus(part);
    }
  }
  return given;
}

const roomOf = (sharers: readonly Sharer[], given: readonly Decimal[], i: number): Decimal =>
  (sharers[i] as Sharer).room.minus(given[i] as Decimal);

/** The fee of a guarantee in yuan: amount × rate × days ÷ 360, rounded once; first day in, last day out. */
export const guaranteeFee = (amount: Decimal, rate: Decimal, from: IsoDate, to: IsoDate): Decimal =>
  roundToFen(amount.times(rate).times(daysBetween(from, to)).dividedBy(360));
