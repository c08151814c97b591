import { uuidv7 } from 'uuidv7';
import type { Actor } from '../platform/actor.ts';
import { Refusal } from '../platform/refusal.ts';
import type { UseCase } from '../platform/unit-of-work.ts';
import type { Workspace } from '../platform/workspace.ts';
import { memberImportAnswer } from './answers.ts';
import { tellImport } from './events.ts';
import type { FileRow, MemberFile } from './import-file.ts';
import { readRow, refusedCell } from './import-row.ts';
import {
  type ImportedRow,
  lockImports,
  type MemberImportRow,
  memberImportRows,
  memberImports,
} from './import-store.ts';
import { memberEventParties } from './lifecycle.ts';
import { loadStanding, partyTo, requireParty, type Standing } from './party.ts';
import { requireActiveChain } from './rules.ts';
import { chains } from './store.ts';

export type MemberImportAnswer = ReturnType<typeof memberImportAnswer>;

type Sending = Readonly<{ chainId: string; dryRun: boolean; file: MemberFile }>;
type Loaded = Readonly<{ standing: Standing }>;

/**
 * Takes in a file of members: its rows are stored, those that cannot be read refused at once, the others worked off in
 * the background. The same file on the same chain again is the same import, whose refused rows are tried again. A dry
 * run changes nothing but its own rows.
 */
export const startMemberImport: UseCase<Sending, MemberImportAnswer, Loaded> = {
  name: 'member-import.start',
  status: 202,
  lane: ({ input }) => input.chainId,
  scope: ({ input }) => [input.chainId],
  load: async (work, commands) => {
    await work.lock(
      chains,
      commands.map(({ input }) => input.chainId),
    );
    await lockImports(
      work,
      commands.map(({ input: { chainId, dryRun, file } }) => ({ chainId, dryRun, fileSha256: file.sha256 })),
    );
    return { standing: await loadStanding(work, commands) };
  },
  decide: (work, { actor, input, now }, { standing }) => {
    const chain = work.get(chains, input.chainId);
    requireParty(partyTo(actor, chain, { standing }), memberEventParties.invite, `chain ${chain.id}`);
    const { file, dryRun } = input;
    const same = work
      .all(memberImports)
      .find((row) => row.chainId === chain.id && row.fileSha256 === file.sha256 && row.dryRun === dryRun);
    if (same !== undefined) return memberImportAnswer(tryAgain(work, same, actor));
    requireActiveChain(chain);

    const id = uuidv7();
    const rows = takenRows(file.rows).map(
      (row): ImportedRow => ({ ...row, id: uuidv7(), importId: id, chainId: chain.id }),
    );
    const refused = rows.filter(({ outcome }) => outcome === 'refused').length;
    const isDone = refused === rows.length;
    const row: MemberImportRow = {
      id,
      chainId: chain.id,
      coreId: chain.coreId,
      orgId: actor.orgId,
      personId: actor.personId,
      fileSha256: file.sha256,
      format: file.format,
      dryRun,
      status: isDone ? 'done' : 'running',
      total: rows.length,
      created: 0,
      linked: 0,
      unchanged: 0,
      refused,
      round: 1,
      version: 1,
      createdAt: now.toISOString(),
      finishedAt: isDone ? now.toISOString() : null,
    };
    work.insert(memberImports, row);
    for (const each of rows) work.insert(memberImportRows, each);
    tellImport(work, isDone ? 'member_import.finished' : 'member_import.started', row);
    work.wakes.add('member-imports');
    return memberImportAnswer(row);
  },
};

/** Takes the refused rows of a finished import up again, in the name of who sends the file now. */
function tryAgain(work: Workspace, before: MemberImportRow, { orgId, personId }: Actor): MemberImportRow {
  const rows = work
    .all(memberImportRows)
    .filter(({ importId, tier, outcome }) => importId === before.id && tier > 0 && outcome === 'refused');
  if (before.status === 'running' || rows.length === 0) return before;
  const blank = { outcome: null, code: null, message: null, field: null, accepted: null };
  for (const { id } of rows) work.update(memberImportRows, id, blank);
  const after = work.update(memberImports, before.id, {
    ...{ orgId, personId, status: 'running', finishedAt: null },
    ...{ refused: before.refused - rows.length, round: before.round + 1 },
  });
  tellImport(work, 'member_import.started', after);
  work.wakes.add('member-imports');
  return after;
}

type TakenRow = Omit<ImportedRow, 'id' | 'importId' | 'chainId'>;

/** The rows as they are stored: what cannot be read is refused, and whoever an earlier line names already. */
function takenRows(rows: readonly FileRow[]): TakenRow[] {
  const lineOf = new Map<string, number>();
  return rows.map(({ line, cells, fault }): TakenRow => {
    const taken = {
      line,
      tier: 0,
      cells,
      outcome: null,
      code: null,
      message: null,
      field: null,
      accepted: null,
      memberId: null,
    };
    try {
      if (fault !== null) throw fault;
      const { uscc, side, tier } = readRow(cells);
      const earlier = lineOf.get(`${uscc} ${side}`);
      if (earlier !== undefined) throw repeated(earlier);
      lineOf.set(`${uscc} ${side}`, line);
      return { ...taken, tier };
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      return { ...taken, outcome: 'refused', ...refusedCell(error) };
    }
  });
}

const repeated = (line: number): Refusal =>
  new Refusal('duplicate-row', `line ${line} names the same organization on the same side`, {
    field: '/uscc',
    accepted: 'each organization once on a side',
  });
