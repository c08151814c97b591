import { PLATFORM_SCOPE } from '../identity/store.ts';
import type { Clock } from '../platform/clock.ts';
import type { Database } from '../platform/database.ts';
import { Refusal } from '../platform/refusal.ts';
import type { Command, UnitOfWork, UseCase } from '../platform/unit-of-work.ts';
import { asWorker, keepFaults, runAsSystem, systemCommand } from '../platform/worker.ts';
import type { Workspace } from '../platform/workspace.ts';
import { tellImport } from './events.ts';
import { MAX_ROWS } from './import-file.ts';
import { type ReadRow, readRow, refusedCell } from './import-row.ts';
import {
  type ImportedRow,
  memberImportRows,
  memberImports,
  type RowOutcome,
  type RunningImport,
  runningImports,
  unfinishedRows,
} from './import-store.ts';
import { carryOut, type Invited, imagine, loadRoster, placeOf, planInvitation, type Roster } from './registration.ts';
import { parentAmong } from './rules.ts';
import { type ChainRow, chains, type MemberRow } from './store.ts';

/** Rows that one transaction works off. */
const CHUNK = 500;

type Chunk = Readonly<{ importId: string; chainId: string; limit: number }>;
type Progress = Readonly<{ done: number; finished: boolean }>;
type Loaded = Readonly<{ roster: Roster; rowIds: readonly string[] }>;

/** Works off the next rows of one import in one transaction, each row accepted or refused on its own. */
const workOffChunk: UseCase<Chunk, Progress, Loaded> = {
  name: 'member-import.work-off',
  lane: ({ input }) => input.chainId,
  scope: ({ input }) => [input.chainId, PLATFORM_SCOPE],
  load: async (work, commands) => {
    const rowIds: string[] = [];
    for (const { input } of commands) rowIds.push(...(await nextRows(work, input)));
    const ahead = await work.read(memberImportRows, 'id', rowIds);
    const usccs = ahead.flatMap(({ cells }) => [cells.uscc ?? [], cells.parent_uscc ?? []].flat());
    const roster = await loadRoster(work, { chainIds: commands.map(({ input }) => input.chainId), usccs });
    await work.lock(
      memberImports,
      commands.map(({ input }) => input.importId),
    );
    await work.lock(memberImportRows, rowIds);
    return { roster, rowIds };
  },
  decide: (work, command, { roster, rowIds }) => {
    const { importId, chainId } = command.input;
    const { dryRun } = work.get(memberImports, importId);
    const rows = rowIds
      .map((id) => work.get(memberImportRows, id))
      .filter((row) => row.importId === importId && row.outcome === null);
    const byOperator = command.actor.orgKind === 'operator';
    const setting = { chain: work.get(chains, chainId), roster, byOperator, now: command.now };
    const verdicts = dryRun ? rehearse(rows, setting) : perform(work, rows, setting);
    for (const [i, row] of rows.entries()) work.update(memberImportRows, row.id, verdicts[i] as Verdict);
    return countUp(work, command, verdicts);
  },
};

/** Rows in the order of work. A dry run is taken in one go, so that it knows the parents it would have made. */
async function nextRows(work: Workspace, { importId, limit }: Chunk): Promise<string[]> {
  const [row] = await work.read(memberImports, 'id', [importId]);
  return unfinishedRows(work, importId, row?.dryRun ? MAX_ROWS : limit);
}

type Verdict = Pick<ImportedRow, 'code' | 'message' | 'field' | 'accepted' | 'memberId'> &
  Readonly<{ outcome: RowOutcome }>;
type Setting = Readonly<{ chain: ChainRow; roster: Roster; byOperator: boolean; now: Date }>;

