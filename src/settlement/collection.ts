import { uuidv7 } from 'uuidv7';
import { type Backing, type Located, loadForPayment } from '../financing/loading.ts';
import { collected, deposited, remainderPaid } from '../financing/postings.ts';
import { applyPayment } from '../financing/repayment.ts';
import type { FinancingRow } from '../financing/store.ts';
import { requireOpenBook } from '../ledger/book-store.ts';
import type { AccountPath } from '../ledger/chart.ts';
import type { Line } from '../ledger/journal.ts';
import { ledgerOf } from '../ledger/ledger.ts';
import { Decimal, formatMoney, splitByLargestRemainder } from '../money/decimal.ts';
import { require } from '../platform/refusal.ts';
import { nextState } from '../platform/state-machine.ts';
import type { Command, UseCase } from '../platform/unit-of-work.ts';
import type { Workspace } from '../platform/workspace.ts';
import { outstanding } from '../receivable/answer.ts';
import { tell } from '../receivable/confirmation.ts';
import { reduceHolding, uncover } from '../receivable/credit-note.ts';
import { financingBehind, keeperOf, receivableKeeper } from '../receivable/keeper.ts';
import { receivablePayments, receivableStages } from '../receivable/lifecycle.ts';
import { liveHoldings, type ReceivableRow, receivables } from '../receivable/store.ts';
import { type Application, type FundsRow, funds, knownReferences } from './store.ts';

export type Collection = Readonly<{
  bookId: string;
  /** Chains of the receivables, and financings of this book that they back: found when the request came in. */
  chainIds: readonly string[];
  financings: readonly Located[];
  debtorId: string;
  items: readonly Readonly<{ receivableId: string; amount: Decimal }>[];
  from: 'outside' | 'deposit';
  bankReference: string;
}>;

type Loaded = Backing & Readonly<{ known: Set<string> }>;
type Context = Readonly<{ command: Command<Collection>; businessDate: string; loaded: Loaded }>;

async function load(work: Workspace, commands: readonly Command<Collection>[]): Promise<Loaded> {
  const inputs = commands.map(({ input }) => input);
  const known = await knownReferences(
    work,
    inputs.map((i) => i.bookId),
    inputs.map((i) => i.bankReference),
  );
  const receivableIds = inputs.flatMap(({ items }) => items.map((item) => item.receivableId));
  const loaded = await loadForPayment(
    work,
    inputs.flatMap((i) => i.financings),
    keeperOf(receivableIds),
    inputs.map((i) => i.bookId),
  );
  for (const input of inputs) {
    // Of the locked parts: one may have changed hands since the request came in.
    const holderIds = input.items.flatMap((item) => liveHoldings(work, item.receivableId).map((h) => h.holderId));
    const deposits = [...holderIds, input.debtorId].map((party): AccountPath => `2001/${party}`);
    await ledgerOf(work).lock(input.bookId, ['1001', '4006', `2003/${input.debtorId}`, ...deposits]);
  }
  return { ...loaded, known };
}

/**
 * A debtor pays receivables into the controlled collection account: what backs a financing goes through its waterfall
 * first, the rest (尾款) to the holder. All items of a payment are booked, or none. A partial payment is shared among
 * the holdings in proportion, to the fen.
 */
export const collect: UseCase<Collection, ReturnType<typeof fundsAnswer>, Loaded> = {
  name: 'settlement.collect',
  status: 201,
  lane: ({ input }) => input.bookId,
  scope: ({ input }) => [input.bookId, ...input.chainIds],
  load,
  decide: (work, command, loaded) => {
    const { input, actor, now } = command;
    const { businessDate } = requireOpenBook(work, input.bookId);
    requireNewReference(work, loaded.known, input);
    const amount = input.items.reduce((sum, item) => sum.plus(item.amount), new Decimal(0));
    const id = uuidv7();
    post(
      work,
      { command, businessDate, loaded },
      'settlement.collected',
      id,
      collected({ debtor: input.debtorId, amount, from: input.from }),
    );
    const applied = input.items.map((item) => collectOne(work, item, { command, businessDate, loaded }));
    const row: FundsRow = {
      id,
      bookId: input.bookId,
      kind: 'collection',
      partyId: input.debtorId,
      bankReference: input.bankReference,
      amount,
      receivedOn: businessDate,
      applied,
      createdAt: now.toISOString(),
    };
    work.insert(funds, row);
    work.emit({
      kind: 'settlement.collected',
      objectKind: 'receipt_of_funds',
      objectId: row.id,
      scopeId: input.bookId,
      parties: [input.bookId, input.debtorId, actor.orgId],
      data: { amount: formatMoney(amount), receivables: applied.length },
    });
    return fundsAnswer(row);
  },
};

function requireNewReference(
  work: Workspace,
  known: Set<string>,
  { bookId, bankReference }: Readonly<{ bookId: string; bankReference: string }>,
): void {
  const key = `${bookId} ${bankReference}`;
  require(!known.has(key), 'duplicate-bank-reference', 'this payment of the bank has been booked already', {
    field: '/bankReference',
    accepted: 'the reference of a payment not booked yet',
  });
  known.add(key);
  work.onUndo(() => known.delete(key));
}

