import { Decimal } from '../money/decimal.ts';
import type { Settings } from '../platform/settings.ts';
import { LARGEST_AMOUNT } from './cells.ts';
import { agrees, type Comparison, compare, outcomeOf } from './comparison.ts';
import { courseOf } from './course.ts';
import { playDays, type Run, spanOf } from './days.ts';
import { total } from './expectation.ts';
import { type Figures, readFigures } from './figures.ts';
import { type Reading, readInvoices } from './reading.ts';
import { type Say, tellBadRows, tellComparison, tellOverdue, tellPlan, tellProof, tellRefusals } from './report.ts';
import { startService } from './service.ts';
import { setWorld } from './world.ts';

export type Replay = Readonly<{
  file: Buffer;
  /** Part of the receivables that is financed, 0 to 1. */
  share: number;
  /** Opens an empty database when there is something to replay. */
  database: () => Promise<Readonly<{ url: string; settings: Settings }>>;
  say: Say;
}>;

export type Result = Readonly<{
  reading: Reading;
  run: Pick<Run, 'refused' | 'days'>;
  comparisons: readonly Comparison[];
  proof: Figures['proof'];
  /** The service and the file agree to the fen, and the ledger is proven. */
  holds: boolean;
}>;

/**
 * Replays a file of receivables through the API and tells what came of it. Null when no row of the file can be
 * replayed. Throws when the file lacks columns, or when a day does not close.
 */
export async function replay({ file, share, database, say }: Replay): Promise<Result | null> {
  const begun = performance.now();
  const seconds = () => `${((performance.now() - begun) / 1000).toFixed(1)} s`;
  const reading = readInvoices(file);
  tellPlan(reading, share, say);
  if (reading.invoices.length === 0) {
    tellBadRows(reading, say);
    return null;
  }
  const courses = reading.invoices.map((invoice) => courseOf(invoice, share));
  const { firstDay, lastDay } = spanOf(courses);
  const { url, settings } = await database();
  const service = await startService(url, settings, firstDay);
  try {
    const customers = [...new Set(reading.invoices.map(({ customer }) => customer))];
    // Large enough that no limit stands in the way of the file.
    const limit = Decimal.min(
      total(reading.invoices, ({ amount }) => amount),
      LARGEST_AMOUNT,
    ).toFixed(2);
    const world = await setWorld(service, { firstDay, customers, limit });
    say(`Set up in ${seconds()}. Day by day from ${firstDay} to ${lastDay}:`);
    const run = await playDays(service, world, courses, say);
    say(`${run.days} days played, ${seconds()} so far.`);
    const figures = await readFigures(run.world);
    const outcome = outcomeOf(courses);
    const comparisons = compare(outcome, figures);
    say();
    tellBadRows(reading, say);
    tellRefusals(run, say);
    tellOverdue(outcome, say);
    say();
    tellComparison(comparisons, say);
    say();
    tellProof(figures, say);
    const holds = agrees(comparisons) && figures.proof.ok && figures.daysClosed === run.days;
    say();
    say(`${holds ? 'Everything agrees to the fen' : 'NOT EVERYTHING AGREES'}; the replay took ${seconds()}.`);
    return { reading, run, comparisons, proof: figures.proof, holds };
  } finally {
    await service.stop();
  }
}
