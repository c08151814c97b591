import { uuidv7 } from 'uuidv7';
import { payeeOf } from '../financing/quote.ts';
import { books } from '../ledger/book-store.ts';
import { workdaysAfter } from '../money/calendar.ts';
import { addDays, earliest, type IsoDate } from '../money/dates.ts';
import type { Decimal } from '../money/decimal.ts';
import { lockOpenAlerts } from '../oversight/alert-store.ts';
import { raiseAlert } from '../oversight/alerts.ts';
import { answerDays } from '../oversight/check-commands.ts';
import { Refusal } from '../platform/refusal.ts';
import type { RefusalCode } from '../platform/refusals.ts';
import type { Command, UseCase } from '../platform/unit-of-work.ts';
import type { Workspace } from '../platform/workspace.ts';
import { loadReference, type Reference } from '../reference/store.ts';
import { type Flow, isAlarming, type Part, plainClass, type Traceable, traced, type Watch } from './flow-rules.ts';
import {
  type AccountTransactionRow,
  accountTransactions,
  type FollowedLoan,
  flowPositions,
  flowTraces,
  groupsOf,
  loansSince,
  lockPositions,
  recordedUnder,
  watchList,
} from './flow-store.ts';

/** One movement as the bank tells it. */
export type FlowLine = Readonly<{
  line: number;
  reference: string;
  holderUscc: string;
  direction: 'in' | 'out';
  amount: Decimal;
  bookedOn: IsoDate;
  counterpartyName: string;
  counterpartyAccount: string | null;
  counterpartyUscc: string | null;
  counterpartyIndustry: string | null;
  purpose: string | null;
}>;
/** A line that could not be read at all. */
export type UnreadLine = Readonly<{ line: number; fault: Refusal }>;

type Feed = Readonly<{
  bookId: string;
  lines: readonly (FlowLine | UnreadLine)[];
  /** Organizations of the holders that the bank sees, by code. */
  holders: ReadonlyMap<string, string>;
}>;

export type FlowResult = Readonly<{
  line: number;
  outcome: 'recorded' | 'known' | 'refused';
  id?: string;
  class?: AccountTransactionRow['class'];
  code?: RefusalCode;
  message?: string;
  field?: string;
  accepted?: string;
}>;
type Answer = Readonly<{ recorded: number; known: number; refused: number; alerts: number; results: FlowResult[] }>;

type Loaded = Readonly<{
  reference: Reference;
  watch: readonly Watch[];
  groups: ReadonlyMap<string, string>;
  loans: ReadonlyMap<string, readonly FollowedLoan[]>;
  recorded: Map<string, AccountTransactionRow>;
}>;

/** The lines of a feed that could be read; a feed is mostly one file, so a round trip per feed is none per row. */
const readable = (feed: Feed): FlowLine[] => feed.lines.filter((line) => 'reference' in line);
const windowOf = (reference: Reference, on: IsoDate): number =>
  reference.requireParameter('fundFlow.windowDays', on).value.toNumber();

/**
 * Movements on borrowers' accounts, told by the bank's systems: each is recorded once, followed to the loans whose
 * money it is, and alarms when that went where it must not go. Each line is recorded or refused on its own; the same
 * one again changes nothing.
 */
