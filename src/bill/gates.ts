import type { MemberRow } from '../chain/store.ts';
import type { OrganizationRow } from '../identity/store.ts';
import { addDays, type IsoDate } from '../money/dates.ts';
import { type Decimal, floorToFen } from '../money/decimal.ts';
import { Refusal, require } from '../platform/refusal.ts';
import type { Reference } from '../reference/lookup.ts';
import { type AcceptanceCaps, checkAcceptanceCaps } from './acceptance-rules.ts';
import type { AcceptorRow, BillRow, DisclosureRow } from './store.ts';

/** Refuses an organization that is neither the core enterprise nor a verified member of the chain. */
export function requireParticipant(
  { coreId, members }: Readonly<{ coreId: string | undefined; members: readonly MemberRow[] }>,
  orgId: string,
  field: string,
): void {
  const verified = members.some((member) => member.orgId === orgId && member.status === 'verified');
  require(orgId === coreId ||
    verified, 'not-a-verified-supplier', 'the organization is no verified member of the chain', {
    field,
    accepted: 'the core enterprise or a verified member of the chain',
  });
}

/** Refuses a bill that the exchange has not given a number yet. */
export function requireRegistered(bill: Pick<BillRow, 'number'>): void {
  require(bill.number !== null, 'bill-not-registered', 'the exchange has not registered the bill yet', {
    accepted: 'a bill with a number',
  });
}

/** Refuses from the due date on: the bill is then presented, not handed on (票据法 art. 36). */
export function requireBeforeDue(bill: Pick<BillRow, 'dueDate'>, today: IsoDate): void {
  require(today < bill.dueDate, 'bill-matured', `the bill is due on ${bill.dueDate}`, {
    accepted: `a business day before ${bill.dueDate}`,
  });
}

/**
 * The last day an offer can be answered: the one asked for, from today to the day before the bill is due, which it is
 * unless told.
 */
export function lastAnswerDay(asked: IsoDate | null, today: IsoDate, bill: Pick<BillRow, 'dueDate'>): IsoDate {
  const latest = addDays(bill.dueDate, -1);
  if (asked === null) return latest < today ? today : latest;
  require(asked >= today && asked <= latest, 'invalid-input', 'an offer cannot be answered on this day', {
    field: '/expiresOn',
    accepted: `a day from ${today} to ${latest}`,
  });
  return asked;
}

/**
 * Refuses an acceptor on the list of the persistently overdue, or listed so often that nobody serves it (令〔2022〕4号
 * arts. 22, 36). One that the exchange does not know may accept nothing.
 */
export function requireUnlisted(acceptor: AcceptorRow | undefined, today: IsoDate): AcceptorRow {
  if (acceptor === undefined) {
    throw new Refusal('acceptor-unknown', 'the acceptor has no profile at the bill exchange', {
      gate: 'acceptor',
      accepted: 'an acceptor with a profile',
    });
  }
  const { listedFrom, sustainedUntil } = acceptor;
  const until = sustainedUntil !== null && sustainedUntil >= today ? sustainedUntil : null;
  require(listedFrom === null && until === null, 'acceptor-listed', 'the acceptor is persistently overdue', {
    gate: 'persistent-overdue',
    listedFrom,
    sustainedUntil,
    accepted: 'an acceptor that is not on the list',
  });
  return acceptor;
}

/** Refuses an acceptance beyond the acceptor's limit, or a bank's beyond its caps (令〔2022〕4号 art. 24). */
export function requireAcceptanceRoom(
  acceptor: AcceptorRow,
  { face, margin }: Readonly<{ face: Decimal; margin: Decimal }>,
  caps: AcceptanceCaps,
): void {
  const accepted = acceptor.accepted.plus(face);
  require(accepted.lessThanOrEqualTo(
    acceptor.acceptanceLimit,
  ), 'acceptance-limit-exceeded', 'the acceptor has no room', {
    gate: 'acceptance-limit',
    available: acceptor.acceptanceLimit.minus(acceptor.accepted).toFixed(2),
    accepted: `at most ${acceptor.acceptanceLimit.minus(acceptor.accepted).toFixed(2)}`,
  });
  if (acceptor.totalAssets === null || acceptor.deposits === null) return;
  const { totalAssets, deposits } = acceptor;
  const verdict = checkAcceptanceCaps({ accepted, totalAssets, margin: acceptor.margin.plus(margin), deposits }, caps);
  require(verdict.accepted.within, 'acceptance-cap-exceeded', 'acceptances would exceed their part of total assets', {
    gate: 'acceptance-to-assets',
    accepted: `at most ${floorToFen(totalAssets.times(caps.acceptedToAssets).minus(acceptor.accepted)).toFixed(2)}`,
  });
  require(verdict.margin.within, 'acceptance-cap-exceeded', 'margins would exceed their part of deposits', {
    gate: 'margin-to-deposits',
    accepted: `a margin of at most ${floorToFen(deposits.times(caps.marginToDeposits).minus(acceptor.margin)).toFixed(2)}`,
  });
}

/** The caps on acceptance in force on a day. */
export const acceptanceCaps = (reference: Reference, on: IsoDate): AcceptanceCaps => ({
  acceptedToAssets: reference.requireParameter('bill.acceptanceToAssets', on).value,
  marginToDeposits: reference.requireParameter('bill.marginToDeposits', on).value,
});

/** What an acceptor must disclose about a bill (人民银行公告〔2020〕19号), as the bill itself says it. */
export function disclosureOf(
  bill: BillRow,
  { drawer, acceptor }: Readonly<{ drawer: OrganizationRow | undefined; acceptor: OrganizationRow | undefined }>,
) {
  return {
    number: bill.number,
    issueDate: bill.issueDate,
    acceptedOn: bill.acceptedOn,
    dueDate: bill.dueDate,
    drawerName: drawer?.legalName ?? null,
    acceptorName: acceptor?.legalName ?? null,
    acceptorUscc: acceptor?.uscc ?? null,
    amount: bill.face.toFixed(2),
  };
}

/**
 * Refuses discount, pledge and guarantee of a bill whose acceptor has not disclosed it, or differently (令〔2022〕4号
 * art. 31): names the fields that do not agree.
 */
export function requireDisclosed(
  bill: BillRow,
  disclosure: DisclosureRow | undefined,
  parties: Parameters<typeof disclosureOf>[1],
): void {
  if (disclosure === undefined) {
    throw new Refusal('not-disclosed', 'the acceptor has not disclosed this bill', {
      gate: 'disclosure',
      accepted: 'a bill its acceptor has disclosed',
    });
  }
  const told = { ...disclosure, amount: disclosure.amount.toFixed(2) };
  const differing = Object.entries(disclosureOf(bill, parties)).flatMap(([name, value]) =>
    told[name as keyof typeof told] === value ? [] : [name],
  );
  require(differing.length === 0, 'disclosure-inconsistent', 'what the acceptor disclosed differs from the bill', {
    gate: 'disclosure',
    differing,
    accepted: 'a disclosure that agrees with the bill',
  });
}
