import { type FastifyPluginAsyncTypebox, Type } from '@fastify/type-provider-typebox';
import { Quantity } from '../goods/schemas.ts';
import { parseDecimal, parseMoney } from '../money/decimal.ts';
import { readAs } from '../platform/database.ts';
import { runs, runsIfMatch } from '../platform/http/command-route.ts';
import { pageQuery, paginate } from '../platform/http/paging.ts';
import type { Platform } from '../platform/http/platform.ts';
import { Id, Note, object, oneOf, Page, problems, Reference } from '../platform/http/schemas.ts';
import { recordArrival } from './arrival.ts';
import { cancelOrder, confirmOrder, declineOrder } from './confirmation.ts';
import { enterOrder } from './order.ts';
import { locateOrder, locateProgramme, orderList, readOrder } from './queries.ts';
import { Clause, NewPrepayment, Prepayment, PrepaymentItem, Stage } from './schemas.ts';

const tags = ['Prepayments'];
const params = object({ orderId: Id });
const sorts = { newest: [['id', 'desc']], oldest: [['id', 'asc']] } as const;

/** Orders of goods paid for in advance, as the parties to the trade enter, confirm and fill them. */
export const prepaymentOrderRoutes: FastifyPluginAsyncTypebox<Platform> = async (app, platform) => {
  const { database } = platform;

  app.post(
    '/v1/prepayments',
    runs(platform, enterOrder, {
      config: { permission: 'prepayment:order' },
      schema: {
        operationId: 'enterPrepayment',
        summary: 'A distributor enters an order of goods to be paid for in advance',
        description: 'From the core enterprise of the chain, under the prepayment terms of the programme.',
        tags,
        body: NewPrepayment,
        response: { 201: Prepayment, ...problems(403, 404, 409, 422) },
      },
      input: async ({ body, actor }) => ({
        ...(await locateProgramme(database, actor, body.programmeId)),
        number: body.number,
        commodity: body.commodity,
        gradeId: body.gradeId ?? null,
        unit: body.unit,
        step: parseDecimal(body.step),
        quantity: parseDecimal(body.quantity),
        value: parseMoney(body.value),
        margin: body.margin === undefined ? null : parseMoney(body.margin),
        expiresOn: body.expiresOn,
      }),
    }),
  );

  app.get('/v1/prepayments', {
    config: { permission: 'prepayment:read' },
    schema: {
      operationId: 'listPrepayments',
      summary: 'Orders one is a party to',
      description: '`role` says on which side: as buyer, as seller, or as the warehouse that keeps the goods.',
      tags,
      querystring: pageQuery({ sorts, filters: { role: oneOf(['buyer', 'seller', 'custodian']), stage: Stage } }),
      response: { 200: Page(PrepaymentItem), ...problems(400) },
    },
    handler: ({ actor, query }) =>
      readAs(database, actor, (db) => {
        let rows = orderList(db);
        const column = { buyer: 'buyer_id', seller: 'seller_id', custodian: 'custodian_id' } as const;
        if (actor.orgKind === 'bank') rows = rows.where('book_id', '=', actor.orgId);
        else if (actor.orgKind !== 'regulator') {
          const role = query.role ?? (actor.orgKind === 'warehouse' ? 'custodian' : 'buyer');
          rows = rows.where(column[role], '=', actor.orgId);
        }
        if (query.stage !== undefined) rows = rows.where('stage', '=', query.stage);
        return paginate(rows, { page: query, sorts });
      }) as never,
  });

  app.get('/v1/prepayments/:orderId', {
    config: { permission: 'prepayment:read' },
    schema: {
      operationId: 'getPrepayment',
      summary: 'One order; what its buyer has with the bank is shown to these two only',
      tags,
      params,
      response: { 200: Prepayment, ...problems(404) },
    },
    handler: ({ actor, params: { orderId } }) => readAs(database, actor, (db) => readOrder(db, orderId)) as never,
  });

  app.post(
    '/v1/prepayments/:orderId/confirmation',
    runsIfMatch(platform, confirmOrder, {
      config: { permission: 'prepayment:confirm' },
      schema: {
        operationId: 'confirmPrepayment',
        summary: 'The core enterprise confirms the order and what it owes for goods not delivered',
        description:
          'Draws on its obligation limit. Names the account to be paid, and the warehouse it delivers to, if any.',
        tags,
        params,
        body: object({ clause: Clause, payeeAccountId: Id, warehouseId: Type.Optional(Id) }),
        response: { 200: Prepayment, ...problems(403, 404, 409, 412) },
      },
      input: async ({ params: { orderId }, body, actor }, expectedVersion) => ({
        ...(await locateOrder(database, actor, orderId)),
        expectedVersion,
        clause: body.clause,
        payeeAccountId: body.payeeAccountId,
        warehouseId: body.warehouseId ?? null,
      }),
    }),
  );

  const ending = (
    path: string,
    operationId: string,
    summary: string,
    useCase: typeof declineOrder,
    permission: 'prepayment:confirm' | 'prepayment:order',
  ) =>
    app.post(
      `/v1/prepayments/:orderId/${path}`,
      runsIfMatch(platform, useCase, {
        config: { permission },
        schema: {
          operationId,
          summary,
          tags,
          params,
          body: object({ reason: Note }),
          response: { 200: Prepayment, ...problems(403, 404, 409, 412) },
        },
        input: async ({ params: { orderId }, body, actor }, expectedVersion) => ({
          ...(await locateOrder(database, actor, orderId)),
          expectedVersion,
          reason: body.reason,
        }),
      }),
    );
  ending('refusal', 'declinePrepayment', 'The core enterprise declines the order', declineOrder, 'prepayment:confirm');
  ending(
    'cancellation',
    'cancelPrepayment',
    'The distributor gives the order up before it is funded',
    cancelOrder,
    'prepayment:order',
  );

  app.post(
    '/v1/prepayments/:orderId/arrivals',
    runs(platform, recordArrival, {
      config: { permission: 'release:answer' },
      schema: {
        operationId: 'recordArrival',
        summary: 'A part of the goods has arrived in the supervised warehouse',
        description: 'Each document of the warehouse counts once. The last part makes the loan one on goods.',
        tags,
        params,
        body: object({ quantity: Quantity, document: Reference }),
        response: { 201: Prepayment, ...problems(403, 404, 409, 422) },
      },
      input: async ({ params: { orderId }, body, actor }) => ({
        ...(await locateOrder(database, actor, orderId)),
        quantity: parseDecimal(body.quantity),
        document: body.document,
      }),
    }),
  );
};
