import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import pg from 'pg';
import t from 'tap';
import { connect, readAs } from '../../src/platform/database.ts';
import { eventAnswers } from '../../src/webhook/store.ts';
import { freshDatabase } from '../harness/database.ts';

t.setTimeout(120_000);

type Plan = Readonly<Record<string, unknown> & { Plans?: readonly Plan[] }>;

/** The most rows that any step of a plan has looked at. */
const mostRead = ({ Plans = [], ...step }: Plan): number => {
  const read = Number(step['Actual Rows']) + Number(step['Rows Removed by Filter'] ?? 0);
  return Math.max(read * Number(step['Actual Loops']), ...Plans.map(mostRead));
};

void t.test('An organization walks its own events alone, however many others have', async (t) => {
  const { ownerUrl } = await freshDatabase(t);
  const database = connect({ url: ownerUrl, writers: 1, readers: 1 });
  const owner = new pg.Client({ connectionString: ownerUrl });
  await owner.connect();
  t.teardown(async () => {
    await owner.end();
    await database.close();
  });
  const [busy, quiet, actor, stranger] = [randomUUID(), randomUUID(), randomUUID(), randomUUID()];
  const happen = (count: number, parties: readonly string[]) =>
    owner.query(
      `insert into event (id, kind, object_kind, object_id, scope_id, parties, actor_org, actor_person, request_id, data, created_at)
       select gen_random_uuid(), 'parcel.moved', 'parcel', gen_random_uuid(), $1, $2::uuid[], $1, $1, 'r', '{}', now()
         from generate_series(1, $3)`,
      [actor, parties, count],
    );
  await happen(30_000, [busy]);
  await happen(3, [quiet, busy, quiet]);
  await owner.query('vacuum analyze event, event_party');

  for (const [orgId, found] of [
    [busy, 51],
    [actor, 51],
    [quiet, 3],
    [stranger, 0],
  ] as const) {
    await readAs(database, { orgId, orgKind: 'bank' }, async (db) => {
      const page = eventAnswers(db, { partyId: orgId })
        .orderBy('event_party.event_id' as never, 'desc')
        .limit(51);
      t.equal((await page.execute()).length, found);
      const [{ 'QUERY PLAN': plan }] = (await page.explain('json', sql`analyze`)) as [
        { 'QUERY PLAN': [{ Plan: Plan }] },
      ];
      t.ok(mostRead(plan[0].Plan) <= 51, `no more than a page is read: ${mostRead(plan[0].Plan)}`);
    });
  }
  const others = await readAs(database, { orgId: stranger, orgKind: 'bank' }, (db) =>
    db.selectFrom('event_party').select('event_id').execute(),
  );
  t.same(others, [], 'whose events they are is for nobody else');
  await t.rejects(owner.query('delete from event_party'), { code: '23000' }, 'and is never changed');
});
