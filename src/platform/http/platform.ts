import type { FastifyBaseLogger } from 'fastify';
import type { Actor } from '../actor.ts';
import type { Clock } from '../clock.ts';
import type { Database } from '../database.ts';
import type { UnitOfWork } from '../unit-of-work.ts';

/** What every feature's routes are given: where to read, how to change, what time it is, where to log. */
export type Platform = Readonly<{
  database: Database;
  unitOfWork: UnitOfWork;
  clock: Clock;
  log: FastifyBaseLogger;
}>;

declare module 'fastify' {
  interface FastifyRequest {
    /** Who asks. Not to be read by a route whose permission is 'public'. */
    actor: Actor;
  }

  interface FastifyContextConfig {
    /** A permission of the catalogue, or 'public'. */
    permission?: string;
    /** Why this mutating route works without an Idempotency-Key. */
    unkeyed?: string;
  }
}
