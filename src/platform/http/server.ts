import type { Socket } from 'node:net';
import helmet from '@fastify/helmet';
import rateLimit from '@fastify/rate-limit';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import underPressure from '@fastify/under-pressure';
import {
  type ConnectionError,
  type FastifyInstance,
  type FastifyRequest,
  type FastifyServerOptions,
  fastify,
  LogController,
} from 'fastify';
import { uuidv7 } from 'uuidv7';
import { Refusal } from '../refusal.ts';
import { validators } from './compilers.ts';
import { addETag } from './etag.ts';
import { type Authenticate, guardRoutes, type Permissions } from './guard.ts';
import { healthRoutes } from './health.ts';
import { acceptJsonOnly, BODY_LIMIT } from './json-body.ts';
import { logAnswers } from './logging.ts';
import { refuseUnknown, watchMethods } from './methods.ts';
import type { Metrics } from './metrics.ts';
import { type DescriptionSettings, describeApi } from './openapi.ts';
import type { Platform } from './platform.ts';
import { problemRoutes } from './problem-catalogue.ts';
import { answerError, bareProblem } from './problems.ts';
import { checkRequestForm, requestIdOf } from './request-form.ts';
import { serializers } from './serializers.ts';

export type ServerOptions = Readonly<{
  platform: Platform;
  metrics: Metrics;
  authenticate: Authenticate;
  permissions: Permissions;
  /** Plugins of routes, each given the platform. */
  features: readonly FastifyPluginAsyncTypebox<Platform>[];
  description: DescriptionSettings;
  /** Requests of one client in a minute, and failed authentications of one address in a minute. */
  rateLimit: Readonly<{ requests: number; failedAuthentications: number }>;
  /** Proxies whose X-Forwarded-For is believed; none unless told. */
  trustProxy?: NonNullable<FastifyServerOptions['trustProxy']>;
  /** Delay of the event loop from which on requests are turned away; one second unless told, 0 for never. */
  maxEventLoopDelayMs?: number;
}>;

const MINUTE_MS = 60_000;
const START_MS = 3_000;

/**
 * The HTTP side of the service: strict reading, one form of refusal, guarded routes, limits, description, health and
 * a stop that finishes what has begun. Listens to nothing yet. Closing it drains the unit of work; the database is
 * the caller's to close afterwards.
 */
export async function buildServer(options: ServerOptions): Promise<FastifyInstance> {
  const { platform, metrics } = options;
  const app = newServer(options);
  let draining = false;

  app.decorateRequest('actor', null as never);
  app.setErrorHandler(answerError);
  app.addHook('onRequest', checkRequestForm);
  app.addHook('onResponse', logAnswers(platform.log));
  app.addHook('onResponse', metrics.observeAnswer);
  acceptJsonOnly(app);
  await app.register(helmet, {
    contentSecurityPolicy: { useDefaults: false, directives: contentPolicy },
    frameguard: { action: 'deny' },
  });
  await limitLoad(app, options);
  await describeApi(app, options.description);
  const completeMethods = watchMethods(app);
  await app.register(healthRoutes, { database: platform.database, metrics, isDraining: () => draining });
  await app.register(async (guarded) => {
    guarded.addHook('onRequest', async () => {
      if (draining) throw new Refusal('unavailable', 'the service is stopping');
    });
    guardRoutes(guarded, { permissions: options.permissions, authenticate: limitFailures(app, options) });
    guarded.addHook('preSerialization', addETag);
    await guarded.register(problemRoutes);
    for (const feature of options.features) await guarded.register(feature, platform);
  });
  completeMethods();
  app.setNotFoundHandler({ preHandler: app.rateLimit() }, refuseUnknown);
  app.addHook('preClose', async () => {
    draining = true;
    closeWhatFallsIdle(app.server);
  });
  app.addHook('onClose', () => platform.unitOfWork.drain());
  return app;
}

// Answers are documents, not pages; what pages there are load their own files only.
const contentPolicy = {
  defaultSrc: ["'self'"],
  baseUri: ["'none'"],
  formAction: ["'self'"],
  frameAncestors: ["'none'"],
  objectSrc: ["'none'"],
};

