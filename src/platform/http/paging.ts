import { type TProperties, type TSchema, Type } from '@fastify/type-provider-typebox';
import { type SelectQueryBuilder, sql } from 'kysely';
import { Refusal } from '../refusal.ts';
import { object, oneOf } from './component.ts';

type Direction = 'asc' | 'desc';

/**
 * The orders a list can be read in. Each names columns, none of them nullable, that end in a unique one and are
 * backed by an index. The first order is the default.
 */
export type Sorts = Readonly<Record<string, readonly (readonly [column: string, direction: Direction])[]>>;

/** What the query string of a list says about paging. */
export type PageQuery = Readonly<{ limit?: number; cursor?: string; sort?: string }>;

const DEFAULT_LIMIT = 50;
const MAX_LIMIT = 200;

/** The query string of a list: page, order and the filters of the list. Every filter is optional. */
export function pageQuery<const S extends Sorts, F extends TProperties = Record<never, TSchema>>(options: {
  sorts: S;
  filters?: F;
}) {
  const names = Object.keys(options.sorts) as (keyof S & string)[];
  const filters = Object.fromEntries(
    Object.entries(options.filters ?? {}).map(([name, schema]) => [name, Type.Optional(schema)]),
  ) as { [K in keyof F]: ReturnType<typeof Type.Optional<F[K]>> };
  return object({
    ...filters,
    limit: Type.Optional(
      Type.Integer({ minimum: 1, maximum: MAX_LIMIT, default: DEFAULT_LIMIT, description: 'Items on a page.' }),
    ),
    cursor: Type.Optional(
      Type.String({ minLength: 1, maxLength: 1024, description: '`nextCursor` of the page before.' }),
    ),
    sort: Type.Optional(oneOf(names, { description: `Order of the list; ${names[0]} unless told.` })),
  });
}

/**
 * Reads one page by key, so that any page costs the same and none skips or repeats an item when others are added.
 * Refuses (400) a cursor that this list did not give for this order.
 */
export async function paginate<Row>(
  // biome-ignore lint/suspicious/noExplicitAny: tables and aliases of the query do not matter here
  query: SelectQueryBuilder<any, any, Row>,
  { page, sorts }: { page: PageQuery; sorts: Sorts },
): Promise<{ items: Row[]; nextCursor: string | null }> {
  const name = page.sort ?? (Object.keys(sorts)[0] as string);
  const columns = sorts[name];
  if (columns === undefined) throw new Refusal('invalid-input', `there is no order ${name}`, { field: '/sort' });
  const limit = page.limit ?? DEFAULT_LIMIT;

  let ordered = query
    .select(columns.map(([column], i) => sql<string>`${sql.ref(column)}::text`.as(keyName(i))))
    .limit(limit + 1);
  for (const [column, direction] of columns) ordered = ordered.orderBy(sql.ref(column), direction);
  if (page.cursor !== undefined) ordered = ordered.where(after(columns, readCursor(page.cursor, name, columns)));

  const rows = (await ordered.execute().catch((error: Error & { code?: string }) => {
    throw page.cursor !== undefined && isWrongValue(error) ? wrongCursor() : error;
  })) as Record<string, unknown>[];
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  const nextCursor =
    rows.length > limit && last !== undefined
      ? writeCursor(
          name,
          columns,
          columns.map((_, i) => last[keyName(i)] as string),
        )
      : null;
  for (const row of shown) for (const i of columns.keys()) delete row[keyName(i)];
  return { items: shown as Row[], nextCursor };
}

const keyName = (i: number): string => `page_key_${i}`;

type Columns = Sorts[string];

/** Columns of one direction are compared as a row, which an index serves; mixed directions need the longer form. */
function after(columns: Columns, values: readonly string[]) {
  const first = columns[0]?.[1];
  const sign = (direction: Direction | undefined) => sql.raw(direction === 'desc' ? '<' : '>');
  if (columns.every(([, direction]) => direction === first)) {
    const left = sql.join(columns.map(([column]) => sql.ref(column)));
    return sql<boolean>`(${left}) ${sign(first)} (${sql.join(values)})`;
  }
  const steps = columns.map(([column, direction], i) => {
    const same = columns.slice(0, i).map(([earlier], j) => sql`${sql.ref(earlier)} = ${values[j]} and `);
    return sql`(${sql.join(same, sql``)}${sql.ref(column)} ${sign(direction)} ${values[i]})`;
  });
  return sql<boolean>`(${sql.join(steps, sql` or `)})`;
}

/** Names the order and its columns, so that a cursor serves only the order it was given for. */
const binding = (name: string, columns: Columns): string =>
  `${name}:${columns.map(([column, direction]) => `${column} ${direction}`).join(',')}`;

const writeCursor = (name: string, columns: Columns, values: readonly string[]): string =>
  Buffer.from(JSON.stringify([binding(name, columns), ...values])).toString('base64url');

function readCursor(cursor: string, name: string, columns: Columns): string[] {
  try {
    const [bound, ...values] = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8')) as unknown[];
    const wellFormed =
      bound === binding(name, columns) &&
      values.length === columns.length &&
      values.every((value): value is string => typeof value === 'string' && !value.includes('\0'));
    if (wellFormed) return values;
  } catch {
    // Not JSON: refused like any other cursor that is not ours.
  }
  throw wrongCursor();
}

const wrongCursor = (): Refusal =>
  new Refusal('invalid-input', 'the cursor was not given by this list for this order', {
    field: '/cursor',
    in: 'query',
    accepted: 'nextCursor of the page before, with the same sort; none for the first page',
  });

/** PostgreSQL could not read a cursor's value as the column's type. */
const isWrongValue = ({ code }: { code?: string }): boolean =>
  ['22P02', '22003', '22007', '22008', '22021', '22P05'].includes(code ?? '');
