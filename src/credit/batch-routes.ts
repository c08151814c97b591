import multipart from '@fastify/multipart';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { readAs } from '../platform/database.ts';
import { runs } from '../platform/http/command-route.ts';
import { formFile } from '../platform/http/form-file.ts';
import { pageQuery, paginate } from '../platform/http/paging.ts';
import type { Platform } from '../platform/http/platform.ts';
import { Id, object, Page, problems } from '../platform/http/schemas.ts';
import { Refusal } from '../platform/refusal.ts';
import { MAX_APPLICANTS, MAX_FILE_BYTES, readApplicantFile } from './applicant-file.ts';
import { startCreditBatch } from './batch-start.ts';
import { batchAnswers, batchRowAnswers, locateCredit, requireBatch } from './queries.ts';
import { ApplicantFile, BatchDecision, CreditBatch, CreditBatchRow } from './schemas.ts';

const tags = ['Credit'];
const upload = formFile(readApplicantFile, 'CSV');
const batchSorts = { newest: [['id', 'desc']], oldest: [['id', 'asc']] } as const;
const rowSorts = { line: [['line', 'asc']] } as const;
const ofBatch = object({ batchId: Id });

/** Applicants by file: sent, watched while they are judged, and the decision on each row with its reasons. */
export const creditBatchRoutes: FastifyPluginAsyncTypebox<Platform> = async (app, platform) => {
  const { database } = platform;
  await app.register(multipart, { limits: { fileSize: MAX_FILE_BYTES, files: 1, parts: 2, fieldSize: 1024 } });

  app.post(
    '/v1/programmes/:programmeId/credit-batches',
    runs(platform, startCreditBatch, {
      config: { permission: 'credit:judge' },
      bodyLimit: MAX_FILE_BYTES + 64 * 1024,
      preValidation: upload.take,
      schema: {
        operationId: 'judgeApplicants',
        summary: `Judge up to ${MAX_APPLICANTS} applicants for credit by file`,
        description:
          'Answers at once; each row is approved, referred to a person or declined on its own in the background, by ' +
          'the version of the terms in force. The same file under the same terms on the same day is the same batch.',
        tags,
        consumes: ['multipart/form-data'],
        params: object({ programmeId: Id }),
        body: ApplicantFile,
        response: { 202: CreditBatch, ...problems(404, 409, 422) },
      },
      input: async ({ params, body, actor }) => {
        const { programmeId, bookId, chainId } = await locateCredit(database, actor, params.programmeId);
        return { programmeId, bookId, chainId, file: upload.of(body) };
      },
    }),
  );

  app.get('/v1/credit-batches', {
    config: { permission: 'credit:read' },
    schema: {
      operationId: 'listCreditBatches',
      summary: 'Files of applicants that your bank has sent',
      tags,
      querystring: pageQuery({ sorts: batchSorts, filters: { programmeId: Id } }),
      response: { 200: Page(CreditBatch), ...problems(400) },
    },
    handler: ({ actor, query }) =>
      readAs(database, actor, (db) => {
        let rows = batchAnswers(db);
        if (actor.orgKind === 'bank') rows = rows.where('book_id', '=', actor.orgId);
        if (query.programmeId !== undefined) rows = rows.where('programme_id', '=', query.programmeId);
        return paginate(rows, { page: query, sorts: batchSorts });
      }),
  });

  app.get('/v1/credit-batches/:batchId', {
    config: { permission: 'credit:read' },
    schema: {
      operationId: 'readCreditBatch',
      summary: 'How far a file of applicants has been judged',
      tags,
      params: ofBatch,
      response: { 200: CreditBatch, ...problems(404) },
    },
    handler: async ({ actor, params: { batchId } }) => {
      const found = await readAs(database, actor, (db) =>
        batchAnswers(db).where('id', '=', batchId).executeTakeFirst(),
      );
      if (found === undefined) throw new Refusal('not-found', `there is no credit batch ${batchId}`);
      return found;
    },
  });

  app.get('/v1/credit-batches/:batchId/rows', {
    config: { permission: 'credit:read' },
    schema: {
      operationId: 'listJudgedApplicants',
      summary: 'The decision on each row of a file, with its reasons',
      tags,
      params: ofBatch,
      querystring: pageQuery({ sorts: rowSorts, filters: { decision: BatchDecision } }),
      response: { 200: Page(CreditBatchRow), ...problems(404) },
    },
    handler: ({ actor, params: { batchId }, query }) =>
      readAs(database, actor, async (db) => {
        await requireBatch(db, batchId);
        let rows = batchRowAnswers(db, batchId);
        if (query.decision !== undefined) rows = rows.where('credit_batch_row.decision', '=', query.decision);
        return paginate(rows, { page: query, sorts: rowSorts });
      }),
  });
};
