import { unprovenBills } from '../bill/discount-amortisation.ts';
import { ALERT_DAYS, alertExpiry, lapseRegistration } from '../collateral/commands.ts';
import { endingRegistrations, expiredRegistrations, registrations } from '../collateral/store.ts';
import { tell } from '../financing/answer.ts';
import { postAbout } from '../financing/disbursement.ts';
import { financingLifecycle } from '../financing/lifecycle.ts';
import { loadFinancings, principalAccountOf } from '../financing/loading.ts';
import { dayLines } from '../financing/loan-rules.ts';
import { closeSegment, duesAt } from '../financing/meters.ts';
import { discountEarned, fellOverdue, interestAccrued, penaltyAccrued } from '../financing/postings.ts';
import { isPurchase } from '../financing/quote.ts';
import { type FinancingRow, financings } from '../financing/store.ts';
import { books, booksForUpdate } from '../ledger/book-store.ts';
import type { AccountPath } from '../ledger/chart.ts';
import { holdsExpiredBefore } from '../ledger/hold-store.ts';
import { expireHold } from '../ledger/holds.ts';
import type { Line } from '../ledger/journal.ts';
import { ledgerOf } from '../ledger/ledger.ts';
import { describeDrift, driftOfBook } from '../limit/verification.ts';
import { addDays, type IsoDate } from '../money/dates.ts';
import { Decimal } from '../money/decimal.ts';
import type { Clock } from '../platform/clock.ts';
import { type Database, readAs, writeIn } from '../platform/database.ts';
import { recordEvents } from '../platform/events.ts';
import { nextState } from '../platform/state-machine.ts';
import type { Command, UnitOfWork } from '../platform/unit-of-work.ts';
import { asWorker, keepFaults, runAsSystem, systemCommand } from '../platform/worker.ts';
import { Workspace } from '../platform/workspace.ts';
import { loadReference } from '../reference/store.ts';
import { ageChains, releaseReservations } from './ageing.ts';
import { closeBills } from './close-bills.ts';
import { closeClaims } from './close-claims.ts';
import { collectDue } from './close-collect.ts';
import { closeMargins } from './close-margins.ts';
import { closeOversight } from './close-oversight.ts';
import { closePrepayment } from './close-prepayment.ts';
import { valueReceipts } from './close-receipts.ts';
import { revalueGoods } from './close-revalue.ts';
import { after, type Close, locatedIn, type Step } from './close-step.ts';
import {
  accrueChunk,
  type CloseStep,
  classifyByDays,
  closeRuns,
  fallenDue,
  keepFault,
  type Totals,
  unprovenSums,
} from './close-store.ts';
import { keeper } from './keepers.ts';
import { chainsOf } from './queries.ts';

const ACCRUED_AT_A_TIME = 50_000;
const OVERDUE_AT_A_TIME = 500;
const HOLDS_AT_A_TIME = 500;
const FIRST_ID = '00000000-0000-0000-0000-000000000000';

export type Closer = Readonly<{ database: Database; unitOfWork: UnitOfWork; clock: Clock }>;

/**
 * Carries on every close that has begun, wherever it was broken off. A day that cannot be closed keeps why, stands in
 * the way of no other book, and is tried again the next time.
 */
export async function runCloses(closer: Closer): Promise<void> {
  const running = await asWorker(closer.database, (tx) =>
    tx.query<{ book_id: string; next_date: string }>(
      'close_run.running',
      "select book_id, next_date from close_run where state = 'running'",
    ),
  );
  const faults = keepFaults('closes');
  for (const { book_id, next_date } of running) {
    await faults.attempt(() => closeBook(closer, book_id, next_date));
  }
  faults.raise();
}

/** Works off the close of a book that has begun, towards `nextDate`, and keeps why when it cannot go on. */
export async function closeBook(closer: Closer, bookId: string, nextDate: IsoDate): Promise<void> {
  try {
    await expireHolds(closer, bookId, nextDate);
    while (!(await advance(closer, bookId)));
  } catch (error) {
    await writeIn(closer.database.writers, [bookId], (tx) => keepFault(tx, bookId, (error as Error).message));
    throw error;
  }
}

/** Gives back what was held until a day that is over. Each hold ends under a key of its own, so a restart repeats nothing. */
async function expireHolds({ database, unitOfWork, clock }: Closer, bookId: string, day: IsoDate): Promise<void> {
  for (let after = FIRST_ID; ; ) {
    const page = await readAs(database, { orgId: bookId, orgKind: 'bank' }, (db) =>
      holdsExpiredBefore(db, { bookId, day, after, limit: HOLDS_AT_A_TIME }),
    );
    await Promise.all(
      page.map((holdId) =>
        runAsSystem(
          unitOfWork,
          expireHold,
          systemCommand(
            { orgId: bookId, orgKind: 'bank' },
            { key: `hold ${holdId} expired`, input: { bookId, holdId, day }, now: clock.now() },
          ),
        ),
      ),
    );
    if (page.length < HOLDS_AT_A_TIME) return;
    after = page.at(-1) ?? after;
  }
}

/** One transaction of a close: a chunk of a step, with its place kept, so that a restart repeats nothing. True when the day is closed. */
async function advance({ database, clock }: Closer, bookId: string): Promise<boolean> {
  const chainIds = await chainsOf(database, bookId);
  return writeIn(database.writers, [bookId, ...chainIds], async (tx) => {
    const work = new Workspace(tx);
    const [book] = await work.lock(booksForUpdate, [bookId]);
    await work.lock(books, [bookId]);
    const [run] = await work.lock(closeRuns, [bookId]);
    if (book === undefined || run === undefined) return true;
    const now = clock.now();
    const key = `close of ${run.businessDate}`;
    work.authoredBy(systemCommand({ orgId: bookId, orgKind: 'bank' }, { key, input: run, now }));
    const close: Close = { work, book, run, chainIds, now, requestId: key };
    const progress = await steps[run.step](close);
    work.update(closeRuns, bookId, { fault: null, ...progress });
    await work.write();
    await recordEvents(tx, work.events, (event) => ({ ...(work.authors.get(event) as Command<unknown>), key: null }));
    return progress.state === 'done';
  });
}

