import { createHash, randomUUID } from 'node:crypto';
import pg from 'pg';
import type { Test } from 'tap';
import { books, requireOpenBook } from '../../src/ledger/book-store.ts';
import { type BookOpening, openBook } from '../../src/ledger/books.ts';
import type { AccountPath } from '../../src/ledger/chart.ts';
import { credit, debit } from '../../src/ledger/journal.ts';
import { ledgerOf } from '../../src/ledger/ledger.ts';
import { type Verification, verifyLedger } from '../../src/ledger/verify.ts';
import { Decimal } from '../../src/money/decimal.ts';
import type { Actor, OrgKind, Role } from '../../src/platform/actor.ts';
import { connect, type Database, readUnder } from '../../src/platform/database.ts';
import {
  type Command,
  createUnitOfWork,
  type Outcome,
  type UnitOfWork,
  type UnitOfWorkSettings,
  type UseCase,
} from '../../src/platform/unit-of-work.ts';
import { freshDatabase } from '../harness/database.ts';

export type Transfer = Readonly<{
  bookId: string;
  debit: AccountPath;
  credit: AccountPath;
  /** Yuan as text. */
  amount: string;
  effectiveDate?: string;
  subjectId?: string;
}>;

/** What a transfer answers: the journal, and the balances it left with the versions it made. */
export type TransferAnswer = Readonly<{
  journalId: string;
  lines: readonly Readonly<{ account: string; balanceAfter: string; accountVersion: string }>[];
}>;

/** Moves an amount: debits the one account, credits the other. */
export const transfer: UseCase<Transfer, TransferAnswer> = {
  name: 'test.transfer',
  lane: ({ input }) => input.bookId,
  scope: ({ input }) => [input.bookId],
  load: async (work, commands) => {
    const bookId = commands[0]?.input.bookId as string;
    await work.lock(books, [bookId]);
    await ledgerOf(work).lock(
      bookId,
      commands.flatMap(({ input }) => [input.debit, input.credit]),
    );
  },
  decide: (work, { actor, input, now }) => {
    const { businessDate } = requireOpenBook(work, input.bookId);
    const amount = new Decimal(input.amount);
    const { id, lines } = ledgerOf(work).post(
      {
        bookId: input.bookId,
        kind: 'test.transferred',
        businessDate,
        ...(input.effectiveDate && { effectiveDate: input.effectiveDate }),
        subjectId: input.subjectId ?? null,
        lines: [debit(input.debit, amount), credit(input.credit, amount)],
      },
      { requestId: actor.requestId, now },
    );
    const made = lines.map(({ account, balanceAfter, accountVersion }) => ({
      account,
      balanceAfter: balanceAfter.toFixed(2),
      accountVersion: accountVersion.toString(),
    }));
    work.emit({
      kind: 'test.transferred',
      objectKind: 'transfer',
      objectId: input.subjectId ?? id,
      parties: [input.bookId],
      scopeId: input.bookId,
      data: { amount: input.amount },
    });
    return { journalId: id, lines: made };
  },
};

/** Someone of an organization. */
export const person = (orgId: string, orgKind: OrgKind = 'bank', roles: readonly Role[] = ['maker']): Actor => ({
  orgId,
  orgKind,
  personId: randomUUID(),
  clientId: randomUUID(),
  roles,
  scopes: ['read', 'write'],
  requestId: randomUUID(),
});

export type Asking = Readonly<{ actor?: Actor; key?: string; unitOfWork?: UnitOfWork }>;

export type Bench = Readonly<{
  ownerUrl: string;
  database: Database;
  bookId: string;
  maker: Actor;
  /** Opens the book of another bank. */
  openAnother: () => Promise<string>;
  /** Moves the clock of the bench. */
  pass: (ms: number) => void;
  now: () => Date;
  /** One process of the service. */
  process: (settings?: Partial<UnitOfWorkSettings>) => UnitOfWork;
  ask: <Input, Answer, Loaded>(
    useCase: UseCase<Input, Answer, Loaded>,
    input: Input,
    asking?: Asking,
  ) => Promise<Outcome>;
  transfer: (debit: AccountPath, credit: AccountPath, amount: string, asking?: Asking) => Promise<Outcome>;
  /** Asks as the superuser that owns the database: row-level security does not bind it. */
  owner: <R extends Record<string, unknown>>(text: string, values?: readonly unknown[]) => Promise<R[]>;
  verify: (bookId?: string) => Promise<Verification>;
}>;

/** A database with one bank and its open book on 2026-07-01, and a clock that the test moves. */
export async function ledgerBench(t: Pick<Test, 'teardown'>): Promise<Bench> {
  const { ownerUrl } = await freshDatabase(t);
  const database = connect({ url: ownerUrl, writers: 4, readers: 2 });
  t.teardown(database.close);
  const superuser = new pg.Client({ connectionString: ownerUrl });
  await superuser.connect();
  t.teardown(() => superuser.end());
  const owner: Bench['owner'] = async (text, values = []) => (await superuser.query(text, [...values])).rows;

  let milliseconds = Date.parse('2026-07-01T01:00:00.000Z');
  const now = () => new Date(milliseconds);
  const process: Bench['process'] = (settings) =>
    createUnitOfWork({ database, maxWaiting: 10_000, maxBatch: 200, onWake: () => undefined, ...settings });
  const first = process();
  let banks = 0;
  async function openAnother(): Promise<string> {
    const bankId = randomUUID();
    banks += 1;
    await addBank(owner, bankId, `91370100MA${String(banks).padStart(8, '0')}`);
    const opening: BookOpening = { bankId, name: '示范银行', businessDate: '2026-07-01' };
    const operator = person(randomUUID(), 'operator', ['operator']);
    await first.run(openBook, command(opening, { actor: operator, key: bankId, now: now() }));
    return bankId;
  }
  const bookId = await openAnother();
  const maker = person(bookId);
  const ask: Bench['ask'] = (useCase, input, { actor = maker, key = randomUUID(), unitOfWork = first } = {}) =>
    unitOfWork.run(useCase, command(input, { actor, key, now: now() }));

  return {
    ownerUrl,
    database,
    bookId,
    maker,
    pass: (ms) => {
      milliseconds += ms;
    },
    now,
    openAnother,
    process,
    ask,
    transfer: (debit, credit, amount, asking) => ask(transfer, { bookId, debit, credit, amount }, asking),
    owner,
    verify: (book = bookId) => readUnder(database, { 'app.regulator': 'on' }, (db) => verifyLedger(db, {}, book)),
  };
}

/** An organization that is a bank. */
export async function addBank(owner: Bench['owner'], id: string, uscc: string): Promise<void> {
  await owner(
    `insert into organization (id, kind, legal_name, uscc, figures, tags, cnaps, contact, status, created_at)
     values ($1, 'bank', '示范银行', $2, 'confirmed', '[]', '102451000016', '{}', 'active', now())`,
    [id, uscc],
  );
}

/** A command whose request hash is of its input, so that the same key with another input is refused. */
export const command = <Input>(
  input: Input,
  { actor, key, now }: Readonly<{ actor: Actor; key: string; now: Date }>,
): Command<Input> => ({
  actor,
  key,
  requestHash: createHash('sha256').update(JSON.stringify(input)).digest(),
  input,
  now,
});

/** The answer of a transfer that was accepted. */
export const accepted = ({ status, body }: Outcome): TransferAnswer => {
  if (status !== 200) throw new Error(`refused: ${JSON.stringify(body)}`);
  return body as TransferAnswer;
};
