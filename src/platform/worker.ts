import { createHash } from 'node:crypto';
import type { Actor, OrgKind } from './actor.ts';
import { type Database, type Tx, writeIn } from './database.ts';
import type { Command, Outcome, UnitOfWork, UseCase } from './unit-of-work.ts';

/** The person named on what the service does by itself. */
const SYSTEM_PERSON = '00000000-0000-0000-0000-000000000000';

/** The service acting by itself for one organization: after a bank's answer, at the close of a day. */
const systemActor = (orgId: string, orgKind: OrgKind, requestId: string): Actor => ({
  orgId,
  orgKind,
  personId: SYSTEM_PERSON,
  clientId: SYSTEM_PERSON,
  roles: ['operator'],
  scopes: [],
  requestId,
});

/**
 * A command the service gives itself. The key names what happened ("payment … settled"), so that a worker that runs
 * again after a crash, or beside another one, has the first answer repeated.
 */
export function systemCommand<Input>(
  actor: Pick<Actor, 'orgId' | 'orgKind'>,
  { key, input, now }: Readonly<{ key: string; input: Input; now: Date }>,
): Command<Input> {
  const requestHash = createHash('sha256').update(key).digest();
  return { actor: systemActor(actor.orgId, actor.orgKind, key), key, requestHash, input, now };
}

/** Runs a command of the service's own. Nobody reads its refusal, so a refusal is thrown as the fault it is. */
export async function runAsSystem<Input, Answer, Loaded>(
  unitOfWork: UnitOfWork,
  useCase: UseCase<Input, Answer, Loaded>,
  command: Command<Input>,
): Promise<Outcome> {
  const outcome = await unitOfWork.run(useCase, command);
  if (outcome.status < 400) return outcome;
  const { code, message } = outcome.body as { code: string; message: string };
  throw new Error(`${useCase.name} of "${command.key}" was refused: ${code}, ${message}`);
}

/** A short transaction of a background worker, which finds the work of every organization (policies "workers"). */
export const asWorker = <T>(database: Pick<Database, 'writers'>, work: (tx: Tx) => Promise<T>): Promise<T> =>
  writeIn(database.writers, [], async (tx) => {
    await tx.query('worker.begin', "select set_config('app.worker', 'on', true)");
    return work(tx);
  });

export type Faults = Readonly<{
  /** Runs the work; a throw is kept for the end of the round and answered with undefined. */
  attempt: <T>(work: () => Promise<T>) => Promise<T | undefined>;
  /** Ends the round: throws what was kept. */
  raise: () => void;
}>;

/** Lets a round of a worker go on past the one item that fails, and fail at its end nevertheless. */
export function keepFaults(name: string): Faults {
  const faults: unknown[] = [];
  return {
    attempt: async (work) => {
      try {
        return await work();
      } catch (fault) {
        faults.push(fault);
        return undefined;
      }
    },
    raise: () => {
      if (faults.length > 0) throw new AggregateError(faults, `${faults.length} of the ${name} failed`);
    },
  };
}
