import AjvCompiler from '@fastify/ajv-compiler';
import type { FastifySchemaCompiler } from 'fastify';
import { isUscc } from '../../money/identifiers.ts';

type Schema = Readonly<Record<string, unknown>>;
type ExternalSchemas = Readonly<Record<string, Schema>>;
type Validate = ((input: unknown) => boolean) & { errors?: unknown };

const formats = {
  uscc: isUscc,
  // Text is stored as it was signed, so it is not normalized here: another form is refused.
  nfc: (text: string) => text.normalize('NFC') === text,
};

const strict = {
  coerceTypes: false,
  removeAdditional: false,
  useDefaults: false,
  discriminator: true,
  // With the schema at fault in every error, so that the answer can say what would be accepted.
  verbose: true,
  strictTypes: false,
  formats,
} as const;

/**
 * Bodies and headers are taken as they are: no type is converted, nothing is dropped or added. What stands in a URL
 * is text: it is read as the types that its schema asks for, in one spelling for each value. Defaults are documented
 * only: a handler sees what was sent. Contexts with the same named schemas share their validators.
 */
export function validators(): (externalSchemas: ExternalSchemas) => FastifySchemaCompiler<Schema> {
  const pool = AjvCompiler();
  return (externalSchemas) => validatorsOf(externalSchemas, pool(externalSchemas, { customOptions: strict }));
}

function validatorsOf(
  externalSchemas: ExternalSchemas,
  compile: ReturnType<ReturnType<typeof AjvCompiler>>,
): FastifySchemaCompiler<Schema> {
  return ((route: { schema: Schema; httpPart?: string }) => {
    const validate = compile(route as never) as unknown as Validate;
    if (route.httpPart !== 'querystring' && route.httpPart !== 'params') return validate;
    const convert = converter(route.schema, externalSchemas);
    const converted: Validate = (input) => {
      convert(input as Record<string, unknown>);
      const valid = validate(input);
      converted.errors = validate.errors;
      return valid;
    };
    return converted;
  }) as unknown as FastifySchemaCompiler<Schema>;
}

const WHOLE_NUMBER = /^(0|[1-9]\d{0,15})$/;

const readings: Readonly<Record<string, (text: string) => unknown>> = {
  integer: (text) => (WHOLE_NUMBER.test(text) ? Number(text) : text),
  boolean: (text) => (text === 'true' ? true : text === 'false' ? false : text),
};

/** Replaces text by the number, truth value or list that it spells; any other text stays, and is refused as text. */
function converter(schema: Schema, externalSchemas: ExternalSchemas): (input: Record<string, unknown>) => void {
  const resolve = (property: Schema): Schema =>
    typeof property.$ref === 'string' ? (externalSchemas[property.$ref.replace(/#$/, '')] ?? property) : property;
  const properties = Object.entries((resolve(schema).properties ?? {}) as Record<string, Schema>).map(
    ([name, property]) => ({ name, schema: resolve(property) }),
  );
  return (input) => {
    for (const { name, schema } of properties) {
      const given = input[name];
      if (given === undefined) continue;
      const read = (type: unknown, value: unknown) =>
        typeof value === 'string' ? (readings[String(type)]?.(value) ?? value) : value;
      if (schema.type === 'array') {
        const { type } = resolve((schema.items ?? {}) as Schema);
        input[name] = (Array.isArray(given) ? given : [given]).map((each) => read(type, each));
      } else input[name] = read(schema.type, given);
    }
  };
}
