import { formatMoney } from '../money/decimal.ts';
import type { Actor } from '../platform/actor.ts';
import { maskAccountNumber, maskName } from './names.ts';
import type { ClientRow, OrganizationRow, PersonRow, SettlementAccountRow } from './store.ts';

type Viewer = Pick<Actor, 'orgId' | 'orgKind' | 'roles'>;

/** Whether the viewer sees all of an organization, or only what its partners see. */
const seesAllOf = (viewer: Pick<Viewer, 'orgId' | 'orgKind'>, organizationId: string): boolean =>
  viewer.orgId === organizationId || viewer.orgKind === 'operator' || viewer.orgKind === 'regulator';

/** The organization as those see it who may see all of it. */
export const organizationAnswer = (row: OrganizationRow) => ({
  ...row,
  annualRevenue: row.annualRevenue === null ? null : formatMoney(row.annualRevenue),
  totalAssets: row.totalAssets === null ? null : formatMoney(row.totalAssets),
});

/** What partners see: who shares a chain or a book with them. */
const organizationCard = ({ id, kind, legalName, uscc }: OrganizationRow) => ({ id, kind, legalName, uscc });

/** The organization as this viewer sees it. */
export const organizationFor = (row: OrganizationRow, viewer: Viewer) =>
  seesAllOf(viewer, row.id) ? organizationAnswer(row) : organizationCard(row);

export type PersonAnswer = ReturnType<typeof personAnswer>;

/** The person; others than the organization itself see the first character of the name. */
export function personAnswer({ orgId, ...row }: PersonRow, viewer: Viewer) {
  return { ...row, organizationId: orgId, name: viewer.orgId === orgId ? row.name : maskName(row.name) };
}

export type ClientAnswer = ReturnType<typeof clientAnswer>;

/** The client without its secret; the number of the secret is what it can be derived by. */
export function clientAnswer(row: Omit<ClientRow, 'secretSalt' | 'secretHash' | 'previousSecretHash'>) {
  const { id, orgId, personId, name, secretNumber, secretSetAt, previousSecretUntil, scopes, ...rest } = row;
  const { status, expiresAt, version, createdAt } = rest;
  return {
    id,
    organizationId: orgId,
    personId,
    name,
    secretNumber,
    secretSetAt,
    previousSecretUntil,
    scopes,
    status,
    expiresAt,
    version,
    createdAt,
  };
}

export type SettlementAccountAnswer = ReturnType<typeof settlementAccountAnswer>;

/** The account; its number in full for those only who make or check payments. */
export function settlementAccountAnswer({ orgId, ...row }: SettlementAccountRow, viewer: Viewer) {
  const needsNumber = viewer.roles.some((role) => role === 'maker' || role === 'checker');
  return {
    ...row,
    organizationId: orgId,
    accountNumber: needsNumber ? row.accountNumber : maskAccountNumber(row.accountNumber),
  };
}
