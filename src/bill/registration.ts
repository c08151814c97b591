import { uuidv7 } from 'uuidv7';
import { type ChainRow, chains, type MemberRow, membersOf } from '../chain/store.ts';
import { type OrganizationRow, organizations } from '../identity/store.ts';
import type { IsoDate } from '../money/dates.ts';
import type { Decimal } from '../money/decimal.ts';
import { Refusal, require } from '../platform/refusal.ts';
import type { Command, UseCase } from '../platform/unit-of-work.ts';
import type { Workspace } from '../platform/workspace.ts';
import { loadReference, type Reference } from '../reference/store.ts';
import { checkBillTenor, presentationPeriod } from './acceptance-rules.ts';
import { billAnswer, billHoldingAnswer } from './answer.ts';
import { type Backing, type LoadedBackings, loadBackings, putBehind } from './background.ts';
import { requireParticipant } from './gates.ts';
import { lockMarket, marketDay } from './market.ts';
import { tellExchange } from './offers.ts';
import { packageRange } from './package-rules.ts';
import { atItem } from './selection.ts';
import { BILL_MARKET, type BillHoldingRow, type BillRow, billHoldings, bills } from './store.ts';

/** A bill as its drawer draws it. */
export type NewBill = Readonly<{
  /** The drawer's own number. */
  reference: string;
  kind: 'commercial' | 'bank';
  payeeId: string;
  acceptorId: string;
  /** The bank that serves the drawer. */
  bankId: string;
  face: Decimal;
  dueDate: IsoDate;
  transferable: boolean;
  documents: readonly Backing[];
}>;

type Register = Readonly<{ chainId: string; items: readonly NewBill[] }>;
type Loaded = Readonly<{
  chains: ReadonlyMap<string, ChainRow>;
  members: readonly MemberRow[];
  organizations: ReadonlyMap<string, OrganizationRow>;
  reference: Reference;
  backings: LoadedBackings;
}>;

async function load(work: Workspace, commands: readonly Command<Register>[]): Promise<Loaded> {
  const items = commands.flatMap(({ input }) => input.items);
  const chainIds = commands.map(({ input }) => input.chainId);
  const orgIds = [
    ...commands.map(({ actor }) => actor.orgId),
    ...items.flatMap(({ payeeId, acceptorId, bankId }) => [payeeId, acceptorId, bankId]),
  ];
  const found = await work.read(chains, 'id', chainIds);
  const places = await membersOf(work, { chainIds, orgIds });
  const orgs = await work.read(organizations, 'id', orgIds);
  const reference = await loadReference(work);
  const backings = await loadBackings(
    work,
    items.flatMap(({ documents }) => documents.map(({ documentId }) => documentId)),
  );
  await lockMarket(work);
  return {
    chains: new Map(found.map((chain) => [chain.id, chain])),
    members: places,
    organizations: new Map(orgs.map((org) => [org.id, org])),
    reference,
    backings,
  };
}

/**
 * The drawer registers bills (出票登记). Each is checked for its tenor, its parties and the real trade behind it; the
 * exchange gives it a number, and only then can it be accepted. All or none.
 */
export const registerBills: UseCase<
  Register,
  { bills: ReturnType<typeof billAnswer>[]; holdings: ReturnType<typeof billHoldingAnswer>[] },
  Loaded
> = {
  name: 'bill.register',
  status: 201,
  lane: ({ input }) => input.chainId,
  scope: ({ input }) => [
    BILL_MARKET,
    input.chainId,
    ...input.items.flatMap(({ acceptorId, bankId }) => [acceptorId, bankId]),
  ],
  load,
  decide: (work, command, loaded) => {
    const made = command.input.items.map((item, place) =>
      atItem(`/items/${place}`, () => registerOne(work, command, item, loaded)),
    );
    return {
      bills: made.map(({ bill }) => billAnswer(bill)),
      holdings: made.map(({ holding }) => billHoldingAnswer(holding)),
    };
  },
};

