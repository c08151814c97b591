import { nextState } from '../platform/state-machine.ts';
import type { UseCase } from '../platform/unit-of-work.ts';
import type { Workspace } from '../platform/workspace.ts';
import { eventOfOutcome, type PaymentOutcome, paymentLifecycle, reasonOf } from './rules.ts';
import { type PaymentRow, payments } from './store.ts';

function tell(work: Workspace, kind: string, payment: PaymentRow): void {
  work.emit({
    kind,
    objectKind: 'payment',
    objectId: payment.id,
    parties: [payment.bookId, payment.payeeId],
    scopeId: payment.bookId,
    data: {
      purpose: payment.purpose,
      subjectId: payment.subjectId,
      amount: payment.amount.toFixed(2),
      ...(payment.reasonCode === null ? {} : { reasonCode: payment.reasonCode }),
    },
  });
}

/**
 * Sets the final state of a locked payment from the bank's answer, for the use case that books what it means. The
 * refusal `illegal-transition` when the payment has ended otherwise already.
 */
export function recordOutcome(work: Workspace, paymentId: string, outcome: PaymentOutcome): PaymentRow {
  const before = work.get(payments, paymentId);
  const state = nextState(paymentLifecycle, before.state, eventOfOutcome[outcome.state]);
  const payment = work.update(payments, paymentId, {
    state,
    reasonCode: outcome.reasonCode,
    reason: outcome.reasonCode === null ? null : reasonOf(outcome.reasonCode),
    bankReference: outcome.bankReference,
    finishedAt: outcome.at,
  });
  tell(work, `payment.${outcome.state}`, payment);
  return payment;
}

type Sending = Readonly<{ paymentId: string; bookId: string }>;

/** Notes that the bank is about to be told, before it is: after a crash in between it is asked, never told twice. */
export const markPaymentSent: UseCase<Sending, { state: string }> = {
  name: 'payment.send',
  lane: ({ input }) => input.bookId,
  scope: ({ input }) => [input.bookId],
  load: async (work, commands) => {
    await work.lock(
      payments,
      commands.map(({ input }) => input.paymentId),
    );
  },
  decide: (work, { input, now }) => {
    const { state } = work.get(payments, input.paymentId);
    const payment = work.update(payments, input.paymentId, {
      state: nextState(paymentLifecycle, state, 'send'),
      sentAt: now.toISOString(),
    });
    tell(work, 'payment.sent', payment);
    return { state: payment.state };
  },
};

/** Keeps the reference of the bank that took the instruction, which ends the doubt about it. */
export const recordAcceptance: UseCase<Sending & Readonly<{ reference: string }>, { state: string }> = {
  name: 'payment.accept',
  lane: ({ input }) => input.bookId,
  scope: ({ input }) => [input.bookId],
  load: async (work, commands) => {
    await work.lock(
      payments,
      commands.map(({ input }) => input.paymentId),
    );
  },
  decide: (work, { input }) => {
    const payment = work.get(payments, input.paymentId);
    if (payment.state !== 'sent' || payment.bankReference === input.reference) return { state: payment.state };
    return { state: work.update(payments, input.paymentId, { bankReference: input.reference }).state };
  },
};
