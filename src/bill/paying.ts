import { uuidv7 } from 'uuidv7';
import { books, requireOpenBook } from '../ledger/book-store.ts';
import type { AccountPath } from '../ledger/chart.ts';
import type { Line } from '../ledger/journal.ts';
import { available, ledgerOf } from '../ledger/ledger.ts';
import { freeLimit } from '../limit/path.ts';
import { limitNodes } from '../limit/store.ts';
import type { IsoDate } from '../money/dates.ts';
import { Decimal } from '../money/decimal.ts';
import { Refusal } from '../platform/refusal.ts';
import { nextState } from '../platform/state-machine.ts';
import type { Workspace } from '../platform/workspace.ts';
import { loadReference, type Reference } from '../reference/store.ts';
import { discharge } from './acceptance.ts';
import { billReleased } from './acceptance-postings.ts';
import { advanceDrawer } from './advance.ts';
import { dishonoured } from './claim-postings.ts';
import { discountedAs, endDiscounted, freeDiscounted, lockDiscounted } from './discount-ending.ts';
import { billStandings } from './lifecycle.ts';
import { lockMarket } from './market.ts';
import { acceptOffer, completeOffer, endOffer, tellExchange } from './offers.ts';
import { arrivedByClearing, type PaidTo, paidByBank, paidFromDeposit } from './payment-postings.ts';
import { marginOf, payeeOf, payingBook } from './payment-rules.ts';
import {
  acceptors,
  BILL_MARKET,
  type BillHoldingRow,
  type BillOfferRow,
  type BillRow,
  billHoldings,
  billOffers,
  billOverdueEvents,
  bills,
} from './store.ts';

/** A presentation and everyone whose rows its payment may touch: found when it is asked for, compared when it is locked. */
export type LocatedPresentation = Readonly<{
  offerId: string;
  holdingId: string;
  billId: string;
  chainId: string;
  parties: readonly string[];
}>;

export type LoadedPayments = Readonly<{
  bills: ReadonlyMap<string, BillRow>;
  banks: ReadonlySet<string>;
  reference: Reference;
}>;

/** What a transaction that pays bills may touch. */
export const paymentScope = (located: readonly LocatedPresentation[]): string[] => [
  ...new Set([BILL_MARKET, ...located.flatMap(({ chainId, parties }) => [chainId, ...parties])]),
];

/** Locks bills that are presented with all that their payment goes through, in the global order. */
export async function lockPresentations(
  work: Workspace,
  located: readonly LocatedPresentation[],
): Promise<LoadedPayments> {
  const found = await work.read(
    bills,
    'id',
    located.map(({ billId }) => billId),
  );
  const reference = await loadReference(work);
  await lockMarket(work);
  const opened = await work.lock(
    books,
    located.flatMap(({ parties }) => parties),
  );
  await work.lock(
    acceptors,
    found.map(({ acceptorId }) => acceptorId),
  );
  const holdingIds = located.map(({ holdingId }) => holdingId);
  await work.lock(billHoldings, holdingIds);
  await work.lock(
    billOffers,
    located.map(({ offerId }) => offerId),
  );
  const paths = await lockDiscounted(work, holdingIds);
  await work.lock(limitNodes, [...paths, ...found.flatMap(({ limitPath }) => limitPath)]);
  const banks = new Set(opened.map(({ id }) => id));
  const loaded = { bills: new Map(found.map((bill) => [bill.id, bill])), banks, reference };
  await lockAccounts(work, located, loaded);
  return loaded;
}

async function lockAccounts(
  work: Workspace,
  located: readonly LocatedPresentation[],
  { bills: byId, banks }: LoadedPayments,
): Promise<void> {
  const accounts = new Map<string, AccountPath[]>();
  const add = (bookId: string, ...paths: AccountPath[]) =>
    accounts.set(bookId, [...(accounts.get(bookId) ?? []), ...paths]);
  for (const { holdingId, billId } of located) {
    const bill = byId.get(billId) as BillRow;
    const { acceptorId, drawerId } = bill;
    const to = payeeOf(bill, work.get(billHoldings, holdingId), (id) => banks.has(id));
    add(payingBook(bill), '1001', '1109', '9002', '9999', `2001/${acceptorId}`, `2001/${drawerId}`, `2002/${drawerId}`);
    add(to.bookId, '1001', '1107', '1108', '1133', '2011', '4002', '9005', '9999', to.account);
  }
  for (const [bookId, paths] of [...accounts].sort()) await ledgerOf(work).lock(bookId, paths);
}