/**
 * A server that closes ends the connections that are idle at that moment. One that is still answering would be kept
 * alive afterwards, and the server would wait for its client.
 */
function closeWhatFallsIdle(server: FastifyInstance['server']): void {
  if (!server.listening) return;
  const closing = setInterval(() => server.closeIdleConnections(), 50);
  server.once('close', () => clearInterval(closing));
}

function newServer({ platform, trustProxy }: ServerOptions): FastifyInstance {
  return fastify({
    loggerInstance: platform.log,
    logController: new LogController({ disableRequestLogging: true, requestIdLogLabel: 'requestId' }),
    genReqId: requestIdOf,
    requestIdHeader: false,
    trustProxy: trustProxy ?? false,
    bodyLimit: BODY_LIMIT,
    requestTimeout: 60_000,
    // A request that comes while the service stops is refused like any other, as a problem document.
    return503OnClosing: false,
    schemaController: {
      compilersFactory: { buildValidator: validators() as never, buildSerializer: serializers() as never },
    },
    frameworkErrors: (error, request, reply) => {
      reply.header('x-request-id', request.id);
      void answerError(error, request as FastifyRequest, reply as never);
    },
    clientErrorHandler: answerBrokenConnection,
  });
}

/** What Node.js could not read as a request, or did not get in time. */
function answerBrokenConnection(error: ConnectionError, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const requestId = uuidv7();
  if (error.code === 'HPE_HEADER_OVERFLOW') {
    socket.end(bareProblem('headers-too-large', 'the headers are larger than 16 KB', requestId));
  } else if (error.code === 'ERR_HTTP_REQUEST_TIMEOUT') {
    socket.end(bareProblem('request-timeout', 'the request did not arrive in time', requestId));
  } else {
    socket.end(bareProblem('invalid-input', 'this is not a request of HTTP/1.1', requestId));
  }
}

/** Counts requests by client, or by address where nobody is known; turns requests away when the process lags. */
async function limitLoad(
  app: FastifyInstance,
  { rateLimit: limits, maxEventLoopDelayMs }: ServerOptions,
): Promise<void> {
  let readyAt = Number.POSITIVE_INFINITY;
  app.addHook('onReady', async () => {
    readyAt = performance.now();
  });
  await app.register(underPressure, {
    maxEventLoopDelay: maxEventLoopDelayMs ?? 1000,
    pressureHandler: () => {
      // Compiling the schemas of all routes holds the loop up once, at the start.
      if (performance.now() - readyAt < START_MS) return;
      throw new Refusal('overloaded', 'the service is slower than it should be', { retryAfter: 2 });
    },
  });
  await app.register(rateLimit, {
    max: limits.requests,
    timeWindow: MINUTE_MS,
    enableDraftSpec: true,
    keyGenerator: (request) => request.actor?.clientId ?? request.ip,
    errorResponseBuilder: (_request, { ttl }) => tooMany(ttl) as never,
  });
}

const tooMany = (milliseconds: number): Refusal => {
  const retryAfter = Math.max(1, Math.ceil(milliseconds / 1000));
  return new Refusal('too-many-requests', `more requests than allowed; wait ${retryAfter} s`, { retryAfter });
};

/** An address that keeps failing to authenticate is made to wait, before its next token is looked at. */
function limitFailures(app: FastifyInstance, { authenticate, rateLimit: limits }: ServerOptions): Authenticate {
  const failures = app.createRateLimit({
    max: limits.failedAuthentications,
    timeWindow: MINUTE_MS,
    keyGenerator: (request) => request.ip,
  });
  return async (request) => {
    try {
      return await authenticate(request);
    } catch (error) {
      if (error instanceof Refusal && error.code === 'unauthenticated') {
        const failed = await failures(request);
        if (!failed.isAllowed && failed.isExceeded) throw tooMany(failed.ttl);
      }
      throw error;
    }
  };
}
