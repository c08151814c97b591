import { addDays, type IsoDate } from '../money/dates.ts';
import { shanghaiDate } from '../platform/clock.ts';
import { asWorker, keepFaults, runAsSystem, systemCommand } from '../platform/worker.ts';
import { type Closer, closeBook } from './close-of-day.ts';
import { beginClose } from './close-order.ts';

type PastBook = Readonly<{ id: string; businessDate: IsoDate; closing: boolean }>;

/**
 * Closes, as the system, every business day that is over in Shanghai, of every book and day after day, so that what an
 * outage left open is made up for. A book that cannot be closed stands in the way of no other; the run fails at its end.
 */
export async function closePastDays(closer: Closer): Promise<void> {
  const today = shanghaiDate(closer.clock.now());
  const past = await asWorker(closer.database, (tx) =>
    tx.query<PastBook>(
      'book.past',
      `select id, business_date as "businessDate", closing from book where business_date < $1 order by id`,
      [today],
    ),
  );
  const faults = keepFaults('books');
  for (const book of past) await faults.attempt(() => closeUntil(closer, book, today));
  faults.raise();
}

async function closeUntil(closer: Closer, { id, businessDate, closing }: PastBook, today: IsoDate): Promise<void> {
  for (let day = businessDate; day < today; day = addDays(day, 1)) {
    if (day !== businessDate || !closing) await begin(closer, id, day);
    await closeBook(closer, id, addDays(day, 1));
  }
}

const begin = ({ unitOfWork, clock }: Closer, bookId: string, businessDate: IsoDate) =>
  runAsSystem(
    unitOfWork,
    beginClose,
    systemCommand(
      { orgId: bookId, orgKind: 'bank' },
      { key: `scheduled close of ${businessDate}`, input: { bookId, businessDate }, now: clock.now() },
    ),
  );
