import { STATUS_CODES } from 'node:http';
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { Refusal, type RefusalDetail } from '../refusal.ts';
import { type RefusalCode, refusals } from '../refusals.ts';
import { type InputFault, refusalOfInput } from './input-fault.ts';
import type { Problem } from './problem-schema.ts';

/** Where the code of a problem is described. */
const problemType = (code: RefusalCode): string => `/problems/${code}`;

/** The code in words. */
export const problemTitle = (code: RefusalCode): string =>
  `${code.charAt(0).toUpperCase()}${code.slice(1).replaceAll('-', ' ')}`;

/** A refusal as problem details, RFC 9457. */
function problemOf(refusal: Refusal, requestId: string): Problem {
  const { status, who, remedy } = refusals[refusal.code];
  const { retryAfter: _, ...extras } = refusal.detail;
  const fixed = {
    type: problemType(refusal.code),
    title: problemTitle(refusal.code),
    status,
    detail: refusal.message,
    code: refusal.code,
    who,
    remedy,
    requestId,
  };
  return { ...fixed, ...extras, ...fixed };
}

/** The one place where an error becomes an answer. Bugs and outages are logged and show nothing of their inside. */
export function answerError(error: FastifyError | Refusal, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const refusal = refusalOf(error);
  const { status } = refusals[refusal.code];
  if (status >= 500 && !(error instanceof Refusal)) request.log.error({ err: error }, 'request failed');
  return sendRefusal(refusal, request, reply);
}

/** Answers a request with a refusal. */
function sendRefusal(refusal: Refusal, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const cause = refusals[refusal.code];
  if ('passing' in cause) reply.header('retry-after', String(refusal.detail.retryAfter ?? 1));
  if (refusal.code === 'unauthenticated') reply.header('www-authenticate', 'Bearer');
  return reply
    .code(cause.status)
    .type('application/problem+json')
    .serializer(JSON.stringify)
    .send(problemOf(refusal, request.id));
}

/** A problem document for a connection that broke before there was a request. */
export function bareProblem(code: RefusalCode, message: string, requestId: string): string {
  const body = JSON.stringify(problemOf(new Refusal(code, message), requestId));
  const { status } = refusals[code];
  return (
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nContent-Type: application/problem+json\r\n` +
    `X-Request-Id: ${requestId}\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`
  );
}

const codeOfFastify: Readonly<Record<string, RefusalCode>> = {
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'unsupported-media-type',
  FST_ERR_CTP_INVALID_TYPE: 'unsupported-media-type',
  FST_ERR_CTP_BODY_TOO_LARGE: 'body-too-large',
  FST_ERR_CTP_EMPTY_JSON_BODY: 'malformed-body',
  FST_ERR_CTP_INVALID_JSON_BODY: 'malformed-body',
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'malformed-body',
  FST_ERR_BAD_URL: 'invalid-input',
  FST_UNDER_PRESSURE: 'overloaded',
  FST_REQ_FILE_TOO_LARGE: 'body-too-large',
  FST_FILES_LIMIT: 'body-too-large',
  FST_FIELDS_LIMIT: 'body-too-large',
  FST_PARTS_LIMIT: 'body-too-large',
  FST_INVALID_MULTIPART_CONTENT_TYPE: 'unsupported-media-type',
};

const codeOfStatus: Readonly<Record<number, RefusalCode>> = {
  400: 'invalid-input',
  404: 'not-found',
  408: 'request-timeout',
  413: 'body-too-large',
  414: 'invalid-input',
  415: 'unsupported-media-type',
  429: 'too-many-requests',
  503: 'overloaded',
};

function refusalOf(error: FastifyError | Refusal): Refusal {
  if (error instanceof Refusal) return error;
  const { validation } = error;
  if (validation !== undefined) return refusalOfInput(validation as readonly InputFault[], error.validationContext);
  if (isOutage(error)) {
    return new Refusal('unavailable', 'the service cannot reach its database', { retryAfter: 5 });
  }
  const code = error.code?.startsWith('FST_')
    ? (codeOfFastify[error.code] ?? codeOfStatus[error.statusCode ?? 500])
    : undefined;
  if (code === undefined)
    return new Refusal('internal-error', 'the service failed; nothing was changed by this answer');
  const detail: RefusalDetail =
    code === 'unsupported-media-type' ? { field: 'Content-Type', in: 'header', accepted: 'application/json' } : {};
  return new Refusal(code, error.message, detail);
}

/** The database is gone, restarting or refuses connections. */
function isOutage({ code, message }: Error & { code?: string }): boolean {
  const sqlState = /^(08...|57P0.|53300)$/.test(code ?? '');
  const network = ['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT'].includes(code ?? '');
  return sqlState || network || /timeout exceeded when trying to connect|Connection terminated/.test(message);
}
