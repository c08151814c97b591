import { type FastifyPluginAsyncTypebox, Type } from '@fastify/type-provider-typebox';
import { readAs } from '../platform/database.ts';
import { runs, runsIfMatch } from '../platform/http/command-route.ts';
import { pageQuery, paginate } from '../platform/http/paging.ts';
import type { Platform } from '../platform/http/platform.ts';
import { Id, Note, object, oneOf, Page, problems } from '../platform/http/schemas.ts';
import { locatePledge, substitutionAnswers } from './queries.ts';
import { NewSubstitution, Substitution } from './schemas.ts';
import { askSubstitution, decideSubstitution } from './substitution.ts';

const tags = ['Inventory pledges'];
const params = object({ pledgeId: Id });
const newest = { newest: [['id', 'desc']], oldest: [['id', 'asc']] } as const;

/** Goods of a static pledge exchanged for others. */
export const substitutionRoutes: FastifyPluginAsyncTypebox<Platform> = async (app, platform) => {
  const { database } = platform;

  app.post(
    '/v1/inventory-pledges/:pledgeId/substitutions',
    runs(platform, askSubstitution, {
      config: { permission: 'pledge:release' },
      schema: {
        operationId: 'askSubstitution',
        summary: 'Ask to exchange goods of a static pledge',
        description:
          'When the bank has agreed, the warehouse reports the exchange as one document: goods of the same class and at ' +
          'least the same value come in before these leave.',
        tags,
        params,
        body: NewSubstitution,
        response: { 201: Substitution, ...problems(403, 404, 409) },
      },
      input: async ({ params: { pledgeId }, body, actor }) => ({
        ...(await locatePledge(database, actor, pledgeId)),
        lots: body.lots,
      }),
    }),
  );

  app.get('/v1/inventory-pledges/:pledgeId/substitutions', {
    config: { permission: 'pledge:read' },
    schema: {
      operationId: 'listSubstitutions',
      summary: 'Substitutions of a pledge',
      tags,
      params,
      querystring: pageQuery({ sorts: newest }),
      response: { 200: Page(Substitution) },
    },
    handler: ({ actor, params: { pledgeId }, query }) =>
      readAs(
        database,
        actor,
        (db) => paginate(substitutionAnswers(db, pledgeId), { page: query, sorts: newest }) as never,
      ),
  });

  app.post(
    '/v1/inventory-pledges/:pledgeId/substitutions/:substitutionId/decision',
    runsIfMatch(platform, decideSubstitution, {
      config: { permission: 'pledge:decide' },
      schema: {
        operationId: 'decideSubstitution',
        summary: 'The bank agrees to a substitution or refuses it',
        tags,
        params: object({ pledgeId: Id, substitutionId: Id }),
        body: object({ verdict: oneOf(['agree', 'refuse']), reason: Type.Optional(Note) }),
        response: { 200: Substitution, ...problems(403, 404, 409, 412) },
      },
      input: async ({ params: { pledgeId, substitutionId }, body, actor }, expectedVersion) => ({
        ...(await locatePledge(database, actor, pledgeId)),
        substitutionId,
        expectedVersion,
        verdict: body.verdict,
        reason: body.reason ?? null,
      }),
    }),
  );
};
