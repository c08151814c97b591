import type { Actor } from './actor.ts';
import { type AnyCommand, type AnyUseCase, runBatch, type Step, type Verdict } from './batch.ts';
import { type Database, writeIn } from './database.ts';
import { Refusal } from './refusal.ts';
import type { Workspace } from './workspace.ts';

/** One request as the rules see it. */
export type Command<Input> = Readonly<{
  actor: Actor;
  /** The caller's idempotency key, unique within its organization. */
  key: string;
  /** SHA-256 of operation and canonical body. */
  requestHash: Buffer;
  input: Input;
  now: Date;
}>;

/**
 * One business event, written for a list of commands: `load` locks in the global order, then reads; `decide` accepts
 * or refuses one command after the other in arrival order and changes the workspace only; the workspace is then
 * written with one statement per table.
 */
export type UseCase<Input, Answer, Loaded = void> = Readonly<{
  name: string;
  /** Status of an accepted answer; 200 unless told. */
  status?: 200 | 201 | 202;
  /**
   * Commands of the same lane share a transaction: the book, chain or organization they change. Those whose own scope
   * does not hold it share one with their own organization alone.
   */
  lane: (command: Command<Input>) => string;
  /** Books, chains and organizations whose rows the transaction may touch, beside the actor's organization. */
  scope: (command: Command<Input>) => readonly string[];
  load: (work: Workspace, commands: readonly Command<Input>[]) => Promise<Loaded>;
  decide: (work: Workspace, command: Command<Input>, loaded: Loaded) => Answer;
}>;

/** The answer of a command: kept with the change in one transaction and given again for the same key. */
export type Outcome = Readonly<{ status: number; body: unknown; replayed: boolean }>;

export type UnitOfWork = Readonly<{
  run: <Input, Answer, Loaded>(useCase: UseCase<Input, Answer, Loaded>, command: Command<Input>) => Promise<Outcome>;
  /** Waits for the batches under way and refuses new commands. */
  drain: () => Promise<void>;
}>;

export type UnitOfWorkSettings = Readonly<{
  database: Database;
  /** Commands that may wait in one lane before callers are told to come back. */
  maxWaiting: number;
  maxBatch: number;
  /** Called after a commit with the background work to wake. */
  onWake: (names: ReadonlySet<string>) => void;
  /** Called before every step of a batch: the crash test stops here, metrics count here. */
  onStep?: (step: Step, batchSize: number) => void | Promise<void>;
}>;

type Waiting = { command: AnyCommand; settle: (verdict: Verdict) => void };
type Lane = { useCase: AnyUseCase; waiting: Waiting[]; running: boolean };

const RETRIES = 5;
const SERIALIZATION_FAILURE = '40001';
const DEADLOCK = '40P01';
const UNIQUE_VIOLATION = '23505';

type DatabaseError = Error & { code?: string; constraint?: string };

const isLostConnection = (error: DatabaseError): boolean =>
  /terminat|ECONN|EPIPE|closed|not queryable|timeout exceeded when trying to connect/i.test(error.message) ||
  (error.code?.startsWith('57P') ?? false) ||
  (error.code?.startsWith('08') ?? false);

/** What a command may touch by itself. */
const scopeOf = (useCase: AnyUseCase, command: AnyCommand): string[] => [
  command.actor.orgId,
  ...useCase.scope(command),
];

const isRunAgain = (error: DatabaseError): boolean =>
  error.code === SERIALIZATION_FAILURE ||
  error.code === DEADLOCK ||
  (error.code === UNIQUE_VIOLATION && error.constraint === 'command_pkey') ||
  (!(error instanceof Refusal) && isLostConnection(error));

const isConstraint = (error: DatabaseError): boolean => error.code?.startsWith('23') ?? false;

/**
 * One command's fault that aborts the whole transaction: a violated constraint or a value that the rules did not
 * foresee (SQLSTATE 22 and 23), or an error of our own. The batch is halved until its neighbours are through.
 */
const isOfOneCommand = (error: DatabaseError): boolean =>
  isConstraint(error) ||
  (error.code?.startsWith('22') ?? false) ||
  error instanceof Refusal ||
  (error.code === undefined && !isRunAgain(error));

