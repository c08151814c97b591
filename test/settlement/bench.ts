import { randomUUID } from 'node:crypto';
import pg from 'pg';
import type { Json } from '../../src/demo/client.ts';
import { setScene } from '../../src/demo/scene.ts';
import { wholeService } from '../harness/service.ts';

/**
 * One payment of a debtor settles 1,000, 10,000 and 100,000 receivables in one call, against SQL written by hand that
 * writes the same rows of an equal lot, all inside the server and in one transaction:
 *
 *     TAP_TIMEOUT=900 node --import=tsx test/settlement/bench.ts [1000 10000 100000]
 */
const HOLDERS = 500;
const sizes = process.argv.slice(2).map(Number);
const endings: (() => unknown)[] = [];
const world = await wholeService({ teardown: (end: () => unknown) => endings.unshift(end) } as never);
const { bank, core, chainId } = await setScene(world.stage, '2026-07-01');
const owner = new pg.Client({ connectionString: world.ownerUrl });
await owner.connect();

/** Confirmed receivables in the hands of 500 suppliers. Answers their ids. */
async function lot(size: number): Promise<string[]> {
  const holders = Array.from({ length: Math.min(HOLDERS, size) }, () => randomUUID());
  const { rows } = await owner.query<{ id: string }>(
    `with made as (
       insert into receivable (id, chain_id, debtor_id, creditor_id, reference, invoice_key, stage, face, confirmed, issue_date, due_date, registered_by, confirmed_at, created_at)
       select gen_random_uuid(), $1, $2, ($3::uuid[])[1 + n % $4], 'JN-' || n, gen_random_uuid(), 'confirmed', 1000 + n % 977, 1000 + n % 977, '2026-06-01', '2026-09-01', $2, now(), now()
         from generate_series(1, $5::int) n returning id, creditor_id, face
     ), held as (
       insert into holding (id, receivable_id, chain_id, debtor_id, holder_id, amount, state, created_at)
       select gen_random_uuid(), id, $1, $2, creditor_id, face, 'live', now() from made)
     select id from made`,
    [chainId, core.id, holders, holders.length, size],
  );
  await owner.query('vacuum analyze receivable, holding');
  return rows.map(({ id }) => id);
}

async function amounts(ids: readonly string[]): Promise<Json[]> {
  const { rows } = await owner.query(
    'select id as "receivableId", face::text || \'.00\' as amount from receivable where id = any($1)',
    [ids],
  );
  return rows;
}

async function throughTheApi(ids: readonly string[]): Promise<number> {
  const items = await amounts(ids);
  const began = performance.now();
  const { status, json } = await bank.operator.call('POST', `/v1/books/${bank.id}/collections`, {
    body: { bankReference: randomUUID(), items },
  });
  const took = performance.now() - began;
  if (status !== 201 || json.receivables !== ids.length) throw new Error(JSON.stringify(json).slice(0, 500));
  return took;
}

