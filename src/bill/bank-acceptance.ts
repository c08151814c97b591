import { books, requireOpenBook } from '../ledger/book-store.ts';
import type { AccountPath } from '../ledger/chart.ts';
import { endsOf } from '../ledger/hold-store.ts';
import type { Line } from '../ledger/journal.ts';
import { ledgerOf } from '../ledger/ledger.ts';
import type { Hold, HoldEndKind } from '../ledger/records.ts';
import { freeLimit, limitPath, releaseReservation, reserveLimit, useLimit } from '../limit/path.ts';
import { limitNodes } from '../limit/store.ts';
import { daysBetween } from '../money/dates.ts';
import { Decimal } from '../money/decimal.ts';
import { splitVat } from '../money/tax.ts';
import { Refusal, require } from '../platform/refusal.ts';
import type { Workspace } from '../platform/workspace.ts';
import { type ProgrammeWithVersions, programmeInForce } from '../programme/store.ts';
import type { ProductTerms } from '../programme/terms.ts';
import type { Reference } from '../reference/lookup.ts';
import { acceptanceEnded, acceptanceGiven, billPledged, billReleased } from './acceptance-postings.ts';
import { acceptanceExposure, acceptanceFee } from './acceptance-rules.ts';
import { type BillOfferRow, type BillRow, bills } from './store.ts';

const isBank = ({ kind }: Pick<BillRow, 'kind'>): boolean => kind === 'bank';
const NONE = new Decimal(0);

/** The books of the banks that accepted these bills, by the bank. */
export const acceptingBooks = (all: readonly BillRow[]): string[] =>
  all.filter(isBank).map(({ acceptorId }) => acceptorId);

/** Locks the limits and accounts that acceptances by banks go through, in the global order: after all rows of bills. */
export async function lockAcceptanceMoney(
  work: Workspace,
  all: readonly BillRow[],
  paths: readonly string[] = [],
): Promise<void> {
  const ofBanks = all.filter(isBank);
  await work.lock(limitNodes, [...paths, ...ofBanks.flatMap(({ limitPath: nodes }) => nodes)]);
  for (const bookId of new Set(acceptingBooks(ofBanks))) {
    const drawers = ofBanks.filter(({ acceptorId }) => acceptorId === bookId).map(({ drawerId }) => drawerId);
    const parties = drawers.flatMap((drawer): AccountPath[] => [`2001/${drawer}`, `2002/${drawer}`]);
    await ledgerOf(work).lock(bookId, [...parties, '2011', '4005', '9002', '9005', '9999']);
  }
}

type Pricing = Readonly<{
  programmes: ReadonlyMap<string, ProgrammeWithVersions>;
  programmeId: string | null;
  /** Nodes found for the drawer under the programme. */
  path: readonly string[];
  now: Date;
}>;

/** The programme's terms for accepting bills, when it offers that on the bill's chain. */
function acceptanceTerms(bill: BillRow, { programmes, programmeId }: Pricing, on: string): ProductTerms {
  if (programmeId === null) {
    throw new Refusal('invalid-input', 'a bank accepts under a programme', {
      field: '/programmeId',
      accepted: 'a programme of the bank on the chain of the bill',
    });
  }
  const { programme, version } = programmeInForce(programmes, programmeId, on);
  require(programme.bookId === bill.acceptorId &&
    programme.chainId === bill.chainId, 'not-found', `there is no programme ${programmeId}`, { field: '/programmeId' });
  const terms = version.terms.products.bill_acceptance;
  if (terms?.enabled === true) return terms;
  throw new Refusal('product-not-offered', 'the programme offers no acceptance of bills', { field: '/programmeId' });
}

/** Margin and fee are set aside on the drawer's deposit until the exchange has confirmed the acceptance. */
const holdOf = (bill: BillRow, offerId: string): Hold | null => {
  const amount = bill.margin.plus(bill.fee);
  if (amount.isZero()) return null;
  return {
    bookId: bill.acceptorId,
    id: offerId,
    account: `2001/${bill.drawerId}`,
    amount,
    reason: `acceptance of bill ${bill.number}`,
    expiresOn: null,
  };
};

const exposureOf = (bill: BillRow): Decimal => bill.face.minus(bill.margin);

/**
 * A bank prices its acceptance by the programme: margin (what the programme does not advance, rounded up), fee, and the
 * exposure beside the margin, reserved on the drawer's whole limit path (令〔2022〕4号 arts. 12, 13). Answers the bill with
 * these figures; a commercial acceptance has none.
 */
