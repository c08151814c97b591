import { sql } from 'kysely';
import type { Reader } from '../platform/database.ts';
import type { ProgrammeStatus, VersionStatus } from './rules.ts';
import type { Terms } from './terms.ts';

export type ProgrammeFilter = Readonly<{ id?: string; bookId?: string; chainId?: string; status?: ProgrammeStatus }>;

/** Programmes as the API answers them; what waits for an approval is the bank's own affair. */
export function programmeAnswers(db: Reader, filter: ProgrammeFilter) {
  let query = db
    .selectFrom('programme')
    .select([
      'id',
      'book_id as bookId',
      'chain_id as chainId',
      'core_id as coreId',
      'name',
      sql<ProgrammeStatus>`status`.as('status'),
      'current_version as currentVersion',
      sql<string | null>`case when book_id = app_org() then approval_id end`.as('approvalId'),
      'version',
      'created_at as createdAt',
    ]);
  if (filter.id !== undefined) query = query.where('id', '=', filter.id);
  if (filter.bookId !== undefined) query = query.where('book_id', '=', filter.bookId);
  if (filter.chainId !== undefined) query = query.where('chain_id', '=', filter.chainId);
  if (filter.status !== undefined) query = query.where('status', '=', filter.status);
  return query;
}

export type VersionFilter = Readonly<{ id?: string; programmeId?: string; status?: VersionStatus }>;

/** Versions of programmes as the API answers them. */
export function versionAnswers(db: Reader, filter: VersionFilter) {
  let query = db
    .selectFrom('programme_version')
    .select([
      'id',
      'programme_id as programmeId',
      'book_id as bookId',
      'chain_id as chainId',
      'number',
      'effective_from as effectiveFrom',
      sql<Terms>`terms`.as('terms'),
      sql<VersionStatus>`status`.as('status'),
      'maker_person as makerPersonId',
      sql<string[]>`authors`.as('authorPersonIds'),
      'checker_person as checkerPersonId',
      'reason',
      'approval_id as approvalId',
      'version',
      'created_at as createdAt',
    ]);
  if (filter.id !== undefined) query = query.where('id', '=', filter.id);
  if (filter.programmeId !== undefined) query = query.where('programme_id', '=', filter.programmeId);
  if (filter.status !== undefined) query = query.where('status', '=', filter.status);
  return query;
}
