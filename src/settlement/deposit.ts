import { uuidv7 } from 'uuidv7';
import { loadForPayment } from '../financing/loading.ts';
import { deposited } from '../financing/postings.ts';
import { requireOpenBook } from '../ledger/book-store.ts';
import { ledgerOf } from '../ledger/ledger.ts';
import { Decimal, formatMoney } from '../money/decimal.ts';
import type { UseCase } from '../platform/unit-of-work.ts';
import { receivableKeeper } from '../receivable/keeper.ts';
import { fundsAnswer, requireNewReference } from './receipts.ts';
import { type FundsRow, funds, knownReferences } from './store.ts';

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
      receivables: 0,
      toFinancings: new Decimal(0),
      toHolders: new Decimal(0),
      unapplied: new Decimal(0),
      createdAt: now.toISOString(),
    };
    work.insert(funds, row);
    work.emit({
      kind: 'settlement.deposited',
      objectKind: 'receipt_of_funds',
      objectId: row.id,
      scopeId: input.bookId,
      parties: [input.bookId, input.partyId],
      data: { amount: formatMoney(input.amount) },
    });
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
