import { Type } from '@fastify/type-provider-typebox';
import t from 'tap';
import { nullable, object, oneOf } from '../../src/platform/http/schemas.ts';
import { serializers } from '../../src/platform/http/serializers.ts';

const Amount = { $id: 'Amount', type: 'string', pattern: '^\\d+$', format: 'nonsense' };
const Part = { $id: 'Part', type: 'object', properties: { amount: { $ref: 'Amount#' }, format: { type: 'string' } } };
const Tree = {
  $id: 'Tree',
  type: 'object',
  properties: { name: { type: 'string' }, below: { anyOf: [{ $ref: 'Tree#' }, { type: 'null' }] } },
};
const named = { Amount, Part, Tree };
const ref = (name: string) => Type.Unsafe<unknown>({ $ref: `${name}#` });

void t.test('An answer is written as its schema says', async (t) => {
  const compile = serializers()(named);
  const written = (schema: object, answer: unknown) =>
    JSON.parse(compile({ method: 'GET', url: '/', httpStatus: '200', schema })(answer));

  await t.test('without what the schema does not name', async (t) => {
    t.strictSame(written(object({ id: Type.String() }), { id: 'a', secret: 'b' }), { id: 'a' });
    t.strictSame(written(Part, { amount: '1', format: 'x', secret: 'b' }), { amount: '1', format: 'x' });
  });

  await t.test('with null where a value may be missing, and the value otherwise', async (t) => {
    const schema = object({
      text: nullable(Type.String({ format: 'date-time' })),
      word: nullable(oneOf(['a', 'b'])),
      count: nullable(Type.Integer()),
      flag: nullable(Type.Boolean()),
      list: nullable(Type.Array(ref('Amount'))),
      amount: nullable(ref('Amount')),
      part: nullable(ref('Part')),
    });
    const nothing = { text: null, word: null, count: null, flag: null, list: null, amount: null, part: null };
    const something = {
      text: '2026-07-01T10:00:00+08:00',
      word: 'a',
      count: 0,
      flag: false,
      list: [],
      amount: 'not checked',
      part: { amount: '1' },
    };
    t.strictSame(written(schema, nothing), nothing);
    t.strictSame(written(schema, something), something);
  });

  await t.test('to any depth of a schema within itself', async (t) => {
    const tree = { name: 'a', below: { name: 'b', below: { name: 'c', below: null } } };
    t.strictSame(written(ref('Tree'), tree), tree);
    t.strictSame(written(nullable(ref('Tree')), tree), tree);
  });

  await t.test('by one writer for equal schemas', async (t) => {
    const route = { method: 'GET', url: '/', httpStatus: '200' };
    t.equal(
      compile({ ...route, schema: object({ a: ref('Part') }) }),
      compile({ ...route, schema: object({ a: ref('Part') }) }),
    );
  });
});
