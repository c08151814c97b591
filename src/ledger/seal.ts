import { createHash } from 'node:crypto';

/**
 * The columns of a row that its digest covers, as text. The writer takes them from what it writes, the verifier from
 * what it reads: both must name the same columns in the same order.
 */
export type Fields = readonly (string | null)[];

type RecordKind = 'journal' | 'hold' | 'hold_event';

/** SHA-256 of one recorded thing, fed line by line, so that a journal of a million entries is never in memory. */
export type Digest = Readonly<{ add: (fields: Fields) => void; finish: () => Buffer }>;

const HASHED_AT_ONCE = 65_536;

/** Begins the digest of a row of this kind; the entries of a journal are added after it. */
export function startDigest(kind: RecordKind, fields: Fields): Digest {
  const hash = createHash('sha256');
  let text = `${JSON.stringify([kind, ...fields])}\n`;
  return {
    add: (line) => {
      text += `${JSON.stringify(line)}\n`;
      if (text.length < HASHED_AT_ONCE) return;
      hash.update(text);
      text = '';
    },
    finish: () => hash.update(text).digest(),
  };
}

/** What a seal says of the batch before the digests of its records. */
export type SealHeading = Readonly<{
  bookId: string;
  seq: bigint;
  previous: Buffer;
  /** ISO 8601 in UTC with microseconds. */
  sealedAt: string;
  journals: number;
  holds: number;
  holdEvents: number;
}>;

/**
 * The hash that chains a batch to everything before it: SHA-256 of the heading and of the digests of its journals,
 * holds and ends of holds, each in order of position.
 */
export function startSeal(heading: SealHeading): Readonly<{ add: (digest: Buffer) => void; finish: () => Buffer }> {
  const { bookId, seq, previous, sealedAt, journals, holds, holdEvents } = heading;
  const fields = [bookId, seq.toString(), previous.toString('hex'), sealedAt, journals, holds, holdEvents];
  const hash = createHash('sha256').update(`${JSON.stringify(['seal', ...fields])}\n`);
  return { add: (digest) => hash.update(digest), finish: () => hash.digest() };
}

/** An instant as rows keep it, to the microsecond: what changes a digest must not be finer than what it covers. */
export const microseconds = (instant: string): string => instant.replace('Z', '000Z');

/** Where the chain of a book begins. */
export const FIRST_HASH: Buffer = Buffer.alloc(32);
