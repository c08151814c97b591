import {
  type OrganizationRow,
  organizations,
  type SettlementAccountRow,
  settlementAccounts,
} from '../identity/store.ts';
import { requireOpenBook } from '../ledger/book-store.ts';
import { ledgerOf } from '../ledger/ledger.ts';
import { Decimal } from '../money/decimal.ts';
import { require } from '../platform/refusal.ts';
import { nextState } from '../platform/state-machine.ts';
import type { UseCase } from '../platform/unit-of-work.ts';
import { tell } from './answer.ts';
import { acceptanceStates, orderStages } from './lifecycle.ts';
import { type Answer, answerFor, loadOrders, type OnVersion, orderFor, scopeOfOrder } from './loading.ts';
import { drawObligation, freeObligation } from './obligation.ts';
import { marginOf, marginReturned } from './postings.ts';
import { acceptances, accounts, obligations, orders } from './store.ts';

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
