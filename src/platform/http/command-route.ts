import { createHash } from 'node:crypto';
import type { Static, TSchema } from '@fastify/type-provider-typebox';
import type { FastifyContextConfig, FastifyReply, FastifyRequest, FastifySchema, RouteShorthandOptions } from 'fastify';
import type { Actor } from '../actor.ts';
import { canonicalJson } from '../canonical-json.ts';
import { Refusal, type RefusalDetail } from '../refusal.ts';
import type { RefusalCode } from '../refusals.ts';
import type { UseCase } from '../unit-of-work.ts';
import { expectedVersion } from './etag.ts';
import type { Platform } from './platform.ts';

type Awaitable<T> = T | Promise<T>;
type Guards = Readonly<{ ifMatch: boolean }>;

const commandHandlers = new WeakMap<object, Guards>();

/** What a handler made here asks of a request; undefined for any other handler. */
export const commandGuards = (handler: object): Guards | undefined => commandHandlers.get(handler);

type CommandSchema = Readonly<{
  operationId: string;
  summary: string;
  description?: string;
  tags: readonly string[];
  params?: TSchema;
  querystring?: TSchema;
  body?: TSchema;
  response: Readonly<Record<number, TSchema>>;
}>;

type Part<S, Name extends string> = S extends Readonly<Record<Name, infer T extends TSchema>> ? Static<T> : undefined;
type Unchanging<T> = T extends readonly (infer E)[]
  ? readonly Unchanging<E>[]
  : T extends object
    ? { readonly [K in keyof T]: Unchanging<T[K]> }
    : T;
type SuccessOf<S extends CommandSchema> = Unchanging<Static<Extract<S['response'][keyof S['response']], TSchema>>>;

/** The parts of a request that its schema has checked. */
type Checked<S extends CommandSchema> = Readonly<{
  params: Part<S, 'params'>;
  query: Part<S, 'querystring'>;
  body: Part<S, 'body'>;
  actor: Actor;
}>;

type CommandRoute<S extends CommandSchema, Input extends (...given: never[]) => unknown> = Omit<
  RouteShorthandOptions,
  'schema' | 'handler'
> &
  Readonly<{ config: FastifyContextConfig; schema: S; input: Input }>;

type Handler = (request: FastifyRequest, reply: FastifyReply) => Promise<FastifyReply>;

/** What `app.post` and its like take. */
type Route = Readonly<{ config: FastifyContextConfig; schema: FastifySchema; handler: Handler }>;

/**
 * A route that runs a use case once per Idempotency-Key: the same request again is given the first answer, marked
 * `Idempotent-Replayed: true`; another request with the key is refused (422). `input` makes the use case's input of
 * what the schema has checked:
 *
 *     app.post('/receivables/:id/confirmation', runs(platform, confirmReceivable, {
 *       config: { permission: 'receivable:confirm' },
 *       schema: { operationId: 'confirmReceivable', summary: '…', tags: ['Receivables'], params: object({ id: Id }),
 *         body: Confirmation, response: { 200: Receivable, ...problems(404, 409) } },
 *       input: ({ params, body }) => ({ receivableId: params.id, ...body }),
 *     }));
 *
 * The compiler compares `input` with the use case's input, and its answer with the response.
 */
export function runs<S extends CommandSchema, Input, Loaded>(
  platform: Platform,
  useCase: UseCase<Input, NoInfer<SuccessOf<S>>, Loaded>,
  { input, ...route }: CommandRoute<S, (request: Checked<S>) => Awaitable<NoInfer<Input>>>,
): Route {
  const handler: Handler = (request, reply) =>
    run(platform, useCase, request, reply, () => input(request as Checked<S>));
  commandHandlers.set(handler, { ifMatch: false });
  return { ...route, handler } as unknown as Route;
}

/**
 * The same for a change of a resource that others may change too: If-Match is required (428), and its version is
 * given to `input`. The use case compares it with `requireVersion` (412).
 */
export function runsIfMatch<S extends CommandSchema, Input, Loaded>(
  platform: Platform,
  useCase: UseCase<Input, NoInfer<SuccessOf<S>>, Loaded>,
  { input, ...route }: CommandRoute<S, (request: Checked<S>, expectedVersion: number) => Awaitable<NoInfer<Input>>>,
): Route {
  const handler: Handler = async (request, reply) => {
    const version = expectedVersion(request);
    return run(platform, useCase, request, reply, () => input(request as Checked<S>, version));
  };
  commandHandlers.set(handler, { ifMatch: true });
  return { ...route, handler } as unknown as Route;
}

async function run<Input, Answer, Loaded>(
  platform: Platform,
  useCase: UseCase<Input, Answer, Loaded>,
  request: FastifyRequest,
  reply: FastifyReply,
  input: () => Awaitable<Input>,
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

/**
 * SHA-256 of everything that makes two requests the same: person, operation, path, query, body and expected version. An
 * answer may hold what its person alone is shown, such as a secret, so it is given again to nobody else.
 */
function requestHash(request: FastifyRequest): Buffer {
  const { operationId } = request.routeOptions.schema as { operationId: string };
  const { actor, params, query, body, headers } = request;
  const parts = [actor.personId, operationId, params, query, body, headers['if-match'] ?? null];
  return createHash('sha256').update(canonicalJson(parts)).digest();
}
