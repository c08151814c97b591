import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { Platform } from '../platform/http/platform.ts';
import { prepaymentAccountRoutes } from './account-routes.ts';
import { prepaymentOrderRoutes } from './order-routes.ts';
import { releaseRoutes } from './release-routes.ts';

/** Prepayment finance: orders, their money, and the release of their goods. */
export const prepaymentRoutes: FastifyPluginAsyncTypebox<Platform> = async (app, platform) => {
  for (const routes of [prepaymentOrderRoutes, prepaymentAccountRoutes, releaseRoutes]) {
    await app.register(routes, platform);
  }
};
