import { sql } from 'kysely';
import { Decimal } from '../money/decimal.ts';
import type { Reader, Tx } from './database.ts';

/** How a column travels: its PostgreSQL array type and the two conversions. */
type Codec<T> = Readonly<{
  sqlType: string;
  toSql: (value: T) => unknown;
  fromSql: (value: never) => T;
}>;

const same = <T>(sqlType: string): Codec<T> => ({ sqlType, toSql: (v) => v, fromSql: (v) => v as T });

export const uuid = same<string>('uuid');
export const text = same<string>('text');
/** YYYY-MM-DD. */
export const date = same<string>('date');
/** ISO 8601 in UTC. */
export const instant = same<string>('timestamptz');
export const bool = same<boolean>('boolean');
export const int = same<number>('integer');
/** Yuan to the fen. */
export const money: Codec<Decimal> = {
  sqlType: 'numeric',
  toSql: (v) => v.toFixed(2),
  fromSql: (v: string) => new Decimal(v),
};
/** A rate, a ratio or a quantity. */
export const decimal: Codec<Decimal> = {
  sqlType: 'numeric',
  toSql: (v) => v.toFixed(),
  fromSql: (v: string) => new Decimal(v),
};
/** An exact integer of any size, such as an accrual numerator. */
export const wholeNumber: Codec<bigint> = {
  sqlType: 'numeric',
  toSql: (v) => v.toString(),
  fromSql: (v: string) => BigInt(v),
};
/** A JSON document. Money inside it is text. */
export const json = <T>(): Codec<T> => ({
  sqlType: 'jsonb',
  toSql: (v) => (v === null || v === undefined ? null : JSON.stringify(v)),
  fromSql: (v) => v as T,
});
export const nullable = <T>(codec: Codec<T>): Codec<T | null> => ({
  sqlType: codec.sqlType,
  toSql: (v) => (v === null ? null : codec.toSql(v)),
  fromSql: (v) => (v === null ? null : codec.fromSql(v)),
});
/** One of a closed list of words. */
export const oneOf = <const S extends string>(): Codec<S> => same<S>('text');

// biome-ignore lint/suspicious/noExplicitAny: a codec both takes and gives its value, so no other type admits them all
type Columns = Readonly<Record<string, Codec<any>>>;
// biome-ignore lint/suspicious/noExplicitAny: the value type of a codec is inferred from both of its directions
export type RowOf<C> = { readonly [K in keyof C]: C[K] extends Codec<infer T> ? T : any };

/**
 * A table as commands see it: which columns, in which place of the global lock order, and which may change.
 * Reading, inserting and updating are one statement for any number of rows.
 */
export type Table<Row> = Readonly<{
  name: string;
  /** Place in the global lock and write order: lower first. */
  rank: number;
  keyOf: (row: Row) => string;
  lock: (tx: Tx, keys: readonly string[]) => Promise<Row[]>;
  /** The same for rows found by another column, those that `where` names only. */
  lockBy: (tx: Tx, column: keyof Row & string, values: readonly string[], where: string) => Promise<Row[]>;
  /** `column = any(values)` without a lock, for what never changes or only informs. */
  read: (tx: Tx, column: keyof Row & string, values: readonly string[]) => Promise<Row[]>;
  /** Makes a row of what PostgreSQL answered for its columns. */
  fromSql: (raw: Record<string, unknown>) => Row;
  insert: (tx: Tx, rows: readonly Row[]) => Promise<void>;
  update: (tx: Tx, rows: readonly Row[]) => Promise<void>;
}>;

const snake = (name: string): string => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/**
 * Describes a table. Property names are camelCase, columns snake_case. `key` is the column that locks and updates
 * go by; `changeable` the columns an update writes. A table with a `version` column counts its changes there.
 */
export function defineTable<const C extends Columns>(
  name: string,
  shape: Readonly<{
    rank: number;
    key: keyof C & string;
    columns: C;
    changeable: readonly (keyof C & string)[];
    /** `for share` when commands only need the row to stay as it is. */
    strength?: 'no key update' | 'share';
    /** Rows that count, when the key is unique among some only. */
    where?: string;
  }>,
): Table<RowOf<C>> {
  type Row = RowOf<C>;
  const properties = Object.keys(shape.columns);
  const codecs = Object.values(shape.columns) as Codec<unknown>[];
  const key = snake(shape.key);
  const where = shape.where === undefined ? '' : `and ${shape.where} `;
  const keyType = shape.columns[shape.key]?.sqlType;
  const selection = properties.map(snake).join(', ');
  const arrays = (names: readonly string[]): string =>
    names.map((property, i) => `$${i + 1}::${shape.columns[property]?.sqlType}[]`).join(', ');

  const fromSql = (raw: Record<string, unknown>): Row =>
    Object.fromEntries(properties.map((p, i) => [p, codecs[i]?.fromSql(raw[snake(p)] as never)])) as Row;
  const toArrays = (rows: readonly Row[], names: readonly string[]): unknown[] =>
    names.map((p) => {
      const codec = shape.columns[p] as Codec<unknown>;
      return rows.map((row) => codec.toSql((row as Record<string, unknown>)[p]));
    });

  const updated = [shape.key, ...shape.changeable];
  const assignments = shape.changeable.map((p) => `${snake(p)} = u.${snake(p)}`).join(', ');
  const lockText =
    `select ${selection} from ${name} where ${key} = any($1::${keyType}[]) ${where}` +
    `order by ${key} for ${shape.strength ?? 'no key update'}`;
  const insertText = `insert into ${name} (${selection}) select * from unnest(${arrays(properties)})`;
  const updateText =
    `update ${name} set ${assignments} from unnest(${arrays(updated)}) as u(${updated.map(snake).join(', ')}) ` +
    `where ${name}.${key} = u.${key} ${where}`;

  return {
    name,
    fromSql,
    rank: shape.rank,
    keyOf: (row) => String((row as Record<string, unknown>)[shape.key]),
    lock: async (tx, keys) =>
      (await tx.query(`${name}.lock ${shape.strength ?? ''}`, lockText, [[...keys].sort()])).map(fromSql),
    lockBy: async (tx, column, values, filter) =>
      (
        await tx.query(
          `${name}.lock by ${column}`,
          `select ${selection} from ${name} where ${snake(column)} = any($1::${shape.columns[column]?.sqlType}[]) and ${filter} ` +
            `order by ${key} for ${shape.strength ?? 'no key update'}`,
          [values],
        )
      ).map(fromSql),
    read: async (tx, column, values) =>
      (
        await tx.query(
          `${name}.by.${column}`,
          `select ${selection} from ${name} where ${snake(column)} = any($1::${shape.columns[column]?.sqlType}[])`,
          [values],
        )
      ).map(fromSql),
    insert: async (tx, rows) => {
      await tx.query(`${name}.insert`, insertText, toArrays(rows, properties));
    },
    update: async (tx, rows) => {
      if (shape.changeable.length === 0) throw new Error(`${name} is append-only`);
      await tx.query(`${name}.update`, updateText, toArrays(rows, updated));
    },
  };
}

/** Rows of a table as rules know them, read under the row-level security of the asking organization. */
export async function tableRows<Row>(
  db: Reader,
  table: Table<Row>,
  column: string,
  values: readonly string[],
): Promise<Row[]> {
  const { rows } = await sql<Record<string, unknown>>`
    select * from ${sql.table(table.name)} where ${sql.ref(column)} = any(${[...values]})`.execute(db);
  return rows.map(table.fromSql);
}
