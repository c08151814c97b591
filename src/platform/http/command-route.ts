import { createHash } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Refusal, type RefusalDetail } from '../refusal.ts';
import type { RefusalCode } from '../refusals.ts';
import type { UseCase } from '../unit-of-work.ts';
import { expectedVersion } from './etag.ts';
import type { Platform } from './platform.ts';

type Handler<Request> = (request: Request, reply: FastifyReply) => Promise<FastifyReply>;
type Guards = Readonly<{ ifMatch: boolean }>;

const commandHandlers = new WeakMap<object, Guards>();

/** What a handler made here asks of a request; undefined for any other handler. */
export const commandGuards = (handler: object): Guards | undefined => commandHandlers.get(handler);

/**
 * A handler that runs a use case once per Idempotency-Key: the same request again is given the first answer, marked
 * `Idempotent-Replayed: true`; another request with the key is refused (422).
 */
export function runs<Request extends FastifyRequest, Input, Answer, Loaded>(
  platform: Platform,
  useCase: UseCase<Input, Answer, Loaded>,
  input: (request: Request) => Input | Promise<Input>,
): Handler<Request> {
  const handler: Handler<Request> = (request, reply) => run(platform, useCase, request, reply, () => input(request));
  commandHandlers.set(handler, { ifMatch: false });
  return handler;
}

/**
 * The same for a change of a resource that others may change too: If-Match is required (428), and its version is
 * given to `input`. The use case compares it with `requireVersion` (412).
 */
export function runsIfMatch<Request extends FastifyRequest, Input, Answer, Loaded>(
  platform: Platform,
  useCase: UseCase<Input, Answer, Loaded>,
  input: (request: Request, expectedVersion: number) => Input | Promise<Input>,
): Handler<Request> {
  const handler: Handler<Request> = (request, reply) => {
    const version = expectedVersion(request);
    return run(platform, useCase, request, reply, () => input(request, version));
  };
  commandHandlers.set(handler, { ifMatch: true });
  return handler;
}

async function run<Input, Answer, Loaded>(
  platform: Platform,
  useCase: UseCase<Input, Answer, Loaded>,
  request: FastifyRequest,
  reply: FastifyReply,
  input: () => Input | Promise<Input>,
): Promise<FastifyReply> {
  const key = idempotencyKey(request);
  const { status, body, replayed } = await platform.unitOfWork.run(useCase, {
    actor: request.actor,
    key,
    requestHash: requestHash(request),
    input: await input(),
    now: platform.clock.now(),
  });
  if (replayed) reply.header('idempotent-replayed', 'true');
  if (status >= 400) {
    const kept = body as { code: RefusalCode; message: string; detail: RefusalDetail };
    throw new Refusal(kept.code, kept.message, kept.detail);
  }
  return reply.code(status).send(body);
}

const KEY_FORM = /^[\x21-\x7e]{1,128}$/;

function idempotencyKey(request: FastifyRequest): string {
  const key = request.headers['idempotency-key'];
  const detail = { field: 'Idempotency-Key', in: 'header', accepted: '1 to 128 visible ASCII characters' };
  if (key === undefined) throw new Refusal('idempotency-key-missing', 'Idempotency-Key is missing', detail);
  if (typeof key !== 'string' || !KEY_FORM.test(key)) {
    throw new Refusal('invalid-input', 'Idempotency-Key is not 1 to 128 visible ASCII characters', detail);
  }
  return key;
}

/** SHA-256 of everything that makes two requests the same: operation, path, query, body and expected version. */
export function requestHash(request: FastifyRequest): Buffer {
  const { operationId } = request.routeOptions.schema as { operationId: string };
  const parts = [operationId, request.params, request.query, request.body, request.headers['if-match'] ?? null];
  return createHash('sha256').update(canonical(parts)).digest();
}

/** JSON in which the order of properties does not count. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (value === null || typeof value !== 'object') return JSON.stringify(value) ?? 'null';
  const properties = Object.entries(value).filter(([, each]) => each !== undefined);
  properties.sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${properties.map(([name, each]) => `${JSON.stringify(name)}:${canonical(each)}`).join(',')}}`;
}
