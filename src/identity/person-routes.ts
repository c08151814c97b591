import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { uuidv7 } from 'uuidv7';
import { readAs } from '../platform/database.ts';
import { runs, runsIfMatch } from '../platform/http/command-route.ts';
import { pageQuery } from '../platform/http/paging.ts';
import type { Platform } from '../platform/http/platform.ts';
import { Page, problems } from '../platform/http/schemas.ts';
import { personAnswer } from './answers.ts';
import { addPerson, changePerson, removePerson } from './person-commands.ts';
import { listPeople, memberSorts, readPerson } from './queries.ts';
import { InOrganization, Person, PersonBody, PersonPatch, PersonPath } from './schemas.ts';

const tags = ['People'];

/** The people of an organization and their roles. */
export const personRoutes: FastifyPluginAsyncTypebox<Platform> = async (app, platform) => {
  app.post(
    '/v1/organizations/:organizationId/people',
    runs(platform, addPerson, {
      config: { permission: 'person:manage' },
      schema: {
        operationId: 'addPerson',
        summary: 'Add a person to an organization',
        description: 'The platform operator adds the first administrator only.',
        tags,
        params: InOrganization,
        body: PersonBody,
        response: { 201: Person, ...problems(404, 422) },
      },
      input: ({ params, body }) => ({ ...params, ...body, id: uuidv7() }),
    }),
  );

  app.get('/v1/organizations/:organizationId/people', {
    config: { permission: 'person:read' },
    schema: {
      operationId: 'listPeople',
      summary: 'List the people of an organization',
      tags,
      params: InOrganization,
      querystring: pageQuery({ sorts: memberSorts }),
      response: { 200: Page(Person) },
    },
    handler: ({ actor, params, query }) =>
      readAs(platform.database, actor, async (db) => {
        const { items, nextCursor } = await listPeople(db, params.organizationId, query);
        return { items: items.map((row) => personAnswer(row, actor)), nextCursor };
      }),
  });

  app.get('/v1/organizations/:organizationId/people/:personId', {
    config: { permission: 'person:read' },
    schema: {
      operationId: 'readPerson',
      summary: 'Read a person',
      tags,
      params: PersonPath,
      response: { 200: Person, ...problems(404) },
    },
    handler: ({ actor, params }) =>
      readAs(platform.database, actor, async (db) =>
        personAnswer(await readPerson(db, params.organizationId, params.personId), actor),
      ),
  });

  app.patch(
    '/v1/organizations/:organizationId/people/:personId',
    runsIfMatch(platform, changePerson, {
      config: { permission: 'person:manage' },
      schema: {
        operationId: 'changePerson',
        summary: "Change a person's name or roles",
        description: 'Other roles count within five seconds, also for tokens given before.',
        tags,
        params: PersonPath,
        body: PersonPatch,
        response: { 200: Person, ...problems(404, 409, 422) },
      },
      input: ({ params, body }, expectedVersion) => ({
        ...params,
        ...body,
        expectedVersion,
      }),
    }),
  );

  app.post(
    '/v1/organizations/:organizationId/people/:personId/leave',
    runsIfMatch(platform, removePerson, {
      config: { permission: 'person:manage' },
      schema: {
        operationId: 'removePerson',
        summary: 'Note that a person has left: what acts for him is refused within five seconds',
        tags,
        params: PersonPath,
        response: { 200: Person, ...problems(404, 409) },
      },
      input: ({ params }, expectedVersion) => ({ ...params, expectedVersion }),
    }),
  );
};
