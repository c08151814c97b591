import type { Workspace } from '../platform/workspace.ts';
import type { ProgrammeRow, ProgrammeVersionRow } from './store.ts';

/** A programme as the API shows it to its bank. */
export const programmeAnswer = (row: ProgrammeRow) => ({
  id: row.id,
  bookId: row.bookId,
  chainId: row.chainId,
  coreId: row.coreId,
  name: row.name,
  status: row.status,
  currentVersion: row.currentVersion,
  approvalId: row.approvalId,
  version: row.version,
  createdAt: row.createdAt,
});

/** A version of a programme as the API shows it. */
export const versionAnswer = (row: ProgrammeVersionRow) => ({
  id: row.id,
  programmeId: row.programmeId,
  bookId: row.bookId,
  chainId: row.chainId,
  number: row.number,
  effectiveFrom: row.effectiveFrom,
  terms: row.terms,
  status: row.status,
  makerPersonId: row.makerPerson,
  authorPersonIds: row.authors,
  checkerPersonId: row.checkerPerson,
  reason: row.reason,
  approvalId: row.approvalId,
  version: row.version,
  createdAt: row.createdAt,
});

/** Records what happened to a programme for its bank, and for the core enterprise what binds it. */
export function tellOfProgramme(
  work: Workspace,
  kind: string,
  row: ProgrammeRow,
  data: Record<string, unknown> = {},
): void {
  work.emit({
    kind: `programme.${kind}`,
    objectKind: 'programme',
    objectId: row.id,
    scopeId: row.bookId,
    parties: row.status === 'draft' ? [row.bookId] : [row.bookId, row.coreId],
    data: { status: row.status, version: row.version, ...data },
  });
}

/** Records what happened to a version, for its bank alone. */
export function tellOfVersion(work: Workspace, kind: string, row: ProgrammeVersionRow): void {
  work.emit({
    kind: `programme_version.${kind}`,
    objectKind: 'programme_version',
    objectId: row.id,
    scopeId: row.bookId,
    parties: [row.bookId],
    data: {
      programmeId: row.programmeId,
      number: row.number,
      effectiveFrom: row.effectiveFrom,
      status: row.status,
      reason: row.reason,
      version: row.version,
    },
  });
}