const steps: Readonly<Record<CloseStep, Step>> = {
  prepayment: closePrepayment,
  margins: closeMargins,
  collect: collectDue,
  overdue: async ({ work, run, book, now, requestId }) => {
    const due = await fallenDue(work, book.id, run.businessDate, OVERDUE_AT_A_TIME);
    if (due.length === 0) return after('overdue');
    const targets = due.map((row) => locatedIn(book.id, row));
    const loaded = await loadFinancings(work, targets, keeper);
    for (const { financingId } of targets) {
      const context = { businessDate: run.businessDate, now, requestId };
      const financing = work.get(financings, financingId);
      fallOverdue(work, financing, principalAccountOf(work, loaded, financing), context);
      keeper.fellOverdue(
        work,
        work.get(financings, financingId),
        loaded.items.get(financingId) ?? [],
        run.businessDate,
      );
    }
    return { fellOverdue: run.fellOverdue + targets.length };
  },
  accrue: async (close) => {
    const { work, run, book } = close;
    const chunk = await accrueChunk(work, {
      bookId: book.id,
      on: run.businessDate,
      after: run.cursor ?? FIRST_ID,
      limit: ACCRUED_AT_A_TIME,
    });
    await ledgerOf(work).lock(book.id, ['1103', '1131', '1132', '2011', '4001', '4002', '4003']);
    for (const totals of chunk.totals) postTotals(close, totals);
    const accrued = run.accrued + chunk.financings;
    return chunk.financings < ACCRUED_AT_A_TIME ? { ...after('accrue'), accrued } : { cursor: chunk.last, accrued };
  },
  bills: closeBills,
  claims: closeClaims,
  classify: async ({ work, run, book }) => {
    const lines = dayLines(await loadReference(work), run.businessDate);
    const reclassified = await classifyByDays(work, book.id, run.businessDate, lines);
    return { ...after('classify'), reclassified };
  },
  revalue: revalueGoods,
  receipts: valueReceipts,
  expire: async ({ work, run, book }) => {
    const over = await expiredRegistrations(work, book.id, run.nextDate);
    const ending = await endingRegistrations(work, book.id, addDays(run.businessDate, ALERT_DAYS));
    await work.lock(registrations, [...over, ...ending]);
    for (const id of ending) alertExpiry(work, id);
    for (const id of over) lapseRegistration(work, id);
    return after('expire');
  },
  oversight: closeOversight,
  release: releaseReservations,
  age: ageChains,
  prove: async ({ work, run, book, now }) => {
    const drifts = await driftOfBook(work, book.id);
    const faults = [
      ...(await unprovenSums(work, book.id, run.businessDate)),
      ...(await unprovenBills(work, book.id, run.businessDate)),
      ...drifts.map(describeDrift),
    ];
    if (faults.length > 0)
      throw new Error(`the day ${run.businessDate} of book ${book.id} does not prove: ${faults.join('; ')}`);
    work.update(booksForUpdate, book.id, { closing: false, businessDate: run.nextDate });
    work.emit({
      kind: 'book.day_closed',
      objectKind: 'book',
      objectId: book.id,
      scopeId: book.id,
      parties: [book.id],
      data: {
        businessDate: run.businessDate,
        nextDate: run.nextDate,
        accrued: run.accrued,
        fellOverdue: run.fellOverdue,
      },
    });
    return { ...after('prove'), state: 'done', finishedAt: now.toISOString() };
  },
  done: async () => ({ state: 'done' }),
};

type Context = Readonly<{ businessDate: IsoDate; now: Date; requestId: string }>;

/** Grace has passed: principal moves to overdue; from this day penalty runs, and compound interest where agreed. */
function fallOverdue(work: Workspace, financing: FinancingRow, from: AccountPath, context: Context): void {
  const purchase = isPurchase(financing.product);
  const unpaid = duesAt(financing, context.businessDate).interest;
  const moved = work.update(financings, financing.id, {
    ...closeSegment(financing, context.businessDate),
    status: nextState(financingLifecycle, financing.status, 'fall_overdue'),
    accruing: purchase ? 'none' : 'penalty',
    compoundBase: financing.terms.compound ? unpaid : new Decimal(0),
    overdueSince: context.businessDate,
  });
  postAbout(work, moved, context, [{ kind: 'financing.fell_overdue', lines: fellOverdue(from, financing.principal) }]);
  tell(work, 'overdue', moved, { principal: financing.principal.toFixed(2) });
}

/** One journal per product and kind of income for a whole chunk; the accrual rows are the sub-ledger behind it. */
function postTotals({ work, book, run, now, requestId }: Close, totals: Totals): void {
  const post = (kind: string, lines: Line[]) => {
    if (lines.length === 0) return;
    const journal = {
      bookId: book.id,
      kind,
      businessDate: run.businessDate,
      subjectId: null,
      lines,
      reason: totals.product,
    };
    ledgerOf(work).post(journal, { requestId, now });
  };
  post('accrual.interest', interestAccrued({ gross: totals.interest, tax: totals.interestTax }));
  post('accrual.penalty', penaltyAccrued({ gross: totals.penalty, tax: totals.penaltyTax }));
  post('accrual.discount', discountEarned({ gross: totals.discount, tax: totals.discountTax }));
}
