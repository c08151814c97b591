import SerializerSelector from '@fastify/fast-json-stringify-compiler';

type Schema = Readonly<Record<string, unknown>>;
type ExternalSchemas = Readonly<Record<string, Schema>>;

/**
 * Writers of answers, made from their schemas: what a schema does not name is not sent. Forms and patterns are for
 * reading only; without them, and with "this or null" as one schema, no answer is validated while it is written.
 */
export function buildSerializers(externalSchemas: ExternalSchemas = {}, options?: object) {
  const reduced = Object.fromEntries(
    Object.entries(externalSchemas).map(([name, schema]) => [name, forWriting(schema, externalSchemas, [name])]),
  );
  const compile = SerializerSelector()(reduced, options);
  return (route: Parameters<typeof compile>[0]) =>
    compile({ ...route, schema: forWriting(route.schema, externalSchemas, []) });
}

const isObject = (value: unknown): value is Schema => typeof value === 'object' && value !== null;

function forWriting(schema: unknown, externalSchemas: ExternalSchemas, within: readonly string[]): unknown {
  if (Array.isArray(schema)) return schema.map((each) => forWriting(each, externalSchemas, within));
  if (!isObject(schema)) return schema;
  const alternatives = schema.anyOf;
  if (Array.isArray(alternatives) && alternatives.length === 2 && alternatives[1]?.type === 'null') {
    const [value] = alternatives as [Schema];
    const name = typeof value.$ref === 'string' ? value.$ref.replace(/#$/, '') : undefined;
    // A schema within itself stays a reference.
    if (name === undefined || !within.includes(name)) {
      const { $id: _, ...target } = name === undefined ? value : (externalSchemas[name] ?? value);
      const inner = forWriting(target, externalSchemas, name === undefined ? within : [...within, name]) as Schema;
      return { ...inner, nullable: true };
    }
  }
  // Only where they are text: `properties` may name a property so.
  const kept = Object.entries(schema).filter(
    ([keyword, value]) => !((keyword === 'format' || keyword === 'pattern') && typeof value === 'string'),
  );
  return Object.fromEntries(kept.map(([keyword, value]) => [keyword, forWriting(value, externalSchemas, within)]));
}
