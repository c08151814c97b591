import type { Clock } from '../platform/clock.ts';
import type { Database } from '../platform/database.ts';
import type { UnitOfWork } from '../platform/unit-of-work.ts';
import { asWorker, type Faults, keepFaults, runAsSystem, systemCommand } from '../platform/worker.ts';
import { markRegistrationFiled, takeRegisterAnswer } from './commands.ts';
import type { Filing, FilingAnswer, FilingKind, MovableFinanceRegister } from './movable-finance-register.ts';
import { type RegistrationRow, registrationsAwaiting } from './store.ts';

export type RegistrationPump = Readonly<{
  database: Database;
  unitOfWork: UnitOfWork;
  register: MovableFinanceRegister;
  clock: Clock;
}>;

const AT_A_TIME = 200;
const FIRST_ID = '00000000-0000-0000-0000-000000000000';

type Round = RegistrationPump & Readonly<{ faults: Faults }>;

/**
 * One round of the registration pump: files what is waiting and records what the register answers. Safe to run in two
 * processes at once and to break off anywhere: filings have ids of their own, the register takes each once, and each
 * answer is recorded under its filing's key. Throws at the end what failed for single registrations.
 */
export async function pumpRegistrations(pump: RegistrationPump): Promise<void> {
  const round = { ...pump, faults: keepFaults('registrations') };
  for (let after = FIRST_ID; ; ) {
    const page = await asWorker(pump.database, (tx) => registrationsAwaiting(tx, { after, limit: AT_A_TIME }));
    const filed = await markFiled(round, page);
    if (filed.length > 0) await file(round, filed);
    if (page.length < AT_A_TIME) break;
    after = page.at(-1)?.id ?? after;
  }
  round.faults.raise();
}

async function markFiled(round: Round, page: readonly RegistrationRow[]): Promise<RegistrationRow[]> {
  const { attempt } = round.faults;
  const proceeds = await Promise.all(
    page.map((row) => (row.filedAt === null ? attempt(() => mark(round, row)) : true)),
  );
  return page.filter((_, i) => proceeds[i]);
}

async function mark({ unitOfWork, clock }: Round, row: RegistrationRow): Promise<boolean> {
  const { body } = await runAsSystem(
    unitOfWork,
    markRegistrationFiled,
    systemCommand(asBank(row), {
      key: `registration ${row.id} filed`,
      input: { registrationId: row.id, bookId: row.bookId },
      now: clock.now(),
    }),
  );
  return (body as { proceed: boolean }).proceed;
}

async function file(round: Round, page: readonly RegistrationRow[]): Promise<void> {
  const filings = page.map(filingOf);
  const answers = await round.register.file(filings).catch(() => page.map((): FilingAnswer => 'unknown'));
  await Promise.all(
    page.map((row, i) =>
      round.faults.attempt(() => record(round, row, { filing: filings[i] as Filing, answer: answers[i] ?? 'unknown' })),
    ),
  );
}

async function record(
  { unitOfWork, clock }: Round,
  row: RegistrationRow,
  { filing, answer }: Readonly<{ filing: Filing; answer: FilingAnswer }>,
): Promise<void> {
  if (answer === 'pending' || answer === 'unknown') return;
  await runAsSystem(
    unitOfWork,
    takeRegisterAnswer,
    systemCommand(asBank(row), {
      key: `registration answer ${filing.filingId}`,
      input: { registrationId: row.id, bookId: row.bookId, asked: filing.kind, answer },
      now: clock.now(),
    }),
  );
}

/** What the register has to be asked next. A discharge without a number first needs the answer to the registration. */
function askedOf(row: RegistrationRow): FilingKind {
  return row.registerNumber === null || row.awaiting === null ? 'registration' : row.awaiting;
}

function filingOf(row: RegistrationRow): Filing {
  const kind = askedOf(row);
  const suffixes = { registration: '', amendment: `:amendment:${row.version}`, discharge: ':discharge' };
  return {
    filingId: `${row.id}${suffixes[kind]}`,
    kind,
    number: row.registerNumber,
    securityKind: row.kind,
    securedPartyId: row.bookId,
    pledgorId: row.pledgorId,
    subjectId: row.subjectId,
    amount: row.amount.toFixed(2),
    termMonths: row.requestedTermMonths ?? row.termMonths,
  };
}

const asBank = ({ bookId }: RegistrationRow) => ({ orgId: bookId, orgKind: 'bank' as const });
