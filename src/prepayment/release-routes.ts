import { type FastifyPluginAsyncTypebox, Type } from '@fastify/type-provider-typebox';
import { parseDecimal } from '../money/decimal.ts';
import { readAs } from '../platform/database.ts';
import { runs, runsIfMatch } from '../platform/http/command-route.ts';
import { pageQuery, paginate } from '../platform/http/paging.ts';
import type { Platform } from '../platform/http/platform.ts';
import { Id, Note, object, oneOf, Page, problems, Reference } from '../platform/http/schemas.ts';
import { acknowledgeRelease, receiveGoods, shipGoods } from './handover.ts';
import { locateNotice, locateOrder, noticeList, readNotice } from './queries.ts';
import { decideRelease, requestRelease, withdrawRelease } from './release.ts';
import { NoticeStateName, PositiveQuantity, Quantity, ReleaseNotice } from './schemas.ts';

const tags = ['Prepayments'];
const params = object({ noticeId: Id });
const sorts = { newest: [['id', 'desc']], oldest: [['id', 'asc']] } as const;
const refusals = problems(403, 404, 409, 412);

/** Release notices (提货通知): asked for, issued, acknowledged, shipped, received. */
export const releaseRoutes: FastifyPluginAsyncTypebox<Platform> = async (app, platform) => {
  const { database } = platform;

  app.post(
    '/v1/prepayments/:orderId/release-notices',
    runs(platform, requestRelease, {
      config: { permission: 'release:request' },
      schema: {
        operationId: 'requestRelease',
        summary: 'The distributor asks for goods to be released',
        description: 'Within what its payments free, to the fen. The authority matrix says who of the bank issues it.',
        tags,
        params: object({ orderId: Id }),
        body: object({ quantity: PositiveQuantity }),
        response: { 201: ReleaseNotice, ...problems(403, 404, 409, 422) },
      },
      input: async ({ params: { orderId }, body, actor }) => ({
        ...(await locateOrder(database, actor, orderId)),
        quantity: parseDecimal(body.quantity),
      }),
    }),
  );

  app.get('/v1/prepayments/:orderId/release-notices', {
    config: { permission: 'prepayment:read' },
    schema: {
      operationId: 'listReleaseNotices',
      summary: 'The release notices of an order',
      tags,
      params: object({ orderId: Id }),
      querystring: pageQuery({ sorts, filters: {} }),
      response: { 200: Page(ReleaseNotice), ...problems(404) },
    },
    handler: async ({ actor, params: { orderId }, query }) => {
      await locateOrder(database, actor, orderId);
      return readAs(database, actor, (db) =>
        paginate(noticeList(db).where('order_id', '=', orderId), { page: query, sorts }),
      ) as never;
    },
  });

  app.get('/v1/release-notices', {
    config: { permission: 'prepayment:read' },
    schema: {
      operationId: 'listOwnReleaseNotices',
      summary: 'Release notices in a state: what waits for the bank, for whoever keeps the goods, for the distributor',
      tags,
      querystring: pageQuery({ sorts, filters: { role: oneOf(['buyer', 'custodian']), state: NoticeStateName } }),
      response: { 200: Page(ReleaseNotice), ...problems(400) },
    },
    handler: ({ actor, query }) =>
      readAs(database, actor, (db) => {
        let rows = noticeList(db).where('state', '=', query.state ?? 'issued');
        if (actor.orgKind === 'bank') rows = rows.where('book_id', '=', actor.orgId);
        else if (actor.orgKind !== 'regulator') {
          rows = rows.where(query.role === 'buyer' ? 'buyer_id' : 'custodian_id', '=', actor.orgId);
        }
        return paginate(rows, { page: query, sorts });
      }) as never,
  });

  app.get('/v1/release-notices/:noticeId', {
    config: { permission: 'prepayment:read' },
    schema: {
      operationId: 'getReleaseNotice',
      summary: 'One release notice',
      tags,
      params,
      response: { 200: ReleaseNotice, ...problems(404) },
    },
    handler: ({ actor, params: { noticeId } }) => readAs(database, actor, (db) => readNotice(db, noticeId)) as never,
  });

  app.post(
    '/v1/release-notices/:noticeId/decision',
    runsIfMatch(platform, decideRelease, {
      config: { permission: 'prepayment:decide' },
      schema: {
        operationId: 'decideRelease',
        summary: 'A checker of the bank issues the release notice, or rejects it',
        tags,
        params,
        body: object({ verdict: oneOf(['approve', 'reject']), reason: Type.Optional(Note) }),
        response: { 200: ReleaseNotice, ...refusals },
      },
      input: async ({ params: { noticeId }, body, actor }, expectedVersion) => ({
        ...(await locateNotice(database, actor, noticeId)),
        expectedVersion,
        verdict: body.verdict,
        reason: body.reason ?? null,
      }),
    }),
  );

  app.post(
    '/v1/release-notices/:noticeId/withdrawal',
    runsIfMatch(platform, withdrawRelease, {
      config: { permission: 'financing:cancel' },
      schema: {
        operationId: 'withdrawRelease',
        summary: 'The distributor takes its request back, or the bank recalls what is not acknowledged',
        tags,
        params,
        body: object({ reason: Note }),
        response: { 200: ReleaseNotice, ...refusals },
      },
      input: async ({ params: { noticeId }, body, actor }, expectedVersion) => ({
        ...(await locateNotice(database, actor, noticeId)),
        expectedVersion,
        reason: body.reason,
      }),
    }),
  );

  app.post(
    '/v1/release-notices/:noticeId/acknowledgement',
    runsIfMatch(platform, acknowledgeRelease, {
      config: { permission: 'release:answer' },
      schema: {
        operationId: 'acknowledgeRelease',
        summary: 'Whoever keeps the goods acknowledges the release notice',
        tags,
        params,
        response: { 200: ReleaseNotice, ...refusals },
      },
      input: async ({ params: { noticeId }, actor }, expectedVersion) => ({
        ...(await locateNotice(database, actor, noticeId)),
        expectedVersion,
      }),
    }),
  );

  app.post(
    '/v1/release-notices/:noticeId/shipment',
    runsIfMatch(platform, shipGoods, {
      config: { permission: 'release:answer' },
      schema: {
        operationId: 'shipGoods',
        summary: 'The goods have left, under a waybill',
        tags,
        params,
        body: object({ waybill: Reference }),
        response: { 200: ReleaseNotice, ...refusals },
      },
      input: async ({ params: { noticeId }, body, actor }, expectedVersion) => ({
        ...(await locateNotice(database, actor, noticeId)),
        expectedVersion,
        waybill: body.waybill,
      }),
    }),
  );

  app.post(
    '/v1/release-notices/:noticeId/receipt',
    runsIfMatch(platform, receiveGoods, {
      config: { permission: 'release:request' },
      schema: {
        operationId: 'receiveGoods',
        summary: 'The distributor has the goods; what is missing beyond the tolerance the seller owes still',
        tags,
        params,
        body: object({ quantity: Quantity }),
        response: { 200: ReleaseNotice, ...problems(403, 404, 409, 412, 422) },
      },
      input: async ({ params: { noticeId }, body, actor }, expectedVersion) => ({
        ...(await locateNotice(database, actor, noticeId)),
        expectedVersion,
        quantity: parseDecimal(body.quantity),
      }),
    }),
  );
};
