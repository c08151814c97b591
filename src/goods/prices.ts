import { uuidv7 } from 'uuidv7';
import { books } from '../ledger/book-store.ts';
import { Decimal } from '../money/decimal.ts';
import { Refusal } from '../platform/refusal.ts';
import type { RefusalCode } from '../platform/refusals.ts';
import type { UseCase } from '../platform/unit-of-work.ts';
import type { Workspace } from '../platform/workspace.ts';
import { findGrades, quotationsAt } from './price-store.ts';
import { haircuts, type PriceRow, prices } from './store.ts';

/** One line of a feed. The grade is named by id, or by the codes of commodity and grade. */
export type Quotation = Readonly<{
  line: number;
  grade: string;
  price: Decimal;
  quotedAt: string;
  /** Whether it corrects what was recorded for the same moment. */
  correction: boolean;
}>;
/** A line that could not be read at all. */
export type Unread = Readonly<{ line: number; fault: Refusal }>;
type Feed = Readonly<{ bookId: string; source: string; lines: readonly (Quotation | Unread)[] }>;

export type LineResult = Readonly<{
  line: number;
  outcome: 'recorded' | 'corrected' | 'unchanged' | 'refused';
  id?: string;
  code?: RefusalCode;
  message?: string;
  field?: string;
  accepted?: string;
}>;

const quotations = (lines: Feed['lines']): Quotation[] => lines.filter((line) => 'price' in line);
const momentOf = (bookId: string, gradeId: string, quotedAt: string): string => `${bookId} ${gradeId} ${quotedAt}`;

/** Grades by the name they were asked by, and what has been quoted last for the moments asked. */
export type KnownQuotations = Readonly<{ grades: ReadonlyMap<string, string>; moments: Map<string, PriceRow> }>;

/** Finds grades and moments of quotations; what the caller needs is locked between the two. */
export async function knownQuotations(
  work: Workspace,
  asked: readonly Readonly<{ bookId: string; grade: string; quotedAt: string }>[],
  lock: () => Promise<unknown>,
): Promise<KnownQuotations> {
  const known = await findGrades(
    work,
    asked.map(({ grade }) => grade),
  );
  await lock();
  const moments = await quotationsAt(
    work,
    asked.flatMap(({ bookId, grade, quotedAt }) => {
      const gradeId = known.get(grade);
      return gradeId === undefined ? [] : [{ bookId, gradeId, quotedAt }];
    }),
  );
  return {
    grades: known,
    moments: new Map(moments.map((row) => [momentOf(row.bookId, row.gradeId, row.quotedAt), row])),
  };
}

/**
 * Quotations by a feed, API or file: each line is recorded or refused on its own. The same quotation again changes
 * nothing; another price for the same moment is refused unless it says that it is a correction, which is a row of its
 * own. What goods are worth is looked at anew in the background.
 */
export const recordPrices: UseCase<
  Feed,
  Readonly<{ recorded: number; refused: number; results: LineResult[] }>,
  KnownQuotations
> = {
  name: 'goods.record_prices',
  lane: ({ input }) => input.bookId,
  scope: ({ input }) => [input.bookId],
  load: (work, commands) =>
    knownQuotations(
      work,
      commands.flatMap(({ input }) => quotations(input.lines).map((line) => ({ ...line, bookId: input.bookId }))),
      () =>
        work.lock(
          books,
          commands.map(({ input }) => input.bookId),
        ),
    ),
  decide: (work, command, known) => {
    const { actor, input, now } = command;
    const about = { ...input, recordedBy: actor.personId, proposalId: null, now };
    const results = input.lines.map((line) => {
      if ('fault' in line) return refusedLine(line.line, line.fault);
      try {
        return recordQuotation(work, line, about, known);
      } catch (error) {
        if (error instanceof Refusal) return refusedLine(line.line, error);
        throw error;
      }
    });
    const refused = results.filter(({ outcome }) => outcome === 'refused').length;
    if (results.some(({ outcome }) => outcome === 'recorded' || outcome === 'corrected')) {
      work.wakes.add('revaluations');
      work.emit({
        kind: 'goods.prices_recorded',
        objectKind: 'book',
        objectId: command.input.bookId,
        scopeId: command.input.bookId,
        parties: [command.input.bookId],
        data: { source: command.input.source, lines: results.length - refused },
      });
    }
    return { recorded: results.length - refused, refused, results };
  },
};

