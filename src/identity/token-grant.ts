import { type Database, readUnder, writeIn } from '../platform/database.ts';
import { readStanding } from './authentication.ts';
import { isSecretOf } from './client-secrets.ts';
import type { Scope } from './store.ts';
import type { TokenSubject } from './tokens.ts';

export type Credentials = Readonly<{ clientId: string; clientSecret: string }>;

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const NOTED_MS = 60_000;

/**
 * Whom these credentials speak for; undefined when they are wrong, or the client, its person or its organization may
 * not act. Which of these it was is not told, and an unknown client takes as long as a wrong secret.
 */
export async function subjectOf(
  database: Database,
  { clientId, clientSecret }: Credentials,
  now: Date,
): Promise<TokenSubject | undefined> {
  const client = UUID.test(clientId) ? await readClientToCheck(database, clientId) : undefined;
  if (!isSecretOf(client, clientSecret, now) || client === undefined) return undefined;
  const standing = await readStanding(database, { clientId, orgId: client.orgId }, now);
  if (standing !== undefined) await noteUse(database, client, now);
  return standing;
}

/** The scopes granted: those asked for, all of the client when none are; undefined when it asks for others. */
export function grantedScopes(held: readonly Scope[], asked: string | undefined): readonly Scope[] | undefined {
  if (asked === undefined) return held;
  const names = asked.split(' ');
  const granted = held.filter((scope) => names.includes(scope));
  return granted.length > 0 && names.every((name) => (held as readonly string[]).includes(name)) ? granted : undefined;
}

type ClientToCheck = NonNullable<Awaited<ReturnType<typeof readClientToCheck>>>;

/** Row-level security shows this transaction the one client that is named, and nothing else. */
const readClientToCheck = (database: Database, clientId: string) =>
  readUnder(database, { 'app.client': clientId }, (db) =>
    db
      .selectFrom('client')
      .select([
        'id',
        'org_id as orgId',
        'secret_hash as secretHash',
        'previous_secret_hash as previousSecretHash',
        'previous_secret_until as previousSecretUntil',
        'last_used_at as lastUsedAt',
      ])
      .executeTakeFirst(),
  );

/** Notes the last use to the minute: a client that asks for many tokens does not write for each. */
async function noteUse(database: Database, client: ClientToCheck, now: Date): Promise<void> {
  const recently = new Date(now.getTime() - NOTED_MS).toISOString();
  if (client.lastUsedAt !== null && client.lastUsedAt > recently) return;
  await writeIn(database.writers, [client.orgId], (tx) =>
    tx.query('client.used', 'update client set last_used_at = $2 where id = $1', [client.id, now.toISOString()]),
  );
}
