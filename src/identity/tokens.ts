import { createHash } from 'node:crypto';
import { errors, type JWTHeaderParameters, jwtVerify, SignJWT } from 'jose';
import { uuidv7 } from 'uuidv7';
import type { OrgKind, Role } from '../platform/actor.ts';
import type { Clock } from '../platform/clock.ts';
import { Refusal } from '../platform/refusal.ts';
import { recentMap } from './recent-map.ts';
import { type KeyRing, SIGNING_ALG } from './signing-keys.ts';
import type { Scope } from './store.ts';

/** A token lives ten minutes; who is refused meanwhile is refused by his standing, not by the token. */
const TOKEN_SECONDS = 600;

const LONGEST_TOKEN = 4096;
const KEPT_TOKENS = 10_000;

/** Whom a token speaks for. */
export type TokenSubject = Readonly<{
  clientId: string;
  orgId: string;
  orgKind: OrgKind;
  personId: string;
  roles: readonly Role[];
  scopes: readonly Scope[];
}>;

type Verified = Readonly<{ clientId: string; orgId: string; scopes: readonly Scope[]; kid: string; expires: number }>;

export type Tokens = Readonly<{
  /** A signed token (JWT, RFC 9068) for the subject. */
  issueToken: (subject: TokenSubject) => Promise<{ token: string; expiresIn: number }>;
  /** Refuses (401) a token that is not ours, altered, expired, or for another audience. */
  verifyToken: (token: string) => Promise<Verified>;
}>;

/** Issues and verifies access tokens for one issuer and audience. Time is the clock's. */
export function createTokens(settings: { keys: KeyRing; clock: Clock; issuer: string; audience: string }): Tokens {
  const { keys, clock, issuer, audience } = settings;
  const kept = recentMap<string, Verified>(KEPT_TOKENS);
  const seconds = (): number => Math.floor(clock.now().getTime() / 1000);

  async function verifyAfresh(token: string): Promise<Verified> {
    const keyOf = async ({ kid }: JWTHeaderParameters) => {
      const key = kid === undefined ? undefined : await keys.verifier(kid);
      if (key === undefined) throw new errors.JWKSNoMatchingKey();
      return key.publicKey;
    };
    try {
      const { payload, protectedHeader } = await jwtVerify(token, keyOf, {
        algorithms: [SIGNING_ALG],
        typ: 'at+jwt',
        issuer,
        audience,
        requiredClaims: ['sub', 'org', 'scope', 'exp', 'jti'],
        currentDate: clock.now(),
      });
      return {
        clientId: payload.sub as string,
        orgId: payload.org as string,
        scopes: (payload.scope as string).split(' ') as Scope[],
        kid: protectedHeader.kid as string,
        expires: payload.exp as number,
      };
    } catch (error) {
      if (error instanceof errors.JWTExpired) throw new Refusal('unauthenticated', 'the token has expired');
      if (error instanceof errors.JOSEError) throw new Refusal('unauthenticated', 'the token is not valid');
      throw error;
    }
  }

  return {
    issueToken: async (subject) => {
      const key = await keys.signer();
      const issuedAt = seconds();
      const claims = {
        client_id: subject.clientId,
        org: subject.orgId,
        kind: subject.orgKind,
        person: subject.personId,
        roles: subject.roles,
        scope: subject.scopes.join(' '),
      };
      const token = await new SignJWT(claims)
        .setProtectedHeader({ alg: SIGNING_ALG, typ: 'at+jwt', kid: key.kid })
        .setIssuer(issuer)
        .setAudience(audience)
        .setSubject(subject.clientId)
        .setJti(uuidv7())
        .setIssuedAt(issuedAt)
        .setExpirationTime(issuedAt + TOKEN_SECONDS)
        .sign(key.privateKey);
      return { token, expiresIn: TOKEN_SECONDS };
    },
    verifyToken: async (token) => {
      if (token.length > LONGEST_TOKEN) throw new Refusal('unauthenticated', 'the token is not valid');
      const digest = createHash('sha256').update(token).digest('base64');
      const known = kept.get(digest);
      if (known !== undefined && known.expires > seconds() && (await keys.verifier(known.kid))) return known;
      const verified = await verifyAfresh(token);
      kept.set(digest, verified);
      return verified;
    },
  };
}
