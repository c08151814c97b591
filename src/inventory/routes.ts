import type { FastifyPluginAsync } from 'fastify';
import type { Platform } from '../platform/http/platform.ts';
import { pledgeMoneyRoutes } from './money-routes.ts';
import { pledgeRoutes } from './pledge-routes.ts';
import { pledgeSetupRoutes } from './setup-routes.ts';
import { substitutionRoutes } from './substitution-routes.ts';

/** Inventory pledges: how they come to be, how they stand, and the money and goods that move on them. */
export const inventoryRoutes: FastifyPluginAsync<Platform> = async (app, platform) => {
  await app.register(pledgeSetupRoutes, platform);
  await app.register(pledgeRoutes, platform);
  await app.register(substitutionRoutes, platform);
  await app.register(pledgeMoneyRoutes, platform);
};
