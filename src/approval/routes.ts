import { type FastifyPluginAsyncTypebox, Type } from '@fastify/type-provider-typebox';
import { readAs } from '../platform/database.ts';
import { pageQuery, paginate } from '../platform/http/paging.ts';
import type { Platform } from '../platform/http/platform.ts';
import {
  component,
  Digest,
  Id,
  Instant,
  Money,
  nullable,
  object,
  oneOf,
  Page,
  problems,
  Version,
} from '../platform/http/schemas.ts';
import { Refusal } from '../platform/refusal.ts';
import { approvalAnswers, decisionAnswers } from './queries.ts';
import { approvalLifecycle } from './rules.ts';

const State = oneOf(approvalLifecycle.states);
const SubjectKind = Type.String({ pattern: '^[a-z][a-z_]*$', maxLength: 40, examples: ['financing'] });

const task = {
  id: Id,
  bookId: Id,
  deciderId: nullable(Id),
  subjectKind: SubjectKind,
  subjectId: Id,
  action: Type.String({ examples: ['approve'] }),
  amount: nullable(Money),
  level: oneOf(['auto', 'one', 'two']),
  required: Type.Integer({ minimum: 0, maximum: 2, description: 'Persons beside the maker.' }),
  state: State,
  rule: nullable(Type.String({ description: 'The rule that set the level; for `auto`, the rule that approved.' })),
  makerOrganizationId: Id,
  makerPersonId: Id,
  subjectVersion: Version,
  payload: Type.Unsafe<Record<string, unknown>>({
    type: 'object',
    additionalProperties: true,
    description: 'What is asked for.',
  }),
  payloadHash: Digest,
  expiresAt: Instant,
  closedAt: nullable(Instant),
  version: Version,
  createdAt: Instant,
};

const Approval = component('Approval', object(task));

const ApprovalDetail = component(
  'ApprovalDetail',
  object({
    ...task,
    decisions: Type.Array(
      object({
        id: Id,
        personId: Id,
        verdict: oneOf(['approve', 'reject', 'return']),
        reason: nullable(Type.String()),
        decidedAt: Instant,
      }),
    ),
  }),
);

const sorts = { oldest: [['id', 'asc']], newest: [['id', 'desc']] } as const;

/** What waits for the people of a bank or a guarantor, and what they decided. Deciding is done on the subject itself. */
export const approvalRoutes: FastifyPluginAsyncTypebox<Platform> = async (app, { database }) => {
  app.get('/v1/approvals', {
    config: { permission: 'approval:read' },
    schema: {
      operationId: 'listApprovals',
      summary: 'Approvals asked in your book, or of you; those that are open unless told',
      tags: ['Approvals'],
      querystring: pageQuery({ sorts, filters: { state: State, subjectKind: SubjectKind, subjectId: Id } }),
      response: { 200: Page(Approval), ...problems(400) },
    },
    handler: ({ actor, query }) =>
      readAs(database, actor, (db) =>
        paginate(
          approvalAnswers(db, {
            state: 'open',
            ...query,
            ...(actor.orgKind === 'bank' && { bookId: actor.orgId }),
          }),
          { page: query, sorts },
        ),
      ),
  });

  app.get('/v1/approvals/:approvalId', {
    config: { permission: 'approval:read' },
    schema: {
      operationId: 'readApproval',
      summary: 'One approval with what each person decided',
      tags: ['Approvals'],
      params: object({ approvalId: Id }),
      response: { 200: ApprovalDetail, ...problems(404) },
    },
    handler: ({ actor, params: { approvalId: id } }) =>
      readAs(database, actor, async (db) => {
        const found = await approvalAnswers(db, { id }).executeTakeFirst();
        if (found === undefined) throw new Refusal('not-found', `there is no approval ${id}`);
        return { ...found, decisions: await decisionAnswers(db, id) };
      }),
  });
};
