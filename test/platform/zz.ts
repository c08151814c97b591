import { type FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { runs, runsIfMatch } from '../../src/platform/http/command-route.ts';
import { pageQuery, paginate } from '../../src/platform/http/paging.ts';
import type { Platform } from '../../src/platform/http/platform.ts';
import { component, Id, Money, Day, object, oneOf, Page, problems } from '../../src/platform/http/schemas.ts';
import type { UseCase } from '../../src/platform/unit-of-work.ts';
import { readAs } from '../../src/platform/database.ts';

const Thing = component('Thing', object({ id: Id, amount: Money }));
declare const make: UseCase<{ amount: string; dueOn: string; chainId: string }, { id: string }>;
declare const change: UseCase<{ amount: string; expectedVersion: number }, { id: string }>;
const sorts = { newest: [['id', 'desc']], due: [['due_date', 'asc'], ['id', 'asc']] } as const;

export const zz: FastifyPluginAsyncTypebox<Platform> = async (app, platform) => {
  app.post('/chains/:chainId/things', {
    config: { permission: 'x:y' },
    schema: { operationId: 'a', params: object({ chainId: Id }), body: object({ amount: Money, dueOn: Day }), response: { 201: Thing, ...problems(404) } },
    handler: runs(platform, make, (request) => ({ ...request.params, ...request.body })),
  });
  app.put('/things/:id', {
    config: { permission: 'x:y' },
    schema: { operationId: 'b', params: object({ id: Id }), body: object({ amount: Money }), response: { 200: Thing, ...problems(404) } },
    handler: runsIfMatch(platform, change, ({ body }, expectedVersion) => ({ amount: body.amount, expectedVersion })),
  });
  app.get('/things', {
    schema: { querystring: pageQuery({ sorts, filters: { status: oneOf(['a', 'b']) } }), response: { 200: Page(Thing), ...problems(404) } },
    handler: async ({ query, actor }) => {
      const s: 'newest' | 'due' | undefined = query.sort; const st: 'a' | 'b' | undefined = query.status;
      void s; void st;
      return readAs(platform.database, actor, (db) => paginate(db.selectFrom('x' as never).select(['id', 'amount'] as never) as any, { page: query, sorts })) as never;
    },
  });
  app.get('/bad', { schema: { response: { 200: Thing, ...problems(404) } }, handler: async () => ({ id: 3 }) });
};
