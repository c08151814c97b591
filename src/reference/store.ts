import { sql } from 'kysely';
import type { Reader } from '../platform/database.ts';
import {
  date,
  decimal,
  defineTable,
  instant,
  int,
  json,
  nullable,
  oneOf,
  type RowOf,
  text,
  uuid,
} from '../platform/table.ts';
import type { Workspace } from '../platform/workspace.ts';
import { type RateCode, type Reference, type ReferenceFact, referenceFrom } from './lookup.ts';
import type { ProposalState, ReferenceContent } from './rules.ts';

export type { Reference } from './lookup.ts';

const rateColumns = {
  id: uuid,
  code: oneOf<RateCode>(),
  publishedOn: date,
  rate: decimal,
  source: text,
  version: int,
  createdAt: instant,
};
export const referenceRates = defineTable('reference_rate', {
  rank: 25,
  key: 'id',
  columns: rateColumns,
  changeable: ['rate', 'source', 'version'],
});

const parameterColumns = {
  id: uuid,
  code: text,
  effectiveFrom: date,
  effectiveTo: nullable(date),
  value: text,
  unit: text,
  source: text,
  version: int,
  createdAt: instant,
};
export const policyParameters = defineTable('policy_parameter', {
  rank: 25,
  key: 'id',
  columns: parameterColumns,
  changeable: ['effectiveTo', 'value', 'unit', 'source', 'version'],
});

const calendarColumns = { date, kind: oneOf<'business' | 'holiday'>(), source: text, version: int, createdAt: instant };
export const calendarDays = defineTable('calendar_day', {
  rank: 25,
  key: 'date',
  columns: calendarColumns,
  changeable: ['kind', 'source', 'version'],
});

const proposalColumns = {
  id: uuid,
  content: json<ReferenceContent>(),
  state: oneOf<ProposalState>(),
  makerOrg: uuid,
  makerPerson: uuid,
  checkerOrg: nullable(uuid),
  checkerPerson: nullable(uuid),
  reason: nullable(text),
  version: int,
  createdAt: instant,
};
export type ReferenceProposalRow = RowOf<typeof proposalColumns>;
export const referenceProposals = defineTable('reference_proposal', {
  rank: 25,
  key: 'id',
  columns: proposalColumns,
  changeable: ['state', 'checkerOrg', 'checkerPerson', 'reason', 'version'],
});

const FACTS = `
  select 'rate' as kind, code, published_on as "from", null::date as "to", rate::text as value, source from reference_rate
  union all
  select 'parameter', code, effective_from, effective_to, value, source from policy_parameter
  union all
  select 'calendar_day', kind, date, date, null, source from calendar_day`;

/** The reference data a batch decides by, in one statement. */
export const loadReference = async (work: Workspace): Promise<Reference> =>
  referenceFrom(await work.query<ReferenceFact>('reference.facts', FACTS, []));

/** The same for a read, such as a quote. */
export const referenceOf = async (db: Reader): Promise<Reference> =>
  referenceFrom((await sql.raw<ReferenceFact>(FACTS).execute(db)).rows);
