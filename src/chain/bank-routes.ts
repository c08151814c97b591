import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { readAs } from '../platform/database.ts';
import { runs, runsIfMatch } from '../platform/http/command-route.ts';
import { pageQuery } from '../platform/http/paging.ts';
import type { Platform } from '../platform/http/platform.ts';
import { Page, problems } from '../platform/http/schemas.ts';
import { admitBank, withdrawBank } from './banks.ts';
import { bankSorts, listBanks } from './queries.ts';
import { AdmissionBody, AdmissionStatus, ChainBank, InChain, OfBank } from './schemas.ts';

const tags = ['Chains'];

/** Banks of a chain: admitted by the core enterprise, found, and withdrawn for new business. */
export const bankRoutes: FastifyPluginAsyncTypebox<Platform> = async (app, platform) => {
  app.post(
    '/v1/chains/:chainId/banks',
    runs(platform, admitBank, {
      config: { permission: 'chain:manage' },
      schema: {
        operationId: 'admitBank',
        summary: 'Admit a bank to a chain: it sees the chain and may offer a programme',
        tags,
        params: InChain,
        body: AdmissionBody,
        response: { 201: ChainBank, ...problems(403, 404, 409) },
      },
      input: ({ params, body }) => ({ ...params, ...body }),
    }),
  );

  app.get('/v1/chains/:chainId/banks', {
    config: { permission: 'chain:read' },
    schema: {
      operationId: 'listChainBanks',
      summary: 'List the banks of a chain; a bank finds its own admission alone',
      tags,
      params: InChain,
      querystring: pageQuery({ sorts: bankSorts, filters: { status: AdmissionStatus } }),
      response: { 200: Page(ChainBank), ...problems(404) },
    },
    handler: ({ actor, params: { chainId }, query: { status, ...page } }) =>
      readAs(platform.database, actor, (db) => listBanks(db, { chainId, ...(status && { status }), page })),
  });

  app.post(
    '/v1/chains/:chainId/banks/:bankId/withdraw',
    runsIfMatch(platform, withdrawBank, {
      config: { permission: 'chain:manage' },
      schema: {
        operationId: 'withdrawBank',
        summary: 'Withdraw a bank from a chain: it takes no new business there and runs off what it has',
        tags,
        params: OfBank,
        response: { 200: ChainBank, ...problems(403, 404, 409) },
      },
      input: ({ params }, expectedVersion) => ({ ...params, expectedVersion }),
    }),
  );
};
