import { type FastifyPluginAsyncTypebox, Type } from '@fastify/type-provider-typebox';
import { requireOwnBook } from '../ledger/book-store.ts';
import { parseMoney } from '../money/decimal.ts';
import { readAs } from '../platform/database.ts';
import { runs } from '../platform/http/command-route.ts';
import { pageQuery, paginate } from '../platform/http/paging.ts';
import type { Platform } from '../platform/http/platform.ts';
import { Id, object, Page, problems } from '../platform/http/schemas.ts';
import { readFlowFile } from './flow-file.ts';
import { recordFlows } from './flows.ts';
import { flowAnswers, fundFlowOf, holdersOf, traceAnswers } from './queries.ts';
import { AccountTransaction, FlowClassName, FlowResults, FlowTrace, FundFlow, NewFlows } from './schemas.ts';

const tags = ['Oversight'];
const bookParams = object({ bookId: Id });
const newest = { newest: [['id', 'desc']] } as const;
const traceSorts = { newest: [['flow_trace.id', 'desc']] } as const;

/** Movements on borrowers' accounts as the bank's systems tell them, and how far loan money has been followed. */
export const flowRoutes: FastifyPluginAsyncTypebox<Platform> = async (app, platform) => {
  const { database } = platform;

  app.post(
    '/v1/books/:bookId/account-transactions',
    runs(platform, recordFlows, {
      config: { permission: 'flow:record' },
      bodyLimit: 8 * 1024 * 1024,
      schema: {
        operationId: 'recordAccountTransactions',
        summary: 'Tell up to 10,000 movements on borrowers’ accounts',
        description:
          'Each line is recorded or refused on its own; the same one again changes nothing. What is the money of a loan ' +
          'is followed, and raises an alert where it must not go.',
        tags,
        params: bookParams,
        body: NewFlows,
        response: { 200: FlowResults, ...problems(404) },
      },
      input: async ({ params: { bookId }, body, actor }) => {
        requireOwnBook(actor, bookId);
        const lines = body.items.map((item, index) => ({
          ...item,
          line: index + 1,
          amount: parseMoney(item.amount),
          counterpartyAccount: item.counterpartyAccount ?? null,
          counterpartyUscc: item.counterpartyUscc ?? null,
          counterpartyIndustry: item.counterpartyIndustry ?? null,
          purpose: item.purpose ?? null,
        }));
        const codes = lines.map(({ holderUscc }) => holderUscc);
        return { bookId, lines, holders: await holdersOf(database, actor, codes) };
      },
    }),
  );

  app.post(
    '/v1/books/:bookId/account-transaction-files',
    runs(platform, recordFlows, {
      config: { permission: 'flow:record' },
      bodyLimit: 8 * 1024 * 1024,
      schema: {
        operationId: 'recordAccountTransactionFile',
        summary: 'Tell movements on borrowers’ accounts by a CSV file',
        description:
          'Columns reference, holder_uscc, direction, amount, booked_on, counterparty_name and, in this order and as far ' +
          'as wanted, counterparty_account, counterparty_uscc, counterparty_industry, purpose. Rows stand alone.',
        tags,
        params: bookParams,
        body: object({
          csv: Type.String({
            minLength: 1,
            maxLength: 6_000_000,
            description: 'The file as text.',
            examples: [
              'reference,holder_uscc,direction,amount,booked_on,counterparty_name\nTX1,91350100M000100Y43,out,1000.00,2026-07-02,示范证券营业部\n',
            ],
          }),
        }),
        response: { 200: FlowResults, ...problems(404, 422) },
      },
      input: async ({ params: { bookId }, body, actor }) => {
        requireOwnBook(actor, bookId);
        const lines = readFlowFile(body.csv);
        const codes = lines.flatMap((line) => ('holderUscc' in line ? line.holderUscc : []));
        return { bookId, lines, holders: await holdersOf(database, actor, codes) };
      },
    }),
  );

  app.get('/v1/account-transactions', {
    config: { permission: 'flow:read' },
    schema: {
      operationId: 'listAccountTransactions',
      summary: 'Movements on borrowers’ accounts that your bank has told',
      tags,
      querystring: pageQuery({ sorts: newest, filters: { holderId: Id, class: FlowClassName } }),
      response: { 200: Page(AccountTransaction), ...problems(400) },
    },
    handler: ({ actor, query }) =>
      readAs(database, actor, (db) =>
        paginate(flowAnswers(db, { ...query, ...(actor.orgKind === 'bank' && { bookId: actor.orgId }) }), {
          page: query,
          sorts: newest,
        }),
      ) as never,
  });

  app.get('/v1/financings/:financingId/fund-flow', {
    config: { permission: 'flow:read' },
    schema: {
      operationId: 'getFundFlow',
      summary: 'How far the money of a financing has been followed, and where it went',
      tags,
      params: object({ financingId: Id }),
      response: { 200: FundFlow, ...problems(404) },
    },
    handler: ({ actor, params: { financingId } }) =>
      readAs(database, actor, (db) => fundFlowOf(db, financingId)) as never,
  });

  app.get('/v1/financings/:financingId/fund-flow/movements', {
    config: { permission: 'flow:read' },
    schema: {
      operationId: 'listFundFlow',
      summary: 'The parts of movements that are the money of a financing',
      tags,
      params: object({ financingId: Id }),
      querystring: pageQuery({ sorts: traceSorts }),
      response: { 200: Page(FlowTrace), ...problems(400) },
    },
    handler: ({ actor, query, params: { financingId } }) =>
      readAs(database, actor, (db) =>
        paginate(traceAnswers(db).where('financing_id', '=', financingId), { page: query, sorts: traceSorts }),
      ) as never,
  });
};
