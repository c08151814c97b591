import { uuidv7 } from 'uuidv7';
import { postAbout } from '../financing/disbursement.ts';
import { type Located, scopeOf } from '../financing/loading.ts';
import { type FinancingRow, financings } from '../financing/store.ts';
import { changeLot } from '../goods/lots.ts';
import { requireSteps } from '../goods/rules.ts';
import { requireOpenBook } from '../ledger/book-store.ts';
import { type Decimal, formatMoney } from '../money/decimal.ts';
import { Refusal, require } from '../platform/refusal.ts';
import { nextState } from '../platform/state-machine.ts';
import type { Command, UseCase } from '../platform/unit-of-work.ts';
import { requireVersion } from '../platform/version.ts';
import type { Workspace } from '../platform/workspace.ts';
import { orderAnswer, tell } from './answer.ts';
import { requireClear } from './command.ts';
import { requireFresh, termsOf, unsecuring } from './keeper.ts';
import { receiptLifecycle, receiptPledgeLifecycle, releaseOrderLifecycle } from './lifecycle.ts';
import { receiptsRevalued } from './postings.ts';
import { splitReceipt } from './regrouping.ts';
import { partition, worthOf } from './release-rules.ts';
import {
  lockReceipts,
  lotOf,
  pledgeOf,
  type ReceiptPledgeRow,
  type ReceiptRow,
  type ReleaseOrderRow,
  receiptPledges,
  receipts,
  receiptsOf,
  releaseOrders,
} from './store.ts';
import { bookedOf, coverOf, type LoadedValues, loadValued, revalue } from './valuation.ts';

type Answer = ReturnType<typeof orderAnswer>;
type Ask = Located & Readonly<{ receiptId: string; quantity: Decimal | null }>;

/** The receipt, if it secures this loan. */
function securing(work: Workspace, receiptId: string, { id }: FinancingRow): ReceiptRow {
  const receipt = work.find(receipts, receiptId);
  if (receipt?.financingId === id) return receipt;
  throw new Refusal('not-found', `the loan has no receipt ${receiptId}`, { field: '/receiptId' });
}

/** Nothing leaves while the loan is not paid out or is overdue. */
const requireCurrent = ({ status }: FinancingRow): void =>
  require(status === 'active', 'loan-not-active', `the loan is ${status}`, { accepted: 'a loan that is active' });

/** The borrower, or a person of its bank, asks to have goods of a pledged receipt back; null for all that may go. */
export const requestRelease: UseCase<Ask, Answer, LoadedValues> = {
  name: 'receipt.request_release',
  status: 201,
  lane: ({ input }) => input.bookId,
  scope: scopeOf,
  load: loadValued,
  decide: (work, { actor, input, now }) => {
    requireOpenBook(work, input.bookId);
    const financing = work.get(financings, input.financingId);
    const receipt = securing(work, input.receiptId, financing);
    nextState(receiptLifecycle, receipt.state, 'ask_release');
    requireCurrent(financing);
    if (input.quantity !== null) requireSteps(input.quantity, lotOf(work, receipt).step, '/quantity');
    const open = work.all(releaseOrders).some((order) => order.receiptId === receipt.id && order.state === 'requested');
    require(!open, 'already-exists', 'a release of this receipt waits for the bank already', { field: '/receiptId' });
    const order: ReleaseOrderRow = {
      id: uuidv7(),
      financingId: financing.id,
      bookId: financing.bookId,
      holderId: receipt.holderId,
      operatorId: receipt.operatorId,
      receiptId: receipt.id,
      asked: input.quantity,
      releasedId: null,
      keptId: null,
      quantity: null,
      value: null,
      state: 'requested',
      rule: 'waits for the bank',
      requestedBy: actor.personId,
      decidedBy: null,
      acknowledgedBy: null,
      reason: null,
      version: 1,
      createdAt: now.toISOString(),
    };
    work.insert(releaseOrders, order);
    tell(work, 'release_requested', receipt, { scopeId: financing.bookId, data: { orderId: order.id } });
    return orderAnswer(order);
  },
};

