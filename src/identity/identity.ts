import type { Clock } from '../platform/clock.ts';
import type { Database } from '../platform/database.ts';
import { type Authenticate, createAuthenticate } from './authentication.ts';
import { type ClientSecrets, createClientSecrets } from './client-secrets.ts';
import { createKeyRing, type KeyRing } from './signing-keys.ts';
import { createTokens, type Tokens } from './tokens.ts';

export type Identity = Readonly<{
  secrets: ClientSecrets;
  keys: KeyRing;
  tokens: Tokens;
  authenticate: Authenticate;
}>;

export type IdentitySettings = Readonly<{
  database: Database;
  clock: Clock;
  /** 32 bytes; see parseMasterKey. */
  masterKey: Buffer;
  /** `iss` and `aud` of tokens, such as the service's public address. */
  issuer: string;
  audience: string;
}>;

/**
 * Makes what proves who asks. Makes a signing key when there is none; fails when the master key is not the one that
 * the database's keys were sealed with.
 */
export async function createIdentity(settings: IdentitySettings): Promise<Identity> {
  const keys = createKeyRing(settings);
  await keys.signer();
  const tokens = createTokens({ ...settings, keys });
  return {
    secrets: createClientSecrets(settings.masterKey),
    keys,
    tokens,
    authenticate: createAuthenticate({ ...settings, tokens }),
  };
}