export function reserveAcceptance(work: Workspace, bill: BillRow, offer: BillOfferRow, pricing: Pricing): BillRow {
  if (!isBank(bill)) return bill;
  const { businessDate } = requireOpenBook(work, bill.acceptorId);
  const terms = acceptanceTerms(bill, pricing, businessDate);
  const days = daysBetween(bill.issueDate, bill.maturityDate);
  require(days >= terms.minTenorDays &&
    days <= terms.maxTenorDays, 'tenor-outside-programme', `the bill runs ${days} days`, {
    accepted: `${terms.minTenorDays} to ${terms.maxTenorDays} days`,
  });
  const { margin, exposure } = acceptanceExposure(bill.face, new Decimal(1).minus(terms.advanceRatio));
  const fee = acceptanceFee(bill.face, new Decimal(terms.pricing.feeRate), NONE);
  const programmeId = pricing.programmeId as string;
  const target = { programmeId, orgId: bill.drawerId, product: 'bill_acceptance' as const };
  const path = exposure.isZero() ? [] : limitPath(work, pricing.path, target);
  if (path.length > 0) {
    reserveLimit(work, path, exposure, { financingId: bill.id, on: businessDate, now: pricing.now });
  }
  const priced = work.update(bills, bill.id, { programmeId, limitPath: path, margin, fee });
  const hold = holdOf(priced, offer.id);
  if (hold !== null) ledgerOf(work).hold(hold);
  return priced;
}

/** Which of these holds have ended already: by their bank, or by a repeated answer. */
export async function endedHolds(work: Workspace, all: readonly BillRow[], offerIds: readonly string[]) {
  const ended = new Map<string, HoldEndKind>();
  for (const bookId of new Set(acceptingBooks(all))) {
    for (const [id, kind] of await endsOf(work, bookId, offerIds)) ended.set(id, kind);
  }
  return ended;
}

type Occasion = Readonly<{
  reference: Reference;
  ended: ReadonlyMap<string, HoldEndKind>;
  requestId: string;
  now: Date;
}>;

function post(
  work: Workspace,
  bill: BillRow,
  kind: string,
  journals: readonly Line[][],
  occasion: Omit<Occasion, 'ended' | 'reference'>,
) {
  const { businessDate } = requireOpenBook(work, bill.acceptorId);
  for (const lines of journals.filter(({ length }) => length > 0)) {
    ledgerOf(work).post({ bookId: bill.acceptorId, kind, businessDate, subjectId: bill.id, lines }, occasion);
  }
}

/** The exchange has confirmed a bank's acceptance: limit used, margin moved, fee earned, undertaking on record. */
export function bookAcceptance(work: Workspace, bill: BillRow, offer: BillOfferRow, occasion: Occasion): void {
  if (!isBank(bill)) return;
  const { businessDate } = requireOpenBook(work, bill.acceptorId);
  const hold = holdOf(bill, offer.id);
  if (hold !== null && !occasion.ended.has(offer.id)) ledgerOf(work).endHold(hold, 'posted');
  const context = { financingId: bill.id, on: businessDate, now: occasion.now };
  if (bill.limitPath.length > 0) useLimit(work, bill.limitPath, exposureOf(bill), context);
  const vat = splitVat(bill.fee, occasion.reference.requireParameter('vat.financial', businessDate).value);
  const { drawerId: drawer, face, margin } = bill;
  post(
    work,
    bill,
    'bill.accepted',
    acceptanceGiven({ drawer, face, margin, feeNet: vat.net, feeTax: vat.vat }),
    occasion,
  );
}

/** The exchange has not taken a bank's acceptance: what was set aside is free again. */
export function undoAcceptance(work: Workspace, bill: BillRow, offer: BillOfferRow, occasion: Occasion): void {
  if (!isBank(bill)) return;
  const { businessDate } = requireOpenBook(work, bill.acceptorId);
  const hold = holdOf(bill, offer.id);
  if (hold !== null && !occasion.ended.has(offer.id)) ledgerOf(work).endHold(hold, 'released');
  const context = { financingId: bill.id, on: businessDate, now: occasion.now };
  if (bill.limitPath.length > 0) releaseReservation(work, bill.limitPath, exposureOf(bill), context);
  work.update(bills, bill.id, { programmeId: null, limitPath: [], margin: NONE, fee: NONE });
}

/** A bill that a bank accepted came to nothing: margin and limit go back, the undertaking off the record. */
export function endAcceptance(work: Workspace, bill: BillRow, occasion: Omit<Occasion, 'ended' | 'reference'>): void {
  if (!isBank(bill)) return;
  const { businessDate } = requireOpenBook(work, bill.acceptorId);
  const context = { financingId: bill.id, on: businessDate, now: occasion.now };
  if (bill.limitPath.length > 0) freeLimit(work, bill.limitPath, exposureOf(bill), context);
  const { drawerId: drawer, face, margin } = bill;
  post(work, bill, 'bill.acceptance_ended', acceptanceEnded({ drawer, face, margin }), occasion);
}

/** A plain pledge to a bank, or its release, is on record in the bank's book. The book is locked, with its accounts. */
export function recordPledge(
  work: Workspace,
  offer: BillOfferRow,
  occasion: Omit<Occasion, 'ended' | 'reference'>,
): void {
  const bookId = offer.kind === 'pledge' ? offer.toId : offer.fromId;
  if (work.find(books, bookId) === undefined) return;
  const { businessDate } = requireOpenBook(work, bookId);
  const isPledge = offer.kind === 'pledge';
  ledgerOf(work).post(
    {
      bookId,
      kind: isPledge ? 'bill.pledged' : 'bill.released',
      businessDate,
      subjectId: offer.holdingId,
      lines: isPledge ? billPledged(offer.amount) : billReleased(offer.amount),
    },
    occasion,
  );
}
