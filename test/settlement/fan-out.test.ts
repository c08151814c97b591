import t from 'tap';
import type { Json } from '../../src/demo/client.ts';
import { receivableBench } from '../receivable/bench.ts';

t.setTimeout(240_000);

const { scene, sql, collect, confirmed, financed } = await receivableBench(t);
const { bank, chainId, core, supplier, secondTier } = scene;
const SIZE = 1_500;

/** Confirmed receivables of two suppliers, as registration and confirmation leave them. */
async function lot(): Promise<Json[]> {
  return sql(
    `with made as (
       insert into receivable (id, chain_id, debtor_id, creditor_id, reference, invoice_key, stage, face, confirmed, issue_date, due_date, registered_by, confirmed_at, created_at)
       select gen_random_uuid(), $1, $2, case n % 3 when 0 then $3::uuid else $4::uuid end, 'JN-' || n, gen_random_uuid(), 'confirmed', n, n, '2026-06-01', '2026-09-01', $2, now(), now()
         from generate_series(1, $5::int) n returning id, creditor_id, face
     ), held as (
       insert into holding (id, receivable_id, chain_id, debtor_id, holder_id, amount, state, created_at)
       select gen_random_uuid(), id, $1, $2, creditor_id, face, 'live', now() from made)
     select id as "receivableId", face || '.00' as amount from made order by face`,
    [chainId, core.id, supplier.id, secondTier.id, SIZE],
  );
}

void t.test('One payment settles many receivables, all or none, with a line for each', async (t) => {
  const sale = await confirmed({ face: '1000.00' });
  const loan = await financed([sale.item('1000.00')]);
  const items = [...(await lot()), { receivableId: sale.receivable.id, amount: '1000.00' }];
  const total = (SIZE * (SIZE + 1)) / 2 + 1_000;
  const stands = () => sql("select count(*)::int as open from receivable where payment = 'open'");
  const [before] = await stands();

  const wrong = await collect([...items.slice(0, -1), { receivableId: sale.receivable.id, amount: '1000.01' }]);
  t.match(wrong, { status: 409, json: { code: 'amount-exceeds-outstanding', receivableId: sale.receivable.id } });
  t.same(await stands(), [before], 'nothing of it is booked');

  const paid = await collect(items, 'IN-many');
  t.match(paid, {
    status: 201,
    json: { amount: `${total}.00`, receivables: SIZE + 1, toFinancings: '800.00', toHolders: `${total - 800}.00` },
  });
  t.equal(paid.json.applied.length, 1_000, 'the answer shows the first thousand');
  t.same(await stands(), [{ open: before.open - SIZE - 1 }]);
  t.match((await bank.maker.get(`/v1/financings/${loan.id}`)).financing, { status: 'settled' });

  const lines: Json[] = [];
  const path = `/v1/receipts-of-funds/${paid.json.id}/lines?limit=200`;
  for (let cursor = ''; ; ) {
    const page = await bank.maker.get(`${path}${cursor}`);
    lines.push(...page.items);
    if (page.nextCursor === null) break;
    cursor = `&cursor=${page.nextCursor}`;
  }
  t.equal(lines.length, SIZE + 2, 'one for each, and the financed one has two payees');
  t.equal(new Set(lines.map(({ receivableId }) => receivableId)).size, SIZE + 1);
  t.ok(
    (await secondTier.maker.get(path)).items.every((line: Json) => line.holderId === secondTier.id),
    'a holder sees its own lines',
  );
  const journals = await sql(
    `select kind, count(*)::int as lines from journal j join entry e on e.book_id = j.book_id and e.journal_id = j.id
      where subject_id = $1 group by j.id, kind, position order by position`,
    [paid.json.id],
  );
  t.same(journals, [
    { kind: 'settlement.collected', lines: 2 },
    { kind: 'settlement.remainder_paid', lines: 3 },
  ]);
  t.ok((await bank.maker.get(`/v1/books/${bank.id}/verification`)).ok);
});
