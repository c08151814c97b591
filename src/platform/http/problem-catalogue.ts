import { type FastifyPluginAsyncTypebox, Type } from '@fastify/type-provider-typebox';
import { Refusal } from '../refusal.ts';
import { type RefusalCode, refusals } from '../refusals.ts';
import { component, object } from './component.ts';
import { problems } from './problem-schema.ts';
import { problemTitle } from './problems.ts';

const ProblemKind = component(
  'ProblemKind',
  object({
    code: Type.String({ examples: ['invalid-input'] }),
    title: Type.String({ examples: ['Invalid input'] }),
    status: Type.Integer({ examples: [400] }),
    who: Type.String({ description: 'Who must act.', examples: ['caller'] }),
    remedy: Type.String({
      description: 'What would cure it.',
      examples: ['Correct the named field as the message says.'],
    }),
    passing: Type.Boolean({
      description: 'Whether the same request with the same key may be sent again.',
      examples: [false],
    }),
  }),
);

/** What the `type` of a problem document leads to: the meaning of its code. */
export const problemRoutes: FastifyPluginAsyncTypebox = async (app) => {
  app.get('/problems/:code', {
    config: { permission: 'public' },
    schema: {
      operationId: 'readProblem',
      summary: 'Read what a refusal means',
      tags: ['Service'],
      params: object({ code: Type.String({ pattern: '^[a-z]+(-[a-z]+)*$', examples: ['invalid-input'] }) }),
      response: { 200: ProblemKind, ...problems(404) },
    },
    handler: async ({ params }) => {
      if (!Object.hasOwn(refusals, params.code)) throw new Refusal('not-found', `there is no problem ${params.code}`);
      const code = params.code as RefusalCode;
      const { status, who, remedy } = refusals[code];
      return { code, title: problemTitle(code), status, who, remedy, passing: 'passing' in refusals[code] };
    },
  });
};
