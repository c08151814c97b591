import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { FastifyPluginAsync } from 'fastify';
import { runsIfMatch } from '../platform/http/command-route.ts';
import type { Platform } from '../platform/http/platform.ts';
import { Id, object, problems } from '../platform/http/schemas.ts';
import { disburse } from './disbursement.ts';
import type { CollateralKeeper } from './keeper.ts';
import { locateFinancing } from './queries.ts';
import { readinessOf } from './readiness.ts';
import { Financing, Readiness } from './schemas.ts';

const tags = ['Financings'];
const params = object({ financingId: Id });

/** Whether an approved financing can be paid out, condition by condition, and the payment itself. */
export const disbursementRoutes = (keeper: CollateralKeeper): FastifyPluginAsync<Platform> => {
  const routes: FastifyPluginAsyncTypebox<Platform> = async (app, platform) => {
    const { database, clock } = platform;

    app.get('/v1/financings/:financingId/readiness', {
      config: { permission: 'financing:prepare' },
      schema: {
        operationId: 'getFinancingReadiness',
        summary: 'Every condition of the disbursement: whether it holds now, and who can mend it how',
        description: 'Asks what the disbursement itself asks, in the same order, and changes nothing.',
        tags,
        params,
        response: { 200: Readiness, ...problems(404, 503) },
      },
      handler: async ({ actor, params: { financingId }, id }) => {
        const input = await locateFinancing(database, actor, financingId);
        const command = { actor, key: id, requestHash: Buffer.alloc(0), input, now: clock.now() };
        return (await readinessOf(database, command, keeper)) as never;
      },
    });

    app.post(
      '/v1/financings/:financingId/disbursement',
      runsIfMatch(platform, disburse(keeper), {
        config: { permission: 'financing:disburse' },
        schema: {
          operationId: 'disburseFinancing',
          summary: 'Pay an approved financing out',
          description: 'Answers 202: principal is booked when the bank says that the payment has settled.',
          tags,
          params,
          response: { 202: Financing, ...problems(403, 404, 409, 412) },
        },
        input: async ({ params: { financingId }, actor }, expectedVersion) => ({
          ...(await locateFinancing(database, actor, financingId)),
          expectedVersion,
        }),
      }),
    );
  };
  return routes as unknown as FastifyPluginAsync<Platform>;
};
