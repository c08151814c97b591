import { uuidv7 } from 'uuidv7';
import { type Backing, type Located, loadForPayment } from '../financing/loading.ts';
import { collected, type MoneySource, remaindersPaid } from '../financing/postings.ts';
import { applyPayment } from '../financing/repayment.ts';
import { type FinancingRow, financings } from '../financing/store.ts';
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
import { financingBehind, keeperOf } from '../receivable/keeper.ts';
import { receivablePayments, receivableStages } from '../receivable/lifecycle.ts';
import { liveHoldings, type ReceivableRow, receivables } from '../receivable/store.ts';
import { fundsAnswer, requireNewReference } from './receipts.ts';
import { type FundsLineRow, type FundsRow, funds, fundsLines, knownReferences } from './store.ts';
import { keepUnapplied, lockUnapplied, type OnUnapplied, takeUnapplied } from './unapplied.ts';

export type Collection = Readonly<{
  bookId: string;
  /** Chains of the receivables, and financings of this book that they back: found when the request came in. */
  chainIds: readonly string[];
  financings: readonly Located[];
  debtorId: string;
  items: readonly Readonly<{ receivableId: string; amount: Decimal }>[];
  from: MoneySource;
  /** What arrived, when it is more than the receivables take; the rest stays unapplied. */
  received: Decimal | null;
  /** Where it is taken from, when it was unapplied before. */
  unapplied: OnUnapplied | null;
  bankReference: string;
}>;

type CollectionAnswer = ReturnType<typeof fundsAnswer> & Readonly<{ applied: ReturnType<typeof applied> }>;
type Loaded = Backing & Readonly<{ known: Set<string> }>;
type Context = Readonly<{ command: Command<Collection>; businessDate: string; loaded: Loaded }>;

async function load(work: Workspace, commands: readonly Command<Collection>[]): Promise<Loaded> {
  const inputs = commands.map(({ input }) => input);
  const known = await knownReferences(
    work,
    inputs.map((i) => i.bookId),
    inputs.map((i) => i.bankReference),
  );
  await lockUnapplied(
    work,
    inputs.flatMap(({ unapplied }) => unapplied ?? []),
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
    await ledgerOf(work).lock(input.bookId, ['1001', '2004', '4006', `2003/${input.debtorId}`, ...deposits]);
  }
  return { ...loaded, known };
}

/**
 * A debtor pays receivables into the controlled collection account: what backs a financing goes through its waterfall
 * first, the rest (尾款) to the holder. All items of a payment are booked, or none. A partial payment is shared among
 * the holdings in proportion, to the fen.
 */
export const collect: UseCase<Collection, CollectionAnswer, Loaded> = {
  name: 'settlement.collect',
  status: 201,
  lane: ({ input }) => input.bookId,
  scope: ({ input }) => [input.bookId, ...input.chainIds],
  load,
  decide: (work, command, loaded) => {
    const { input, actor } = command;
    const { businessDate } = requireOpenBook(work, input.bookId);
    requireNewReference(work, loaded.known, input);
    const amount = input.items.reduce((sum, item) => sum.plus(item.amount), new Decimal(0));
    const excess = excessOf(input, amount);
    if (input.unapplied !== null) takeUnapplied(work, input.unapplied, amount, input.debtorId);
    const id = uuidv7();
    post(
      work,
      { command, businessDate, loaded },
      'settlement.collected',
      id,
      collected({ debtor: input.debtorId, amount, excess, from: input.from }),
    );
    const context = { command, businessDate, loaded };
    const shares = input.items.flatMap((item) => collectOne(work, item, context));
    const row = receiptOf(command, { id, businessDate, amount, excess, shares });
    if (!excess.isZero()) keepExcess(work, row, command.now);
    payHolders(work, context, row, shares);
    work.insert(funds, row);
    for (const share of shares) {
      work.insert(fundsLines, { id: uuidv7(), receiptId: id, bookId: input.bookId, partyId: input.debtorId, ...share });
    }
    work.emit({
      kind: 'settlement.collected',
      objectKind: 'receipt_of_funds',
      objectId: row.id,
      scopeId: input.bookId,
      parties: [input.bookId, input.debtorId, actor.orgId],
      data: { amount: formatMoney(row.amount), receivables: row.receivables, unapplied: formatMoney(excess) },
    });
    return { ...fundsAnswer(row), applied: applied(input.items.slice(0, ANSWERED), shares) };
  },
};

/** What the answer itself says of single receivables; all of them are read line by line. */
const ANSWERED = 1_000;

const sumOf = (shares: readonly Readonly<{ amount: Decimal }>[]): Decimal =>
  shares.reduce((sum, { amount }) => sum.plus(amount), new Decimal(0));

