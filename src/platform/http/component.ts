import {
  type Static,
  type TObject,
  type TObjectOptions,
  type TProperties,
  type TSchema,
  type TUnsafe,
  Type,
} from '@fastify/type-provider-typebox';

/** An object that admits the named properties and no others. */
export const object = <P extends TProperties>(properties: P, options: TObjectOptions = {}): TObject<P> =>
  Type.Object(properties, { additionalProperties: false, ...options });

const named = new Map<string, TSchema>();

/**
 * Names a schema: the OpenAPI document holds it once, under this name, and every use refers to it. Answers the
 * reference, which has the static type of the schema.
 */
export function component<T extends TSchema>(name: string, schema: T): TUnsafe<Static<T>> {
  if (named.has(name)) throw new Error(`there are two schemas named ${name}`);
  named.set(name, { ...schema, $id: name });
  return Type.Unsafe<Static<T>>({ $ref: `${name}#` });
}

/** The schema behind a reference; any other schema is its own. */
export function resolved(schema: TSchema): TSchema {
  const { $ref } = schema as { $ref?: string };
  return $ref === undefined ? schema : (named.get($ref.replace(/#$/, '')) ?? schema);
}

/** Every named schema. */
export const components = (): readonly TSchema[] => [...named.values()];

/** The schema or null, for a property that is always present. */
export const nullable = <T extends TSchema>(schema: T): TUnsafe<Static<T> | null> =>
  Type.Unsafe<Static<T> | null>({ anyOf: [schema, { type: 'null' }] });

/** One of a closed list of words, such as the states of a lifecycle. */
export const oneOf = <const W extends readonly string[]>(words: W, options: { description?: string } = {}) =>
  Type.Unsafe<W[number]>({ type: 'string', enum: [...words], ...options });