type Decide = Located & Readonly<{ orderId: string; expectedVersion: number }>;

/** The order as the decision expects it, its loan and its receipt; whoever asked does not decide. */
function asked(work: Workspace, { actor, input }: Command<Decide>, event: 'grant' | 'refuse') {
  const order = work.get(releaseOrders, input.orderId);
  requireVersion(order.version, input.expectedVersion);
  const state = nextState(releaseOrderLifecycle, order.state, event);
  require(actor.personId !== order.requestedBy, 'same-person', 'who asked for the release does not decide on it');
  const financing = work.get(financings, input.financingId);
  return { order, state, financing, receipt: securing(work, order.receiptId, financing) };
}

/**
 * Another person of the bank grants a release: the goods are valued anew, the receipt is split at the step so that
 * what stays covers what is owed, and the warehouse is ordered to let the rest go. Refuses more than the cover allows.
 */
export const grantRelease: UseCase<Decide, Answer, LoadedValues> = {
  name: 'receipt.grant_release',
  lane: ({ input }) => input.bookId,
  scope: scopeOf,
  load: loadValued,
  decide: (work, command, { units }) => {
    const { actor, input, now } = command;
    const book = requireOpenBook(work, input.bookId);
    const { order, state, financing, receipt } = asked(work, command, 'grant');
    requireCurrent(financing);
    const context = { businessDate: book.businessDate, requestId: actor.requestId, now };
    revalue(work, financing, units, context);
    for (const each of receiptsOf(work, financing.id)) {
      requireClear(each);
      requireFresh(each, termsOf(financing), now);
    }
    const unitValue = (units.get(receipt.id) as { value: Decimal }).value;
    const release = releasableOf(work, financing, receipt.id, { unitValue, asked: order.asked });
    const before = bookedOf(receiptsOf(work, financing.id));
    const { kept, freed } = part(work, receipt.id, { release, unitValue, now });
    const lines = receiptsRevalued(before, bookedOf(receiptsOf(work, financing.id)));
    postAbout(work, financing, context, [{ kind: 'receipt.collateral_released', lines }]);
    const after = work.update(releaseOrders, order.id, {
      state,
      releasedId: freed.id,
      keptId: kept?.id ?? null,
      quantity: release,
      value: worthOf({ quantity: release, unitValue }),
      rule: 'what stays covers what is owed at the loan to value of the programme',
      decidedBy: actor.personId,
    });
    const data = { orderId: order.id, quantity: release.toFixed() };
    tell(work, 'released', freed, { scopeId: book.id, also: [book.id], data });
    return orderAnswer(after);
  },
};

/** What may go of a receipt now, at most what is asked for. Refusal `cover-insufficient` with what may. */
function releasableOf(
  work: Workspace,
  financing: FinancingRow,
  receiptId: string,
  { unitValue, asked: wanted }: Readonly<{ unitValue: Decimal; asked: Decimal | null }>,
): Decimal {
  const receipt = work.get(receipts, receiptId);
  const { value, required } = coverOf(work, financing);
  const goods = { quantity: receipt.quantity, unitValue, step: lotOf(work, receipt).step };
  const { release } = partition(required, value.minus(receipt.value), goods);
  const quantity = wanted ?? release;
  if (quantity.isZero() || quantity.greaterThan(release)) {
    throw new Refusal(
      'cover-insufficient',
      `${formatMoney(required)} has to stay, the receipts are worth ${formatMoney(value)}`,
      {
        field: '/quantity',
        accepted: release.isZero() ? 'nothing until more is repaid' : `at most ${release.toFixed()}`,
        releasable: release.toFixed(),
      },
    );
  }
  return quantity;
}

type Parting = Readonly<{ release: Decimal; unitValue: Decimal; now: Date }>;

