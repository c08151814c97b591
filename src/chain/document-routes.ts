import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { readAs } from '../platform/database.ts';
import { runs, runsIfMatch } from '../platform/http/command-route.ts';
import { pageQuery } from '../platform/http/paging.ts';
import type { Platform } from '../platform/http/platform.ts';
import { Day, Id, Note, object, Page, problems, Reference } from '../platform/http/schemas.ts';
import { recordDocument, recordDocuments } from './document-commands.ts';
import { voidDocument } from './document-voiding.ts';
import { documentSorts, listDocuments, readDocument } from './queries.ts';
import {
  DocumentBody,
  DocumentKind,
  DocumentResults,
  DocumentStatus,
  DocumentsBody,
  InChain,
  MAX_DOCUMENTS,
  OfDocument,
  TradeDocument,
} from './schemas.ts';

const tags = ['Chains'];
/** What the largest call of documents weighs. */
const BULK_BYTES = 12 * 1024 * 1024;

/** Trade records: contracts, orders, invoices and logistics documents, by the hashes of their files. */
export const documentRoutes: FastifyPluginAsyncTypebox<Platform> = async (app, platform) => {
  app.post(
    '/v1/chains/:chainId/documents',
    runs(platform, recordDocument, {
      config: { permission: 'trade-document:record' },
      schema: {
        operationId: 'recordTradeDocument',
        summary: 'Record a contract, order, invoice or logistics document',
        description:
          'By its seller or buyer, who trade with each other on the chain. An invoice is recorded once on the whole ' +
          'platform: 20 digits, or 8 with its code; tax and net make the amount to the fen.',
        tags,
        params: InChain,
        body: DocumentBody,
        response: { 201: TradeDocument, ...problems(404, 409, 422) },
      },
      input: ({ params, body }) => ({ ...params, items: [body] }),
    }),
  );

  app.post(
    '/v1/chains/:chainId/document-batches',
    runs(platform, recordDocuments, {
      config: { permission: 'trade-document:record' },
      bodyLimit: BULK_BYTES,
      schema: {
        operationId: 'recordTradeDocuments',
        summary: `Record up to ${MAX_DOCUMENTS} documents, each accepted or refused on its own`,
        tags,
        params: InChain,
        body: DocumentsBody,
        response: { 200: DocumentResults, ...problems(404) },
      },
      input: ({ params, body }) => ({ ...params, items: body.items }),
    }),
  );

  app.get('/v1/chains/:chainId/documents', {
    config: { permission: 'trade-document:read' },
    schema: {
      operationId: 'listTradeDocuments',
      summary: 'List the documents of the trade one is a party to; all of the chain as core enterprise',
      description: 'A bank sees the documents of those on the chain that have a financing with it, and no others.',
      tags,
      params: InChain,
      querystring: pageQuery({
        sorts: documentSorts,
        filters: {
          kind: DocumentKind,
          status: DocumentStatus,
          number: Reference,
          sellerId: Id,
          buyerId: Id,
          contractId: Id,
          issuedFrom: Day,
          issuedTo: Day,
        },
      }),
      response: { 200: Page(TradeDocument), ...problems(404) },
    },
    handler: ({ actor, params, query }) =>
      readAs(platform.database, actor, (db) =>
        listDocuments(db, { chainId: params.chainId, filters: query, page: query }),
      ),
  });

  app.get('/v1/chains/:chainId/documents/:documentId', {
    config: { permission: 'trade-document:read' },
    schema: {
      operationId: 'readTradeDocument',
      summary: 'Read a document',
      tags,
      params: OfDocument,
      response: { 200: TradeDocument, ...problems(404) },
    },
    handler: ({ actor, params }) => readAs(platform.database, actor, (db) => readDocument(db, params)),
  });

  app.post(
    '/v1/chains/:chainId/documents/:documentId/void',
    runsIfMatch(platform, voidDocument, {
      config: { permission: 'trade-document:record' },
      schema: {
        operationId: 'voidTradeDocument',
        summary: 'Take a document back, by who recorded it; its number may be recorded again',
        tags,
        params: OfDocument,
        body: object({ reason: Note }),
        response: { 200: TradeDocument, ...problems(404, 409) },
      },
      input: ({ params, body }, expectedVersion) => ({ ...params, ...body, expectedVersion }),
    }),
  );
};