/** Works off one row: `then` is done with what it comes to. */
function workOff({ cells }: ImportedRow, setting: Setting, then: (invited: Invited) => string | null): Verdict {
  try {
    const row = readRow(cells);
    const parent = parentFor(row, setting);
    const invited = planInvitation(
      { ...row, paymentTermDays: null },
      { ...setting, parent, parentField: '/parent_uscc' },
    );
    const memberId = then(invited);
    return { outcome: invited.outcome, memberId, code: null, message: null, field: null, accepted: null };
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return { outcome: 'refused', memberId: null, ...refusedCell(error) };
  }
}

function perform(work: Workspace, rows: readonly ImportedRow[], setting: Setting): Verdict[] {
  return rows.map((row) => workOff(row, setting, (invited) => carryOut(work, setting.roster, invited).id));
}

/** What the rows would come to, on a copy of what is there. */
function rehearse(rows: readonly ImportedRow[], { roster, ...setting }: Setting): Verdict[] {
  const copy = { known: new Map(roster.known), places: new Map(roster.places) };
  return rows.map((row) =>
    workOff(row, { ...setting, roster: copy }, (invited) => {
      imagine(copy, invited);
      return invited.outcome === 'unchanged' ? invited.member.id : null;
    }),
  );
}

/** Whom the row names above it: a member on its side, or nobody when it names the core enterprise. */
function parentFor({ parentUscc, side }: ReadRow, { chain, roster }: Setting): MemberRow | null {
  if (parentUscc === null || roster.known.get(parentUscc)?.id === chain.coreId) return null;
  const place = placeOf(roster, chain.id, { side, uscc: parentUscc });
  const present = new Map(place === undefined ? [] : [[place.id, place]]);
  return parentAmong(present, { id: place?.id ?? parentUscc, field: '/parent_uscc' });
}

function countUp(work: Workspace, { input, now }: Command<Chunk>, verdicts: readonly Verdict[]): Progress {
  const { id, total, ...before } = work.get(memberImports, input.importId);
  const count = (outcome: RowOutcome) =>
    before[outcome] + verdicts.filter((verdict) => verdict.outcome === outcome).length;
  const counts = {
    created: count('created'),
    linked: count('linked'),
    unchanged: count('unchanged'),
    refused: count('refused'),
  };
  const done = Object.values(counts).reduce((sum, each) => sum + each, 0);
  const finished = done === total;
  const next = work.update(memberImports, id, {
    ...counts,
    ...(finished && { status: 'done', finishedAt: now.toISOString() }),
  });
  if (finished) tellImport(work, 'member_import.finished', next);
  return { done, finished };
}

/**
 * Works off every import that is not finished, chunk by chunk. May run beside itself and again after any interruption:
 * a chunk is keyed by the rows done before it, so each is done once. One import that fails does not keep the others
 * from being tried; it throws in the end.
 */
export async function runMemberImports(
  { database, unitOfWork, clock }: Readonly<{ database: Database; unitOfWork: UnitOfWork; clock: Clock }>,
  { chunk = CHUNK }: Readonly<{ chunk?: number }> = {},
): Promise<void> {
  const faults = keepFaults('member imports');
  for (const running of await asWorker(database, runningImports)) {
    await faults.attempt(async () => {
      let progress: Progress = { done: running.done, finished: false };
      while (!progress.finished) {
        const command = chunkCommand(running, { done: progress.done, chunk, now: clock.now() });
        progress = (await runAsSystem(unitOfWork, workOffChunk, command)).body as Progress;
      }
    });
  }
  faults.raise();
}

type Next = Readonly<{ done: number; chunk: number; now: Date }>;

/** The service's own command, in the name of who sent the file. */
function chunkCommand(
  { id, chainId, coreId, orgId, personId }: RunningImport,
  { done, chunk, now }: Next,
): Command<Chunk> {
  const orgKind = orgId === coreId ? 'enterprise' : 'operator';
  const command = systemCommand(
    { orgId, orgKind },
    { key: `member-import ${id} after ${done}`, input: { importId: id, chainId, limit: chunk }, now },
  );
  return { ...command, actor: { ...command.actor, personId } };
}
