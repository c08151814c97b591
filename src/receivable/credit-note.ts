import { uuidv7 } from 'uuidv7';
import { tell as tellFinancing } from '../financing/answer.ts';
import { postAbout } from '../financing/disbursement.ts';
import { accountsOf } from '../financing/loading.ts';
import { dilutedPurchase } from '../financing/postings.ts';
import { isPurchase, largestAdvance } from '../financing/quote.ts';
import { type FinancingRow, financings } from '../financing/store.ts';
import { books, requireOpenBook } from '../ledger/book-store.ts';
import { available, ledgerOf } from '../ledger/ledger.ts';
import { freeLimit } from '../limit/path.ts';
import { limitNodes } from '../limit/store.ts';
import { Decimal, formatMoney } from '../money/decimal.ts';
import { shanghaiDate } from '../platform/clock.ts';
import { require } from '../platform/refusal.ts';
import { nextState } from '../platform/state-machine.ts';
import type { Command, UseCase } from '../platform/unit-of-work.ts';
import type { Workspace } from '../platform/workspace.ts';
import { outstanding, receivableAnswer } from './answer.ts';
import { type OnReceivable, receivableFor, tell } from './confirmation.ts';
import { holdingStates, receivablePayments, receivableStages } from './lifecycle.ts';
import { creditNotes, type HoldingRow, holdings, liveHoldings, lockReceivables, receivables } from './store.ts';

type CreditNote = OnReceivable & Readonly<{ bookIds: readonly string[]; number: string; amount: Decimal }>;

/**
 * The creditor reduces its claim (returns, discounts). Free parts give way first, then those that back a financing:
 * what a loan then lacks must be topped up or repaid; a purchase is made good by the seller at once.
 */
export const issueCreditNote: UseCase<CreditNote, ReturnType<typeof receivableAnswer>> = {
  name: 'receivable.credit_note',
  status: 201,
  lane: ({ input }) => input.chainId,
  scope: ({ input }) => [input.chainId, ...input.bookIds],
  load: async (work, commands) => {
    await work.lock(
      books,
      commands.flatMap(({ input }) => input.bookIds),
    );
    await lockReceivables(
      work,
      commands.map(({ input }) => input.receivableId),
    );
    const backed = work
      .all(holdings)
      .map(({ financingId }) => financingId)
      .filter((id): id is string => id !== null);
    const rows = await work.lock(financings, backed);
    await work.lock(
      limitNodes,
      rows.flatMap(({ limitPath }) => limitPath),
    );
    for (const row of rows) await ledgerOf(work).lock(row.bookId, [...accountsOf(row), `1133/${row.borrowerId}`]);
  },
  decide: (work, command) => {
    const { actor, input, now } = command;
    const r = receivableFor(work, input);
    require(actor.orgId === r.creditorId, 'not-a-party', 'only the creditor issues a credit note');
    nextState(receivableStages, r.stage, 'credit');
    const reducible = liveHoldings(work, r.id).filter(
      ({ holderId, transferId }) => holderId === r.creditorId && transferId === null,
    );
    const most = reducible.reduce((sum, { amount }) => sum.plus(amount), new Decimal(0));
    require(input.amount.greaterThan(0) &&
      input.amount.lessThanOrEqualTo(most), 'amount-exceeds-holding', `the creditor still holds ${formatMoney(most)}`, {
      field: '/amount',
      accepted: `0.01 to ${formatMoney(most)}`,
    });
    reduceParts(work, command, [
      ...reducible.filter((h) => h.financingId === null),
      ...reducible.filter((h) => h.financingId !== null),
    ]);
    work.insert(creditNotes, {
      id: uuidv7(),
      receivableId: r.id,
      chainId: r.chainId,
      debtorId: r.debtorId,
      creditorId: r.creditorId,
      number: input.number,
      amount: input.amount,
      issuedOn: shanghaiDate(now),
      createdAt: now.toISOString(),
    });
    const credited = r.credited.plus(input.amount);
    const left = outstanding({ ...r, credited });
    const after = work.update(receivables, r.id, {
      credited,
      disputed: Decimal.max(r.disputed.minus(input.amount), 0),
      ...(left.isZero() ? { payment: nextState(receivablePayments, r.payment, 'pay') } : {}),
    });
    tell(work, 'credited', after, { number: input.number, amount: formatMoney(input.amount) });
    return receivableAnswer(after);
  },
};

function reduceParts(work: Workspace, command: Command<CreditNote>, parts: readonly HoldingRow[]): void {
  let left = command.input.amount;
  for (const part of parts) {
    const cut = Decimal.min(left, part.amount);
    if (cut.isZero()) return;
    left = left.minus(cut);
    reduceHolding(work, part, cut);
    if (part.financingId !== null) cover(work, command, work.get(financings, part.financingId), cut);
  }
}

/** Takes an amount off a live holding; what reaches zero is settled. */
export function reduceHolding(work: Workspace, holding: HoldingRow, by: Decimal): void {
  const rest = holding.amount.minus(by);
  work.update(
    holdings,
    holding.id,
    rest.isZero() ? { state: nextState(holdingStates, holding.state, 'settle') } : { amount: rest },
  );
}

/** What the reduction means for the financing behind it. */
function cover(work: Workspace, { actor, now }: Command<CreditNote>, financing: FinancingRow, cut: Decimal): void {
  const { businessDate } = requireOpenBook(work, financing.bookId);
  require(financing.status === 'active' ||
    financing.status === 'overdue' ||
    financing.status === 'recovering', 'financing-pending', 'a financing of this part is not paid out yet');
  if (!isPurchase(financing.product)) {
    const backing = work
      .all(holdings)
      .filter((h) => h.financingId === financing.id && h.state === 'live')
      .reduce((sum, { amount }) => sum.plus(amount), new Decimal(0));
    const allowed = largestAdvance(financing.product, financing.terms, backing);
    const after = work.update(financings, financing.id, {
      shortfall: Decimal.max(financing.principal.minus(allowed), 0),
    });
    if (!after.shortfall.isZero()) tellFinancing(work, 'shortfall', after, { shortfall: formatMoney(after.shortfall) });
    return;
  }
  const deposit = available(ledgerOf(work).balance(financing.bookId, `2001/${financing.borrowerId}`));
  const paid = Decimal.min(deposit, cut);
  const after = work.update(financings, financing.id, { principal: financing.principal.minus(cut) });
  freeLimit(work, financing.limitPath, cut, { financingId: financing.id, on: businessDate, now });
  postAbout(work, after, { businessDate, requestId: actor.requestId, now }, [
    {
      kind: 'financing.diluted',
      lines: dilutedPurchase({
        product: financing.product,
        seller: financing.borrowerId,
        paid,
        claimed: cut.minus(paid),
      }),
    },
  ]);
  tellFinancing(work, 'diluted', after, { amount: formatMoney(cut), claimed: formatMoney(cut.minus(paid)) });
}
