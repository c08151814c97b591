import type { Selectable } from 'kysely';
import type { Client, Organization, Person, SettlementAccount } from '../../db/types.ts';
import { Decimal } from '../money/decimal.ts';
import type { Actor, OrgKind, Role } from '../platform/actor.ts';
import type { Reader } from '../platform/database.ts';
import { type PageQuery, paginate } from '../platform/http/paging.ts';
import { Refusal } from '../platform/refusal.ts';
import type { Industry, OrganizationScale } from './industries.ts';
import type { ClientRow, Contact, OrganizationRow, PersonRow, Scope, SettlementAccountRow } from './store.ts';

const newestFirst = { newest: [['id', 'desc']] } as const;
export const organizationSorts = {
  ...newestFirst,
  name: [
    ['legal_name', 'asc'],
    ['id', 'asc'],
  ],
} as const;
export const memberSorts = newestFirst;

export type OrganizationFilters = Readonly<{ kind?: OrgKind; scale?: OrganizationScale; status?: string; q?: string }>;

/** A page of the organizations that the actor sees. */
export async function listOrganizations(db: Reader, actor: Actor, filters: OrganizationFilters, page: PageQuery) {
  let query = db.selectFrom('organization').selectAll();
  if (filters.kind !== undefined) query = query.where('kind', '=', filters.kind);
  if (filters.scale !== undefined) query = query.where('scale', '=', filters.scale);
  if (filters.status !== undefined) query = query.where('status', '=', filters.status);
  // Partners do not see scale and status, so they cannot ask for them either.
  const asksHidden = filters.scale !== undefined || filters.status !== undefined;
  if (asksHidden && actor.orgKind !== 'operator' && actor.orgKind !== 'regulator') {
    query = query.where('id', '=', actor.orgId);
  }
  if (filters.q !== undefined) {
    const prefix = `${filters.q.replace(/[\\%_]/g, '\\$&')}%`;
    query = query.where((where) => where.or([where('legal_name', 'like', prefix), where('uscc', 'like', prefix)]));
  }
  const { items, nextCursor } = await paginate(query, { page, sorts: organizationSorts });
  return { items: items.map(toOrganization), nextCursor };
}

/** The organization, or the refusal `not-found`. */
export async function readOrganization(db: Reader, organizationId: string): Promise<OrganizationRow> {
  const row = await db.selectFrom('organization').selectAll().where('id', '=', organizationId).executeTakeFirst();
  return toOrganization(found(row, 'organization', organizationId));
}

export async function listPeople(db: Reader, organizationId: string, page: PageQuery) {
  const query = db.selectFrom('person').selectAll().where('org_id', '=', organizationId);
  const { items, nextCursor } = await paginate(query, { page, sorts: memberSorts });
  return { items: items.map(toPerson), nextCursor };
}

/** The person of this organization, or the refusal `not-found`. */
export async function readPerson(db: Reader, organizationId: string, personId: string): Promise<PersonRow> {
  const row = await db
    .selectFrom('person')
    .selectAll()
    .where('org_id', '=', organizationId)
    .where('id', '=', personId)
    .executeTakeFirst();
  return toPerson(found(row, 'person', personId));
}

/** A client without what its secret is checked by. */
export type ClientOverview = Omit<ClientRow, 'secretSalt' | 'secretHash' | 'previousSecretHash'> &
  Readonly<{ lastUsedAt: string | null }>;

export async function listClients(db: Reader, organizationId: string, page: PageQuery) {
  const query = db.selectFrom('client').selectAll().where('org_id', '=', organizationId);
  const { items, nextCursor } = await paginate(query, { page, sorts: memberSorts });
  return { items: items.map(toClient), nextCursor };
}

/** The client of this organization, or the refusal `not-found`. */
export async function readClient(db: Reader, organizationId: string, clientId: string): Promise<ClientOverview> {
  const row = await db
    .selectFrom('client')
    .selectAll()
    .where('org_id', '=', organizationId)
    .where('id', '=', clientId)
    .executeTakeFirst();
  return toClient(found(row, 'client', clientId));
}

/** What the secret of a client is derived by, with the master key. */
export async function readSecretSalt(db: Reader, clientId: string): Promise<Buffer> {
  const row = await db.selectFrom('client').select('secret_salt').where('id', '=', clientId).executeTakeFirstOrThrow();
  return row.secret_salt;
}

export async function listSettlementAccounts(db: Reader, organizationId: string, page: PageQuery) {
  const query = db.selectFrom('settlement_account').selectAll().where('org_id', '=', organizationId);
  const { items, nextCursor } = await paginate(query, { page, sorts: memberSorts });
  return { items: items.map(toSettlementAccount), nextCursor };
}

/** The account of this organization, or the refusal `not-found`. */
export async function readSettlementAccount(db: Reader, organizationId: string, accountId: string) {
  const row = await db
    .selectFrom('settlement_account')
    .selectAll()
    .where('org_id', '=', organizationId)
    .where('id', '=', accountId)
    .executeTakeFirst();
  return toSettlementAccount(found(row, 'settlement account', accountId));
}

function found<T>(row: T | undefined, what: string, id: string): T {
  if (row === undefined) throw new Refusal('not-found', `there is no ${what} ${id}`);
  return row;
}

const decimal = (text: string | null): Decimal | null => (text === null ? null : new Decimal(text));

const toOrganization = (row: Selectable<Organization>): OrganizationRow => ({
  id: row.id,
  kind: row.kind as OrgKind,
  legalName: row.legal_name,
  uscc: row.uscc,
  industry: row.industry as Industry | null,
  employees: row.employees,
  annualRevenue: decimal(row.annual_revenue),
  totalAssets: decimal(row.total_assets),
  scale: row.scale as OrganizationScale | null,
  figures: row.figures as OrganizationRow['figures'],
  tags: row.tags as readonly string[],
  region: row.region,
  parentId: row.parent_id,
  cnaps: row.cnaps,
  contact: row.contact as unknown as Contact,
  status: row.status as OrganizationRow['status'],
  version: row.version,
  createdAt: row.created_at,
});

const toPerson = (row: Selectable<Person>): PersonRow => ({
  id: row.id,
  orgId: row.org_id,
  name: row.name,
  roles: row.roles as unknown as readonly Role[],
  status: row.status as PersonRow['status'],
  version: row.version,
  createdAt: row.created_at,
});

const toClient = (row: Selectable<Client>): ClientOverview => ({
  id: row.id,
  orgId: row.org_id,
  personId: row.person_id,
  name: row.name,
  secretNumber: row.secret_number,
  secretSetAt: row.secret_set_at,
  previousSecretUntil: row.previous_secret_until,
  scopes: row.scopes as unknown as readonly Scope[],
  status: row.status as ClientRow['status'],
  expiresAt: row.expires_at,
  lastUsedAt: row.last_used_at,
  version: row.version,
  createdAt: row.created_at,
});

const toSettlementAccount = (row: Selectable<SettlementAccount>): SettlementAccountRow => ({
  id: row.id,
  orgId: row.org_id,
  holderName: row.holder_name,
  accountNumber: row.account_number,
  bankName: row.bank_name,
  cnaps: row.cnaps,
  purpose: row.purpose as SettlementAccountRow['purpose'],
  status: row.status as SettlementAccountRow['status'],
  makerId: row.maker_id,
  checkerId: row.checker_id,
  closingMakerId: row.closing_maker_id,
  closingCheckerId: row.closing_checker_id,
  version: row.version,
  createdAt: row.created_at,
});
