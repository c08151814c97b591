import type { Step } from '../../src/platform/batch.ts';
import type { Bench } from '../ledger/bench.ts';

type Parked = Readonly<{ process: number; go: () => void }>;

/**
 * Steps several processes of the service through their batches one step at a time, in an order that the choices decide:
 * whenever every process either waits before a step or waits in the database for another's lock, the next choice picks
 * who goes on. The same choices give the same order.
 */
export function interleaver(bench: Pick<Bench, 'owner'>, choices: readonly number[]) {
  let parked: Parked[] = [];
  let running = 0;
  const trace: string[] = [];

  const blocked = async (): Promise<number> => {
    const [row] = await bench.owner<{ waiting: number }>(
      `select count(distinct pid)::int as waiting from pg_locks where not granted
         and pid in (select pid from pg_stat_activity where datname = current_database() and application_name = 'lianrong writer')`,
    );
    return row?.waiting ?? 0;
  };

  return {
    trace,
    /** What a process awaits before each of its steps. */
    onStep: (process: number) => (step: Step) =>
      new Promise<void>((resolve) => {
        parked.push({
          process,
          go: () => {
            trace.push(`${process} ${step}`);
            resolve();
          },
        });
      }),
    /** Counts a process as under way until its work is done. */
    watch: async <T>(work: Promise<T>): Promise<T> => {
      running += 1;
      try {
        return await work;
      } finally {
        running -= 1;
      }
    },
    /** Lets the processes go on, one at a time, until all are done. */
    run: async (): Promise<void> => {
      for (let turn = 0, polls = 0; running > 0; ) {
        const waiting = await blocked();
        if (parked.length === 0 || parked.length + waiting < running) {
          polls += 1;
          if (polls > 20_000) throw new Error(`stuck after ${trace.join(', ')}`);
          continue;
        }
        parked.sort((a, b) => a.process - b.process);
        const next = parked[(choices[turn % choices.length] ?? 0) % parked.length] as Parked;
        turn += 1;
        parked = parked.filter((each) => each !== next);
        next.go();
      }
    },
  };
}