export type PayingOn = Readonly<{ today: IsoDate; requestId: string; now: Date }>;

type Presented = Readonly<{ offer: BillOfferRow; holding: BillHoldingRow; bill: BillRow }>;

/** The presentation as it is locked now, if it still waits for its answer. */
export function presentedNow(work: Workspace, { bills: byId }: LoadedPayments, offerId: string): Presented {
  const offer = work.get(billOffers, offerId);
  return { offer, holding: work.get(billHoldings, offer.holdingId), bill: byId.get(offer.billId) as BillRow };
}

/**
 * The acceptor pays a bill in full (票据法 art. 54): money, bill and undertaking end together. A bank pays what it
 * accepted whether the drawer has the money or not; anyone else needs it on deposit (`insufficient-funds`).
 */
export function payBill(work: Workspace, presented: Presented, loaded: LoadedPayments, on: PayingOn): BillHoldingRow {
  const { offer, holding, bill } = presented;
  acceptOffer(work, offer, on.today);
  const isBank = (id: string): boolean => loaded.banks.has(id);
  const to = payeeOf(bill, holding, isBank);
  takeMoney(work, presented, { to, reference: loaded.reference }, on);
  const line = discountedAs(work, holding.id, 'held');
  if (line !== undefined) {
    const ending = { ...on, businessDate: requireOpenBook(work, line.bookId).businessDate };
    endDiscounted(work, line, 'collect', ending);
    freeDiscounted(work, line, ending);
  }
  if (holding.pledgeeId !== null && isBank(holding.pledgeeId)) {
    post(work, holding.pledgeeId, 'bill.released', holding.id, billReleased(holding.amount), on);
  }
  discharge(work, bill.acceptorId, {
    amount: holding.amount,
    margin: bill.kind === 'bank' ? marginOf(bill, holding) : new Decimal(0),
  });
  const paid = completeOffer(work, work.get(billOffers, offer.id), {
    standing: nextState(billStandings, holding.standing, 'pay'),
    pledgeeId: null,
  });
  tellPaid(work, presented, paid, on.now);
  return paid;
}

/** Moves the money in the paying book and, when the payee keeps another, through clearing into that. */
type Receiver = Readonly<{ to: PaidTo; reference: Reference }>;

function takeMoney(work: Workspace, { holding, bill }: Presented, { to, reference }: Receiver, on: PayingOn): void {
  const bookId = payingBook(bill);
  const same = to.bookId === bookId;
  const account: AccountPath = same ? to.account : '1001';
  const { amount } = holding;
  if (bill.kind === 'bank') payAsBank(work, { holding, bill }, { account, reference }, on);
  else
    post(
      work,
      bookId,
      'bill.paid',
      holding.id,
      paidFromDeposit({ acceptor: bill.acceptorId, amount, to: account }),
      on,
    );
  if (!same) post(work, to.bookId, 'bill.collected', holding.id, arrivedByClearing({ amount, to: to.account }), on);
}

function payAsBank(
  work: Workspace,
  { holding, bill }: Pick<Presented, 'holding' | 'bill'>,
  { account: to, reference }: Readonly<{ account: AccountPath; reference: Reference }>,
  on: PayingOn,
): void {
  const { acceptorId: bookId, drawerId: drawer } = bill;
  const { businessDate } = requireOpenBook(work, bookId);
  const margin = marginOf(bill, holding);
  const rest = holding.amount.minus(margin);
  const fromDeposit = Decimal.min(available(ledgerOf(work).balance(bookId, `2001/${drawer}`)), rest);
  const advance = rest.minus(fromDeposit);
  for (const lines of paidByBank({ drawer, amount: holding.amount, margin, fromDeposit, advance, to })) {
    post(work, bookId, 'bill.paid', holding.id, lines, on);
  }
  // What was advanced stays used until the drawer has paid it.
  if (!fromDeposit.isZero() && bill.limitPath.length > 0) {
    freeLimit(work, bill.limitPath, fromDeposit, { financingId: bill.id, on: businessDate, now: on.now });
  }
  if (!advance.isZero()) advanceDrawer(work, { bill, holding, amount: advance, reference, businessDate, now: on.now });
}

