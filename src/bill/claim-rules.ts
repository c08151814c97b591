import { daysBetween, type IsoDate } from '../money/dates.ts';
import { Decimal } from '../money/decimal.ts';
import { accrualNumerator, interestToDate } from '../money/interest.ts';
import { limitationEnd } from './acceptance-rules.ts';
import type { ClaimRow } from './claim-store.ts';
import { type BillParty, recourseTargets } from './recourse-rules.ts';
import type { BillRow, Title } from './store.ts';

type Instrument = Pick<BillRow, 'drawerId' | 'acceptorId'>;
type Held = Readonly<{ holderId: string; title: Title; presentedInTime: boolean }>;

/**
 * Everyone who has signed, drawer and acceptor first. Who endorsed it "not transferable" answers to its own endorsee
 * only (票据法 art. 34).
 */
function signatories({ drawerId, acceptorId }: Instrument, { title, holderId }: Held): BillParty[] {
  const drawer: BillParty =
    drawerId === acceptorId ? { name: drawerId, roles: ['drawer', 'acceptor'] } : { name: drawerId, roles: ['drawer'] };
  const acceptor: BillParty[] = drawerId === acceptorId ? [] : [{ name: acceptorId, roles: ['acceptor'] }];
  const endorsers = title.steps
    .filter(({ kind }) => kind === 'endorsement' || kind === 'discount')
    .filter(({ transferable, toId }) => transferable || toId === holderId)
    .map(({ fromId }): BillParty => ({ name: fromId, roles: [] }));
  return [drawer, ...acceptor, ...endorsers];
}

type Reach = Readonly<{ today: IsoDate; dishonouredOn: IsoDate; maturityDate: IsoDate; paidOn: IsoDate | null }>;

/**
 * Whom a holder can make pay today, and of them who may pay in part: drawer and acceptor for two years from maturity,
 * everyone before the holder for six months from dishonour, or three from the day the holder itself paid (票据法 arts.
 * 17, 68, 69). `expiresOn` is the last day on which anyone can be reached.
 */
export function reachable(instrument: Instrument, held: Held, { today, dishonouredOn, maturityDate, paidOn }: Reach) {
  const chain = signatories(instrument, held);
  const primary = new Set([instrument.drawerId, instrument.acceptorId]);
  const guarantors = held.title.guarantors.map(({ guarantorId, guaranteesId }) => ({
    name: guarantorId,
    guarantees: guaranteesId,
  }));
  const primaryEnd = limitationEnd(maturityDate, 'acceptorDrawer');
  const othersEnd = paidOn === null ? limitationEnd(dishonouredOn, 'recourse') : limitationEnd(paidOn, 'reRecourse');
  const suretyOfPrimary = (id: string): boolean =>
    held.title.guarantors.some(({ guarantorId, guaranteesId }) => guarantorId === id && primary.has(guaranteesId));
  const all = recourseTargets({
    chain,
    guarantors,
    holder: held.holderId,
    presentedInTime: held.presentedInTime,
  });
  const targets = all.filter((id) => today <= (primary.has(id) || suretyOfPrimary(id) ? primaryEnd : othersEnd));
  return {
    targets,
    primary: targets.filter((id) => primary.has(id)),
    expiresOn: targets.every((id) => !primary.has(id) && !suretyOfPrimary(id)) ? othersEnd : primaryEnd,
  };
}

const numeratorAt = (claim: ClaimRow, on: IsoDate): bigint =>
  claim.interestNumerator +
  accrualNumerator(claim.principal, claim.rate, Math.max(0, daysBetween(claim.segmentFrom, on)));

/** What a claim comes to on a day, in yuan: costs and principal left, interest to the day before less what was paid. */
export function claimDue(claim: ClaimRow, on: IsoDate) {
  const interest = interestToDate(numeratorAt(claim, on)).minus(claim.interestPaid);
  return {
    costs: claim.costsLeft,
    interest,
    principal: claim.principal,
    total: claim.costsLeft.plus(interest).plus(claim.principal),
  };
}

/** Spreads a payment over costs, interest and principal in this order (Civil Code art. 561); never more than is due. */
export function spread(claim: ClaimRow, amount: Decimal, on: IsoDate) {
  const due = claimDue(claim, on);
  const costs = Decimal.min(amount, due.costs);
  const interest = Decimal.min(amount.minus(costs), due.interest);
  const principal = Decimal.min(amount.minus(costs).minus(interest), due.principal);
  return { costs, interest, principal };
}

/** The claim after a payment: the interest of the segment is closed, what is left runs on. */
export const afterPayment = (claim: ClaimRow, paid: ReturnType<typeof spread>, on: IsoDate): Partial<ClaimRow> => ({
  interestNumerator: numeratorAt(claim, on),
  segmentFrom: on > claim.segmentFrom ? on : claim.segmentFrom,
  interestPaid: claim.interestPaid.plus(paid.interest),
  costsLeft: claim.costsLeft.minus(paid.costs),
  principal: claim.principal.minus(paid.principal),
});
