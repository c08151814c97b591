import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';

const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** Reads the service's master key: 64 hexadecimal digits. Throws on anything else, without printing it. */
export function parseMasterKey(hexadecimal: string): Buffer {
  if (!/^[0-9a-f]{64}$/i.test(hexadecimal)) throw new Error('the master key is not 64 hexadecimal digits');
  return Buffer.from(hexadecimal, 'hex');
}

/** A key for one purpose only, HKDF-SHA-256 (RFC 5869): what one purpose gives away says nothing about another. */
export function deriveKey(masterKey: Buffer, purpose: string): Buffer {
  if (masterKey.length !== KEY_BYTES) throw new Error('a master key has 32 bytes');
  return Buffer.from(hkdfSync('sha256', masterKey, Buffer.alloc(0), `lianrong ${purpose}`, KEY_BYTES));
}

/** Encrypts with AES-256-GCM: nonce, tag, text. `name` must be the same to open it. */
export function seal(key: Buffer, name: string, plain: Buffer): Buffer {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_BYTES }).setAAD(Buffer.from(name));
  const text = Buffer.concat([cipher.update(plain), cipher.final()]);
  return Buffer.concat([nonce, cipher.getAuthTag(), text]);
}

/** Opens what `seal` closed. Throws when key or name differ, or when a byte was changed. */
export function open(key: Buffer, name: string, sealed: Buffer): Buffer {
  const nonce = sealed.subarray(0, NONCE_BYTES);
  const tag = sealed.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES);
  const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_BYTES })
    .setAAD(Buffer.from(name))
    .setAuthTag(tag);
  return Buffer.concat([decipher.update(sealed.subarray(NONCE_BYTES + TAG_BYTES)), decipher.final()]);
}
