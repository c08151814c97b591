import { randomBytes } from 'node:crypto';
import { uuidv7 } from 'uuidv7';
import type { Clock } from '../platform/clock.ts';
import { type Database, type Tx, writeIn } from '../platform/database.ts';
import { daysAfter, LONGEST_CLIENT_DAYS } from './client-rules.ts';
import { type ClientSecrets, createClientSecrets } from './client-secrets.ts';
import { cleanName } from './names.ts';
import { draftOrganization, type OrganizationProfile } from './rules.ts';
import { type ClientRow, clients, organizations, PLATFORM_SCOPE, persons } from './store.ts';

export type FirstOperator = Pick<OrganizationProfile, 'legalName' | 'contact'> &
  Readonly<{ uscc: string; personName: string; masterKey: Buffer; clock: Clock }>;

type FirstCredentials = Readonly<{ organizationId: string; personId: string; clientId: string; clientSecret: string }>;

/**
 * Puts the platform operator, its first person and his client into an empty database, and answers the credentials.
 * Run again for the same operator it changes nothing and answers the same credentials. Throws when another operator is
 * there, or when the client's secret was replaced since.
 */
export async function bootstrapOperator(database: Database, first: FirstOperator): Promise<FirstCredentials> {
  const secrets = createClientSecrets(first.masterKey);
  const organizationId = uuidv7();
  const present = await writeIn(database.writers, [PLATFORM_SCOPE, organizationId], async (tx) => {
    // Of two processes that start at once, one waits and finds what the other put in.
    await tx.query('organization.bootstrap', 'lock table organization in share row exclusive mode');
    const operators = await organizations.read(tx, 'kind', ['operator']);
    if (operators.length === 0) await insertOperator(tx, { ...first, organizationId, secrets });
    return operators;
  });
  const operator = present.length === 0 ? { id: organizationId } : present.find(({ uscc }) => uscc === first.uscc);
  if (operator === undefined) throw new Error('the platform has another operator already');
  const client = await firstClientOf(database, operator.id);
  if (client.secretNumber !== 1) throw new Error("the secret of the operator's first client was replaced since");
  return {
    organizationId: operator.id,
    personId: client.personId,
    clientId: client.id,
    clientSecret: secrets.reveal(client),
  };
}

type Insertion = FirstOperator & Readonly<{ organizationId: string; secrets: ClientSecrets }>;

async function insertOperator(tx: Tx, { organizationId, secrets, clock, ...first }: Insertion): Promise<void> {
  const now = clock.now();
  const { uscc, legalName, contact } = first;
  const organization = draftOrganization({ id: organizationId, kind: 'operator', uscc, legalName, contact }, now);
  const ofOperator = { orgId: organizationId, version: 1, createdAt: now.toISOString() };
  const person = { ...ofOperator, id: uuidv7(), name: cleanName(first.personName, '/personName', 100) };
  const named = { id: uuidv7(), secretSalt: randomBytes(32), secretNumber: 1 };
  await organizations.insert(tx, [organization]);
  await persons.insert(tx, [{ ...person, roles: ['admin', 'operator'], status: 'active' }]);
  await clients.insert(tx, [
    {
      ...ofOperator,
      ...named,
      personId: person.id,
      name: 'first client',
      secretHash: secrets.hash(named),
      secretSetAt: now.toISOString(),
      previousSecretHash: null,
      previousSecretUntil: null,
      scopes: ['read', 'write'],
      status: 'active',
      expiresAt: daysAfter(now, LONGEST_CLIENT_DAYS),
    },
  ]);
}

/** Ids are in the order of their making. */
async function firstClientOf(database: Database, organizationId: string): Promise<ClientRow> {
  const rows = await writeIn(database.writers, [organizationId], (tx) => clients.read(tx, 'orgId', [organizationId]));
  const [first] = [...rows].sort((a, b) => (a.id < b.id ? -1 : 1));
  if (first === undefined) throw new Error('the operator has no client');
  return first;
}

/** Whether nobody is registered yet beside the platform operator. */
export async function isEmpty(database: Database): Promise<boolean> {
  const rows = await writeIn(database.writers, [PLATFORM_SCOPE], (tx) =>
    tx.query('organization.any', "select 1 from organization where kind <> 'operator' limit 1"),
  );
  return rows.length === 0;
}
