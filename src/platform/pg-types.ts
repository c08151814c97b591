import pg from 'pg';

const { builtins } = pg.types;

const textArray: number = 1009;

const asWritten = (text: string): string => text;

const toInstant: (text: string) => unknown = pg.types.getTypeParser(builtins.TIMESTAMPTZ);

/** `infinity` is no instant and stays as written. */
function toIsoUtc(text: string): string {
  const instant = toInstant(text);
  return instant instanceof Date ? instant.toISOString() : text;
}

const parsers: Readonly<Record<number, (text: string) => unknown>> = {
  [builtins.DATE]: asWritten,
  [builtins.INT8]: asWritten,
  [builtins.NUMERIC]: asWritten,
  [builtins.TIMESTAMPTZ]: toIsoUtc,
  1016: arrayOf(asWritten), // int8[]
  1182: arrayOf(asWritten), // date[]
  1185: arrayOf(toIsoUtc), // timestamptz[]
  1231: arrayOf(asWritten), // numeric[]: pg itself would make floats of it
};

function arrayOf(parse: (text: string) => string): (text: string) => unknown {
  const toTexts: (text: string) => (string | null)[] = pg.types.getTypeParser(textArray);
  return (text) => toTexts(text).map((element) => (element === null ? null : parse(element)));
}

/**
 * How every connection of this service reads values: numeric, int8 and date as PostgreSQL writes them, timestamptz as
 * ISO 8601 in UTC with milliseconds. Given to each pool and client as `types`, not set for the whole process, since
 * pg-boss reads its own tables with pg's defaults.
 */
export const pgTypes: pg.CustomTypesConfig = {
  getTypeParser: (oid: number, format?: 'text' | 'binary') =>
    (format !== 'binary' && parsers[oid]) || pg.types.getTypeParser(oid, format as 'text'),
};
