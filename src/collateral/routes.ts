import { type FastifyPluginAsyncTypebox, Type } from '@fastify/type-provider-typebox';
import type { Actor } from '../platform/actor.ts';
import { readAs } from '../platform/database.ts';
import { pageQuery, paginate } from '../platform/http/paging.ts';
import type { Platform } from '../platform/http/platform.ts';
import {
  component,
  Day,
  Id,
  Instant,
  nullable,
  object,
  oneOf,
  Page,
  PositiveMoney,
  problems,
  Version,
} from '../platform/http/schemas.ts';
import { Refusal } from '../platform/refusal.ts';
import { registrationLifecycle } from './registration-rules.ts';
import { type RegistrationFilter, registrationAnswers, subjectKinds } from './store.ts';

const Months = Type.Integer({ minimum: 1, description: 'Whole months from the registration.', examples: [12] });

const Registration = component(
  'Registration',
  object({
    id: Id,
    bookId: Id,
    kind: oneOf(['pledge', 'assignment']),
    subjectKind: oneOf(subjectKinds),
    subjectId: Id,
    financingId: Id,
    pledgorId: Id,
    amount: PositiveMoney,
    termMonths: Months,
    registerNumber: nullable(Type.String({ pattern: '^[0-9]{20}$', examples: ['20260701123456789012'] })),
    state: oneOf(registrationLifecycle.states),
    awaiting: nullable(
      oneOf(['registration', 'amendment', 'discharge'], { description: 'What the register has not answered yet.' }),
    ),
    requestedTermMonths: nullable(Months),
    reasonCode: nullable(Type.String({ examples: ['TERM'] })),
    reason: nullable(Type.String({ examples: ['a term, and each extension, is 1 to 360 months'] })),
    registeredAt: nullable(Instant),
    expiresOn: nullable(Day),
    dischargedAt: nullable(Instant),
    version: Version,
    createdAt: Instant,
  }),
);

const sorts = {
  priority: [
    ['priority_at', 'asc'],
    ['priority_number', 'asc'],
    ['id', 'asc'],
  ],
  newest: [['id', 'desc']],
} as const;

/** Names the side the asking organization is on, so that its list is read from an index; a regulator reads all. */
const sideOf = ({ orgKind, orgId }: Actor): RegistrationFilter =>
  orgKind === 'regulator' ? {} : orgKind === 'bank' ? { bookId: orgId } : { pledgorId: orgId };

/** Registrations of security as the secured bank and the pledgor see them. */
export const registrationRoutes: FastifyPluginAsyncTypebox<Platform> = async (app, { database }) => {
  app.get(
    '/v1/registrations',
    {
      config: { permission: 'registration:read' },
      schema: {
        operationId: 'listRegistrations',
        summary: 'Registrations of security, in the order in which they rank',
        description: 'Earlier registration ranks first, then the number; what is not registered ranks last.',
        tags: ['Registrations'],
        querystring: pageQuery({
          sorts,
          filters: { subjectId: Id, financingId: Id, state: oneOf(registrationLifecycle.states) },
        }),
        response: { 200: Page(Registration), ...problems(400, 403) },
      },
    },
    ({ actor, query }) =>
      readAs(database, actor, (db) =>
        paginate(registrationAnswers(db, { ...query, ...sideOf(actor) }), { page: query, sorts }),
      ),
  );

  app.get(
    '/v1/registrations/:id',
    {
      config: { permission: 'registration:read' },
      schema: {
        operationId: 'getRegistration',
        summary: 'One registration of security',
        tags: ['Registrations'],
        params: object({ id: Id }),
        response: { 200: Registration, ...problems(400, 403, 404) },
      },
    },
    async ({ actor, params }) => {
      const registration = await readAs(database, actor, (db) =>
        registrationAnswers(db, {}).where('id', '=', params.id).executeTakeFirst(),
      );
      if (registration === undefined) throw new Refusal('not-found', `there is no registration ${params.id}`);
      return registration;
    },
  );
};
