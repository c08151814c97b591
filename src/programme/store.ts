import { banksOf } from '../chain/store.ts';
import type { IsoDate } from '../money/dates.ts';
import { Refusal } from '../platform/refusal.ts';
import { date, defineTable, instant, int, json, nullable, oneOf, type RowOf, text, uuid } from '../platform/table.ts';
import type { Workspace } from '../platform/workspace.ts';
import { type ProgrammeStatus, type VersionStatus, versionInForce } from './rules.ts';
import type { Terms } from './terms.ts';

const programmeColumns = {
  id: uuid,
  bookId: uuid,
  chainId: uuid,
  coreId: uuid,
  name: text,
  status: oneOf<ProgrammeStatus>(),
  /** Number of the version approved last; it may take effect only later. */
  currentVersion: nullable(int),
  approvalId: nullable(uuid),
  version: int,
  createdAt: instant,
} as const;
export type ProgrammeRow = RowOf<typeof programmeColumns>;
export const programmes = defineTable('programme', {
  rank: 32,
  key: 'id',
  columns: programmeColumns,
  changeable: ['name', 'status', 'currentVersion', 'approvalId', 'version'],
});

const versionColumns = {
  id: uuid,
  programmeId: uuid,
  bookId: uuid,
  chainId: uuid,
  coreId: uuid,
  number: int,
  effectiveFrom: date,
  terms: json<Terms>(),
  status: oneOf<VersionStatus>(),
  /** Who wrote it last. */
  makerPerson: uuid,
  /** Everyone who ever wrote it. */
  authors: json<readonly string[]>(),
  checkerPerson: nullable(uuid),
  reason: nullable(text),
  approvalId: nullable(uuid),
  version: int,
  createdAt: instant,
} as const;
export type ProgrammeVersionRow = RowOf<typeof versionColumns>;
export const programmeVersions = defineTable('programme_version', {
  rank: 33,
  key: 'id',
  columns: versionColumns,
  changeable: [
    'effectiveFrom',
    'terms',
    'status',
    'makerPerson',
    'authors',
    'checkerPerson',
    'reason',
    'approvalId',
    'version',
  ],
});

export type ProgrammeWithVersions = Readonly<{
  programme: ProgrammeRow;
  /** The approved versions, in any order; none unless the programme is active and its bank admitted to the chain. */
  versions: readonly ProgrammeVersionRow[];
}>;

/** Programmes with their approved versions, without a lock: neither is changed by what is granted under them. */
export async function loadProgrammes(
  work: Workspace,
  programmeIds: Iterable<string>,
): Promise<Map<string, ProgrammeWithVersions>> {
  const ids = [...new Set(programmeIds)];
  const found = await work.read(programmes, 'id', ids);
  const versions = await work.read(programmeVersions, 'programmeId', ids);
  const admitted = await banksOf(
    work,
    found.map(({ chainId }) => chainId),
  );
  const takesBusiness = ({ bookId, chainId, status }: ProgrammeRow): boolean =>
    status === 'active' && admitted.has(`${chainId} ${bookId}`);
  return new Map(
    found.map((programme) => [
      programme.id,
      {
        programme,
        versions: versions.filter(
          ({ programmeId, status }) =>
            takesBusiness(programme) && programmeId === programme.id && status === 'approved',
        ),
      },
    ]),
  );
}

/** The programme and its version for new business on a day. Refusal `not-found` or `programme-not-in-force`. */
export function programmeInForce(
  loaded: ReadonlyMap<string, ProgrammeWithVersions>,
  programmeId: string,
  on: IsoDate,
): Readonly<{ programme: ProgrammeRow; version: ProgrammeVersionRow }> {
  const found = loaded.get(programmeId);
  if (found === undefined) throw new Refusal('not-found', `there is no programme ${programmeId}`);
  if (found.programme.status !== 'active') {
    throw new Refusal('programme-not-in-force', `the programme is ${found.programme.status}`, {
      accepted: 'a programme that is active',
    });
  }
  return { programme: found.programme, version: versionInForce(found.versions, on) };
}
