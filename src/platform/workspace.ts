import { type Database, rehearseIn, type Tx } from './database.ts';
import type { DomainEvent } from './event.ts';
import { Refusal } from './refusal.ts';
import type { Table } from './table.ts';
import type { Command } from './unit-of-work.ts';

/** What else a batch keeps beside table rows, such as the ledger's postings. */
export type Participant = Readonly<{ rank: number; write: (tx: Tx) => Promise<void> }>;

type Held<Row> = { row: Row; state: 'clean' | 'changed' | 'new' };

/**
 * The rows of one batch: locked in the global order, decided on in memory one command after the other, then
 * written with one statement per table. A refused command leaves no trace: what it changed is undone.
 */
export class Workspace {
  private readonly tx: Tx;
  private readonly tables = new Map<Table<never>, Map<string, Held<unknown>>>();
  /** By table and column: which keys have ever had a value. */
  private readonly indexes = new Map<Map<string, Held<unknown>>, Map<string, Map<unknown, Set<string>>>>();
  private readonly participants = new Map<string, Participant>();
  private readonly undo: (() => void)[] = [];
  private highestRank = -1;
  readonly events: DomainEvent[] = [];
  /** Which command caused an event. */
  readonly authors = new Map<DomainEvent, Command<unknown>>();
  private command: Command<unknown> | null = null;
  /** Names of background work to wake once the batch is committed. */
  readonly wakes = new Set<string>();

  constructor(tx: Tx) {
    this.tx = tx;
  }

  /** Locks the rows with these keys, in key order. Locking a table of a lower rank than one already locked is a bug. */
  async lock<Row>(table: Table<Row>, keys: Iterable<string>): Promise<Row[]> {
    const held = this.rowsOf(table);
    const missing = [...new Set(keys)].filter((key) => !held.has(key));
    if (missing.length === 0) return [];
    this.passRank(table.rank, table.name);
    const rows = await table.lock(this.tx, missing);
    for (const row of rows) this.put(held, table.keyOf(row), { row, state: 'clean' });
    return rows;
  }

  /** Locks the rows of a table that belong to others: `where` is a constant of the feature's store. */
  async lockBy<Row>(
    table: Table<Row>,
    column: keyof Row & string,
    values: readonly string[],
    where: string,
  ): Promise<void> {
    this.passRank(table.rank, table.name);
    const held = this.rowsOf(table);
    if (values.length === 0) return;
    for (const row of await table.lockBy(this.tx, column, values, where)) {
      const key = table.keyOf(row);
      if (!held.has(key)) this.put(held, key, { row, state: 'clean' });
    }
  }

  /** Asserts the global lock order for locks that are not rows of a table. */
  passRank(rank: number, name: string): void {
    if (rank < this.highestRank) throw new Error(`${name} would be locked out of order`);
    this.highestRank = rank;
  }

  /** Reads rows that nobody changes, without a lock. They are not kept: the caller does. */
  read<Row>(table: Table<Row>, column: keyof Row & string, values: Iterable<string>): Promise<Row[]> {
    return table.read(this.tx, column, [...new Set(values)]);
  }

  /** A read that no table describes. It runs after the locks it depends on, never before. */
  query<R extends Record<string, unknown>>(name: string, text: string, values: readonly unknown[]): Promise<R[]> {
    return this.tx.query<R>(name, text, values);
  }

  find<Row>(table: Table<Row>, key: string): Row | undefined {
    return this.rowsOf(table).get(key)?.row as Row | undefined;
  }

  /** The locked row, or the refusal `not-found`. */
  get<Row>(table: Table<Row>, key: string): Row {
    const row = this.find(table, key);
    if (row === undefined) throw new Refusal('not-found', `there is no ${table.name.replaceAll('_', ' ')} ${key}`);
    return row;
  }

  /** Every row of a table that this batch holds. */
  all<Row>(table: Table<Row>): Row[] {
    return [...this.rowsOf(table).values()].map(({ row }) => row as Row);
  }

  /** The rows of a table that this batch holds with a value in a column: looked up, however many it holds. */
  allWith<Row>(table: Table<Row>, column: keyof Row & string, value: string): Row[] {
    const held = this.rowsOf(table);
    const keys = this.indexOf(held, column).get(value);
    if (keys === undefined) return [];
    const rows: Row[] = [];
    for (const key of keys) {
      const each = held.get(key) as Held<Row> | undefined;
      if (each !== undefined && each.row[column] === value) rows.push(each.row);
    }
    return rows;
  }

  insert<Row>(table: Table<Row>, row: Row): void {
    const held = this.rowsOf(table);
    const key = table.keyOf(row);
    if (held.has(key)) throw new Error(`${table.name} ${key} is already there`);
    this.put(held, key, { row, state: 'new' });
    this.undo.push(() => held.delete(key));
  }

