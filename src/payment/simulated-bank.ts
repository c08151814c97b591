import { createHash } from 'node:crypto';
import type { Clock } from '../platform/clock.ts';
import type { Database } from '../platform/database.ts';
import { asWorker } from '../platform/worker.ts';
import type { BankGateway, BankReturn, BankStatus, PaymentInstruction, SendAnswer } from './bank-gateway.ts';

/**
 * How the simulated bank treats payees whose account number ends in `suffix`: it refuses the instruction at once,
 * rejects it when it should have settled, gives it back after it settled, or takes it and lets its answer be lost.
 */
export type BankRule = Readonly<{
  suffix: string;
  code: string;
  when: 'at_once' | 'at_settlement' | 'after_settlement' | 'answer_lost';
}>;

/** Account numbers that end so are refused for a reason; every other payee is paid. */
const defaultBankRules: readonly BankRule[] = [
  { suffix: '0001', code: 'AC01', when: 'at_once' },
  { suffix: '0009', code: 'AM09', when: 'at_once' },
  { suffix: '0004', code: 'AC04', when: 'at_settlement' },
  { suffix: '0006', code: 'AC06', when: 'after_settlement' },
  { suffix: '0500', code: 'MS03', when: 'answer_lost' },
];

export type SimulatedBankSettings = Readonly<{
  clock: Clock;
  /** From the instruction to its settlement, and again from there to a return. */
  settleAfterMs: number;
  rules?: readonly BankRule[];
}>;

type BankRow = {
  end_to_end_id: string;
  reference: string;
  payee_account: string;
  amount: string;
  accepted: boolean;
  outcome: 'settled' | 'rejected' | 'returned';
  code: string | null;
  decided_at: string;
  returned_at: string | null;
};

const SELECTION = 'end_to_end_id, reference, payee_account, amount, accepted, outcome, code, decided_at, returned_at';
/** ISO 20022 "duplication": the id was used for another instruction. */
const DUPLICATION = 'AM05';

const referenceOf = (endToEndId: string): string =>
  `SIM${createHash('sha256').update(endToEndId).digest('hex').slice(0, 20).toUpperCase()}`;

function statusOf(row: BankRow | undefined, now: string): BankStatus {
  if (row === undefined) return { state: 'not_received' };
  const { reference } = row;
  const code = row.code ?? DUPLICATION;
  if (now < row.decided_at) return { state: 'pending', reference };
  if (row.outcome === 'rejected') return { state: 'rejected', reference, code, at: row.decided_at };
  if (row.returned_at !== null && now >= row.returned_at) {
    return { state: 'returned', reference, code, at: row.returned_at };
  }
  return { state: 'settled', reference, at: row.decided_at };
}

/**
 * A bank for demonstrations and tests, with books of its own in the same database. It keeps the protocol of a real
 * one: an instruction is taken once for its id, a second one of that id gets the first answer, or AM05 when it is a
 * different one; settlement takes its time; refusals follow declared rules.
 */
export function simulatedBank(database: Database, settings: SimulatedBankSettings): BankGateway {
  const { clock, settleAfterMs, rules = defaultBankRules } = settings;
  const ruleFor = (account: string): BankRule | undefined => rules.find(({ suffix }) => account.endsWith(suffix));

  function judge({ endToEndId, payeeAccount, amount }: PaymentInstruction, now: Date): BankRow {
    const rule = ruleFor(payeeAccount);
    const when = rule?.when;
    const refused = when === 'at_once' || when === 'at_settlement';
    const decidedAt = when === 'at_once' ? now.getTime() : now.getTime() + settleAfterMs;
    return {
      end_to_end_id: endToEndId,
      reference: referenceOf(endToEndId),
      payee_account: payeeAccount,
      amount,
      accepted: when !== 'at_once',
      outcome: refused ? 'rejected' : when === 'after_settlement' ? 'returned' : 'settled',
      code: refused || when === 'after_settlement' ? (rule?.code ?? null) : null,
      decided_at: new Date(decidedAt).toISOString(),
      returned_at: when === 'after_settlement' ? new Date(decidedAt + settleAfterMs).toISOString() : null,
    };
  }

  function answerTo(instruction: PaymentInstruction, row: BankRow): SendAnswer {
    const { reference } = row;
    const same = row.payee_account === instruction.payeeAccount && row.amount === instruction.amount;
    if (!same) return { accepted: false, reference, code: DUPLICATION, at: clock.now().toISOString() };
    if (ruleFor(row.payee_account)?.when === 'answer_lost') return 'unknown';
    if (row.accepted) return { accepted: true, reference };
    return { accepted: false, reference, code: row.code ?? DUPLICATION, at: row.decided_at };
  }

  const held = (ids: readonly string[]) =>
    asWorker(database, async (tx) => {
      const rows = await tx.query<BankRow>(
        'bank_simulation.held',
        `select ${SELECTION} from bank_simulation_payment where end_to_end_id = any($1::uuid[])`,
        [ids],
      );
      return new Map(rows.map((row) => [row.end_to_end_id, row]));
    });

  return {
    send: async (instructions) => {
      const now = clock.now();
      const drafts = instructions.map((instruction) => judge(instruction, now));
      await asWorker(database, (tx) =>
        tx.query(
          'bank_simulation.take',
          `insert into bank_simulation_payment (${SELECTION}, received_at)
           select u.*, $10::timestamptz from unnest($1::uuid[], $2::text[], $3::text[], $4::numeric[], $5::boolean[],
             $6::text[], $7::text[], $8::timestamptz[], $9::timestamptz[]) as u
           on conflict (end_to_end_id) do nothing`,
          [
            drafts.map((row) => row.end_to_end_id),
            drafts.map((row) => row.reference),
            drafts.map((row) => row.payee_account),
            drafts.map((row) => row.amount),
            drafts.map((row) => row.accepted),
            drafts.map((row) => row.outcome),
            drafts.map((row) => row.code),
            drafts.map((row) => row.decided_at),
            drafts.map((row) => row.returned_at),
            now.toISOString(),
          ],
        ),
      );
      const rows = await held(instructions.map(({ endToEndId }) => endToEndId));
      return instructions.map((instruction) => answerTo(instruction, rows.get(instruction.endToEndId) as BankRow));
    },
    status: async (ids) => {
      const now = clock.now().toISOString();
      const rows = await held(ids);
      return ids.map((id) => statusOf(rows.get(id), now));
    },
    returns: async (since) => {
      const rows = await asWorker(database, (tx) =>
        tx.query<BankRow & { returned_at: string }>(
          'bank_simulation.returns',
          `select ${SELECTION} from bank_simulation_payment
            where returned_at >= $1::timestamptz and returned_at <= $2::timestamptz order by returned_at, end_to_end_id`,
          [since, clock.now().toISOString()],
        ),
      );
      return rows.map(
        (row): BankReturn => ({
          endToEndId: row.end_to_end_id,
          reference: row.reference,
          code: row.code ?? DUPLICATION,
          at: row.returned_at,
        }),
      );
    },
  };
}
