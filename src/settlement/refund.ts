import { refundFailed, refundOrdered, refundPaid, unappliedReceived } from '../financing/postings.ts';
import { type SettlementAccountRow, settlementAccounts } from '../identity/store.ts';
import { requireOpenBook, requireOwnBook } from '../ledger/book-store.ts';
import type { Line } from '../ledger/journal.ts';
import { ledgerOf } from '../ledger/ledger.ts';
import { Decimal } from '../money/decimal.ts';
import { recordOutcome } from '../payment/commands.ts';
import type { PaymentOutcome } from '../payment/rules.ts';
import { draftPayment, payments } from '../payment/store.ts';
import { require } from '../platform/refusal.ts';
import { nextState } from '../platform/state-machine.ts';
import type { Command, UseCase } from '../platform/unit-of-work.ts';
import { requireVersion } from '../platform/version.ts';
import type { Workspace } from '../platform/workspace.ts';
import { type UnappliedRow, unappliedFunds } from './store.ts';
import {
  keepUnapplied,
  lockUnapplied,
  type OnUnapplied,
  tellUnapplied,
  unappliedAnswer,
  unappliedLifecycle,
} from './unapplied.ts';

type Answer = ReturnType<typeof unappliedAnswer>;
type Refund = OnUnapplied & Readonly<{ partyId: string; payeeAccountId: string }>;

function post(work: Workspace, row: UnappliedRow, kind: string, lines: Line[], { actor, now }: Command<unknown>): void {
  const { businessDate } = requireOpenBook(work, row.bookId);
  ledgerOf(work).post(
    { bookId: row.bookId, kind: `unapplied_funds.${kind}`, businessDate, subjectId: row.id, lines },
    { requestId: actor.requestId, now },
  );
}

/** All that remains goes back to a verified account of the party whose money it is. It is booked as paid when the bank says so. */
export const refundUnapplied: UseCase<Refund, Answer, readonly SettlementAccountRow[]> = {
  name: 'settlement.refund',
  status: 202,
  lane: ({ input }) => input.bookId,
  scope: ({ input }) => [input.bookId, input.partyId],
  load: async (work, commands) => {
    const inputs = commands.map(({ input }) => input);
    const accounts = await work.read(
      settlementAccounts,
      'id',
      inputs.map(({ payeeAccountId }) => payeeAccountId),
    );
    await lockUnapplied(work, inputs);
    for (const { bookId } of inputs) await ledgerOf(work).lock(bookId, ['2004', '2013']);
    return accounts;
  },
  decide: (work, command, accounts) => {
    const { actor, input, now } = command;
    requireOwnBook(actor, input.bookId);
    const row = work.get(unappliedFunds, input.unappliedId);
    requireVersion(row.version, input.expectedVersion);
    const state = nextState(unappliedLifecycle, row.state, 'refund');
    require(row.partyId === null || row.partyId === input.partyId, 'not-a-party', 'the money is of another party', {
      field: '/partyId',
    });
    const account = accounts.find(({ id }) => id === input.payeeAccountId);
    require(account !== undefined &&
      account.status === 'verified' &&
      account.orgId === input.partyId, 'account-not-verified', 'the account is not a verified one of whoever paid', {
      field: '/payeeAccountId',
      accepted: 'a verified settlement account of the party whose money it is',
    });
    const { businessDate } = requireOpenBook(work, input.bookId);
    const payment = draftPayment({
      bookId: row.bookId,
      purpose: 'refund',
      subjectId: row.id,
      payee: { id: account.orgId, name: account.holderName, account: account.accountNumber, bank: account.cnaps },
      amount: row.remaining,
      businessDate,
      now,
    });
    work.insert(payments, payment);
    work.wakes.add('payments');
    post(work, row, 'refund_ordered', refundOrdered(row.remaining), command);
    const after = work.update(unappliedFunds, row.id, { state, partyId: account.orgId, paymentId: payment.id });
    tellUnapplied(work, 'refunding', after, row.remaining);
    return unappliedAnswer(after);
  },
};

type Outcome = Readonly<{ bookId: string; unappliedId: string; paymentId: string; outcome: PaymentOutcome }>;

/** Money that had been refunded came back: it waits for a purpose once more. */
function keepReturned(work: Workspace, row: UnappliedRow, command: Command<Outcome>): Answer {
  const payment = work.get(payments, command.input.paymentId);
  const { businessDate } = requireOpenBook(work, row.bookId);
  const { bookId, partyId, remitter, bankReference } = row;
  const back = keepUnapplied(
    work,
    {
      ...{ bookId, partyId, remitter, amount: payment.amount, receivedOn: businessDate },
      bankReference: `${bankReference} returned ${payment.id.slice(-12)}`,
    },
    command.now,
  );
  post(work, back, 'received', unappliedReceived(back.amount), command);
  return unappliedAnswer(back);
}

/** The bank's answer to a refund: paid, or unapplied again, also when it comes back after it was paid. */
export const recordRefund: UseCase<Outcome, unknown> = {
  name: 'settlement.record_refund',
  lane: ({ input }) => input.bookId,
  scope: ({ input }) => [input.bookId],
  load: async (work, commands) => {
    const inputs = commands.map(({ input }) => input);
    await lockUnapplied(work, inputs);
    await work.lock(
      payments,
      inputs.map(({ paymentId }) => paymentId),
    );
    for (const { bookId } of inputs) await ledgerOf(work).lock(bookId, ['1001', '2004', '2013']);
  },
  decide: (work, command) => {
    const { input } = command;
    requireOpenBook(work, input.bookId);
    recordOutcome(work, input.paymentId, input.outcome);
    const row = work.get(unappliedFunds, input.unappliedId);
    if (row.state === 'refunded') return keepReturned(work, row, command);
    const settled = input.outcome.state === 'settled';
    const state = nextState(unappliedLifecycle, row.state, settled ? 'settle' : 'fail');
    post(
      work,
      row,
      settled ? 'refunded' : 'refund_failed',
      (settled ? refundPaid : refundFailed)(row.remaining),
      command,
    );
    const left = settled ? { remaining: new Decimal(0) } : { paymentId: null };
    const after = work.update(unappliedFunds, row.id, { state, ...left });
    tellUnapplied(work, settled ? 'refunded' : 'refund_failed', after, row.remaining);
    return unappliedAnswer(after);
  },
};