/** The rows that the service writes, from statements that read what they need in the server. */
async function byHand(ids: readonly string[]): Promise<number> {
  const receipt = randomUUID();
  const holdingOf =
    '(select distinct on (receivable_id) receivable_id, id, holder_id, amount from holding where receivable_id = any($1))';
  const began = performance.now();
  const run = (text: string, ...values: unknown[]) => owner.query(text, values);
  await run(
    "begin; set local enable_seqscan = off; set local role lianrong_app; select set_config('app.scope', '{" +
      [bank.id, chainId].join() +
      "}', true)",
  );
  await run('select * from receivable where id = any($1) order by id for no key update', ids);
  await run(
    "select * from holding where receivable_id = any($1) and state = 'live' order by id for no key update",
    ids,
  );
  await run(
    `insert into account (book_id, path, code, party_id, opened_on)
     select $2, '2001/' || creditor_id, '2001', creditor_id, '2026-07-01' from (select distinct creditor_id from receivable where id = any($1)) c on conflict do nothing`,
    ids,
    bank.id,
  );
  await run(
    `insert into balance (book_id, path, guard) select $2, '2001/' || creditor_id, -1 from (select distinct creditor_id from receivable where id = any($1)) c on conflict do nothing`,
    ids,
    bank.id,
  );
  await run(
    `insert into receipt_of_funds (id, book_id, kind, party_id, bank_reference, amount, received_on, receivables, to_holders, created_at)
     select $2::uuid, $3::uuid, 'collection', $4::uuid, $2::uuid::text, sum(face), '2026-07-01', count(*), sum(face), now() from receivable where id = any($1)`,
    ids,
    receipt,
    bank.id,
    core.id,
  );
  await run(
    `insert into funds_line (id, receipt_id, book_id, party_id, receivable_id, holder_id, amount)
     select gen_random_uuid(), $2, $3, $4, receivable_id, holder_id, amount from ${holdingOf} h`,
    ids,
    receipt,
    bank.id,
    core.id,
  );
  await run("update receivable set paid = confirmed, payment = 'paid', version = version + 1 where id = any($1)", ids);
  await run("update holding set state = 'settled', version = version + 1 where receivable_id = any($1)", ids);
  await run(
    `with journals as (
       insert into journal (book_id, id, kind, business_date, effective_date, subject_id, request_id, actor_person, digest, position, seal_seq, created_at)
       select $2::uuid, gen_random_uuid(), kind, '2026-07-01', '2026-07-01', $3::uuid, 'by hand', $4::uuid, sha256(kind::bytea), position, 1000000 + (select count(*) from seal), now()
         from (values ('settlement.collected', 0), ('settlement.remainder_paid', 1)) k(kind, position) returning id, kind
     ), paid as (
       select holder_id, sum(amount) as amount from ${holdingOf} h group by holder_id
     ), moves as (
       select id, row_number() over (partition by id) - 1 as line, path, amount from (
         select id, path, case path when '1001' then total else -total end as amount from journals, (select sum(amount) as total from paid) t, (values ('1001'), ('2003/' || $4::uuid)) a(path)
          where kind = 'settlement.collected'
         union all select id, '2003/' || $4::uuid, total from journals, (select sum(amount) as total from paid) t where kind = 'settlement.remainder_paid'
         union all select id, '2001/' || holder_id, -amount from journals, paid where kind = 'settlement.remainder_paid') m
     ), changed as (
       update balance b set posted = posted + m.amount, version = version + 1
         from (select path, sum(amount) as amount from moves group by path) m where b.book_id = $2 and b.path = m.path returning b.path, posted, version
     ), entries as (
       insert into entry (book_id, journal_id, line, path, amount, balance_after, account_version, business_date, effective_date)
       select $2, id, line, m.path, amount, posted, case when amount > 0 and m.path like '2003/%' then version + 1000000000 else version end, '2026-07-01', '2026-07-01'
         from moves m join changed c using (path)
     )
     insert into account_day (book_id, path, effective_date, debit, credit)
     select $2, path, '2026-07-01', sum(greatest(amount, 0)), sum(greatest(-amount, 0)) from moves group by path
     on conflict (book_id, path, effective_date) do update set debit = account_day.debit + excluded.debit, credit = account_day.credit + excluded.credit`,
    ids,
    bank.id,
    receipt,
    core.id,
  );
  await run(
    `insert into event (id, kind, object_kind, object_id, scope_id, parties, actor_org, actor_person, request_id, data, created_at, command_key)
     select gen_random_uuid(), 'receivable.paid', 'receivable', id, chain_id, array[debtor_id, creditor_id], $2::uuid, $2::uuid, 'by hand',
            jsonb_build_object('reference', reference, 'version', version, 'amount', paid::text), now(), 'by hand' from receivable where id = any($1)`,
    ids,
    bank.id,
  );
  await run('commit');
  return performance.now() - began;
}

for (const size of sizes.length > 0 ? sizes : [1_000, 10_000, 100_000]) {
  const [api, hand] = [await lot(size), await lot(size)];
  const took = await throughTheApi(api);
  const baseline = await byHand(hand);
  const each = (ms: number) => `${Math.round(ms)} ms, ${((ms * 1000) / size).toFixed(0)} µs each`;
  console.log(`${size} receivables: ${each(took)}; by hand ${each(baseline)}; ratio ${(baseline / took).toFixed(2)}`);
}
await owner.end();
for (const end of endings) await end();
