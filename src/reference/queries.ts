import { sql } from 'kysely';
import type { IsoDate } from '../money/dates.ts';
import type { Reader } from '../platform/database.ts';
import type { RateCode } from './lookup.ts';
import type { ProposalState, ReferenceContent } from './rules.ts';

/** Rates as the API answers them. */
export function rateAnswers(db: Reader, { code }: Readonly<{ code?: RateCode }>) {
  const query = db
    .selectFrom('reference_rate')
    .select([
      'id',
      sql<RateCode>`code`.as('code'),
      'published_on as publishedOn',
      sql<string>`round(rate, 6)::text`.as('rate'),
      'source',
      'version',
    ]);
  return code === undefined ? query : query.where('code', '=', code);
}

/** Parameters as the API answers them: all of a code, or those in force on a day. */
export function parameterAnswers(db: Reader, { code, on }: Readonly<{ code?: string; on?: IsoDate }>) {
  let query = db
    .selectFrom('policy_parameter')
    .select([
      'id',
      'code',
      'effective_from as effectiveFrom',
      'effective_to as effectiveTo',
      'value',
      'unit',
      'source',
      'version',
    ]);
  if (code !== undefined) query = query.where('code', '=', code);
  if (on !== undefined) {
    query = query
      .where('effective_from', '<=', on)
      .where((where) => where.or([where('effective_to', 'is', null), where('effective_to', '>=', on)]));
  }
  return query;
}

/** Days that overrule the statutory calendar, as the API answers them. */
export const calendarDayAnswers = (db: Reader) =>
  db.selectFrom('calendar_day').select(['date', sql<'business' | 'holiday'>`kind`.as('kind'), 'source', 'version']);

/** Proposals as the API answers them. */
export function proposalAnswers(db: Reader, { state, id }: Readonly<{ state?: ProposalState; id?: string }>) {
  let query = db
    .selectFrom('reference_proposal')
    .select([
      'id',
      sql<ReferenceContent>`content`.as('content'),
      sql<ProposalState>`state`.as('state'),
      'maker_org as makerOrganizationId',
      'maker_person as makerPersonId',
      'checker_org as checkerOrganizationId',
      'checker_person as checkerPersonId',
      'reason',
      'version',
      'created_at as createdAt',
    ]);
  if (state !== undefined) query = query.where('state', '=', state);
  if (id !== undefined) query = query.where('id', '=', id);
  return query;
}
