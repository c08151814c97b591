import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { deriveKey } from './master-key.ts';
import type { ClientRow } from './store.ts';

type SecretOf = Readonly<{ id: string; secretSalt: Buffer; secretNumber: number }>;
type SecretHashes = Pick<ClientRow, 'secretHash' | 'previousSecretHash' | 'previousSecretUntil'>;

/**
 * Secrets of API clients. A secret is derived from the client, its random salt and the number of the secret under the
 * master key, so that it is stored nowhere and yet a repeated request can be given the same one again. Whoever has
 * the database alone, or the master key alone, has no secret.
 */
export type ClientSecrets = Readonly<{ reveal: (of: SecretOf) => string; hash: (of: SecretOf) => Buffer }>;

/** Makes the secrets of a service with this master key. */
export function createClientSecrets(masterKey: Buffer): ClientSecrets {
  const key = deriveKey(masterKey, 'client secrets');
  const reveal = ({ id, secretSalt, secretNumber }: SecretOf): string =>
    createHmac('sha256', key).update(`${id} ${secretNumber} `).update(secretSalt).digest('base64url');
  return { reveal, hash: (of) => hashSecret(reveal(of)) };
}

/** SHA-256 is enough: a secret has 256 random bits, so there is nothing to guess that a slow hash would protect. */
const hashSecret = (secret: string): Buffer => createHash('sha256').update(secret).digest();

const NO_HASH = Buffer.alloc(32);

/** Whether a secret is the present one, or the one before while that serves on. Takes the same time for all. */
export function isSecretOf(client: SecretHashes | undefined, secret: string, now: Date): boolean {
  const given = hashSecret(secret);
  const isPresent = timingSafeEqual(given, client?.secretHash ?? NO_HASH);
  const isPrevious = timingSafeEqual(given, client?.previousSecretHash ?? NO_HASH);
  const servesOn = (client?.previousSecretUntil ?? '') > now.toISOString();
  return isPresent || (isPrevious && servesOn);
}
