import { type CryptoKey, calculateJwkThumbprint, exportJWK, generateKeyPair, importJWK, type JWK } from 'jose';
import type { Clock } from '../platform/clock.ts';
import { type Database, type Tx, writeIn } from '../platform/database.ts';
import { daysAfter, hoursAfter } from './client-rules.ts';
import { deriveKey, open, seal } from './master-key.ts';
import { PLATFORM_SCOPE } from './store.ts';

/** ECDSA over P-256 with SHA-256: the one algorithm accepted, whatever a token's header says. */
export const SIGNING_ALG = 'ES256';

const SIGNING_DAYS = 30;
/** How long a retired key still verifies: longer than any token it signed lives. */
const OVERLAP_HOURS = 1;

const FRESH_MS = 60_000;
/** A token that names an unknown key makes the keys be read again, but no more often than this. */
const UNKNOWN_KEY_MS = 5_000;

/** A public key of P-256, as RFC 7517 and RFC 7518 write it. */
export type PublicJwk = Readonly<Record<'kty' | 'crv' | 'x' | 'y' | 'kid' | 'alg' | 'use', string>>;

export type SigningKey = Readonly<{
  kid: string;
  publicJwk: PublicJwk;
  publicKey: CryptoKey;
  privateKey: CryptoKey;
  retiresAt: string;
  verifiesUntil: string;
}>;

export type KeyRing = Readonly<{
  /** The key that signs now, made when there is none or the last one has retired. */
  signer: () => Promise<SigningKey>;
  /** The key of this name, as long as it verifies. */
  verifier: (kid: string) => Promise<SigningKey | undefined>;
  /** Public keys of every key that verifies, RFC 7517. */
  published: () => Promise<{ keys: PublicJwk[] }>;
}>;

type KeyRow = { kid: string; public_jwk: PublicJwk; private_key: Buffer; retires_at: string };

/** The platform's signing keys. Private keys are kept encrypted under the master key; another master key opens none. */
export function createKeyRing(settings: { database: Database; clock: Clock; masterKey: Buffer }): KeyRing {
  const { database, clock } = settings;
  const sealKey = deriveKey(settings.masterKey, 'signing keys');
  let keys: readonly SigningKey[] = [];
  let readAt = Number.NEGATIVE_INFINITY;
  let reading: Promise<void> | undefined;
  let making: Promise<void> | undefined;

  const now = (): string => clock.now().toISOString();

  async function read(): Promise<void> {
    const at = clock.now();
    const rows = await writeIn(database.writers, [PLATFORM_SCOPE], (tx) => verifyingKeys(tx, at));
    keys = await Promise.all(rows.map((row) => opened(row, sealKey)));
    readAt = at.getTime();
  }

  async function readOlderThan(ms: number): Promise<void> {
    if (Math.abs(clock.now().getTime() - readAt) < ms) return;
    reading ??= read().finally(() => {
      reading = undefined;
    });
    await reading;
  }

  async function make(): Promise<void> {
    const row = await freshKey(sealKey, clock.now());
    await writeIn(database.writers, [PLATFORM_SCOPE], (tx) => insertKey(tx, row));
    await read();
  }

  const signing = (): SigningKey | undefined => keys.findLast(({ retiresAt }) => retiresAt > now());
  const verifying = (): readonly SigningKey[] => keys.filter(({ verifiesUntil }) => verifiesUntil > now());

  return {
    signer: async () => {
      await readOlderThan(FRESH_MS);
      if (signing() === undefined) {
        making ??= make().finally(() => {
          making = undefined;
        });
        await making;
      }
      return signing() as SigningKey;
    },
    verifier: async (kid) => {
      await readOlderThan(FRESH_MS);
      const named = () => verifying().find((key) => key.kid === kid);
      if (named() === undefined) await readOlderThan(UNKNOWN_KEY_MS);
      return named();
    },
    published: async () => {
      await readOlderThan(FRESH_MS);
      return { keys: verifying().map(({ publicJwk }) => publicJwk) };
    },
  };
}

/** Keys in the order of their making. Two services may each make one at the same time: both serve. */
const verifyingKeys = (tx: Tx, at: Date): Promise<KeyRow[]> =>
  tx.query<KeyRow>(
    'signing_key.verifying',
    `select kid, public_jwk, private_key, retires_at from signing_key
      where withdrawn_at is null and retires_at > $1 order by retires_at, kid`,
    [hoursAfter(at, -OVERLAP_HOURS)],
  );

async function insertKey(tx: Tx, row: KeyRow & { created_at: string }): Promise<void> {
  await tx.query(
    'signing_key.insert',
    `insert into signing_key (kid, alg, public_jwk, private_key, created_at, retires_at)
     values ($1, $2, $3, $4, $5, $6)`,
    [row.kid, SIGNING_ALG, JSON.stringify(row.public_jwk), row.private_key, row.created_at, row.retires_at],
  );
}

async function freshKey(sealKey: Buffer, now: Date): Promise<KeyRow & { created_at: string }> {
  const pair = await generateKeyPair(SIGNING_ALG, { extractable: true });
  const publicJwk = await exportJWK(pair.publicKey);
  const kid = await calculateJwkThumbprint(publicJwk);
  const privateText = Buffer.from(JSON.stringify(await exportJWK(pair.privateKey)));
  return {
    kid,
    public_jwk: { ...(publicJwk as Pick<PublicJwk, 'kty' | 'crv' | 'x' | 'y'>), kid, alg: SIGNING_ALG, use: 'sig' },
    private_key: seal(sealKey, kid, privateText),
    created_at: now.toISOString(),
    retires_at: daysAfter(now, SIGNING_DAYS),
  };
}

async function opened(row: KeyRow, sealKey: Buffer): Promise<SigningKey> {
  const privateJwk = JSON.parse(openPrivateKey(row, sealKey).toString()) as JWK;
  return {
    kid: row.kid,
    publicJwk: row.public_jwk,
    publicKey: (await importJWK(row.public_jwk, SIGNING_ALG)) as CryptoKey,
    privateKey: (await importJWK(privateJwk, SIGNING_ALG)) as CryptoKey,
    retiresAt: row.retires_at,
    verifiesUntil: hoursAfter(new Date(row.retires_at), OVERLAP_HOURS),
  };
}

function openPrivateKey({ kid, private_key }: KeyRow, sealKey: Buffer): Buffer {
  try {
    return open(sealKey, kid, private_key);
  } catch (cause) {
    throw new Error(`the master key does not open the signing key ${kid}`, { cause });
  }
}
