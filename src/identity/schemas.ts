import { Type } from '@fastify/type-provider-typebox';
import type { Role } from '../platform/actor.ts';
import {
  AccountNumber,
  Cnaps,
  Count,
  component,
  Id,
  Instant,
  Money,
  Name,
  nullable,
  object,
  oneOf,
  Uscc,
  Version,
} from '../platform/http/schemas.ts';
import { LONGEST_CLIENT_DAYS, LONGEST_OVERLAP_HOURS } from './client-rules.ts';
import { type Industry, industryNames } from './industries.ts';
import type { Scope } from './store.ts';

export const Kind = oneOf(['enterprise', 'bank', 'warehouse', 'guarantor', 'regulator', 'operator']);
export const Scale = oneOf(['micro', 'small', 'medium', 'large'], {
  description: 'Enterprise scale by 工信部联企业〔2011〕300号, derived from industry and figures.',
});
export const OrganizationStatus = oneOf(['active', 'suspended']);
export const Roles = Type.Unsafe<readonly Role[]>(
  Type.Array(oneOf(['admin', 'maker', 'checker', 'viewer', 'operator', 'regulator']), {
    minItems: 1,
    maxItems: 6,
    uniqueItems: true,
  }),
);
const PersonName = Type.String({ minLength: 1, maxLength: 100, examples: ['王小明'] });
const ClientName = Type.String({ minLength: 1, maxLength: 100, examples: ['ERP'] });
const Employees = Type.Integer({ minimum: 0, maximum: 2_147_483_647, examples: [120] });

const IndustryName = oneOf(Object.keys(industryNames) as Industry[], {
  description: 'Industry of 工信部联企业〔2011〕300号 art. 4.',
});
const Region = Type.String({ pattern: '^\\d{6}$', description: 'Division of GB/T 2260.', examples: ['419001'] });
const Tags = Type.Unsafe<readonly string[]>(
  Type.Array(Type.String({ pattern: '^[a-z][a-z0-9_]{0,39}$', examples: ['specialised_new'] }), {
    maxItems: 20,
    uniqueItems: true,
    description: 'White lists the organization is on, such as technology, specialised_new, agriculture, first_loan.',
  }),
);

export const Contact = component(
  'Contact',
  object({
    name: PersonName,
    phone: Type.String({ pattern: '^\\+?[0-9][0-9 -]{4,24}$', examples: ['0391-6630000'] }),
    email: Type.Optional(Type.String({ format: 'email', maxLength: 254, examples: ['finance@example.com'] })),
    address: Type.Optional(Name),
  }),
);

export const RegistrationBody = object({
  kind: Kind,
  legalName: Name,
  uscc: Uscc,
  industry: Type.Optional(IndustryName),
  employees: Type.Optional(Employees),
  annualRevenue: Type.Optional(Money),
  totalAssets: Type.Optional(Money),
  tags: Type.Optional(Tags),
  region: Type.Optional(Region),
  parentId: Type.Optional(Id),
  cnaps: Type.Optional(Cnaps),
  contact: Contact,
});

export const ProfileChange = Type.Object(
  {
    legalName: Type.Optional(Name),
    industry: Type.Optional(nullable(IndustryName)),
    employees: Type.Optional(nullable(Employees)),
    annualRevenue: Type.Optional(nullable(Money)),
    totalAssets: Type.Optional(nullable(Money)),
    tags: Type.Optional(Tags),
    region: Type.Optional(nullable(Region)),
    parentId: Type.Optional(nullable(Id)),
    cnaps: Type.Optional(nullable(Cnaps)),
    contact: Type.Optional(Contact),
  },
  { additionalProperties: false, minProperties: 1 },
);

