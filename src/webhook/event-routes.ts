import { type FastifyPluginAsyncTypebox, Type } from '@fastify/type-provider-typebox';
import { readAs } from '../platform/database.ts';
import { pageQuery, paginate } from '../platform/http/paging.ts';
import type { Platform } from '../platform/http/platform.ts';
import { Id, Page, problems } from '../platform/http/schemas.ts';
import { Event } from './schemas.ts';
import { eventAnswers } from './store.ts';

const Word = Type.String({ pattern: '^[a-z_]{1,40}(\\.[a-z_]{1,60})?$', examples: ['financing.disbursed'] });

const sorts = {
  newest: [['event.id', 'desc']],
  committed: [
    ['event.xid', 'asc'],
    ['event.id', 'asc'],
  ],
} as const;
const sortsOfParty = {
  newest: [['event_party.event_id', 'desc']],
  committed: [
    ['event_party.xid', 'asc'],
    ['event_party.event_id', 'asc'],
  ],
} as const;

/** The audit trail: what happened, as far as the asking organization is a party to it. */
export const eventRoutes: FastifyPluginAsyncTypebox<Platform> = async (app, { database }) => {
  app.get('/v1/events', {
    config: { permission: 'event:read' },
    schema: {
      operationId: 'listEvents',
      summary: 'List what happened, with who asked for it',
      description:
        'Sorted by "committed" the list can be followed: it ends before what is still being written, so that nothing ' +
        'appears later in front of a cursor.',
      tags: ['Events'],
      querystring: pageQuery({ sorts, filters: { objectId: Id, objectKind: Word, kind: Word } }),
      response: { 200: Page(Event), ...problems(400) },
    },
    handler: ({ actor, query }) => {
      // An object has few events; the regulator's are all there are.
      const walksAll = query.objectId !== undefined || actor.orgKind === 'regulator';
      const filter = { ...query, onlySettled: query.sort === 'committed', ...(!walksAll && { partyId: actor.orgId }) };
      return readAs(database, actor, (db) =>
        paginate(eventAnswers(db, filter), { page: query, sorts: walksAll ? sorts : sortsOfParty }),
      );
    },
  });
};
