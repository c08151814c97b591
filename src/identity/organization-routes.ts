import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { uuidv7 } from 'uuidv7';
import { readAs } from '../platform/database.ts';
import { runs, runsIfMatch } from '../platform/http/command-route.ts';
import { pageQuery } from '../platform/http/paging.ts';
import type { Platform } from '../platform/http/platform.ts';
import { Name, Page, problems } from '../platform/http/schemas.ts';
import { organizationFor } from './answers.ts';
import { changeOrganization, registerOrganization, reinstateOrganization, suspendOrganization } from './commands.ts';
import { listOrganizations, organizationSorts, readOrganization } from './queries.ts';
import {
  InOrganization,
  Kind,
  Organization,
  OrganizationStatus,
  ProfileChange,
  RegistrationBody,
  Scale,
} from './schemas.ts';

const tags = ['Organizations'];

/** Organizations of the platform: registered, found, changed, suspended and reinstated. */
export const organizationRoutes: FastifyPluginAsyncTypebox<Platform> = async (app, platform) => {
  app.post(
    '/v1/organizations',
    runs(platform, registerOrganization, {
      config: { permission: 'organization:register' },
      schema: {
        operationId: 'registerOrganization',
        summary: 'Register an organization',
        tags,
        body: RegistrationBody,
        response: { 201: Organization, ...problems(409) },
      },
      input: ({ body }) => ({ ...body, id: uuidv7() }),
    }),
  );

  app.get('/v1/organizations', {
    config: { permission: 'organization:read' },
    schema: {
      operationId: 'listOrganizations',
      summary: 'List the organizations one sees',
      description: '`q` is the beginning of a legal name or of a unified social credit code.',
      tags,
      querystring: pageQuery({
        sorts: organizationSorts,
        filters: { kind: Kind, scale: Scale, status: OrganizationStatus, q: Name },
      }),
      response: { 200: Page(Organization) },
    },
    handler: ({ actor, query }) =>
      readAs(platform.database, actor, async (db) => {
        const { items, nextCursor } = await listOrganizations(db, actor, query, query);
        return { items: items.map((row) => organizationFor(row, actor)), nextCursor };
      }),
  });

  app.get('/v1/organizations/:organizationId', {
    config: { permission: 'organization:read' },
    schema: {
      operationId: 'readOrganization',
      summary: 'Read an organization',
      tags,
      params: InOrganization,
      response: { 200: Organization, ...problems(404) },
    },
    handler: ({ actor, params }) =>
      readAs(platform.database, actor, async (db) =>
        organizationFor(await readOrganization(db, params.organizationId), actor),
      ),
  });

  app.patch(
    '/v1/organizations/:organizationId',
    runsIfMatch(platform, changeOrganization, {
      config: { permission: 'organization:change' },
      schema: {
        operationId: 'changeOrganization',
        summary: 'Change the profile of an organization',
        description: 'The platform operator changes any part, an administrator of the organization contact and region.',
        tags,
        params: InOrganization,
        body: ProfileChange,
        response: { 200: Organization, ...problems(404, 409) },
      },
      input: ({ params, body }, expectedVersion) => ({
        ...params,
        expectedVersion,
        change: body,
      }),
    }),
  );

  app.post(
    '/v1/organizations/:organizationId/suspend',
    runsIfMatch(platform, suspendOrganization, {
      config: { permission: 'organization:suspend' },
      schema: {
        operationId: 'suspendOrganization',
        summary: 'Suspend an organization: its people and systems are refused within five seconds',
        tags,
        params: InOrganization,
        response: { 200: Organization, ...problems(404, 409) },
      },
      input: ({ params }, expectedVersion) => ({
        ...params,
        expectedVersion,
      }),
    }),
  );

  app.post(
    '/v1/organizations/:organizationId/reinstate',
    runsIfMatch(platform, reinstateOrganization, {
      config: { permission: 'organization:suspend' },
      schema: {
        operationId: 'reinstateOrganization',
        summary: 'Reinstate a suspended organization',
        tags,
        params: InOrganization,
        response: { 200: Organization, ...problems(404, 409) },
      },
      input: ({ params }, expectedVersion) => ({
        ...params,
        expectedVersion,
      }),
    }),
  );
};
