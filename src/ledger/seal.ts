import { createHash } from 'node:crypto';
import type { PostedJournal } from './store.ts';

/** The bytes a seal covers: every column of the journals of a batch and of their entries, in order. */
const canonical = (journals: readonly PostedJournal[]): string =>
  JSON.stringify(
    journals.map((journal) => [
      journal.bookId,
      journal.id,
      journal.kind,
      journal.businessDate,
      journal.effectiveDate ?? journal.businessDate,
      journal.subjectId,
      journal.reverses ?? null,
      journal.reason ?? null,
      journal.requestId,
      journal.createdAt,
      journal.lines.map((line) => [
        line.account,
        line.amount.toFixed(2),
        line.balanceAfter.toFixed(2),
        line.accountVersion.toString(),
      ]),
    ]),
  );

/** The hash that chains a batch of journals to everything before it: SHA-256 of book, number, previous hash and bytes. */
export const sealHash = (bookId: string, seq: bigint, previous: Buffer, journals: readonly PostedJournal[]): Buffer =>
  createHash('sha256').update(`${bookId} ${seq} `).update(previous).update(canonical(journals)).digest();

/** Where the chain of a book begins. */
export const FIRST_HASH: Buffer = Buffer.alloc(32);