  /** Replaces the named properties and answers the new row. A `version` property counts the change. */
  update<Row>(table: Table<Row>, key: string, patch: Partial<Row>): Row {
    const held = this.rowsOf(table);
    const before = held.get(key);
    if (before === undefined) throw new Error(`${table.name} ${key} was not locked`);
    const old = before.row as Row & { version?: number };
    const version = old.version === undefined ? {} : { version: old.version + 1 };
    const row = { ...old, ...patch, ...version } as Row;
    this.put(held, key, { row, state: before.state === 'new' ? 'new' : 'changed' });
    this.undo.push(() => held.set(key, before));
    return row;
  }

  /** The participant of this name, made on first use. */
  participant<P extends Participant>(name: string, make: (tx: Tx) => P): P {
    const present = this.participants.get(name);
    if (present !== undefined) return present as P;
    const made = make(this.tx);
    this.participants.set(name, made);
    return made;
  }

  /** Registers how to take back a change that this workspace does not keep itself. */
  onUndo(takeBack: () => void): void {
    this.undo.push(takeBack);
  }

  /** The command that is being decided: the author of every change made now. */
  get author(): Command<unknown> {
    if (this.command === null) throw new Error('a change is made while no command is being decided');
    return this.command;
  }

  /** Names the author of everything that follows: for work that is no answer to a caller, such as the close of a day. */
  authoredBy(command: Command<unknown>): void {
    this.command = command;
  }

  /** Records what happened, for the audit trail and for webhooks alike. */
  emit(event: DomainEvent): void {
    this.events.push(event);
    this.authors.set(event, this.author);
    this.undo.push(() => this.events.pop());
  }

  /** Decides one command: kept as a whole, or undone as a whole when it throws. */
  attempt<T>(command: Command<unknown>, decide: () => T): T {
    this.undo.length = 0;
    this.command = command;
    try {
      return decide();
    } catch (error) {
      for (const takeBack of this.undo.reverse()) takeBack();
      throw error;
    } finally {
      this.undo.length = 0;
      this.command = null;
    }
  }

  /** Writes everything that was decided: one statement per table and kind of change, in the global order. */
  async write(): Promise<void> {
    const steps: { rank: number; write: () => Promise<void> }[] = [];
    for (const [table, held] of this.tables) {
      const rowsIn = (state: Held<unknown>['state']) =>
        [...held.values()].filter((each) => each.state === state).map(({ row }) => row as never);
      steps.push({
        rank: table.rank,
        write: async () => {
          const [added, changed] = [rowsIn('new'), rowsIn('changed')];
          if (added.length > 0) await table.insert(this.tx, added);
          if (changed.length > 0) await table.update(this.tx, changed);
        },
      });
    }
    for (const participant of this.participants.values()) {
      steps.push({ rank: participant.rank, write: () => participant.write(this.tx) });
    }
    steps.sort((a, b) => a.rank - b.rank);
    for (const step of steps) await step.write();
  }

  private put(held: Map<string, Held<unknown>>, key: string, each: Held<unknown>): void {
    held.set(key, each);
    for (const [column, keys] of this.indexes.get(held) ?? []) note(keys, column, key, each.row);
  }

  /** Made when it is first asked for. It keeps keys whose row has changed or is gone again: `allWith` looks. */
  private indexOf(held: Map<string, Held<unknown>>, column: string): Map<unknown, Set<string>> {
    const ofTable = this.indexes.get(held) ?? new Map<string, Map<unknown, Set<string>>>();
    this.indexes.set(held, ofTable);
    const present = ofTable.get(column);
    if (present !== undefined) return present;
    const fresh = new Map<unknown, Set<string>>();
    for (const [key, { row }] of held) note(fresh, column, key, row);
    ofTable.set(column, fresh);
    return fresh;
  }

  private rowsOf<Row>(table: Table<Row>): Map<string, Held<unknown>> {
    const present = this.tables.get(table as unknown as Table<never>);
    if (present !== undefined) return present;
    const fresh = new Map<string, Held<unknown>>();
    this.tables.set(table as unknown as Table<never>, fresh);
    return fresh;
  }
}

function note(index: Map<unknown, Set<string>>, column: string, key: string, row: unknown): void {
  const value = (row as Record<string, unknown>)[column];
  const keys = index.get(value);
  if (keys === undefined) index.set(value, new Set([key]));
  else keys.add(key);
}

/** Looks at what a command would find, with the same locks and rules, and leaves no trace. */
export const rehearse = <T>(
  { writers }: Pick<Database, 'writers'>,
  scope: readonly string[],
  look: (work: Workspace) => Promise<T>,
): Promise<T> => rehearseIn(writers, scope, (tx) => look(new Workspace(tx)));
