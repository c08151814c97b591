import type { OrgKind, Role } from '../platform/actor.ts';
import { defineTable, instant, int, json, money, nullable, oneOf, type RowOf, text, uuid } from '../platform/table.ts';
import type { Industry, OrganizationScale } from './industries.ts';

/** The scope of rows that belong to the platform itself; app_platform() in the migration names the same. */
export const PLATFORM_SCOPE = '00000000-0000-4000-8000-000000000001';

export type Scope = 'read' | 'write';
export type Contact = Readonly<{ name: string; phone: string; email?: string; address?: string }>;

const bytes = { sqlType: 'bytea', toSql: (value: Buffer) => value, fromSql: (value: Buffer) => value };

const organizationColumns = {
  id: uuid,
  kind: oneOf<OrgKind>(),
  legalName: text,
  uscc: text,
  industry: nullable(oneOf<Industry>()),
  employees: nullable(int),
  annualRevenue: nullable(money),
  totalAssets: nullable(money),
  scale: nullable(oneOf<OrganizationScale>()),
  /** Industry and figures are declared by who invited it until the organization confirms them. */
  figures: oneOf<'declared' | 'confirmed'>(),
  tags: json<readonly string[]>(),
  region: nullable(text),
  parentId: nullable(uuid),
  cnaps: nullable(text),
  contact: json<Contact>(),
  status: oneOf<'active' | 'suspended'>(),
  version: int,
  createdAt: instant,
};
export type OrganizationRow = RowOf<typeof organizationColumns>;

export const organizations = defineTable('organization', {
  rank: 10,
  key: 'id',
  columns: organizationColumns,
  changeable: [
    'legalName',
    'industry',
    'employees',
    'annualRevenue',
    'totalAssets',
    'scale',
    'figures',
    'tags',
    'region',
    'parentId',
    'cnaps',
    'contact',
    'status',
    'version',
  ],
});

const personColumns = {
  id: uuid,
  orgId: uuid,
  name: text,
  roles: json<readonly Role[]>(),
  status: oneOf<'active' | 'left'>(),
  version: int,
  createdAt: instant,
};
export type PersonRow = RowOf<typeof personColumns>;

export const persons = defineTable('person', {
  rank: 11,
  key: 'id',
  columns: personColumns,
  changeable: ['name', 'roles', 'status', 'version'],
});

const clientColumns = {
  id: uuid,
  orgId: uuid,
  personId: uuid,
  name: text,
  secretSalt: bytes,
  secretNumber: int,
  secretHash: bytes,
  secretSetAt: instant,
  previousSecretHash: nullable(bytes),
  previousSecretUntil: nullable(instant),
  scopes: json<readonly Scope[]>(),
  status: oneOf<'active' | 'revoked'>(),
  expiresAt: instant,
  version: int,
  createdAt: instant,
};
export type ClientRow = RowOf<typeof clientColumns>;

/** When a client was last used is not among the columns: it is noted beside, and is no change of the client. */
export const clients = defineTable('client', {
  rank: 12,
  key: 'id',
  columns: clientColumns,
  changeable: [
    'secretNumber',
    'secretHash',
    'secretSetAt',
    'previousSecretHash',
    'previousSecretUntil',
    'status',
    'expiresAt',
    'version',
  ],
});

const settlementAccountColumns = {
  id: uuid,
  orgId: uuid,
  holderName: text,
  accountNumber: text,
  bankName: text,
  cnaps: text,
  purpose: oneOf<'collection' | 'repayment' | 'margin' | 'payout' | 'operating'>(),
  status: oneOf<'proposed' | 'verified' | 'closing' | 'closed'>(),
  makerId: uuid,
  checkerId: nullable(uuid),
  closingMakerId: nullable(uuid),
  closingCheckerId: nullable(uuid),
  version: int,
  createdAt: instant,
};
export type SettlementAccountRow = RowOf<typeof settlementAccountColumns>;

export const settlementAccounts = defineTable('settlement_account', {
  rank: 13,
  key: 'id',
  columns: settlementAccountColumns,
  changeable: ['status', 'checkerId', 'closingMakerId', 'closingCheckerId', 'version'],
});