const refusedLine = (line: number, { code, message, detail }: Refusal): LineResult => ({
  line,
  outcome: 'refused',
  code,
  message,
  ...(detail.field !== undefined && { field: detail.field }),
  ...(detail.accepted !== undefined && { accepted: detail.accepted }),
});

/** The grade of a quotation and what was quoted for its moment before; refuses what cannot be recorded. */
export function quotationOf(line: Quotation, bookId: string, known: KnownQuotations, now: Date) {
  const gradeId = known.grades.get(line.grade);
  const field = (name: string) => `/items/${line.line - 1}/${name}`;
  if (gradeId === undefined)
    throw new Refusal('not-found', `there is no grade ${line.grade}`, { field: field('grade') });
  const quotedAt = new Date(line.quotedAt).toISOString();
  if (quotedAt > now.toISOString()) {
    throw new Refusal('invalid-input', 'a quotation is of the past', {
      field: field('quotedAt'),
      accepted: `a moment up to ${now.toISOString()}`,
    });
  }
  const before = known.moments.get(momentOf(bookId, gradeId, quotedAt));
  const unchanged = before?.price.equals(line.price) === true;
  if (!unchanged && (before !== undefined) !== line.correction) {
    throw new Refusal(
      before === undefined ? 'nothing-to-correct' : 'price-recorded',
      before === undefined
        ? 'nothing was quoted at this moment'
        : `${before.price.toFixed()} was quoted at this moment`,
      { field: field('correction'), accepted: String(before !== undefined) },
    );
  }
  return { gradeId, quotedAt, before, unchanged };
}

type About = Readonly<{
  bookId: string;
  source: string;
  recordedBy: string;
  /** What two people have agreed on; null for a feed. */
  proposalId: string | null;
  now: Date;
}>;

/** Records a quotation, unless it says what is known already. */
export function recordQuotation(work: Workspace, line: Quotation, about: About, known: KnownQuotations): LineResult {
  const { bookId, source, recordedBy, proposalId, now } = about;
  const { gradeId, quotedAt, before, unchanged } = quotationOf(line, bookId, known, now);
  if (before !== undefined && unchanged) return { line: line.line, outcome: 'unchanged', id: before.id };
  const row: PriceRow = {
    id: uuidv7(),
    bookId,
    gradeId,
    price: line.price,
    quotedAt,
    source,
    correctsId: before?.id ?? null,
    recordedBy,
    recordedAt: now.toISOString(),
    proposalId,
  };
  const key = momentOf(bookId, gradeId, quotedAt);
  work.insert(prices, row);
  known.moments.set(key, row);
  work.onUndo(() => (before === undefined ? known.moments.delete(key) : known.moments.set(key, before)));
  return { line: line.line, outcome: before === undefined ? 'recorded' : 'corrected', id: row.id };
}

type NewHaircut = Readonly<{ bookId: string; gradeId: string; ratio: Decimal }>;

/** A bank sets what it takes off the value of a grade from now on; what was set before stays on record. */
export const setHaircut: UseCase<NewHaircut, ReturnType<typeof haircutAnswer>, ReadonlyMap<string, string>> = {
  name: 'goods.set_haircut',
  status: 201,
  lane: ({ input }) => input.bookId,
  scope: ({ input }) => [input.bookId],
  load: async (work, commands) => {
    const known = await findGrades(
      work,
      commands.map(({ input }) => input.gradeId),
    );
    await work.lock(
      books,
      commands.map(({ input }) => input.bookId),
    );
    return known;
  },
  decide: (work, { actor, input, now }, known) => {
    if (!known.has(input.gradeId)) throw new Refusal('not-found', 'there is no such grade', { field: '/gradeId' });
    const at = now.toISOString();
    const row = { ...input, id: uuidv7(), effectiveAt: at, recordedBy: actor.personId, recordedAt: at };
    work.insert(haircuts, row);
    work.wakes.add('revaluations');
    work.emit({
      kind: 'goods.haircut_set',
      objectKind: 'haircut',
      objectId: row.id,
      scopeId: input.bookId,
      parties: [input.bookId],
      data: { gradeId: input.gradeId, ratio: input.ratio.toFixed(6) },
    });
    return haircutAnswer(row);
  },
};

const haircutAnswer = ({ id, bookId, gradeId, ratio, effectiveAt }: ReturnType<typeof haircuts.fromSql>) => ({
  id,
  bookId,
  gradeId,
  ratio: new Decimal(ratio).toFixed(6),
  effectiveAt,
});
