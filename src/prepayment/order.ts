import { uuidv7 } from 'uuidv7';
import { type ChainRow, chains, type MemberRow, membersOf } from '../chain/store.ts';
import {
  type OrganizationRow,
  organizations,
  type SettlementAccountRow,
  settlementAccounts,
} from '../identity/store.ts';
import { books, requireOpenBook } from '../ledger/book-store.ts';
import { ledgerOf } from '../ledger/ledger.ts';
import type { IsoDate } from '../money/dates.ts';
import { Decimal, formatMoney } from '../money/decimal.ts';
import { Refusal, require } from '../platform/refusal.ts';
import { nextState } from '../platform/state-machine.ts';
import type { UseCase } from '../platform/unit-of-work.ts';
import { requireVersion } from '../platform/version.ts';
import type { Workspace } from '../platform/workspace.ts';
import { loadProgrammes, type ProgrammeWithVersions, programmeInForce } from '../programme/store.ts';
import { tell } from './answer.ts';
import { acceptanceStates, orderStages } from './lifecycle.ts';
import { answerFor, loadOrders, type OnOrder, scopeOfOrder, wholeAnswer } from './loading.ts';
import { marginOf, marginReturned } from './postings.ts';
import { marginFor } from './rules.ts';
import { type AccountRow, acceptances, accounts, knownNumbers, type OrderRow, obligations, orders } from './store.ts';

export type NewOrder = Readonly<{
  programmeId: string;
  bookId: string;
  chainId: string;
  sellerId: string;
  number: string;
  commodity: string;
  unit: string;
  /** Quantities come in whole steps of so many units. */
  step: Decimal;
  quantity: Decimal;
  /** Price of all goods, in yuan. */
  value: Decimal;
  /** Null asks for the least margin of the programme. */
  margin: Decimal | null;
  /** The day by which all goods are to be picked up, and the bank's part to be repaid. */
  expiresOn: IsoDate;
}>;

export type Answer = ReturnType<typeof answerFor>;
type Loaded = Readonly<{
  programmes: ReadonlyMap<string, ProgrammeWithVersions>;
  chains: readonly ChainRow[];
  members: readonly MemberRow[];
  known: Set<string>;
}>;

/** A distributor enters the goods it has agreed to buy from the core enterprise, under the terms of its bank's programme. */
export const enterOrder: UseCase<NewOrder, Answer, Loaded> = {
  name: 'prepayment.enter',
  status: 201,
  lane: ({ input }) => input.bookId,
  scope: ({ input }) => [input.bookId, input.chainId],
  load: async (work, commands) => {
    const inputs = commands.map(({ input }) => input);
    const chainIds = inputs.map(({ chainId }) => chainId);
    const programmes = await loadProgrammes(
      work,
      inputs.map(({ programmeId }) => programmeId),
    );
    const found = await work.read(chains, 'id', chainIds);
    const members = await membersOf(work, { chainIds, orgIds: commands.map(({ actor }) => actor.orgId) });
    await work.lock(
      books,
      inputs.map(({ bookId }) => bookId),
    );
    const known = await knownNumbers(
      work,
      commands.map(({ actor, input }) => ({ ...input, buyerId: actor.orgId })),
    );
    return { programmes, chains: found, members, known };
  },
  decide: (work, { actor, input, now }, loaded) => {
    const { businessDate } = requireOpenBook(work, input.bookId);
    requireBuyer(actor.orgId, input, loaded);
    requireGoods(input, businessDate);
    requireNewNumber(work, loaded.known, `${input.sellerId} ${actor.orgId} ${input.number}`);
    const { version } = programmeInForce(loaded.programmes, input.programmeId, businessDate);
    const terms = version.terms.products.prepayment;
    if (!terms?.enabled || terms.prepayment === undefined) {
      throw new Refusal('product-not-offered', 'the programme does not offer prepayment', { field: '/programmeId' });
    }
    const margin = agreedMargin(input, terms.prepayment.marginRatio);
    const zero = new Decimal(0);
    const { margin: _, ...goods } = input;
    const order: OrderRow = {
      ...goods,
      id: uuidv7(),
      buyerId: actor.orgId,
      custodianId: input.sellerId,
      stage: 'ordered',
      clause: null,
      payeeAccountId: null,
      arrived: zero,
      noticed: zero,
      delivered: zero,
      refunded: zero,
      shortSince: null,
      prompted: false,
      note: null,
      enteredBy: actor.personId,
      version: 1,
      createdAt: now.toISOString(),
    };
    const account: AccountRow = {
      orderId: order.id,
      bookId: order.bookId,
      buyerId: order.buyerId,
      programmeVersion: version.number,
      terms,
      policy: terms.prepayment.release,
      value: order.value,
      noticedValue: zero,
      margin,
      deposited: zero,
      paidIn: zero,
      held: zero,
      extra: zero,
      goods: zero,
      converted: false,
      fundedOn: null,
      financingId: null,
      version: 1,
    };
    work.insert(orders, order);
    work.insert(accounts, account);
    tell(work, 'ordered', order, { value: formatMoney(order.value) });
    return wholeAnswer(work, order.id, businessDate);
  },
};

