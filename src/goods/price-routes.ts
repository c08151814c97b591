import { type FastifyPluginAsyncTypebox, Type } from '@fastify/type-provider-typebox';
import { requireOwnBook } from '../ledger/book-store.ts';
import { parseDecimal } from '../money/decimal.ts';
import { readAs } from '../platform/database.ts';
import { runs, runsIfMatch } from '../platform/http/command-route.ts';
import { pageQuery, paginate } from '../platform/http/paging.ts';
import type { Platform } from '../platform/http/platform.ts';
import { Id, Name, Note, object, oneOf, Page, problems, Ratio } from '../platform/http/schemas.ts';
import { readPriceFile } from './price-file.ts';
import { decidePrices, proposePrices } from './price-proposals.ts';
import { recordPrices, setHaircut } from './prices.ts';
import { locateProposal, newest, priceAnswers, proposalAnswers } from './queries.ts';
import {
  Haircut,
  NewPriceProposal,
  NewPrices,
  Price,
  PriceProposal,
  PriceResults,
  ProposalStateName,
} from './schemas.ts';

const tags = ['Goods'];
const bookParams = object({ bookId: Id });
const params = object({ proposalId: Id });

/** What goods are quoted at: by a feed, or typed by one person of the bank and approved by another; and haircuts. */
export const priceRoutes: FastifyPluginAsyncTypebox<Platform> = async (app, platform) => {
  const { database } = platform;

  app.post(
    '/v1/books/:bookId/prices',
    runs(platform, recordPrices, {
      config: { permission: 'price:record' },
      schema: {
        operationId: 'recordPrices',
        summary: 'Record up to 10,000 quotations',
        description: 'Each line is recorded or refused on its own. A correction is a row of its own.',
        tags,
        params: bookParams,
        body: NewPrices,
        response: { 200: PriceResults, ...problems(404) },
      },
      input: ({ params: { bookId }, body, actor }) => {
        requireOwnBook(actor, bookId);
        const lines = body.items.map((item, index) => ({
          line: index + 1,
          grade: item.grade,
          price: parseDecimal(item.price),
          quotedAt: item.quotedAt,
          correction: item.correction ?? false,
        }));
        return { bookId, source: body.source, lines };
      },
    }),
  );
  app.post(
    '/v1/books/:bookId/price-files',
    runs(platform, recordPrices, {
      config: { permission: 'price:record' },
      bodyLimit: 2 * 1024 * 1024,
      schema: {
        operationId: 'recordPriceFile',
        summary: 'Record quotations by a CSV feed',
        description: 'Columns grade, price, quoted_at and, if wanted, correction (yes or no). Rows stand alone.',
        tags,
        params: bookParams,
        body: object({
          source: Name,
          csv: Type.String({
            minLength: 1,
            maxLength: 1_500_000,
            description: 'The file as text.',
            examples: ['grade,price,quoted_at\nAL/A00,17050.00,2026-07-08T09:00:00+08:00\n'],
          }),
        }),
        response: { 200: PriceResults, ...problems(404, 422) },
      },
      input: ({ params: { bookId }, body, actor }) => {
        requireOwnBook(actor, bookId);
        return { bookId, source: body.source, lines: readPriceFile(body.csv) };
      },
    }),
  );
  app.get('/v1/books/:bookId/prices', {
    config: { permission: 'goods:read' },
    schema: {
      operationId: 'listPrices',
      summary: 'Quotations of a bank, corrections included',
      tags,
      params: bookParams,
      querystring: pageQuery({ sorts: newest, filters: { gradeId: Id } }),
      response: { 200: Page(Price) },
    },
    handler: ({ actor, query, params }) =>
      readAs(database, actor, (db) => {
        let rows = priceAnswers(db).where('book_id', '=', params.bookId);
        if (query.gradeId !== undefined) rows = rows.where('grade_id', '=', query.gradeId);
        return paginate(rows, { page: query, sorts: newest }) as never;
      }),
  });
  app.post(
    '/v1/books/:bookId/haircuts',
    runs(platform, setHaircut, {
      config: { permission: 'haircut:set' },
      schema: {
        operationId: 'setHaircut',
        summary: 'Set what is taken off the value of a grade from now on',
        tags,
        params: bookParams,
        body: object({ gradeId: Id, ratio: Ratio }),
        response: { 201: Haircut, ...problems(404) },
      },
      input: ({ params: { bookId }, body, actor }) => {
        requireOwnBook(actor, bookId);
        return { bookId, gradeId: body.gradeId, ratio: parseDecimal(body.ratio) };
      },
    }),
  );

  app.post(
    '/v1/books/:bookId/price-proposals',
    runs(platform, proposePrices, {
      config: { permission: 'price:propose' },
      schema: {
        operationId: 'proposePrices',
        summary: 'Propose quotations that no feed has told',
        description: 'They are checked at once and value nothing until another person of the bank has approved them.',
        tags,
        params: bookParams,
        body: NewPriceProposal,
        response: { 201: PriceProposal, ...problems(404, 409, 422) },
      },
      input: ({ params: { bookId }, body, actor }) => {
        requireOwnBook(actor, bookId);
        const lines = body.items.map((item) => ({ ...item, correction: item.correction ?? false }));
        return { bookId, source: body.source, reason: body.reason, lines };
      },
    }),
  );
  app.get('/v1/books/:bookId/price-proposals', {
    config: { permission: 'goods:read' },
    schema: {
      operationId: 'listPriceProposals',
      summary: 'Quotations that were typed, and who has decided on them',
      tags,
      params: bookParams,
      querystring: pageQuery({ sorts: newest, filters: { state: ProposalStateName } }),
      response: { 200: Page(PriceProposal) },
    },
    handler: ({ actor, query, params: { bookId } }) =>
      readAs(database, actor, (db) => {
        let rows = proposalAnswers(db).where('book_id', '=', bookId);
        if (query.state !== undefined) rows = rows.where('state', '=', query.state);
        return paginate(rows, { page: query, sorts: newest }) as never;
      }),
  });
  app.post(
    '/v1/price-proposals/:proposalId/decision',
    runsIfMatch(platform, decidePrices, {
      config: { permission: 'price:approve' },
      schema: {
        operationId: 'decidePriceProposal',
        summary: 'Another person approves or rejects proposed quotations',
        tags,
        params,
        body: object({ verdict: oneOf(['approve', 'reject']), reason: Type.Optional(Note) }),
        response: { 200: PriceProposal, ...problems(403, 404, 409, 412) },
      },
      input: async ({ params: { proposalId }, body, actor }, expectedVersion) => ({
        proposalId,
        bookId: await locateProposal(database, actor, proposalId),
        expectedVersion,
        verdict: body.verdict,
        reason: body.reason ?? null,
      }),
    }),
  );
};