/** Partners see the first four properties only. */
export const Organization = component(
  'Organization',
  object({
    id: Id,
    kind: Kind,
    legalName: Name,
    uscc: Uscc,
    industry: Type.Optional(nullable(IndustryName)),
    employees: Type.Optional(nullable(Employees)),
    annualRevenue: Type.Optional(nullable(Money)),
    totalAssets: Type.Optional(nullable(Money)),
    scale: Type.Optional(nullable(Scale)),
    figures: Type.Optional(
      oneOf(['declared', 'confirmed'], {
        description: 'Industry and figures are declared by who invited the organization until it confirms them.',
      }),
    ),
    tags: Type.Optional(Tags),
    region: Type.Optional(nullable(Region)),
    parentId: Type.Optional(nullable(Id)),
    cnaps: Type.Optional(nullable(Cnaps)),
    contact: Type.Optional(Contact),
    status: Type.Optional(OrganizationStatus),
    version: Type.Optional(Version),
    createdAt: Type.Optional(Instant),
  }),
);

export const PersonBody = object({ name: PersonName, roles: Roles });
export const PersonPatch = Type.Object(
  { name: Type.Optional(PersonName), roles: Type.Optional(Roles) },
  { additionalProperties: false, minProperties: 1 },
);

export const Person = component(
  'Person',
  object({
    id: Id,
    organizationId: Id,
    name: PersonName,
    roles: Roles,
    status: oneOf(['active', 'left']),
    version: Version,
    createdAt: Instant,
  }),
);

export const Scopes = Type.Unsafe<readonly Scope[]>(
  Type.Array(oneOf(['read', 'write']), { minItems: 1, maxItems: 2, uniqueItems: true }),
);
const ExpiresInDays = Type.Integer({ minimum: 1, maximum: LONGEST_CLIENT_DAYS, examples: [90] });

export const ClientBody = object({
  personId: Id,
  name: ClientName,
  scopes: Scopes,
  expiresInDays: Type.Optional(ExpiresInDays),
});

export const RotationBody = object({
  previousValidHours: Type.Optional(
    Type.Integer({
      minimum: 0,
      maximum: LONGEST_OVERLAP_HOURS,
      description: 'How long the present secret serves on; 24 unless told, 0 when it may have leaked.',
      examples: [24],
    }),
  ),
  expiresInDays: Type.Optional(ExpiresInDays),
});

const clientProperties = {
  id: Id,
  organizationId: Id,
  personId: Id,
  name: ClientName,
  secretNumber: Count,
  secretSetAt: Instant,
  previousSecretUntil: nullable(Instant),
  scopes: Scopes,
  status: oneOf(['active', 'revoked']),
  expiresAt: Instant,
  version: Version,
  createdAt: Instant,
};

export const Client = component(
  'Client',
  object({ ...clientProperties, lastUsedAt: Type.Optional(nullable(Instant)) }),
);

export const ClientWithSecret = component(
  'ClientWithSecret',
  object({
    ...clientProperties,
    clientSecret: Type.Optional(
      Type.String({
        description: 'Shown in this answer and its repetitions within a day, and never again. Keep it secret.',
        examples: ['Vd1YgN1mV0ZqK6tq7mYc0m2gq2n6uF7l3u2a9r4s5t8'],
      }),
    ),
  }),
);

const Purpose = oneOf(['collection', 'repayment', 'margin', 'payout', 'operating']);

export const SettlementAccountBody = object({
  holderName: Name,
  accountNumber: AccountNumber,
  bankName: Name,
  cnaps: Cnaps,
  purpose: Purpose,
});

export const SettlementAccount = component(
  'SettlementAccount',
  object({
    id: Id,
    organizationId: Id,
    holderName: Name,
    accountNumber: Type.String({
      description: 'In full for makers and checkers; first and last four characters for others.',
      examples: ['1602****2345'],
    }),
    bankName: Name,
    cnaps: Cnaps,
    purpose: Purpose,
    status: oneOf(['proposed', 'verified', 'closing', 'closed']),
    makerId: Id,
    checkerId: nullable(Id),
    closingMakerId: nullable(Id),
    closingCheckerId: nullable(Id),
    version: Version,
    createdAt: Instant,
  }),
);

export const InOrganization = object({ organizationId: Id });
export const PersonPath = object({ organizationId: Id, personId: Id });
export const ClientPath = object({ organizationId: Id, clientId: Id });
export const AccountPath = object({ organizationId: Id, accountId: Id });
