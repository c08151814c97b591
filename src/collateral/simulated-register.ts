import { createHash } from 'node:crypto';
import { addMonths } from '../money/dates.ts';
import { type Clock, shanghaiDate } from '../platform/clock.ts';
import type { Database, Tx } from '../platform/database.ts';
import { asWorker } from '../platform/worker.ts';
import type { Filing, FilingAnswer, FilingKind, MovableFinanceRegister } from './movable-finance-register.ts';

export type SimulatedRegisterSettings = Readonly<{
  clock: Clock;
  /** From a filing to its answer. The instant of registration is that of the answer. */
  answerAfterMs: number;
}>;

type FilingRow = {
  filing_id: string;
  kind: FilingKind;
  number: string | null;
  term_months: number | null;
  refusal_code: string | null;
  registered_at: string | null;
  expires_on: string | null;
  answers_at: string;
};

type Standing = Readonly<{ registeredAt: string; expiresOn: string; termMonths: number; discharged: boolean }>;

const SELECTION = 'filing_id, kind, number, term_months, refusal_code, registered_at, expires_on, answers_at';

/** A term, and each extension of it, is one month to thirty years (PBOC order 7 of 2021). */
const TERM_MONTHS = { least: 1, most: 360 };

const refusalReasons: Readonly<Record<string, string>> = {
  TERM: `a term, and each extension, is ${TERM_MONTHS.least} to ${TERM_MONTHS.most} months`,
  NUMBER: 'the register has no record of this number',
  ENDED: 'the record has been discharged or its term is over',
};

const isTerm = (months: number): boolean => months >= TERM_MONTHS.least && months <= TERM_MONTHS.most;

/** Eight digits of the day and twelve that the filing decides, as long as the register's own numbers. */
function numberOf(filingId: string, registeredAt: Date): string {
  const digest = createHash('sha256').update(filingId).digest();
  const digits = (digest.readBigUInt64BE() % 1_000_000_000_000n).toString().padStart(12, '0');
  return `${shanghaiDate(registeredAt).replaceAll('-', '')}${digits}`;
}

function judge(filing: Filing, standing: Standing | undefined, answersAt: Date): FilingRow {
  const base = { filing_id: filing.filingId, kind: filing.kind, answers_at: answersAt.toISOString() };
  const refused = (code: string): FilingRow => ({
    ...base,
    number: filing.number,
    term_months: null,
    refusal_code: code,
    registered_at: null,
    expires_on: null,
  });
  const recorded = (number: string, termMonths: number, registeredAt: Date): FilingRow => ({
    ...base,
    number,
    term_months: termMonths,
    refusal_code: null,
    registered_at: registeredAt.toISOString(),
    expires_on: addMonths(shanghaiDate(registeredAt), termMonths),
  });
  if (filing.kind === 'registration') {
    if (!isTerm(filing.termMonths)) return refused('TERM');
    return recorded(numberOf(filing.filingId, answersAt), filing.termMonths, answersAt);
  }
  if (standing === undefined || filing.number === null) return refused('NUMBER');
  const registeredAt = new Date(standing.registeredAt);
  if (filing.kind === 'discharge') return recorded(filing.number, standing.termMonths, registeredAt);
  if (standing.discharged || shanghaiDate(answersAt) > standing.expiresOn) return refused('ENDED');
  if (!isTerm(filing.termMonths - standing.termMonths)) return refused('TERM');
  return recorded(filing.number, filing.termMonths, registeredAt);
}

function standingOf(filings: readonly FilingRow[]): Standing | undefined {
  const taken = filings.filter(({ refusal_code }) => refusal_code === null);
  const last = taken.findLast(({ kind }) => kind !== 'discharge');
  if (last === undefined) return undefined;
  return {
    registeredAt: last.registered_at as string,
    expiresOn: last.expires_on as string,
    termMonths: last.term_months as number,
    discharged: taken.some(({ kind }) => kind === 'discharge'),
  };
}

function answerOf(row: FilingRow, now: string): FilingAnswer {
  if (now < row.answers_at) return 'pending';
  if (row.refusal_code !== null) {
    return { state: 'refused', code: row.refusal_code, reason: refusalReasons[row.refusal_code] ?? row.refusal_code };
  }
  return {
    state: 'recorded',
    number: row.number as string,
    registeredAt: row.registered_at as string,
    expiresOn: row.expires_on as string,
    termMonths: row.term_months as number,
  };
}

async function standings(tx: Tx, filings: readonly Filing[]): Promise<Map<string, Standing | undefined>> {
  const numbers = filings.flatMap(({ number }) => (number === null ? [] : [number]));
  const rows = await tx.query<FilingRow>(
    'register_simulation.by_number',
    `select ${SELECTION} from register_simulation_filing where number = any($1) order by number, filed_at, filing_id`,
    [numbers],
  );
  return new Map(numbers.map((number) => [number, standingOf(rows.filter((row) => row.number === number))]));
}

/**
 * A register for demonstrations and tests, with a record of its own in the same database. Like the real one it only
 * looks at the form: the term, the number, whether the record still stands.
 */
export function simulatedRegister(database: Database, settings: SimulatedRegisterSettings): MovableFinanceRegister {
  const { clock, answerAfterMs } = settings;
  return {
    file: async (filings) => {
      const now = clock.now();
      const answersAt = new Date(now.getTime() + answerAfterMs);
      const rows = await asWorker(database, async (tx) => {
        const standing = await standings(tx, filings);
        const drafts = filings.map((filing) => judge(filing, standing.get(filing.number ?? ''), answersAt));
        await tx.query(
          'register_simulation.take',
          `insert into register_simulation_filing (${SELECTION}, filed_at)
           select u.*, $9::timestamptz from unnest($1::text[], $2::text[], $3::text[], $4::integer[], $5::text[],
             $6::timestamptz[], $7::date[], $8::timestamptz[]) as u
           on conflict (filing_id) do nothing`,
          [
            drafts.map((row) => row.filing_id),
            drafts.map((row) => row.kind),
            drafts.map((row) => row.number),
            drafts.map((row) => row.term_months),
            drafts.map((row) => row.refusal_code),
            drafts.map((row) => row.registered_at),
            drafts.map((row) => row.expires_on),
            drafts.map((row) => row.answers_at),
            now.toISOString(),
          ],
        );
        return tx.query<FilingRow>(
          'register_simulation.held',
          `select ${SELECTION} from register_simulation_filing where filing_id = any($1)`,
          [filings.map(({ filingId }) => filingId)],
        );
      });
      const held = new Map(rows.map((row) => [row.filing_id, row]));
      return filings.map(({ filingId }) => answerOf(held.get(filingId) as FilingRow, now.toISOString()));
    },
  };
}
