import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { uuidv7 } from 'uuidv7';
import { readAs } from '../platform/database.ts';
import { runs, runsIfMatch } from '../platform/http/command-route.ts';
import { pageQuery } from '../platform/http/paging.ts';
import type { Platform } from '../platform/http/platform.ts';
import { Page, problems } from '../platform/http/schemas.ts';
import { settlementAccountAnswer } from './answers.ts';
import { listSettlementAccounts, memberSorts, readSettlementAccount } from './queries.ts';
import { AccountPath, InOrganization, SettlementAccount, SettlementAccountBody } from './schemas.ts';
import {
  closeSettlementAccount,
  proposeSettlementAccount,
  requestSettlementAccountClosure,
  verifySettlementAccount,
} from './settlement-account-commands.ts';

const tags = ['Settlement accounts'];

/** Bank accounts of an organization. Every change takes two people. */
export const settlementAccountRoutes: FastifyPluginAsyncTypebox<Platform> = async (app, platform) => {
  const path = '/v1/organizations/:organizationId/settlement-accounts';

  app.post(
    path,
    runs(platform, proposeSettlementAccount, {
      config: { permission: 'settlement-account:propose' },
      schema: {
        operationId: 'proposeSettlementAccount',
        summary: 'Propose a settlement account',
        tags,
        params: InOrganization,
        body: SettlementAccountBody,
        response: { 201: SettlementAccount, ...problems(404, 409) },
      },
      input: ({ params, body }) => ({ ...params, ...body, id: uuidv7() }),
    }),
  );

  app.get(path, {
    config: { permission: 'settlement-account:read' },
    schema: {
      operationId: 'listSettlementAccounts',
      summary: 'List the settlement accounts of an organization',
      tags,
      params: InOrganization,
      querystring: pageQuery({ sorts: memberSorts }),
      response: { 200: Page(SettlementAccount) },
    },
    handler: ({ actor, params, query }) =>
      readAs(platform.database, actor, async (db) => {
        const { items, nextCursor } = await listSettlementAccounts(db, params.organizationId, query);
        return { items: items.map((row) => settlementAccountAnswer(row, actor)), nextCursor };
      }),
  });

  app.get(`${path}/:accountId`, {
    config: { permission: 'settlement-account:read' },
    schema: {
      operationId: 'readSettlementAccount',
      summary: 'Read a settlement account',
      tags,
      params: AccountPath,
      response: { 200: SettlementAccount, ...problems(404) },
    },
    handler: ({ actor, params }) =>
      readAs(platform.database, actor, async (db) =>
        settlementAccountAnswer(await readSettlementAccount(db, params.organizationId, params.accountId), actor),
      ),
  });

  app.post(
    `${path}/:accountId/verify`,
    runsIfMatch(platform, verifySettlementAccount, {
      config: { permission: 'settlement-account:check' },
      schema: {
        operationId: 'verifySettlementAccount',
        summary: 'Verify a proposed account, or keep one whose closure was asked for',
        tags,
        params: AccountPath,
        response: { 200: SettlementAccount, ...problems(404, 409) },
      },
      input: ({ params }, expectedVersion) => ({
        ...params,
        expectedVersion,
      }),
    }),
  );

  app.post(
    `${path}/:accountId/request-closure`,
    runsIfMatch(platform, requestSettlementAccountClosure, {
      config: { permission: 'settlement-account:propose' },
      schema: {
        operationId: 'requestSettlementAccountClosure',
        summary: 'Ask to close a verified account',
        tags,
        params: AccountPath,
        response: { 200: SettlementAccount, ...problems(404, 409) },
      },
      input: ({ params }, expectedVersion) => ({
        ...params,
        expectedVersion,
      }),
    }),
  );

  app.post(
    `${path}/:accountId/close`,
    runsIfMatch(platform, closeSettlementAccount, {
      config: { permission: 'settlement-account:close' },
      schema: {
        operationId: 'closeSettlementAccount',
        summary: 'Close an account whose closure was asked for, or a mere proposal',
        tags,
        params: AccountPath,
        response: { 200: SettlementAccount, ...problems(404, 409) },
      },
      input: ({ params }, expectedVersion) => ({
        ...params,
        expectedVersion,
      }),
    }),
  );
};
