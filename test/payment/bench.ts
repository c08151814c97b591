import { randomUUID } from 'node:crypto';
import type { Test } from 'tap';
import { Decimal } from '../../src/money/decimal.ts';
import type { BankGateway } from '../../src/payment/bank-gateway.ts';
import { recordOutcome } from '../../src/payment/commands.ts';
import { type PaymentOutcomes, pumpPayments } from '../../src/payment/pump.ts';
import type { PaymentOutcome } from '../../src/payment/rules.ts';
import { type BankRule, simulatedBank } from '../../src/payment/simulated-bank.ts';
import { draftPayment, type PaymentRow, payments } from '../../src/payment/store.ts';
import { connect, writeIn } from '../../src/platform/database.ts';
import { createUnitOfWork, type UseCase } from '../../src/platform/unit-of-work.ts';
import { systemCommand } from '../../src/platform/worker.ts';
import { freshDatabase } from '../harness/database.ts';

const SETTLE_AFTER_MS = 60_000;

type Instruction = Readonly<{ account: string; amount: string; subjectId: string }>;

const instruct = (bookId: string): UseCase<Instruction, { id: string }> => ({
  name: 'test.instruct',
  lane: () => bookId,
  scope: () => [bookId],
  load: async () => undefined,
  decide: (work, { input, now }) => {
    const payment = draftPayment({
      bookId,
      purpose: 'disbursement',
      subjectId: input.subjectId,
      payee: { id: randomUUID(), name: '济南示范机械有限公司', account: input.account, bank: '102451000016' },
      amount: new Decimal(input.amount),
      businessDate: '2026-07-01',
      now,
    });
    work.insert(payments, payment);
    return { id: payment.id };
  },
});

type Answered = Readonly<{ id: string; outcome: PaymentOutcome }>;

const end = (bookId: string): UseCase<Answered, { state: string }> => ({
  name: 'test.end',
  lane: () => bookId,
  scope: () => [bookId],
  load: async (work, commands) => {
    await work.lock(
      payments,
      commands.map(({ input }) => input.id),
    );
  },
  decide: (work, { input }) => ({ state: recordOutcome(work, input.id, input.outcome).state }),
});

/** One bank with its book, the simulated bank that settles after a minute, and a clock that the test moves. */
export async function paymentBench(t: Pick<Test, 'teardown'>, rules?: readonly BankRule[]) {
  const { ownerUrl } = await freshDatabase(t);
  const database = connect({ url: ownerUrl, writers: 4, readers: 1 });
  t.teardown(database.close);
  const bookId = randomUUID();
  let now = Date.parse('2026-07-01T02:00:00.000Z');
  const clock = { now: () => new Date(now) };
  const unitOfWork = createUnitOfWork({ database, maxWaiting: 1000, maxBatch: 100, onWake: () => undefined });
  await writeIn(database.writers, [bookId], (tx) =>
    tx.query('test.book', 'insert into book (id, name, business_date, created_at) values ($1, $2, $3, $4)', [
      bookId,
      '示范银行',
      '2026-07-01',
      clock.now().toISOString(),
    ]),
  );
  const bank = simulatedBank(database, { clock, settleAfterMs: SETTLE_AFTER_MS, ...(rules ? { rules } : {}) });
  const finished: Answered[] = [];
  const finish = async ({ id }: PaymentRow, outcome: PaymentOutcome) => {
    finished.push({ id, outcome });
    const actor = { orgId: bookId, orgKind: 'bank' as const };
    await unitOfWork.run(
      end(bookId),
      systemCommand(actor, { key: `${id} ${outcome.state}`, input: { id, outcome }, now: clock.now() }),
    );
  };
  const outcomes: PaymentOutcomes = {
    disbursement: finish,
    payout: finish,
    refund: finish,
    bill_discount: finish,
  };

  return {
    database,
    bank,
    finished,
    pass: (ms: number) => {
      now += ms;
    },
    settleAfterMs: SETTLE_AFTER_MS,
    pump: (gateway: BankGateway = bank) => pumpPayments({ database, unitOfWork, gateway, clock, outcomes }),
    instruct: async (account: string, amount = '989441.67', subjectId = randomUUID()): Promise<string> => {
      const command = { key: randomUUID(), input: { account, amount, subjectId }, now: clock.now() };
      const { body } = await unitOfWork.run(
        instruct(bookId),
        systemCommand({ orgId: bookId, orgKind: 'bank' }, command),
      );
      return (body as { id: string }).id;
    },
    payment: async (id: string): Promise<PaymentRow> => {
      const [row] = await writeIn(database.writers, [bookId], (tx) => payments.read(tx, 'id', [id]));
      if (row === undefined) throw new Error(`there is no payment ${id}`);
      return row;
    },
    events: (id: string) =>
      writeIn(database.writers, [bookId], async (tx) => {
        const rows = await tx.query<{ kind: string }>(
          'test.events',
          'select kind from event where object_id = $1 order by id',
          [id],
        );
        return rows.map(({ kind }) => kind);
      }),
  };
}
