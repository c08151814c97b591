import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { Platform } from '../platform/http/platform.ts';
import { bankRoutes } from './bank-routes.ts';
import { chainRegistryRoutes } from './chain-routes.ts';
import { documentRoutes } from './document-routes.ts';
import { importRoutes } from './import-routes.ts';
import { memberRoutes } from './member-routes.ts';

/** Chains, their banks, their members one by one and by file, and the documents of their trade. */
export const chainRoutes: FastifyPluginAsyncTypebox<Platform> = async (app, platform) => {
  for (const routes of [chainRegistryRoutes, bankRoutes, memberRoutes, importRoutes, documentRoutes]) {
    await app.register(routes, platform);
  }
};
