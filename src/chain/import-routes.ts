import multipart from '@fastify/multipart';
import { type FastifyPluginAsyncTypebox, Type } from '@fastify/type-provider-typebox';
import { readAs } from '../platform/database.ts';
import { runs } from '../platform/http/command-route.ts';
import { object } from '../platform/http/component.ts';
import { formFile } from '../platform/http/form-file.ts';
import { pageQuery } from '../platform/http/paging.ts';
import type { Platform } from '../platform/http/platform.ts';
import { Page, problems } from '../platform/http/schemas.ts';
import { startMemberImport } from './import-commands.ts';
import { MAX_FILE_BYTES, MAX_ROWS, readMemberFile } from './import-file.ts';
import { importSorts, listImports, listRows, readImport, refusedRowsCsv, rowSorts } from './import-queries.ts';
import { ImportedRow, ImportFile, InChain, MemberImport, OfImport, RowOutcome } from './schemas.ts';

const tags = ['Chains'];

const upload = formFile(readMemberFile, 'CSV or XLSX');

/** Members by file: sent, watched while they are worked off, and what became of each row. */
export const importRoutes: FastifyPluginAsyncTypebox<Platform> = async (app, platform) => {
  await app.register(multipart, { limits: { fileSize: MAX_FILE_BYTES, files: 1, parts: 2, fieldSize: 1024 } });

  app.post(
    '/v1/chains/:chainId/member-imports',
    runs(platform, startMemberImport, {
      config: { permission: 'member:invite' },
      bodyLimit: MAX_FILE_BYTES + 64 * 1024,
      preValidation: upload.take,
      schema: {
        operationId: 'importMembers',
        summary: `Invite up to ${MAX_ROWS} members by file`,
        description:
          'Answers at once; the rows are worked off in the background, parents before those below them, each on its ' +
          'own. The same file on the same chain again is the same import, and tries its refused rows again. A dry run says what would become of each row.',
        tags,
        consumes: ['multipart/form-data'],
        params: InChain,
        querystring: object({ dryRun: Type.Optional(Type.Boolean({ default: false })) }),
        body: ImportFile,
        response: { 202: MemberImport, ...problems(404, 409, 422) },
      },
      input: ({ params, query, body }) => ({
        chainId: params.chainId,
        dryRun: query.dryRun ?? false,
        file: upload.of(body),
      }),
    }),
  );

  app.get('/v1/chains/:chainId/member-imports', {
    config: { permission: 'member:invite' },
    schema: {
      operationId: 'listMemberImports',
      summary: 'List the files sent for a chain',
      tags,
      params: InChain,
      querystring: pageQuery({ sorts: importSorts }),
      response: { 200: Page(MemberImport), ...problems(404) },
    },
    handler: ({ actor, params, query }) =>
      readAs(platform.database, actor, (db) => listImports(db, params.chainId, query)),
  });

  app.get('/v1/chains/:chainId/member-imports/:importId', {
    config: { permission: 'member:invite' },
    schema: {
      operationId: 'readMemberImport',
      summary: 'See how far a file has been worked off',
      tags,
      params: OfImport,
      response: { 200: MemberImport, ...problems(404) },
    },
    handler: ({ actor, params }) => readAs(platform.database, actor, (db) => readImport(db, params)),
  });

  app.get('/v1/chains/:chainId/member-imports/:importId/rows', {
    config: { permission: 'member:invite' },
    schema: {
      operationId: 'listImportedRows',
      summary: 'List the rows of a file and what became of each',
      tags,
      params: OfImport,
      querystring: pageQuery({ sorts: rowSorts, filters: { outcome: RowOutcome } }),
      response: { 200: Page(ImportedRow), ...problems(404) },
    },
    handler: ({ actor, params, query: { outcome, ...page } }) =>
      readAs(platform.database, actor, (db) => listRows(db, params, { ...(outcome && { outcome }), page })),
  });

  app.get('/v1/chains/:chainId/member-imports/:importId/refused-rows', {
    config: { permission: 'member:invite' },
    schema: {
      operationId: 'downloadRefusedRows',
      summary: 'Download the refused rows as CSV, with what is wrong with each',
      tags,
      params: OfImport,
      response: {
        200: { description: 'CSV in UTF-8', content: { 'text/csv': { schema: Type.String() } } },
        ...problems(404),
      },
    },
    handler: async ({ actor, params }, reply) => {
      const csv = await readAs(platform.database, actor, (db) => refusedRowsCsv(db, params));
      return reply
        .type('text/csv; charset=utf-8')
        .header('content-disposition', 'attachment; filename="refused-rows.csv"')
        .serializer(String)
        .send(csv);
    },
  });
};
