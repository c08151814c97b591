import { uuidv7 } from 'uuidv7';
import { Refusal } from '../platform/refusal.ts';
import type { UseCase } from '../platform/unit-of-work.ts';
import { memberImportAnswer } from './answers.ts';
import { tellImport } from './events.ts';
import type { FileRow, MemberFile } from './import-file.ts';
import { readRow, refusedCell } from './import-row.ts';
import { findImport, type ImportedRow, type MemberImportRow, memberImportRows, memberImports } from './import-store.ts';
import { memberEventParties } from './lifecycle.ts';
import { loadStanding, partyTo, requireParty, type Standing } from './party.ts';
import { requireActiveChain } from './rules.ts';
import { chains } from './store.ts';

export type MemberImportAnswer = ReturnType<typeof memberImportAnswer>;

type Sending = Readonly<{ chainId: string; dryRun: boolean; file: MemberFile }>;
type Loaded = Readonly<{ standing: Standing; earlier: ReadonlyMap<string, MemberImportRow> }>;

const fileKey = ({ dryRun, file }: Sending): string => `${file.sha256} ${dryRun}`;

/**
 * Takes in a file of members: its rows are stored, those that cannot be read refused at once, the others worked off in
 * the background. The same file on the same chain again is the same import. A dry run changes nothing but its own rows.
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
    const earlier = new Map<string, MemberImportRow>();
    for (const { input } of commands) {
      const { chainId, dryRun, file } = input;
      const found = await findImport(work, { chainId, dryRun, fileSha256: file.sha256 });
      if (found !== undefined) earlier.set(fileKey(input), found);
    }
    return { standing: await loadStanding(work, commands), earlier };
  },
  decide: (work, { actor, input, now }, { standing, earlier }) => {
    const chain = work.get(chains, input.chainId);
    requireParty(partyTo(actor, chain, { standing }), memberEventParties.invite, `chain ${chain.id}`);
    const { file, dryRun } = input;
    const same =
      earlier.get(fileKey(input)) ??
      work.all(memberImports).find((row) => row.fileSha256 === file.sha256 && row.dryRun === dryRun);
    if (same !== undefined) return memberImportAnswer(same);
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
