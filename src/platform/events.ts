import { uuidv7 } from 'uuidv7';
import type { Actor } from './actor.ts';
import type { Tx } from './database.ts';
import type { DomainEvent } from './event.ts';

/** Who caused an event, when, and under which key; null for what is no answer to a command. */
export type Author = Readonly<{ actor: Actor; now: Date; key: string | null }>;

/** Writes events as audit records and outbox rows, in the order in which they happened. */
export async function recordEvents(
  tx: Tx,
  events: readonly DomainEvent[],
  authorOf: (event: DomainEvent) => Author,
): Promise<void> {
  if (events.length === 0) return;
  const authors = events.map(authorOf);
  await tx.query(
    'event.insert',
    `insert into event (id, kind, object_kind, object_id, scope_id, parties, actor_org, actor_person, request_id, data, created_at, command_key)
     select u.id, u.kind, u.object_kind, u.object_id, u.scope_id,
            array(select jsonb_array_elements_text(u.parties)::uuid), u.actor_org, u.actor_person, u.request_id, u.data, u.at, u.key
       from unnest($1::uuid[], $2::text[], $3::text[], $4::uuid[], $5::uuid[], $6::jsonb[], $7::uuid[], $8::uuid[],
                   $9::text[], $10::jsonb[], $11::timestamptz[], $12::text[])
         as u(id, kind, object_kind, object_id, scope_id, parties, actor_org, actor_person, request_id, data, at, key)`,
    [
      events.map(() => uuidv7()),
      events.map((e) => e.kind),
      events.map((e) => e.objectKind),
      events.map((e) => e.objectId),
      events.map((e) => e.scopeId),
      events.map((e) => JSON.stringify([...new Set(e.parties)])),
      authors.map((a) => a.actor.orgId),
      authors.map((a) => a.actor.personId),
      authors.map((a) => a.actor.requestId),
      events.map((e) => JSON.stringify(e.data)),
      authors.map((a) => a.now.toISOString()),
      authors.map((a) => a.key),
    ],
  );
}