function collectOne(work: Workspace, item: Collection['items'][number], context: Context): Application {
  const { bookId, debtorId } = context.command.input;
  const r = work.get(receivables, item.receivableId);
  require(r.debtorId === debtorId, 'not-a-party', 'the receivable has another debtor', { field: '/items' });
  nextState(receivableStages, r.stage, 'pay');
  const parts = liveHoldings(work, r.id).filter((part) => part.bookId === null || part.bookId === bookId);
  const payable = parts.reduce((sum, { amount }) => sum.plus(amount), new Decimal(0));
  require(item.amount.greaterThan(0) &&
    item.amount.lessThanOrEqualTo(
      payable,
    ), 'amount-exceeds-outstanding', `${formatMoney(payable)} is payable at this bank`, {
    field: '/items',
    accepted: `0.01 to ${formatMoney(payable)}`,
    receivableId: r.id,
  });
  const shares = splitByLargestRemainder(
    item.amount,
    parts.map(({ amount }) => amount),
  );
  const toFinancings = new Map<string, { financing: FinancingRow; holderId: string; amount: Decimal }>();
  const toHolders = new Map<string, Decimal>();
  const give = (holder: string, amount: Decimal) =>
    toHolders.set(holder, (toHolders.get(holder) ?? new Decimal(0)).plus(amount));
  for (const [index, part] of parts.entries()) {
    const share = shares[index] as Decimal;
    if (share.isZero()) continue;
    const financing = financingBehind(work, part);
    reduceHolding(work, part, share);
    if (financing === null) give(part.holderId, share);
    else {
      const before = toFinancings.get(financing.id)?.amount ?? new Decimal(0);
      toFinancings.set(financing.id, { financing, holderId: part.holderId, amount: before.plus(share) });
    }
  }
  const financed = [...toFinancings.values()].map(({ financing, holderId, amount }) => {
    const rest = payFinancing(work, financing, amount, context);
    if (!rest.isZero()) give(holderId, rest);
    return { financingId: financing.id, amount: formatMoney(amount.minus(rest)) };
  });
  for (const [holder, amount] of toHolders) {
    post(work, context, 'settlement.remainder_paid', r.id, remainderPaid({ debtor: debtorId, holder, amount }));
  }
  markPaid(work, r, item.amount);
  return {
    receivableId: r.id,
    amount: formatMoney(item.amount),
    toFinancings: financed,
    toHolders: [...toHolders].map(([holderId, amount]) => ({ holderId, amount: formatMoney(amount) })),
  };
}

/** Pays what the financing owes and answers what is left over. */
function payFinancing(work: Workspace, financing: FinancingRow, amount: Decimal, context: Context): Decimal {
  const { command, businessDate, loaded } = context;
  const from: AccountPath = `2003/${command.input.debtorId}`;
  const about = { businessDate, requestId: command.actor.requestId, now: command.now };
  const paid = applyPayment(work, financing, { amount, source: 'collection', from, ...about }, loaded);
  // The payment took from what backs the loan as well.
  if (!financing.shortfall.isZero() && paid.financing.status !== 'settled') uncover(work, paid.financing);
  return paid.unapplied;
}

function markPaid(work: Workspace, r: ReceivableRow, amount: Decimal): void {
  const paid = r.paid.plus(amount);
  const left = outstanding({ ...r, paid });
  const event = left.isZero() ? 'pay' : 'part_pay';
  const after = work.update(receivables, r.id, {
    paid,
    // What is paid is contested no longer.
    disputed: Decimal.min(r.disputed, left),
    payment: nextState(receivablePayments, r.payment, event),
  });
  tell(work, event === 'pay' ? 'paid' : 'part_paid', after, { amount: formatMoney(amount) });
}

function post(
  work: Workspace,
  { command, businessDate }: Context,
  kind: string,
  subjectId: string | null,
  lines: Line[],
): void {
  ledgerOf(work).post(
    { bookId: command.input.bookId, kind, businessDate, subjectId, lines },
    { requestId: command.actor.requestId, now: command.now },
  );
}

export const fundsAnswer = (row: FundsRow) => ({
  id: row.id,
  bookId: row.bookId,
  kind: row.kind,
  partyId: row.partyId,
  bankReference: row.bankReference,
  amount: formatMoney(row.amount),
  receivedOn: row.receivedOn,
  applied: row.applied,
  createdAt: row.createdAt,
});

type Deposit = Readonly<{ bookId: string; partyId: string; amount: Decimal; bankReference: string }>;

/** Money from outside arrives on a party's deposit. */
export const receiveDeposit: UseCase<Deposit, ReturnType<typeof fundsAnswer>, Set<string>> = {
  name: 'settlement.deposit',
  status: 201,
  lane: ({ input }) => input.bookId,
  scope: ({ input }) => [input.bookId],
  load: async (work, commands) => {
    const known = await knownReferences(
      work,
      commands.map(({ input }) => input.bookId),
      commands.map(({ input }) => input.bankReference),
    );
    await loadForPayment(
      work,
      [],
      receivableKeeper,
      commands.map(({ input }) => input.bookId),
    );
    for (const { input } of commands) await ledgerOf(work).lock(input.bookId, ['1001', `2001/${input.partyId}`]);
    return known;
  },
  decide: (work, { actor, input, now }, known) => {
    const { businessDate } = requireOpenBook(work, input.bookId);
    requireNewReference(work, known, input);
    const row: FundsRow = {
      id: uuidv7(),
      bookId: input.bookId,
      kind: 'deposit',
      partyId: input.partyId,
      bankReference: input.bankReference,
      amount: input.amount,
      receivedOn: businessDate,
      applied: [],
      createdAt: now.toISOString(),
    };
    work.insert(funds, row);
    ledgerOf(work).post(
      {
        bookId: input.bookId,
        kind: 'settlement.deposited',
        businessDate,
        subjectId: row.id,
        lines: deposited({ party: input.partyId, amount: input.amount }),
      },
      { requestId: actor.requestId, now },
    );
    return fundsAnswer(row);
  },
};