export const recordFlows: UseCase<Feed, Answer, Loaded> = {
  name: 'risk.record_flows',
  lane: ({ input }) => input.bookId,
  scope: ({ input }) => [input.bookId],
  load: async (work, commands) => {
    const feeds = commands.map(({ input }) => input);
    const reference = await loadReference(work);
    await work.lock(
      books,
      feeds.map(({ bookId }) => bookId),
    );
    const loans: FollowedLoan[] = [];
    for (const feed of feeds) loans.push(...(await loansOf(work, feed, reference)));
    const ids = loans.map(({ id }) => id);
    await lockOpenAlerts(work, ids);
    await lockPositions(work, ids);
    const lines = feeds.flatMap(readable);
    const recorded: AccountTransactionRow[] = [];
    for (const feed of feeds) {
      const references = readable(feed).map(({ reference }) => reference);
      recorded.push(...(await recordedUnder(work, feed.bookId, references)));
    }
    return {
      reference,
      watch: await watchList(work),
      groups: await groupsOf(
        work,
        lines.flatMap(({ counterpartyUscc }) => counterpartyUscc ?? []),
        loans.flatMap((loan) => [loan.borrower_id, loan.debtor_id ?? loan.borrower_id]),
      ),
      loans: byBorrower(loans),
      recorded: new Map(recorded.map((row) => [`${row.bookId} ${row.reference}`, row])),
    };
  },
  decide: (work, command, loaded) => {
    let alerts = 0;
    const results = command.input.lines.map((line): FlowResult => {
      try {
        if ('fault' in line) throw line.fault;
        const { result, raised } = recordLine(work, command, line, loaded);
        alerts += raised;
        return result;
      } catch (error) {
        if (error instanceof Refusal) return refused(line.line, error);
        throw error;
      }
    });
    const count = (outcome: FlowResult['outcome']) => results.filter((each) => each.outcome === outcome).length;
    const answer = { recorded: count('recorded'), known: count('known'), refused: count('refused'), alerts };
    work.emit({
      kind: 'fund_flow.recorded',
      objectKind: 'book',
      objectId: command.input.bookId,
      scopeId: command.input.bookId,
      parties: [command.input.bookId],
      data: answer,
    });
    return { ...answer, results };
  },
};

function byBorrower(loans: readonly FollowedLoan[]): ReadonlyMap<string, readonly FollowedLoan[]> {
  const grouped = new Map<string, FollowedLoan[]>();
  for (const loan of loans) grouped.set(loan.borrower_id, [...(grouped.get(loan.borrower_id) ?? []), loan]);
  return grouped;
}

/** Loans that movements of a feed may be the money of. */
async function loansOf(work: Workspace, feed: Feed, reference: Reference): Promise<FollowedLoan[]> {
  const lines = readable(feed);
  const first = earliest(lines.map(({ bookedOn }) => bookedOn));
  if (first === undefined || feed.holders.size === 0) return [];
  return loansSince(work, feed.bookId, [...feed.holders.values()], addDays(first, -windowOf(reference, first)));
}

const refused = (line: number, { code, message, detail }: Refusal): FlowResult => ({
  line,
  outcome: 'refused',
  code,
  message,
  ...(detail.field !== undefined && { field: detail.field }),
  ...(detail.accepted !== undefined && { accepted: detail.accepted }),
});

/** Whether a line tells of a movement what has been recorded under its reference. */
const isSame = (line: FlowLine, holderId: string, row: AccountTransactionRow): boolean =>
  row.holderId === holderId &&
  row.direction === line.direction &&
  row.amount.equals(line.amount) &&
  row.bookedOn === line.bookedOn &&
  row.counterpartyName === line.counterpartyName;

