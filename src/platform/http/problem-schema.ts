import { STATUS_CODES } from 'node:http';
import { type Static, Type } from '@fastify/type-provider-typebox';
import type { RefusalCode, refusals } from '../refusals.ts';
import { component } from './component.ts';

/** An answer that refuses, RFC 9457. */
export const Problem = component(
  'Problem',
  Type.Object(
    {
      type: Type.String({ description: 'Where the code is described.', examples: ['/problems/invalid-input'] }),
      title: Type.String({ description: 'The code in words.', examples: ['Invalid input'] }),
      status: Type.Integer({ examples: [400] }),
      detail: Type.String({ description: 'What was refused and why.', examples: ['/amount must have two decimals'] }),
      code: Type.String({ description: 'Stable; programs decide on it.', examples: ['invalid-input'] }),
      field: Type.Optional(
        Type.String({ description: 'JSON pointer of the input at fault, or the header.', examples: ['/amount'] }),
      ),
      in: Type.Optional(Type.String({ description: 'body, query, path or header.', examples: ['body'] })),
      accepted: Type.Optional(
        Type.String({ description: 'What would be accepted there.', examples: ['text such as "1000000.00"'] }),
      ),
      who: Type.String({ description: 'Who must act.', examples: ['caller'] }),
      remedy: Type.String({
        description: 'What would cure it.',
        examples: ['Correct the named field as the message says.'],
      }),
      requestId: Type.String({
        description: 'Quote it when asking.',
        examples: ['01981f0e-7c3a-7b52-9c61-2f5a8d4e6b10'],
      }),
    },
    { additionalProperties: true, description: 'A refusal, as problem details of RFC 9457.' },
  ),
);
export type Problem = Static<typeof Problem>;

type ErrorStatus = (typeof refusals)[RefusalCode]['status'];

/**
 * The responses of a route for these statuses, as problem documents. What every route may answer is added by itself.
 * The type is empty on purpose: a handler refuses by throwing, it never returns one of these.
 */
export function problems(...statuses: readonly ErrorStatus[]): Record<never, never> {
  return Object.fromEntries(
    statuses.map((status) => [
      status,
      {
        description: `${STATUS_CODES[status]}: the code says which rule refused.`,
        content: { 'application/problem+json': { schema: Problem } },
      },
    ]),
  );
}
