import type { Actor, OrgKind, Role } from '../platform/actor.ts';
import type { Clock } from '../platform/clock.ts';
import { type Database, readUnder } from '../platform/database.ts';
import { Refusal } from '../platform/refusal.ts';
import { recentMap } from './recent-map.ts';
import type { Scope } from './store.ts';
import type { Tokens } from './tokens.ts';

/** How old what we know about a client, its person and its organization may be when a request is let in. */
const STANDING_MS = 5_000;
const KEPT_STANDINGS = 10_000;

/** Whom a client acts for, and with what rights, at the moment it was read. */
export type Standing = Readonly<{
  clientId: string;
  orgId: string;
  orgKind: OrgKind;
  personId: string;
  roles: readonly Role[];
  scopes: readonly Scope[];
}>;

/**
 * Reads the present standing of a client of an organization; undefined when it may not act: revoked or expired, its
 * person left, its organization suspended.
 */
export async function readStanding(
  database: Database,
  of: { clientId: string; orgId: string },
  now: Date,
): Promise<Standing | undefined> {
  const row = await readUnder(database, { 'app.org': of.orgId }, (db) =>
    db
      .selectFrom('client')
      .innerJoin('person', 'person.id', 'client.person_id')
      .innerJoin('organization', 'organization.id', 'client.org_id')
      .select(['client.id', 'client.org_id', 'client.person_id', 'client.scopes', 'person.roles', 'organization.kind'])
      .where('client.id', '=', of.clientId)
      .where('client.status', '=', 'active')
      .where('client.expires_at', '>', now.toISOString())
      .where('person.status', '=', 'active')
      .where('organization.status', '=', 'active')
      .executeTakeFirst(),
  );
  if (row === undefined) return undefined;
  return {
    clientId: row.id,
    orgId: row.org_id,
    orgKind: row.kind as OrgKind,
    personId: row.person_id,
    roles: row.roles as unknown as readonly Role[],
    scopes: row.scopes as unknown as readonly Scope[],
  };
}

type Known = Readonly<{ at: number; standing: Promise<Standing | undefined> }>;
export type Authenticate = (request: { headers: { authorization?: string | undefined }; id: string }) => Promise<Actor>;

/**
 * Turns a bearer token into the actor. The token proves which client asks; roles, status and permissions are those
 * the database had at most five seconds ago, so that a change of them counts for tokens already given. Refuses (401).
 */
export function createAuthenticate(settings: { database: Database; clock: Clock; tokens: Tokens }): Authenticate {
  const { database, clock, tokens } = settings;
  const known = recentMap<string, Known>(KEPT_STANDINGS);

  function standingOf(clientId: string, orgId: string): Promise<Standing | undefined> {
    const now = clock.now();
    const key = `${clientId} ${orgId}`;
    const present = known.get(key);
    if (present !== undefined && Math.abs(now.getTime() - present.at) < STANDING_MS) return present.standing;
    const standing = readStanding(database, { clientId, orgId }, now);
    known.set(key, { at: now.getTime(), standing });
    // A failed read is no answer to keep.
    standing.catch(() => known.delete(key));
    return standing;
  }

  return async ({ headers, id }) => {
    const token = /^Bearer ([A-Za-z0-9._~+/=-]+)$/i.exec(headers.authorization ?? '')?.[1];
    if (token === undefined) throw new Refusal('unauthenticated', 'a Bearer token is missing');
    const { clientId, orgId, scopes } = await tokens.verifyToken(token);
    const standing = await standingOf(clientId, orgId);
    if (standing === undefined) {
      throw new Refusal(
        'unauthenticated',
        'the client is revoked or expired, or its person or organization may not act',
      );
    }
    return { ...standing, scopes: standing.scopes.filter((scope) => scopes.includes(scope)), requestId: id };
  };
}
