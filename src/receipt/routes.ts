import type { FastifyPluginAsync } from 'fastify';
import type { Platform } from '../platform/http/platform.ts';
import { custodyRoutes } from './custody-routes.ts';
import { holderRoutes } from './holder-routes.ts';
import { issueRoutes } from './issue-routes.ts';
import { receiptLoanRoutes } from './loan-routes.ts';
import { readingRoutes } from './reading-routes.ts';
import type { ReceiptRegistry } from './registry.ts';
import { receiptSaleRoutes } from './sale-routes.ts';

/** Warehouse receipts from issue to delivery, and loans on them. */
export const receiptRoutes =
  (registry: ReceiptRegistry): FastifyPluginAsync<Platform> =>
  async (app, platform) => {
    await app.register(issueRoutes(registry), platform);
    await app.register(readingRoutes, platform);
    await app.register(holderRoutes, platform);
    await app.register(custodyRoutes, platform);
    await app.register(receiptLoanRoutes, platform);
    await app.register(receiptSaleRoutes, platform);
  };