function recordLine(work: Workspace, { actor, input, now }: Command<Feed>, line: FlowLine, loaded: Loaded) {
  const field = (name: string) => ({ field: `/items/${line.line - 1}/${name}` });
  const { businessDate } = work.get(books, input.bookId);
  const holderId = input.holders.get(line.holderUscc);
  if (holderId === undefined) throw new Refusal('not-found', 'there is no such borrower', field('holderUscc'));
  if (line.bookedOn > businessDate) {
    throw new Refusal('invalid-input', 'the movement is of a day to come', {
      ...field('bookedOn'),
      accepted: `a day up to ${businessDate}`,
    });
  }
  const key = `${input.bookId} ${line.reference}`;
  const before = loaded.recorded.get(key);
  if (before !== undefined) {
    if (isSame(line, holderId, before)) {
      return { result: { line: line.line, outcome: 'known' as const, id: before.id, class: before.class }, raised: 0 };
    }
    throw new Refusal('duplicate-bank-reference', 'another movement was told under this reference', {
      ...field('reference'),
      accepted: 'a reference of its own',
    });
  }
  const flow = flowOf(line, loaded);
  const windowDays = windowOf(loaded.reference, line.bookedOn);
  const parts = traced(flow, traceable(work, loaded, holderId), { windowDays, watch: loaded.watch });
  const alarm = parts.find((part) => isAlarming(part.class));
  const row: AccountTransactionRow = {
    id: uuidv7(),
    bookId: input.bookId,
    reference: line.reference,
    holderId,
    direction: line.direction,
    amount: line.amount,
    bookedOn: line.bookedOn,
    counterpartyName: line.counterpartyName,
    counterpartyAccount: line.counterpartyAccount,
    counterpartyUscc: line.counterpartyUscc,
    counterpartyIndustry: line.counterpartyIndustry,
    purpose: line.purpose,
    class: alarm?.class ?? plainClass(flow, loaded.watch),
    recordedBy: actor.personId,
    createdAt: now.toISOString(),
  };
  work.insert(accountTransactions, row);
  loaded.recorded.set(key, row);
  work.onUndo(() => loaded.recorded.delete(key));
  for (const part of parts) follow(work, row, part, { on: businessDate, now, reference: loaded.reference });
  const raised = parts.filter((part) => isAlarming(part.class)).length;
  return { result: { line: line.line, outcome: 'recorded' as const, id: row.id, class: row.class }, raised };
}

const flowOf = (line: FlowLine, { groups }: Loaded): Flow => ({
  direction: line.direction,
  amount: line.amount,
  bookedOn: line.bookedOn,
  counterparty: {
    name: line.counterpartyName,
    industry: line.counterpartyIndustry,
    groupId: (line.counterpartyUscc === null ? undefined : groups.get(line.counterpartyUscc)) ?? null,
  },
});

/** The loans of a borrower with what of each has not been followed yet. */
const traceable = (work: Workspace, { loans, groups }: Loaded, borrowerId: string): Traceable[] =>
  (loans.get(borrowerId) ?? []).map((loan) => {
    const parties = { product: loan.product, borrowerId, debtorId: loan.debtor_id };
    const payee = payeeOf(parties);
    const { amount, traced: followed } = work.get(flowPositions, loan.id);
    return {
      financingId: loan.id,
      valueDate: loan.value_date,
      paidToGroup: payee === borrowerId ? null : (groups.get(payee) ?? null),
      debtorGroup: loan.debtor_id === null ? null : (groups.get(loan.debtor_id) ?? null),
      left: amount.minus(followed),
    };
  });

const causes: Readonly<Record<Part['class'], string>> = {
  securities: 'loan money was paid to the securities market',
  real_estate: 'loan money was paid into real estate',
  debtor_group: 'loan money was paid to the group of the debtor',
  returned: 'money paid to the seller came back to the borrower',
  partner: '',
  other: '',
};

type Moment = Readonly<{ on: IsoDate; now: Date; reference: Reference }>;

/** Notes that a part of a movement is the money of a loan, and raises or adds to an alert where it must not go. */
function follow(work: Workspace, row: AccountTransactionRow, part: Part, { on, now, reference }: Moment): void {
  const position = work.get(flowPositions, part.financingId);
  work.update(flowPositions, part.financingId, { traced: position.traced.plus(part.amount) });
  const alert = isAlarming(part.class)
    ? raiseAlert(work, {
        bookId: row.bookId,
        kind: part.class,
        financingId: part.financingId,
        partyId: row.holderId,
        cause: causes[part.class],
        amount: part.amount,
        dueOn: workdaysAfter(on, answerDays(reference, on), reference.calendar),
        on,
        now,
      })
    : null;
  work.insert(flowTraces, {
    id: uuidv7(),
    bookId: row.bookId,
    transactionId: row.id,
    financingId: part.financingId,
    amount: part.amount,
    class: part.class,
    alertId: alert?.id ?? null,
  });
}
