import { uuidv7 } from 'uuidv7';
import { tell as tellFinancing } from '../financing/answer.ts';
import { type Backing, type Located, loadForPayment } from '../financing/loading.ts';
import { isPurchase, largestAdvance } from '../financing/quote.ts';
import { applyPayment } from '../financing/repayment.ts';
import { type FinancingRow, financings } from '../financing/store.ts';
import { requireOpenBook } from '../ledger/book-store.ts';
import type { AccountPath } from '../ledger/chart.ts';
import { available, ledgerOf } from '../ledger/ledger.ts';
import { Decimal, formatMoney } from '../money/decimal.ts';
import { shanghaiDate } from '../platform/clock.ts';
import { require } from '../platform/refusal.ts';
import { nextState } from '../platform/state-machine.ts';
import type { Command, UseCase } from '../platform/unit-of-work.ts';
import type { Workspace } from '../platform/workspace.ts';
import { outstanding, receivableAnswer } from './answer.ts';
import { type OnReceivable, receivableFor, tell } from './confirmation.ts';
import { financingBehind, keeperOf } from './keeper.ts';
import { holdingStates, receivablePayments, receivableStages } from './lifecycle.ts';
import { creditNotes, type HoldingRow, holdings, liveHoldings, partsBehind, receivables } from './store.ts';
import { endOffer } from './transfer.ts';

type CreditNote = OnReceivable &
  Readonly<{
    financings: readonly Located[];
    number: string;
    /** Null accepts what the debtor disputes. */
    amount: Decimal | null;
  }>;
/** Beside what backs each financing: numbers taken, as "receivable number", this batch's own included. */
type Loaded = Backing & Readonly<{ numbers: Set<string> }>;

async function load(work: Workspace, commands: readonly Command<CreditNote>[]): Promise<Loaded> {
  const receivableIds = commands.map(({ input }) => input.receivableId);
  const located = commands.flatMap(({ input }) => input.financings);
  const backing = await loadForPayment(work, located, keeperOf(receivableIds));
  for (const { bookId, borrowerId } of located) await ledgerOf(work).lock(bookId, [`1133/${borrowerId}`]);
  const notes = await work.read(creditNotes, 'receivableId', receivableIds);
  return { ...backing, numbers: new Set(notes.map(({ receivableId, number }) => `${receivableId} ${number}`)) };
}

/**
 * The creditor reduces its claim (returns, discounts). Free parts give way first, then those that back a financing:
 * what a loan then lacks must be topped up or repaid; a purchase is made good by the seller at once.
 */
export const issueCreditNote: UseCase<CreditNote, ReturnType<typeof receivableAnswer>, Loaded> = {
  name: 'receivable.credit_note',
  status: 201,
  lane: ({ input }) => input.chainId,
  scope: ({ input }) => [input.chainId, ...input.financings.map(({ bookId }) => bookId)],
  load,
  decide: (work, command, loaded) => {
    const { actor, input, now } = command;
    const r = receivableFor(work, input);
    require(actor.orgId === r.creditorId, 'not-a-party', 'only the creditor issues a credit note');
    nextState(receivableStages, r.stage, 'credit');
    requireNewNumber(work, loaded.numbers, input);
    require(input.amount !== null || !r.disputed.isZero(), 'not-disputed', 'no dispute is open');
    const amount = input.amount ?? r.disputed;
    const reducible = liveHoldings(work, r.id).filter(
      ({ holderId, transferId }) => holderId === r.creditorId && transferId === null,
    );
    const most = reducible.reduce((sum, { amount }) => sum.plus(amount), new Decimal(0));
    require(amount.greaterThan(0) &&
      amount.lessThanOrEqualTo(most), 'amount-exceeds-holding', `the creditor still holds ${formatMoney(most)}`, {
      field: '/amount',
      accepted: `0.01 to ${formatMoney(most)}`,
    });
    const parts = [
      ...reducible.filter((h) => h.financingId === null),
      ...reducible.filter((h) => h.financingId !== null),
    ];
    reduceParts(work, command, { parts, amount, loaded });
    work.insert(creditNotes, {
      id: uuidv7(),
      receivableId: r.id,
      chainId: r.chainId,
      debtorId: r.debtorId,
      creditorId: r.creditorId,
      number: input.number,
      amount,
      issuedOn: shanghaiDate(now),
      createdAt: now.toISOString(),
    });
    const credited = r.credited.plus(amount);
    const left = outstanding({ ...r, credited });
    const after = work.update(receivables, r.id, {
      credited,
      disputed: Decimal.max(r.disputed.minus(amount), 0),
      ...(left.isZero() ? { payment: nextState(receivablePayments, r.payment, 'pay') } : {}),
    });
    tell(work, 'credited', after, { number: input.number, amount: formatMoney(amount) });
    return receivableAnswer(after);
  },
};

