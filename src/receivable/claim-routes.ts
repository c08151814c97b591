import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { parseMoney } from '../money/decimal.ts';
import { readAs } from '../platform/database.ts';
import { runsIfMatch } from '../platform/http/command-route.ts';
import { pageQuery, paginate } from '../platform/http/paging.ts';
import type { Platform } from '../platform/http/platform.ts';
import {
  component,
  Day,
  Id,
  Instant,
  Money,
  object,
  oneOf,
  Page,
  PositiveMoney,
  problems,
  Version,
} from '../platform/http/schemas.ts';
import { dischargeClaim } from './claim.ts';
import { claimStates } from './lifecycle.ts';
import { claimAnswers, locateClaim } from './queries.ts';

const tags = ['Receivables'];
const sorts = { newest: [['id', 'desc']], oldest: [['id', 'asc']] } as const;
const State = oneOf(claimStates.states);

const SellerClaim = component(
  'SellerClaim',
  object({
    id: Id,
    bookId: Id,
    partyId: Id,
    financingId: Id,
    receivableId: Id,
    amount: PositiveMoney,
    discharged: Money,
    state: State,
    openedOn: Day,
    version: Version,
    createdAt: Instant,
  }),
);

/** What sellers owe for credit notes on receivables that a bank has bought. */
export const claimRoutes: FastifyPluginAsyncTypebox<Platform> = async (app, platform) => {
  const { database } = platform;

  app.get('/v1/seller-claims', {
    config: { permission: 'financing:read' },
    schema: {
      operationId: 'listSellerClaims',
      summary: 'What sellers owe for credit notes, as bank or as seller',
      tags,
      querystring: pageQuery({ sorts, filters: { state: State } }),
      response: { 200: Page(SellerClaim), ...problems(400) },
    },
    handler: ({ actor, query }) =>
      readAs(database, actor, (db) => {
        let rows = claimAnswers(db);
        if (actor.orgKind === 'bank') rows = rows.where('book_id', '=', actor.orgId);
        else if (actor.orgKind !== 'regulator') rows = rows.where('party_id', '=', actor.orgId);
        if (query.state !== undefined) rows = rows.where('state', '=', query.state);
        return paginate(rows, { page: query, sorts });
      }) as never,
  });

  app.post(
    '/v1/seller-claims/:claimId/discharge',
    runsIfMatch(platform, dischargeClaim, {
      config: { permission: 'financing:repay' },
      schema: {
        operationId: 'dischargeSellerClaim',
        summary: 'Pay a claim from the deposit of the seller, in part or in full',
        tags,
        params: object({ claimId: Id }),
        body: object({ amount: PositiveMoney }),
        response: { 200: SellerClaim, ...problems(403, 404, 409, 412) },
      },
      input: async ({ params: { claimId }, body, actor }, expectedVersion) => ({
        ...(await locateClaim(database, actor, claimId)),
        expectedVersion,
        amount: parseMoney(body.amount),
      }),
    }),
  );
};