/** Splits what may go off a pledged receipt: what stays goes on under the same pledge, the rest secures nothing. */
function part(work: Workspace, receiptId: string, { release, unitValue, now }: Parting) {
  const receipt = work.get(receipts, receiptId);
  const keep = receipt.quantity.minus(release);
  if (keep.isZero()) return { kept: null, freed: letGo(work, receipt, 'release', now) };
  const pledge = pledgeOf(work, receipt.id);
  const [kept, freed] = splitReceipt(work, receipt, [keep, release], { event: 'divide', now }) as [
    ReceiptRow,
    ReceiptRow,
  ];
  endPledge(work, pledge, 'divide', now);
  const { id: parentId } = pledge;
  const createdAt = now.toISOString();
  work.insert(receiptPledges, { ...pledge, id: uuidv7(), receiptId: kept.id, parentId, version: 1, createdAt });
  const value = worthOf({ quantity: keep, unitValue });
  return { kept: work.update(receipts, kept.id, { value, booked: value }), freed: letGo(work, freed, null, now) };
}

function endPledge(work: Workspace, { id, state }: ReceiptPledgeRow, event: 'divide' | 'release', now: Date): void {
  work.update(receiptPledges, id, {
    state: nextState(receiptPledgeLifecycle, state, event),
    endedAt: now.toISOString(),
  });
}

/** Takes a receipt out of its pledge: it waits for the warehouse. A part just split off has no pledge of its own. */
function letGo(work: Workspace, receipt: ReceiptRow, event: 'release' | null, now: Date): ReceiptRow {
  if (event !== null) endPledge(work, pledgeOf(work, receipt.id), event, now);
  changeLot(work, lotOf(work, receipt), { bookId: null }, now);
  return work.update(receipts, receipt.id, {
    ...unsecuring,
    state: nextState(receiptLifecycle, receipt.state, 'release'),
  });
}

type Refuse = Decide & Readonly<{ reason: string }>;

/** The bank refuses a release: everything stays pledged. */
export const refuseRelease: UseCase<Refuse, Answer, LoadedValues> = {
  name: 'receipt.refuse_release',
  lane: ({ input }) => input.bookId,
  scope: scopeOf,
  load: loadValued,
  decide: (work, command) => {
    const { actor, input } = command;
    requireOpenBook(work, input.bookId);
    const { order, state, receipt } = asked(work, command, 'refuse');
    const after = work.update(releaseOrders, order.id, { state, reason: input.reason, decidedBy: actor.personId });
    tell(work, 'release_refused', receipt, {
      scopeId: input.bookId,
      data: { orderId: order.id, reason: input.reason },
    });
    return orderAnswer(after);
  },
};

type Acknowledge = Readonly<{
  orderId: string;
  receiptId: string;
  operatorId: string;
  holderId: string;
  expectedVersion: number;
}>;

/** The warehouse acknowledges that it keeps the goods for nobody but their holder from now on. */
export const acknowledgeRelease: UseCase<Acknowledge, Answer> = {
  name: 'receipt.acknowledge_release',
  lane: ({ input }) => input.operatorId,
  scope: ({ input }) => [input.operatorId, input.holderId],
  load: (work, commands) =>
    lockReceipts(work, {
      receiptIds: commands.map(({ input }) => input.receiptId),
      orderIds: commands.map(({ input }) => input.orderId),
    }),
  decide: (work, command) => {
    const { actor, input } = command;
    const order = work.get(releaseOrders, input.orderId);
    requireVersion(order.version, input.expectedVersion);
    require(actor.orgId === order.operatorId, 'not-a-party', 'only the warehouse acknowledges a release order');
    const state = nextState(releaseOrderLifecycle, order.state, 'acknowledge');
    const receipt = work.get(receipts, order.releasedId as string);
    const free = work.update(receipts, receipt.id, {
      state: nextState(receiptLifecycle, receipt.state, 'acknowledge'),
    });
    const after = work.update(releaseOrders, order.id, { state, acknowledgedBy: actor.personId });
    tell(work, 'release_acknowledged', free, {
      scopeId: receipt.operatorId,
      also: [order.bookId],
      data: { orderId: order.id },
    });
    return orderAnswer(after);
  },
};