function receiptOf(
  { input, now }: Command<Collection>,
  paid: Readonly<{ id: string; businessDate: string; amount: Decimal; excess: Decimal; shares: readonly Share[] }>,
): FundsRow {
  return {
    id: paid.id,
    bookId: input.bookId,
    kind: 'collection',
    partyId: input.debtorId,
    bankReference: input.bankReference,
    amount: paid.amount.plus(paid.excess),
    receivedOn: paid.businessDate,
    receivables: input.items.length,
    toFinancings: sumOf(paid.shares.filter(({ financingId }) => financingId !== null)),
    toHolders: sumOf(paid.shares.filter(({ financingId }) => financingId === null)),
    unapplied: paid.excess,
    createdAt: now.toISOString(),
  };
}

/** What arrived beyond what the receivables take. */
function excessOf({ received }: Collection, amount: Decimal): Decimal {
  const excess = received === null ? new Decimal(0) : received.minus(amount);
  require(!excess.isNegative(), 'invalid-input', 'less arrived than the receivables are paid', {
    field: '/amount',
    accepted: `at least ${formatMoney(amount)}`,
  });
  return excess;
}

const keepExcess = (work: Workspace, row: FundsRow, now: Date) =>
  keepUnapplied(
    work,
    {
      bookId: row.bookId,
      partyId: row.partyId,
      remitter: null,
      bankReference: row.bankReference,
      amount: row.unapplied,
      receivedOn: row.receivedOn,
    },
    now,
  );

/** What is left belongs to the holders (尾款): one journal with a line for each of them. */
function payHolders(work: Workspace, context: Context, { id, partyId }: FundsRow, shares: readonly Share[]): void {
  const amounts = new Map<string, Decimal>();
  for (const { financingId, holderId, amount } of shares) if (financingId === null) add(amounts, holderId, amount);
  if (amounts.size > 0) post(work, context, 'settlement.remainder_paid', id, remaindersPaid(partyId, amounts));
}

/** Receivable by receivable, where its money went. */
function applied(items: Collection['items'], shares: readonly Share[]) {
  const byReceivable = new Map<string, Share[]>(items.map(({ receivableId }) => [receivableId, []]));
  for (const share of shares) byReceivable.get(share.receivableId)?.push(share);
  return items.map(({ receivableId, amount }) => {
    const own = byReceivable.get(receivableId) ?? [];
    return {
      receivableId,
      amount: formatMoney(amount),
      toFinancings: own.flatMap(({ financingId, amount: part }) =>
        financingId === null ? [] : [{ financingId, amount: formatMoney(part) }],
      ),
      toHolders: own.flatMap(({ financingId, holderId, amount: part }) =>
        financingId === null ? [{ holderId, amount: formatMoney(part) }] : [],
      ),
    };
  });
}

/** Where a part of a payment goes. */
type Share = Pick<FundsLineRow, 'receivableId' | 'financingId' | 'holderId' | 'amount'>;

/** Shares what is paid for one receivable among its parts, and pays what they back. What is left belongs to the holders. */
function collectOne(work: Workspace, item: Collection['items'][number], context: Context): Share[] {
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
  const amounts = splitByLargestRemainder(
    item.amount,
    parts.map(({ amount }) => amount),
  );
  const toFinancings = new Map<FinancingRow['id'], Readonly<{ holderId: string; amount: Decimal }>>();
  const toHolders = new Map<string, Decimal>();
  for (const [index, part] of parts.entries()) {
    const amount = amounts[index] as Decimal;
    if (amount.isZero()) continue;
    const financing = financingBehind(work, part);
    reduceHolding(work, part, amount);
    if (financing === null) add(toHolders, part.holderId, amount);
    else {
      const before = toFinancings.get(financing.id)?.amount ?? new Decimal(0);
      toFinancings.set(financing.id, { holderId: part.holderId, amount: before.plus(amount) });
    }
  }
  const shares: Share[] = [];
  for (const [financingId, { holderId, amount }] of toFinancings) {
    const rest = payFinancing(work, work.get(financings, financingId), amount, context);
    if (!rest.isZero()) add(toHolders, holderId, rest);
    const paid = amount.minus(rest);
    if (!paid.isZero()) shares.push({ receivableId: r.id, financingId, holderId, amount: paid });
  }
  for (const [holderId, amount] of toHolders) shares.push({ receivableId: r.id, financingId: null, holderId, amount });
  markPaid(work, r, item.amount);
  return shares;
}

function add(sums: Map<string, Decimal>, key: string, amount: Decimal): void {
  sums.set(key, (sums.get(key) ?? new Decimal(0)).plus(amount));
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
