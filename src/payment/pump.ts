import type { Clock } from '../platform/clock.ts';
import type { Database } from '../platform/database.ts';
import type { UnitOfWork } from '../platform/unit-of-work.ts';
import { asWorker, type Faults, keepFaults, runAsSystem, systemCommand } from '../platform/worker.ts';
import type { BankGateway, BankStatus, PaymentInstruction, SendAnswer } from './bank-gateway.ts';
import { markPaymentSent, recordAcceptance } from './commands.ts';
import type { PaymentOutcome } from './rules.ts';
import { type PaymentPurpose, type PaymentRow, paymentsById, paymentsUnderWay } from './store.ts';

/** What the bank's final answer means for each purpose: runs the use case that books it and ends the payment. */
export type PaymentOutcomes = Readonly<
  Record<PaymentPurpose, (payment: PaymentRow, outcome: PaymentOutcome) => Promise<void>>
>;

export type PaymentPump = Readonly<{
  database: Database;
  unitOfWork: UnitOfWork;
  gateway: BankGateway;
  clock: Clock;
  outcomes: PaymentOutcomes;
}>;

const AT_A_TIME = 200;
const FIRST_ID = '00000000-0000-0000-0000-000000000000';
const DAY_MS = 86_400_000;
/** For so long the bank may not have read yet what another process is sending. */
const ON_ITS_WAY_MS = 15_000;
/** A credit that the payee's bank could not apply comes back within days; older returns were read long ago. */
const RETURNS_KEPT_MS = 30 * DAY_MS;

type Round = PaymentPump & Readonly<{ faults: Faults }>;

/**
 * One round of the payment pump: sends what is new, then reads the bank's answers on what is under way. Safe to run
 * in two processes at once and to break off anywhere: a payment is marked before the bank is told, the bank takes an
 * id once, and each answer is recorded under a key of its own. A payment in doubt is asked about until the bank
 * knows; only when the bank is sure it never took it, it is sent again. Throws at the end what failed for single
 * payments.
 */
export async function pumpPayments(pump: PaymentPump): Promise<void> {
  const round = { ...pump, faults: keepFaults('payments') };
  await eachPage(round, 'created', (page) => sendNew(round, page));
  await eachPage(round, 'sent', (page) => pollStatus(round, page));
  await readReturns(round);
  round.faults.raise();
}

async function eachPage(
  { database }: Round,
  state: 'created' | 'sent',
  work: (page: readonly PaymentRow[]) => Promise<void>,
): Promise<void> {
  for (let after = FIRST_ID; ; ) {
    const page = await asWorker(database, (tx) => paymentsUnderWay(tx, { state, after, limit: AT_A_TIME }));
    if (page.length > 0) await work(page);
    if (page.length < AT_A_TIME) return;
    after = page.at(-1)?.id ?? after;
  }
}

async function sendNew(round: Round, page: readonly PaymentRow[]): Promise<void> {
  const isMine = await Promise.all(page.map((payment) => round.faults.attempt(() => mark(round, payment))));
  await send(
    round,
    page.filter((_, i) => isMine[i]),
  );
}

/** Whether this process marked it: a replayed mark is another's, which may be telling the bank right now. */
async function mark({ unitOfWork, clock }: Round, payment: PaymentRow): Promise<boolean> {
  const { replayed } = await runAsSystem(
    unitOfWork,
    markPaymentSent,
    systemCommand(asBank(payment), {
      key: `payment ${payment.id} sent`,
      input: { paymentId: payment.id, bookId: payment.bookId },
      now: clock.now(),
    }),
  );
  return !replayed;
}

async function send(round: Round, page: readonly PaymentRow[]): Promise<void> {
  if (page.length === 0) return;
  const answers = await round.gateway.send(page.map(instructionOf)).catch(() => page.map((): SendAnswer => 'unknown'));
  await Promise.all(page.map((payment, i) => recordSendAnswer(round, payment, answers[i] ?? 'unknown')));
}

async function recordSendAnswer(round: Round, payment: PaymentRow, answer: SendAnswer): Promise<void> {
  if (answer === 'unknown') return;
  if (answer.accepted) return accept(round, payment, answer.reference);
  const { code, reference, at } = answer;
  await finish(round, payment, { state: 'rejected', reasonCode: code, bankReference: reference, at });
}

async function pollStatus(round: Round, page: readonly PaymentRow[]): Promise<void> {
  const { gateway } = round;
  const statuses = await gateway.status(page.map(({ id }) => id)).catch(() => page.map((): BankStatus => 'unknown'));
  const known = page.map((payment, i) => ({ payment, status: statuses[i] ?? 'unknown' }));
  await Promise.all(known.map(({ payment, status }) => recordStatus(round, payment, status)));
  const lost = known.filter(({ status }) => status !== 'unknown' && status.state === 'not_received');
  await send(
    round,
    lost.map(({ payment }) => payment).filter((payment) => !isOnItsWay(round, payment)),
  );
}

const isOnItsWay = ({ clock }: Round, { sentAt }: PaymentRow): boolean =>
  sentAt !== null && clock.now().getTime() - Date.parse(sentAt) < ON_ITS_WAY_MS;

async function recordStatus(round: Round, payment: PaymentRow, status: BankStatus): Promise<void> {
  if (status === 'unknown' || status.state === 'not_received') return;
  const { reference } = status;
  if (status.state === 'pending') {
    if (payment.bankReference === null) await accept(round, payment, reference);
    return;
  }
  const reasonCode = status.state === 'settled' ? null : status.code;
  await finish(round, payment, { state: status.state, reasonCode, bankReference: reference, at: status.at });
}

async function readReturns(round: Round): Promise<void> {
  const { database, gateway, clock } = round;
  const since = new Date(clock.now().getTime() - RETURNS_KEPT_MS).toISOString();
  const returns = await gateway.returns(since).catch(() => []);
  const rows = await asWorker(database, (tx) =>
    paymentsById(
      tx,
      returns.map(({ endToEndId }) => endToEndId),
    ),
  );
  const settled = new Map(rows.filter(({ state }) => state === 'settled').map((payment) => [payment.id, payment]));
  for (const { endToEndId, reference, code, at } of returns) {
    const payment = settled.get(endToEndId);
    if (payment === undefined) continue;
    await finish(round, payment, { state: 'returned', reasonCode: code, bankReference: reference, at });
  }
}

async function accept({ unitOfWork, clock, faults }: Round, payment: PaymentRow, reference: string): Promise<void> {
  const command = systemCommand(asBank(payment), {
    key: `payment ${payment.id} accepted`,
    input: { paymentId: payment.id, bookId: payment.bookId, reference },
    now: clock.now(),
  });
  await faults.attempt(() => runAsSystem(unitOfWork, recordAcceptance, command));
}

async function finish({ outcomes, faults }: Round, payment: PaymentRow, outcome: PaymentOutcome): Promise<void> {
  await faults.attempt(() => outcomes[payment.purpose](payment, outcome));
}

const asBank = ({ bookId }: PaymentRow) => ({ orgId: bookId, orgKind: 'bank' as const });

const instructionOf = (payment: PaymentRow): PaymentInstruction => ({
  endToEndId: payment.id,
  payeeName: payment.payeeName,
  payeeAccount: payment.payeeAccount,
  payeeBank: payment.payeeBank,
  amount: payment.amount.toFixed(2),
});
