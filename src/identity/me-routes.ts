import { type FastifyPluginAsyncTypebox, Type } from '@fastify/type-provider-typebox';
import { readAs } from '../platform/database.ts';
import type { Platform } from '../platform/http/platform.ts';
import { Id, Instant, Name, object } from '../platform/http/schemas.ts';
import { isPermitted, type Permission, permissions } from './permissions.ts';
import { readClient, readOrganization, readPerson } from './queries.ts';
import { Kind, Roles, Scopes } from './schemas.ts';

const Me = object({
  organization: object({ id: Id, kind: Kind, legalName: Name }),
  person: object({ id: Id, name: Type.String({ examples: ['王小明'] }), roles: Roles }),
  client: object({ id: Id, name: Type.String({ examples: ['ERP'] }), scopes: Scopes, expiresAt: Instant }),
  permissions: Type.Array(Type.String({ examples: ['organization:read'] })),
});

/** Who the token speaks for, and what it may do. */
export const meRoutes: FastifyPluginAsyncTypebox<Platform> = async (app, { database }) => {
  app.get('/v1/me', {
    config: { permission: 'me:read' },
    schema: {
      operationId: 'readMe',
      summary: 'Read whom the token speaks for and what it may do',
      tags: ['Tokens'],
      response: { 200: Me },
    },
    handler: ({ actor }) =>
      readAs(database, actor, async (db) => {
        const organization = await readOrganization(db, actor.orgId);
        const person = await readPerson(db, actor.orgId, actor.personId);
        const client = await readClient(db, actor.orgId, actor.clientId);
        return {
          organization: { id: organization.id, kind: organization.kind, legalName: organization.legalName },
          person: { id: person.id, name: person.name, roles: actor.roles },
          client: { id: client.id, name: client.name, scopes: client.scopes, expiresAt: client.expiresAt },
          permissions: (Object.keys(permissions) as Permission[]).filter((name) => isPermitted(actor, name)),
        };
      }),
  });
};
