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
import { paymentLifecycle } from './rules.ts';
import { type PaymentFilter, paymentAnswers } from './store.ts';

const Payment = component(
  'Payment',
  object({
    id: Id,
    bookId: Id,
    purpose: oneOf(['disbursement', 'payout', 'refund', 'bill_discount']),
    subjectId: Id,
    payeeId: Id,
    payeeName: Type.String({ examples: ['济南示范机械有限公司'] }),
    payeeAccount: Type.String({ examples: ['1602001009014412345'] }),
    payeeBank: Type.String({ description: 'CNAPS code of the payee’s bank.', examples: ['102451000019'] }),
    amount: PositiveMoney,
    state: oneOf(paymentLifecycle.states, {
      description: 'A payment that is sent without a bankReference is in doubt: the bank is being asked.',
    }),
    reasonCode: nullable(Type.String({ description: 'ISO 20022 external reason code.', examples: ['AC04'] })),
    reason: nullable(Type.String({ examples: ['closed account number'] })),
    bankReference: nullable(Type.String({ examples: ['SIM0A1B2C3D4E5F60718293'] })),
    businessDate: Day,
    sentAt: nullable(Instant),
    finishedAt: nullable(Instant),
    version: Version,
    createdAt: Instant,
  }),
);

const sorts = { newest: [['id', 'desc']], oldest: [['id', 'asc']] } as const;

/** Names the side the asking organization is on, so that its list is read from an index; a regulator reads all. */
const sideOf = ({ orgKind, orgId }: Actor): PaymentFilter =>
  orgKind === 'regulator' ? {} : orgKind === 'bank' ? { bookId: orgId } : { payeeId: orgId };

/** Payment instructions as the paying bank and their payees see them. */
export const paymentRoutes: FastifyPluginAsyncTypebox<Platform> = async (app, { database }) => {
  app.get(
    '/v1/payments',
    {
      config: { permission: 'payment:read' },
      schema: {
        operationId: 'listPayments',
        summary: 'Payment instructions',
        tags: ['Payments'],
        querystring: pageQuery({
          sorts,
          filters: {
            state: oneOf(paymentLifecycle.states),
            subjectId: Id,
            purpose: oneOf(['disbursement', 'payout', 'refund', 'bill_discount']),
          },
        }),
        response: { 200: Page(Payment), ...problems(400, 403) },
      },
    },
    ({ actor, query }) =>
      readAs(database, actor, (db) =>
        paginate(paymentAnswers(db, { ...query, ...sideOf(actor) }), { page: query, sorts }),
      ),
  );

  app.get(
    '/v1/payments/:id',
    {
      config: { permission: 'payment:read' },
      schema: {
        operationId: 'getPayment',
        summary: 'One payment instruction',
        tags: ['Payments'],
        params: object({ id: Id }),
        response: { 200: Payment, ...problems(400, 403, 404) },
      },
    },
    async ({ actor, params }) => {
      const payment = await readAs(database, actor, (db) =>
        paymentAnswers(db, {}).where('id', '=', params.id).executeTakeFirst(),
      );
      if (payment === undefined) throw new Refusal('not-found', `there is no payment ${params.id}`);
      return payment;
    },
  );
};
