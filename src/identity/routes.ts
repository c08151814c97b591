import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { Platform } from '../platform/http/platform.ts';
import { clientRoutes } from './client-routes.ts';
import type { Identity } from './identity.ts';
import { meRoutes } from './me-routes.ts';
import { oauthRoutes } from './oauth-routes.ts';
import { organizationRoutes } from './organization-routes.ts';
import { personRoutes } from './person-routes.ts';
import { settlementAccountRoutes } from './settlement-account-routes.ts';

/** Every route of identity: tokens, organizations, their people, clients and settlement accounts. */
export const identityRoutes =
  ({ secrets, tokens, keys }: Identity): FastifyPluginAsyncTypebox<Platform> =>
  async (app, platform) => {
    await app.register(oauthRoutes, { ...platform, tokens, keys });
    await app.register(meRoutes, platform);
    await app.register(organizationRoutes, platform);
    await app.register(personRoutes, platform);
    await app.register(clientRoutes, { ...platform, secrets });
    await app.register(settlementAccountRoutes, platform);
  };