/** Only a verified distributor that buys from the core enterprise itself orders from it, on an active chain. */
function requireBuyer(buyerId: string, { chainId, sellerId }: NewOrder, loaded: Loaded): void {
  const chain = loaded.chains.find(({ id }) => id === chainId);
  require(chain?.status === 'active', 'chain-suspended', `the chain is ${chain?.status ?? 'not there'}`);
  const member = loaded.members.find(
    (each) => each.chainId === chainId && each.orgId === buyerId && each.side === 'downstream',
  );
  require(member?.status === 'verified', 'member-not-active', 'the buyer is no verified distributor of this chain', {
    accepted: 'a verified downstream member',
  });
  require(member.counterpartyId === sellerId, 'no-trade-between', 'the buyer does not buy from the core enterprise', {
    accepted: 'a distributor of the first tier',
  });
}

function requireGoods({ step, quantity, expiresOn }: NewOrder, today: IsoDate): void {
  require(step.greaterThan(0) &&
    quantity.greaterThan(0) &&
    quantity.modulo(step).isZero(), 'not-a-whole-step', 'the goods do not come in whole steps', {
    field: '/quantity',
    accepted: `a multiple of ${step.toFixed()}`,
  });
  require(expiresOn > today, 'invalid-input', 'the day has passed', {
    field: '/expiresOn',
    accepted: `after ${today}`,
  });
}

/** The margin asked for: at least the programme's ratio of the order, less than all of it. */
function agreedMargin({ value, margin }: NewOrder, ratio: string): Decimal {
  const least = marginFor(value, new Decimal(ratio));
  const agreed = margin ?? least;
  if (agreed.greaterThanOrEqualTo(least) && agreed.lessThan(value)) return agreed;
  throw new Refusal('margin-missing', `the programme asks for a margin of ${formatMoney(least)}`, {
    field: '/margin',
    accepted: `${formatMoney(least)} or more, less than the order`,
  });
}

function requireNewNumber(work: Workspace, known: Set<string>, key: string): void {
  require(!known.has(key), 'already-exists', 'an order of this number stands between the two already', {
    field: '/number',
  });
  known.add(key);
  work.onUndo(() => known.delete(key));
}

export type OnVersion = OnOrder & Readonly<{ expectedVersion: number }>;

/** The locked order at the version the caller decided on. */
export function orderFor(work: Workspace, { orderId, expectedVersion }: OnVersion): OrderRow {
  const order = work.get(orders, orderId);
  requireVersion(order.version, expectedVersion);
  return order;
}

type Confirm = OnVersion &
  Readonly<{ clause: 'refund' | 'repurchase'; payeeAccountId: string; warehouseId: string | null }>;
type LoadedParties = Readonly<{
  accounts: readonly SettlementAccountRow[];
  organizations: readonly OrganizationRow[];
}>;

/**
 * The core enterprise confirms: it will deliver on release notices only, and refund or buy back what is not delivered.
 * What it may owe so is drawn from its obligation limit under the programme.
 */
export const confirmOrder: UseCase<Confirm, Answer, LoadedParties> = {
  name: 'prepayment.confirm',
  lane: ({ input }) => input.bookId,
  scope: (command) => [
    ...scopeOfOrder(command),
    ...(command.input.warehouseId === null ? [] : [command.input.warehouseId]),
  ],
  load: async (work, commands) => {
    const inputs = commands.map(({ input }) => input);
    const found = await work.read(
      settlementAccounts,
      'id',
      inputs.map(({ payeeAccountId }) => payeeAccountId),
    );
    const warehouses = await work.read(
      organizations,
      'id',
      inputs.flatMap(({ warehouseId }) => warehouseId ?? []),
    );
    await loadOrders(work, inputs, { obligations: true });
    return { accounts: found, organizations: warehouses };
  },
  decide: (work, command, loaded) => {
    const { actor, input } = command;
    requireOpenBook(work, input.bookId);
    const order = orderFor(work, input);
    require(actor.orgId === order.sellerId, 'not-a-party', 'only the seller confirms an order');
    const stage = nextState(orderStages, order.stage, 'confirm');
    const account = loaded.accounts.find(({ id }) => id === input.payeeAccountId);
    require(account?.orgId === order.sellerId &&
      account.status ===
        'verified', 'account-not-verified', 'the account to be paid is not a verified one of the seller', {
      field: '/payeeAccountId',
      accepted: 'a verified settlement account of the seller',
    });
    requireWarehouse(input.warehouseId, loaded.organizations);
    drawObligation(work, order);
    const after = work.update(orders, order.id, {
      stage,
      clause: input.clause,
      payeeAccountId: input.payeeAccountId,
      custodianId: input.warehouseId ?? order.sellerId,
    });
    tell(work, 'confirmed', after, { clause: input.clause });
    return answerFor(work, command);
  },
};