function registerOne(work: Workspace, { actor, input, now }: Command<Register>, item: NewBill, loaded: Loaded) {
  const today = marketDay(work);
  const chain = loaded.chains.get(input.chainId);
  if (chain === undefined) throw new Refusal('not-found', `there is no chain ${input.chainId}`);
  require(chain.status === 'active', 'chain-suspended', 'the chain takes no new business');
  requireParties(chain, actor.orgId, item, loaded);
  const months = loaded.reference.requireParameter('bill.maxTenorMonths', today).value.toNumber();
  const tenor = checkBillTenor(today, item.dueDate, months);
  require(tenor.allowed, 'tenor-too-long', `a bill runs at most ${months} months from its issue on ${today}`, {
    field: '/dueDate',
    gate: 'tenor',
    accepted: `after ${today}, not after ${tenor.maxDue}`,
  });
  const units = packageRange(item.face);
  const days = presentationPeriod(item.dueDate, loaded.reference.calendar);
  const bill: BillRow = {
    id: uuidv7(),
    chainId: chain.id,
    number: null,
    reference: item.reference,
    kind: item.kind,
    drawerId: actor.orgId,
    payeeId: item.payeeId,
    acceptorId: item.acceptorId,
    bankId: item.bankId,
    face: item.face,
    firstUnit: units.start,
    lastUnit: units.end,
    issueDate: today,
    dueDate: item.dueDate,
    maturityDate: days.firstPayableDay,
    presentableUntil: days.lastPresentationDay,
    provisional: days.provisional,
    transferable: item.transferable,
    acceptedOn: null,
    receivedOn: null,
    programmeId: null,
    limitPath: [],
    margin: item.face.times(0),
    fee: item.face.times(0),
    registeredBy: actor.personId,
    version: 1,
    createdAt: now.toISOString(),
  };
  work.insert(bills, bill);
  const holding = firstHolding(bill);
  work.insert(billHoldings, holding);
  putBehind(work, { ...bill, billId: bill.id }, item.documents, loaded.backings, now);
  tellExchange(work, {
    kind: 'registration',
    chainId: bill.chainId,
    billId: bill.id,
    offerId: null,
    orgId: bill.drawerId,
    payload: {
      kind: bill.kind,
      cnaps: loaded.organizations.get(bill.bankId)?.cnaps ?? '',
      issueDate: bill.issueDate,
      dueDate: bill.dueDate,
      amount: bill.face.toFixed(2),
    },
    now,
  });
  work.emit({
    kind: 'bill.registered',
    objectKind: 'bill',
    objectId: bill.id,
    scopeId: bill.chainId,
    parties: [bill.drawerId, bill.payeeId, bill.acceptorId, bill.bankId],
    data: { face: bill.face.toFixed(2), dueDate: bill.dueDate, kind: bill.kind },
  });
  return { bill, holding };
}

/** Until it is received, the drawer holds the package as one. */
const firstHolding = (bill: BillRow): BillHoldingRow => ({
  id: uuidv7(),
  billId: bill.id,
  chainId: bill.chainId,
  firstUnit: bill.firstUnit,
  lastUnit: bill.lastUnit,
  amount: bill.face,
  holderId: bill.drawerId,
  fromId: null,
  parentId: null,
  mergedIntoId: null,
  standing: 'issued.awaiting_receipt',
  live: true,
  offerId: null,
  offeredToId: null,
  bookId: null,
  pledgeeId: null,
  financingId: null,
  frozen: false,
  title: { steps: [], guarantors: [] },
  dishonouredOn: null,
  presentedInTime: false,
  version: 1,
  createdAt: bill.createdAt,
});

/** Drawer and payee trade on the chain; a bank accepts a bank bill; the drawer's bank takes part in the exchange. */
function requireParties(chain: ChainRow, drawerId: string, item: NewBill, loaded: Loaded): void {
  const members = loaded.members.filter(({ chainId }) => chainId === chain.id);
  const place = { coreId: chain.coreId, members };
  requireParticipant(place, drawerId, '/drawerId');
  requireParticipant(place, item.payeeId, '/payeeId');
  require(drawerId !== item.payeeId, 'no-trade-between', 'drawer and payee are the same', { field: '/payeeId' });
  const bank = loaded.organizations.get(item.bankId);
  require(bank?.kind === 'bank' &&
    bank.cnaps !== null, 'invalid-input', 'the bank takes no part in the bill exchange', {
    field: '/bankId',
    accepted: 'a bank with a payment code (CNAPS)',
  });
  const acceptor = loaded.organizations.get(item.acceptorId);
  const isBank = acceptor?.kind === 'bank';
  require(acceptor !== undefined &&
    isBank === (item.kind === 'bank'), 'invalid-input', `this cannot accept a ${item.kind} bill`, {
    field: '/acceptorId',
    accepted: item.kind === 'bank' ? 'a bank' : 'an enterprise of the chain',
  });
  if (!isBank) requireParticipant(place, item.acceptorId, '/acceptorId');
}
