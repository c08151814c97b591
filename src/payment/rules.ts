import { defineLifecycle, type EventOf, type StateOf } from '../platform/state-machine.ts';

/**
 * A payment instruction. `sent` is also where an instruction in doubt waits: only the bank's answer leads out of it.
 * A bank may give money back after it said settled, when the payee's bank could not credit it.
 */
export const paymentLifecycle = defineLifecycle('payment', {
  created: { send: 'sent' },
  sent: { settle: 'settled', reject: 'rejected', return: 'returned' },
  settled: { return: 'returned' },
  rejected: {},
  returned: {},
});

export type PaymentState = StateOf<typeof paymentLifecycle>;
export type PaymentEvent = EventOf<typeof paymentLifecycle>;

/** The final answer of the bank. `at` is its instant, ISO 8601 in UTC. */
export type PaymentOutcome = Readonly<{
  state: 'settled' | 'rejected' | 'returned';
  /** ISO 20022 external code such as AC04; null when settled. */
  reasonCode: string | null;
  bankReference: string;
  at: string;
}>;

export const eventOfOutcome = { settled: 'settle', rejected: 'reject', returned: 'return' } as const satisfies Record<
  PaymentOutcome['state'],
  PaymentEvent
>;

/** Names of the external status and return reasons in use (ISO 20022 external code sets). */
const reasons: Readonly<Record<string, string>> = {
  AC01: 'incorrect account number',
  AC04: 'closed account number',
  AC06: 'blocked account',
  AM04: 'insufficient funds',
  AM05: 'duplication',
  AM09: 'wrong amount',
  BE01: 'account name and number do not match',
  MS03: 'reason not specified by the bank',
};

/** The words for a reason code; a code that is not in the list is told as it is. */
export const reasonOf = (code: string): string => reasons[code] ?? `reason ${code}`;
