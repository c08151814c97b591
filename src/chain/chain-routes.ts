import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { readAs } from '../platform/database.ts';
import { runs, runsIfMatch } from '../platform/http/command-route.ts';
import { pageQuery } from '../platform/http/paging.ts';
import type { Platform } from '../platform/http/platform.ts';
import { Id, Name, object, Page, problems } from '../platform/http/schemas.ts';
import { chainTransition, createChain, renameChain } from './chain-commands.ts';
import { chainSorts, listChains, readChain } from './queries.ts';
import { Chain, ChainBody, ChainStatus, InChain } from './schemas.ts';

const tags = ['Chains'];

const transitions = {
  suspend: 'Suspend a chain: it takes no new business',
  resume: 'Resume a suspended chain; by the platform operator',
  close: 'Close a chain for good',
} as const;

/** Chains: founded, found, renamed, suspended, resumed and closed. */
export const chainRegistryRoutes: FastifyPluginAsyncTypebox<Platform> = async (app, platform) => {
  app.post(
    '/v1/chains',
    runs(platform, createChain, {
      config: { permission: 'chain:manage' },
      schema: {
        operationId: 'createChain',
        summary: 'Found a chain',
        description: 'An enterprise founds chains of its own, the platform operator for any enterprise.',
        tags,
        body: ChainBody,
        response: { 201: Chain, ...problems(409) },
      },
      input: ({ body }) => body,
    }),
  );

  app.get('/v1/chains', {
    config: { permission: 'chain:read' },
    schema: {
      operationId: 'listChains',
      summary: 'List the chains one is a party to',
      tags,
      querystring: pageQuery({ sorts: chainSorts, filters: { status: ChainStatus, coreId: Id } }),
      response: { 200: Page(Chain) },
    },
    handler: ({ actor, query }) => readAs(platform.database, actor, (db) => listChains(db, query, query)),
  });

  app.get('/v1/chains/:chainId', {
    config: { permission: 'chain:read' },
    schema: {
      operationId: 'readChain',
      summary: 'Read a chain',
      tags,
      params: InChain,
      response: { 200: Chain, ...problems(404) },
    },
    handler: ({ actor, params }) => readAs(platform.database, actor, (db) => readChain(db, params.chainId)),
  });

  app.patch(
    '/v1/chains/:chainId',
    runsIfMatch(platform, renameChain, {
      config: { permission: 'chain:manage' },
      schema: {
        operationId: 'renameChain',
        summary: 'Rename a chain',
        tags,
        params: InChain,
        body: object({ name: Name }),
        response: { 200: Chain, ...problems(404, 409) },
      },
      input: ({ params, body }, expectedVersion) => ({ ...params, ...body, expectedVersion }),
    }),
  );

  for (const event of ['suspend', 'resume', 'close'] as const) {
    app.post(
      `/v1/chains/:chainId/${event}`,
      runsIfMatch(platform, chainTransition(event), {
        config: { permission: 'chain:manage' },
        schema: {
          operationId: `${event}Chain`,
          summary: transitions[event],
          tags,
          params: InChain,
          response: { 200: Chain, ...problems(404, 409) },
        },
        input: ({ params }, expectedVersion) => ({ ...params, expectedVersion }),
      }),
    );
  }
};