function requireWarehouse(warehouseId: string | null, found: readonly OrganizationRow[]): void {
  if (warehouseId === null) return;
  const warehouse = found.find(({ id }) => id === warehouseId);
  require(warehouse?.kind === 'warehouse' && warehouse.status === 'active', 'not-found', 'there is no such warehouse', {
    field: '/warehouseId',
    accepted: 'an active organization that keeps warehouses',
  });
}

/** Refuses what exceeds the limit of the terms the order was entered under, and any order while the bank claims from the seller. */
function drawObligation(work: Workspace, order: OrderRow): void {
  const { terms } = work.get(accounts, order.id);
  const limit = new Decimal(terms.prepayment?.obligationLimit ?? 0);
  const before = work.find(obligations, order.programmeId);
  require((before?.claims ?? 0) === 0, 'seller-in-default', 'the bank claims a refund from the seller');
  const outstanding = (before?.outstanding ?? new Decimal(0)).plus(order.value);
  if (outstanding.greaterThan(limit)) {
    const left = Decimal.max(limit.minus(outstanding).plus(order.value), 0);
    throw new Refusal('obligation-limit-exceeded', `the seller may owe ${formatMoney(left)} more in goods`, {
      available: formatMoney(left),
      missing: formatMoney(order.value.minus(left)),
      accepted: `an order of at most ${formatMoney(left)}`,
    });
  }
  if (before !== undefined) work.update(obligations, order.programmeId, { outstanding, granted: limit });
  else {
    const { programmeId, bookId, sellerId } = order;
    work.insert(obligations, { programmeId, bookId, sellerId, granted: limit, outstanding, claims: 0, version: 1 });
  }
}

/** The seller owes an amount less: goods delivered, money refunded, an order that ended. */
export function freeObligation(work: Workspace, order: OrderRow, amount: Decimal): void {
  const { outstanding } = work.get(obligations, order.programmeId);
  work.update(obligations, order.programmeId, { outstanding: outstanding.minus(amount) });
}

type Reasoned = OnVersion & Readonly<{ reason: string }>;

/** The core enterprise does not take the order. */
export const declineOrder: UseCase<Reasoned, Answer, unknown> = {
  name: 'prepayment.decline',
  lane: ({ input }) => input.bookId,
  scope: scopeOfOrder,
  load: (work, commands) =>
    loadOrders(
      work,
      commands.map(({ input }) => input),
    ),
  decide: (work, command) => {
    const { actor, input } = command;
    const order = orderFor(work, input);
    require(actor.orgId === order.sellerId, 'not-a-party', 'only the seller declines an order');
    const stage = nextState(orderStages, order.stage, 'decline');
    tell(work, 'declined', work.update(orders, order.id, { stage, note: input.reason }), { reason: input.reason });
    return answerFor(work, command);
  },
};

/** The distributor gives the order up before it is funded: what it deposited comes back. An application is taken back first. */
export const cancelOrder: UseCase<Reasoned, Answer, unknown> = {
  name: 'prepayment.cancel',
  lane: ({ input }) => input.bookId,
  scope: scopeOfOrder,
  load: (work, commands) =>
    loadOrders(
      work,
      commands.map(({ input }) => input),
      { obligations: true, ledger: ({ buyerId }) => [`2001/${buyerId}`, marginOf(buyerId)] },
    ),
  decide: (work, command) => {
    const { actor, input, now } = command;
    const { businessDate } = requireOpenBook(work, input.bookId);
    const order = orderFor(work, input);
    const account = work.get(accounts, order.id);
    require(actor.orgId === order.buyerId, 'not-a-party', 'only the distributor cancels its order');
    const stage = nextState(orderStages, order.stage, 'cancel');
    const acceptance = work.find(acceptances, order.id);
    const asked = acceptance !== undefined && 'cancel' in acceptanceStates.arrows[acceptance.state];
    require(account.financingId === null && !asked, 'financing-pending', 'the order is being financed', {
      accepted: 'the same after the application is taken back',
    });
    if (work.find(obligations, order.programmeId) !== undefined && order.clause !== null) {
      freeObligation(work, order, order.value);
    }
    if (account.held.greaterThan(0)) {
      const lines = marginReturned({ buyer: order.buyerId, amount: account.held });
      const journal = {
        bookId: order.bookId,
        kind: 'prepayment.margin_returned',
        businessDate,
        subjectId: order.id,
        lines,
      };
      ledgerOf(work).post(journal, { requestId: actor.requestId, now });
    }
    work.update(accounts, order.id, { held: new Decimal(0), deposited: new Decimal(0) });
    tell(work, 'cancelled', work.update(orders, order.id, { stage, note: input.reason }), { reason: input.reason });
    return answerFor(work, command);
  },
};