function requireNewNumber(work: Workspace, numbers: Set<string>, { receivableId, number }: CreditNote): void {
  const key = `${receivableId} ${number}`;
  require(!numbers.has(key), 'already-exists', 'the receivable has a credit note of this number', {
    field: '/number',
    accepted: 'the number of a credit note not recorded yet',
  });
  numbers.add(key);
  work.onUndo(() => numbers.delete(key));
}

function reduceParts(
  work: Workspace,
  command: Command<CreditNote>,
  { parts, amount, loaded }: Readonly<{ parts: readonly HoldingRow[]; amount: Decimal; loaded: Loaded }>,
): void {
  let left = amount;
  for (const part of parts) {
    const cut = Decimal.min(left, part.amount);
    if (cut.isZero()) return;
    left = left.minus(cut);
    const financing = financingBehind(work, part);
    reduceHolding(work, part, cut);
    if (financing === null || financing.status === 'written_off') continue;
    if (isPurchase(financing.product)) makeGood(work, command, { financing, cut, loaded });
    else uncover(work, financing);
  }
}

/** Takes an amount off a live holding; what reaches zero is settled. An offer of it ends. */
export function reduceHolding(work: Workspace, holding: HoldingRow, by: Decimal): void {
  if (holding.transferId !== null) endOffer(work, holding.transferId);
  const rest = holding.amount.minus(by);
  work.update(holdings, holding.id, {
    transferId: null,
    ...(rest.isZero() ? { state: nextState(holdingStates, holding.state, 'settle') } : { amount: rest }),
  });
}

/** What a loan lacks now that less backs it. */
export function uncover(work: Workspace, financing: FinancingRow): void {
  const backing = partsBehind(work, financing.id).reduce((sum, { amount }) => sum.plus(amount), new Decimal(0));
  const allowed = largestAdvance(financing.product, financing.terms, backing);
  const after = work.update(financings, financing.id, {
    shortfall: Decimal.max(financing.principal.minus(allowed), 0),
  });
  if (!after.shortfall.isZero()) tellFinancing(work, 'shortfall', after, { shortfall: formatMoney(after.shortfall) });
}

type Dilution = Readonly<{ financing: FinancingRow; cut: Decimal; loaded: Loaded }>;

/** The seller pays what its credit note took from a purchase; what its deposit lacks is a claim on it. */
function makeGood(work: Workspace, { actor, now }: Command<CreditNote>, { financing, cut, loaded }: Dilution): void {
  const { bookId, borrowerId } = financing;
  const { businessDate } = requireOpenBook(work, bookId);
  const paid = Decimal.min(available(ledgerOf(work).balance(bookId, `2001/${borrowerId}`)), cut);
  const claimed = cut.minus(paid);
  const context = { source: 'top_up', businessDate, requestId: actor.requestId, now } as const;
  const pay = (from: AccountPath, amount: Decimal) =>
    applyPayment(work, work.get(financings, financing.id), { ...context, from, amount }, loaded);
  pay(`2001/${borrowerId}`, paid);
  pay(`1133/${borrowerId}`, claimed);
  const after = work.get(financings, financing.id);
  tellFinancing(work, 'diluted', after, { amount: formatMoney(cut), claimed: formatMoney(claimed) });
}
