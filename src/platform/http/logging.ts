import { createHash } from 'node:crypto';
import type { FastifyBaseLogger, FastifyReply, FastifyRequest } from 'fastify';
import { type DestinationStream, type Logger, pino } from 'pino';

/** Properties whose values are never written, in a logged object itself and two levels within. */
const withheld = [
  'authorization',
  'cookie',
  'token',
  'accessToken',
  'refreshToken',
  'clientSecret',
  'clientAssertion',
  'secret',
  'password',
  'privateKey',
  'signature',
  'idempotencyKey',
  'body',
  'uscc',
  'name',
  'legalName',
  'holderName',
  'bankName',
  'payeeName',
  'contact',
  'accountNumber',
  'accountName',
  'phone',
  'email',
];

/** The log of the service: one JSON line per event, without bodies, secrets, names, codes and account numbers. */
export function createLogger(settings: Readonly<{ level: string; stream?: DestinationStream }>): Logger {
  const options = {
    level: settings.level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (level: string) => ({ level }) },
    redact: { paths: withheld.flatMap((name) => [name, `*.${name}`, `*.*.${name}`]), censor: '[withheld]' },
    serializers: { err: describeError, error: describeError },
  };
  return settings.stream === undefined ? pino(options) : pino(options, settings.stream);
}

type DatabaseFault = Error & Readonly<{ code?: string; severity?: string; table?: string; constraint?: string }>;

/** An error without the values that PostgreSQL quotes in its messages. */
function describeError(error: DatabaseFault): Record<string, unknown> {
  if (!(error instanceof Error)) return { message: 'not an error' };
  const { code, severity, table, constraint } = error;
  const frames = error.stack?.split('\n').filter((line) => /^\s+at /.test(line));
  const message = severity === undefined ? error.message : 'the database refused';
  return { kind: error.constructor.name, message, sqlState: code, table, constraint, frames };
}

/** The path of a request without its query; what looks like a code, an account number or a name is cut. */
const loggedPath = (url: string): string =>
  (url.split('?', 1)[0] ?? '').replace(/[0-9A-Za-z]{13,}|(?:%[0-9A-Fa-f]{2})+/g, '…');

/**
 * One line for each request answered: who asked for what and how it went. What it holds is listed here, so nothing
 * has to be searched for secrets: that costs 65 µs a line, this 3.
 */
export function logAnswers(log: FastifyBaseLogger): (request: FastifyRequest, reply: FastifyReply) => Promise<void> {
  const lines = log.child({}, { redact: [] });
  return async (request, reply) => {
    const { actor } = request;
    const key = request.headers['idempotency-key'];
    lines.info(
      {
        requestId: request.id,
        method: request.method,
        route: request.routeOptions.url,
        path: loggedPath(request.url),
        status: reply.statusCode,
        milliseconds: Math.round(reply.elapsedTime * 10) / 10,
        ip: request.ip,
        ...(actor && { org: actor.orgId, person: actor.personId, client: actor.clientId }),
        ...(typeof key === 'string' && { keyDigest: createHash('sha256').update(key).digest('hex').slice(0, 12) }),
      },
      'answered',
    );
  };
}