/** The exchange is told of the payment; nothing waits for its answer, for the money has moved. */
function tellPaid(work: Workspace, { offer, bill }: Presented, holding: BillHoldingRow, now: Date): void {
  tellExchange(work, {
    kind: 'payment',
    chainId: holding.chainId,
    billId: bill.id,
    offerId: offer.id,
    orgId: bill.acceptorId,
    payload: {
      number: bill.number,
      firstUnit: holding.firstUnit,
      lastUnit: holding.lastUnit,
      amount: holding.amount.toFixed(2),
    },
    now,
  });
  work.emit({
    kind: 'bill_holding.paid',
    objectKind: 'bill_holding',
    objectId: holding.id,
    scopeId: holding.chainId,
    parties: [holding.holderId, bill.acceptorId, bill.drawerId],
    data: { billId: bill.id, amount: holding.amount.toFixed(2) },
  });
}

/**
 * The acceptor refuses, or lets the day pass. From maturity on the bill is dishonoured: the holder has recourse, a bank
 * that discounted it has a claim in the asset's place, and the acceptor's record has an overdue event.
 */
export function refusePayment(
  work: Workspace,
  { offer, holding, bill }: Presented,
  { code, reason }: Readonly<{ code: string; reason: string | null }>,
  on: PayingOn,
): BillHoldingRow {
  endOffer(work, offer, 'refuse', { on: on.today, code, reason });
  if (on.today < bill.maturityDate) return work.get(billHoldings, holding.id);
  const first = holding.dishonouredOn === null;
  const refused = work.update(billHoldings, holding.id, {
    dishonouredOn: holding.dishonouredOn ?? on.today,
    presentedInTime: holding.presentedInTime || on.today <= bill.presentableUntil,
  });
  if (first) recordDishonour(work, { offer, holding: refused, bill }, on);
  return refused;
}

function recordDishonour(work: Workspace, { holding, bill }: Presented, on: PayingOn): void {
  work.insert(billOverdueEvents, {
    id: uuidv7(),
    acceptorId: bill.acceptorId,
    chainId: bill.chainId,
    billId: bill.id,
    holdingId: holding.id,
    amount: holding.amount,
    occurredOn: on.today,
    settledOn: null,
    version: 1,
    createdAt: on.now.toISOString(),
  });
  const line = discountedAs(work, holding.id, 'held');
  if (line !== undefined) {
    const { businessDate } = requireOpenBook(work, line.bookId);
    endDiscounted(work, line, 'dishonour', { ...on, businessDate });
    post(work, line.bookId, 'bill.dishonoured', holding.id, dishonoured(holding.amount), on);
  }
  work.emit({
    kind: 'bill_holding.dishonoured',
    objectKind: 'bill_holding',
    objectId: holding.id,
    scopeId: holding.chainId,
    // Notice to those before the holder (票据法 art. 66).
    parties: [
      ...new Set([
        holding.holderId,
        bill.acceptorId,
        bill.drawerId,
        ...holding.title.steps.map(({ fromId }) => fromId),
      ]),
    ],
    data: { billId: bill.id, amount: holding.amount.toFixed(2), inTime: holding.presentedInTime },
  });
}

/** Refuses a presentation by another than the one found when the request was read: it is read again. */
export function requireLocated({ parties }: LocatedPresentation, { holderId, pledgeeId }: BillHoldingRow): void {
  if (parties.includes(pledgeeId ?? holderId)) return;
  throw new Refusal('precondition-stale', 'somebody else presents the bill by now');
}

function post(work: Workspace, bookId: string, kind: string, subjectId: string, lines: Line[], on: PayingOn): void {
  const { businessDate } = requireOpenBook(work, bookId);
  ledgerOf(work).post({ bookId, kind, businessDate, subjectId, lines }, { requestId: on.requestId, now: on.now });
}
