import type { Tx } from './database.ts';
import { recordEvents } from './events.ts';
import { Refusal } from './refusal.ts';
import { refusals } from './refusals.ts';
import type { Command, Outcome, UseCase } from './unit-of-work.ts';
import { Workspace } from './workspace.ts';

// biome-ignore lint/suspicious/noExplicitAny: a lane holds commands of one use case; their types meet again in `run`
export type AnyUseCase = UseCase<any, any, any>;
export type AnyCommand = Command<unknown>;
export type Step = 'begun' | 'claimed' | 'loaded' | 'decided' | 'written' | 'recorded' | 'committed';
export type Verdict = Outcome | Error;

const idOf = (command: Pick<AnyCommand, 'actor' | 'key'>): string => `${command.actor.orgId} ${command.key}`;

const mismatch = (command: AnyCommand): Refusal =>
  new Refusal('idempotency-key-reused', `the key ${command.key} was used for a different request`, {
    field: 'Idempotency-Key',
  });

const replayOf = (command: AnyCommand, kept: { request_hash: Buffer; status: number; answer: unknown }): Verdict =>
  command.requestHash.equals(kept.request_hash)
    ? { status: kept.status, body: kept.answer, replayed: true }
    : mismatch(command);

type KeptAnswer = { org_id: string; key: string; request_hash: Buffer; status: number; answer: unknown };

/** Answers that earlier transactions kept for these keys. */
async function keptAnswers(tx: Tx, commands: readonly AnyCommand[]): Promise<Map<string, KeptAnswer>> {
  const rows = await tx.query<KeptAnswer>(
    'command.kept',
    // One look into the index for each key ("offset 0" keeps the planner from making it a join over all commands).
    `select kept.* from unnest($1::uuid[], $2::text[]) as asked(org_id, key),
       lateral (select org_id, key, request_hash, status, answer from command c
                 where c.org_id = asked.org_id and c.key = asked.key offset 0) as kept`,
    [commands.map((c) => c.actor.orgId), commands.map((c) => c.key)],
  );
  return new Map(rows.map((row) => [`${row.org_id} ${row.key}`, row]));
}

/** The stored form of a refusal: what problems.ts needs to tell it again. */
const refusalBody = (refusal: Refusal) => ({
  code: refusal.code,
  message: refusal.message,
  detail: refusal.detail,
});

function decideOne(work: Workspace, useCase: AnyUseCase, command: AnyCommand, loaded: unknown): Verdict {
  try {
    const body = work.attempt(command, () => useCase.decide(work, command, loaded));
    return { status: useCase.status ?? 200, body, replayed: false };
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    if ('passing' in refusals[error.code]) return error;
    return { status: refusals[error.code].status, body: refusalBody(error), replayed: false };
  }
}

/** How many events each command has made. */
function eventsMade(work: Workspace): Map<AnyCommand, number> {
  const made = new Map<AnyCommand, number>();
  for (const event of work.events) {
    const command = work.authors.get(event) as AnyCommand;
    made.set(command, (made.get(command) ?? 0) + 1);
  }
  return made;
}

async function recordAnswers(
  tx: Tx,
  useCase: AnyUseCase,
  fresh: readonly AnyCommand[],
  verdicts: Map<string, Verdict>,
  made: ReadonlyMap<AnyCommand, number>,
) {
  const kept = fresh
    .map((command) => ({ command, verdict: verdicts.get(idOf(command)) }))
    .filter((each): each is { command: AnyCommand; verdict: Outcome } => !(each.verdict instanceof Error));
  if (kept.length === 0) return;
  await tx.query(
    'command.keep',
    `insert into command (org_id, key, use_case, request_hash, status, answer, created_at, events)
     select u.org_id, u.key, $7, u.hash, u.status, u.answer, u.at, u.events
       from unnest($1::uuid[], $2::text[], $3::bytea[], $4::smallint[], $5::json[], $6::timestamptz[], $8::int[])
         as u(org_id, key, hash, status, answer, at, events)
      order by u.org_id, u.key`,
    [
      kept.map(({ command }) => command.actor.orgId),
      kept.map(({ command }) => command.key),
      kept.map(({ command }) => command.requestHash),
      kept.map(({ verdict }) => verdict.status),
      kept.map(({ verdict }) => JSON.stringify(verdict.body ?? null)),
      kept.map(({ command }) => command.now.toISOString()),
      useCase.name,
      kept.map(({ command }) => made.get(command) ?? 0),
    ],
  );
}

/**
 * One batch, one transaction: kept answers are given again; the others are loaded, decided one by one, written
 * together, and their answers kept. A key twice in one batch runs once. The answers are inserted last and without
 * "on conflict": when another process ran the same key meanwhile, the batch fails as a whole and is run again.
 */
export async function runBatch(
  tx: Tx,
  useCase: AnyUseCase,
  commands: readonly AnyCommand[],
  onStep: (step: Step) => void | Promise<void>,
): Promise<{ verdicts: Map<AnyCommand, Verdict>; wakes: ReadonlySet<string> }> {
  await onStep('begun');
  const kept = await keptAnswers(tx, commands);
  const first = new Map<string, AnyCommand>();
  for (const command of commands) if (!first.has(idOf(command))) first.set(idOf(command), command);
  const fresh = [...first.values()].filter((command) => !kept.has(idOf(command)));
  await onStep('claimed');

  const byKey = new Map<string, Verdict>();
  const work = new Workspace(tx);
  if (fresh.length > 0) {
    const loaded = await useCase.load(work, fresh);
    await onStep('loaded');
    for (const command of fresh) byKey.set(idOf(command), decideOne(work, useCase, command, loaded));
    await onStep('decided');
    await work.write();
    if (work.events.length > 0) work.wakes.add('outbox');
    await recordEvents(tx, work.events, (event) => work.authors.get(event) as AnyCommand);
    await onStep('written');
    await recordAnswers(tx, useCase, fresh, byKey, eventsMade(work));
    await onStep('recorded');
  }

  const verdicts = new Map<AnyCommand, Verdict>();
  for (const command of commands) {
    const answer = kept.get(idOf(command));
    const leader = first.get(idOf(command)) as AnyCommand;
    const verdict = byKey.get(idOf(command));
    if (answer !== undefined) verdicts.set(command, replayOf(command, answer));
    else if (command === leader || verdict instanceof Error) verdicts.set(command, verdict as Verdict);
    else {
      const { status, body } = verdict as Outcome;
      verdicts.set(command, replayOf(command, { request_hash: leader.requestHash, status, answer: body }));
    }
  }
  return { verdicts, wakes: work.wakes };
}