/**
 * The transaction boundary of every command. What waits for the same lane while a transaction is under way shares
 * the next one: no timer, so a lone request waits for nothing and a thousand share one commit.
 */
export function createUnitOfWork(settings: UnitOfWorkSettings): UnitOfWork {
  const lanes = new Map<string, Lane>();
  const underWay = new Set<Promise<void>>();
  // A lane belongs to one use case object: two of the same name may have been made for different products.
  const numbers = new WeakMap<object, number>();
  let numbered = 0;
  let draining = false;

  /**
   * The scope of a transaction is that of all its commands. Who aims at what its own scope does not hold must find it
   * as little as if it were alone, so it never shares a transaction with those whose scope does.
   */
  function laneKey(useCase: AnyUseCase, command: AnyCommand): string {
    const number = numbers.get(useCase) ?? ++numbered;
    numbers.set(useCase, number);
    const lane = useCase.lane(command);
    const holdsIt = scopeOf(useCase, command).includes(lane);
    return holdsIt ? `${number} ${lane}` : `${number} ${lane} by ${command.actor.orgId}`;
  }

  async function runOnce(useCase: AnyUseCase, commands: readonly AnyCommand[]): Promise<Map<AnyCommand, Verdict>> {
    const scope = new Set(commands.flatMap((command) => scopeOf(useCase, command)));
    const onStep = async (step: Step) => settings.onStep?.(step, commands.length);
    const { verdicts, wakes } = await writeIn(settings.database.writers, [...scope], (tx) =>
      runBatch(tx, useCase, commands, onStep),
    );
    await onStep('committed');
    if (wakes.size > 0) settings.onWake(wakes);
    return verdicts;
  }

  async function runStubbornly(
    useCase: AnyUseCase,
    commands: readonly AnyCommand[],
  ): Promise<Map<AnyCommand, Verdict>> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await runOnce(useCase, commands);
      } catch (cause) {
        const error = cause as DatabaseError;
        if (isRunAgain(error) && attempt < RETRIES) continue;
        if (isOfOneCommand(error) && commands.length > 1) return runInHalves(useCase, commands);
        // Alone and violated: another transaction was first. What it wrote is visible now, so the rules can refuse.
        if (isConstraint(error) && attempt === 1) continue;
        return new Map(commands.map((command) => [command, error]));
      }
    }
  }

  async function runInHalves(useCase: AnyUseCase, commands: readonly AnyCommand[]) {
    const middle = Math.ceil(commands.length / 2);
    const left = await runStubbornly(useCase, commands.slice(0, middle));
    const right = await runStubbornly(useCase, commands.slice(middle));
    return new Map([...left, ...right]);
  }

  async function work(key: string, lane: Lane): Promise<void> {
    while (lane.waiting.length > 0) {
      const batch = lane.waiting.splice(0, settings.maxBatch);
      const verdicts = await runStubbornly(
        lane.useCase,
        batch.map(({ command }) => command),
      );
      for (const { command, settle } of batch) settle(verdicts.get(command) as Verdict);
    }
    lane.running = false;
    lanes.delete(key);
  }

  /** Starts in a microtask, so that requests parsed in the same turn of the event loop share the first batch. */
  function start(key: string, lane: Lane): void {
    lane.running = true;
    const done: Promise<void> = Promise.resolve()
      .then(() => work(key, lane))
      .finally(() => underWay.delete(done));
    underWay.add(done);
  }

  return {
    run: (useCase, command) =>
      new Promise((resolve, reject) => {
        const key = laneKey(useCase as AnyUseCase, command as AnyCommand);
        const lane = lanes.get(key) ?? { useCase: useCase as AnyUseCase, waiting: [], running: false };
        if (draining || lane.waiting.length >= settings.maxWaiting) {
          reject(new Refusal('overloaded', 'more requests are waiting than the service can answer in time'));
          return;
        }
        lanes.set(key, lane);
        const settle = (verdict: Verdict) => (verdict instanceof Error ? reject(verdict) : resolve(verdict));
        lane.waiting.push({ command: command as AnyCommand, settle });
        if (!lane.running) start(key, lane);
      }),
    drain: async () => {
      draining = true;
      while (underWay.size > 0) await Promise.all(underWay);
    },
  };
}
