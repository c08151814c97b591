import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import t from 'tap';
import { claimLot, cutLot, freeLot, mergeLots, splitLot } from '../../src/goods/lots.ts';
import { type LotRow, lots } from '../../src/goods/store.ts';
import { coversOf } from '../../src/goods/valuation-store.ts';
import { Decimal } from '../../src/money/decimal.ts';
import { readUnder, writeIn } from '../../src/platform/database.ts';
import { Workspace } from '../../src/platform/workspace.ts';
import { goodsBench } from './bench.ts';

t.setTimeout(120_000);
const bench = await goodsBench(t);
const { sql, act, lot, document, enter, insertLot, together, bankId, otherBankId, ownerId, strangerId } = bench;
const now = new Date('2026-07-01T03:00:00Z');
const at = { now, field: '/lotId' };
const tonnes = (text: string) => new Decimal(text);
const in_ = (work: Workspace, id: string): LotRow => work.get(lots, id);
/** What PostgreSQL says when the constraint of this name is violated. */
const violates = (constraint: string | RegExp) => ({ message: new RegExp(constraint) });
const pledge = (id = randomUUID(), bookId = bankId) => ({ event: 'add', pledgeId: id, bookId }) as const;

void t.test('A lot is under one claim at most', async (t) => {
  await t.test('the rules refuse a second one, whoever holds the first', async (t) => {
    const id = await lot();
    await act([id], (work) => claimLot(work, in_(work, id), pledge(), at));
    const again = (claimant: Parameters<typeof claimLot>[2]) =>
      act([id], (work) => claimLot(work, in_(work, id), claimant, at));
    await t.rejects(again(pledge(randomUUID(), otherBankId)), { code: 'lot-claimed' });
    const receipt = { event: 'issue_receipt', receiptId: randomUUID() } as const;
    await t.rejects(again(receipt), { code: 'lot-claimed' });
    await act([id], (work) => freeLot(work, in_(work, id), 'release', now));
    const both = (work: Workspace) => {
      claimLot(work, in_(work, id), receipt, at);
      claimLot(work, in_(work, id), pledge(), at);
    };
    await t.rejects(act([id], both), { code: 'lot-claimed' }, 'goods under a receipt');
    await t.rejects(again(receipt), violates('lot_of_a_receipt'), 'a receipt is one that was issued');
  });

  await t.test('and so does the database', async (t) => {
    const id = await lot();
    const set = (text: string) => sql(`update lot set ${text}, version = version + 1 where id = $1`, [id]);
    const [one, other] = [randomUUID(), randomUUID()];
    await t.rejects(
      set(`claim = 'pledged', pledge_id = '${one}', book_id = '${bankId}', receipt_id = '${other}'`),
      violates(/lot_one_claim|lot_claim_named/),
    );
    await t.rejects(
      set(`claim = 'receipted', pledge_id = '${one}', book_id = '${bankId}'`),
      violates('lot_claim_named'),
    );
    await t.rejects(set(`claim = 'pledged', pledge_id = '${one}'`), violates('lot_pledged_to_a_bank'));
    await t.rejects(set(`book_id = '${bankId}'`), violates('lot_unclaimed_has_no_bank'));
    await t.rejects(set(`pledge_id = '${one}', book_id = '${bankId}'`), violates('lot_claim_named'));
  });

  await t.test('however many try at once', async (t) => {
    const id = await lot();
    const claimants = Array.from({ length: 12 }, (_, i) => pledge(randomUUID(), i % 2 === 0 ? bankId : otherBankId));
    const outcomes = await Promise.allSettled(
      claimants.map((claimant) =>
        act([id], (work) => claimLot(work, in_(work, id), claimant, at), [ownerId, bankId, otherBankId]),
      ),
    );
    t.equal(outcomes.filter(({ status }) => status === 'fulfilled').length, 1);
    for (const each of outcomes) if (each.status === 'rejected') t.match(each.reason, { code: 'lot-claimed' });
  });
});

void t.test('Two lots never lie in one place', async (t) => {
  await lot('10.000', 'ML-1');
  await t.rejects(lot('10.000', 'ML-1'), violates('lot_place_once'));
  const left = await lot('10.000', 'ML-2');
  await together(async () => {
    const movement = await document({ kind: 'outbound', change: '-10.000' });
    await enter(movement, left, '-10.000');
    await sql("update lot set state = 'gone', quantity = 0, version = 2 where id = $1", [left]);
  });
  t.ok(await lot('10.000', 'ML-2'), 'what has left makes room');
});

void t.test('Quantities change by documents only, and no gram is lost', async (t) => {
  const id = await lot('100.000');
  const less = () => sql('update lot set quantity = 99, version = version + 1 where id = $1', [id]);
  await t.rejects(less(), { message: /has 99, its documents say 100/ });
  await t.rejects(
    together(async () => {
      const movement = await document({ kind: 'outbound', change: '-2.000' });
      await enter(movement, id, '-1.000');
      await less();
    }),
    { message: /change by -1\.000, the document says -2/ },
  );
  await t.rejects(
    together(async () => {
      const movement = await document({ kind: 'outbound', change: '-1.000' });
      await enter(movement, id, '-1.000');
    }),
    { message: /has 100.000, its documents say 99/ },
  );
  await t.rejects(
    together(async () => {
      const split = await document({ kind: 'split', change: '0', sequence: null });
      await enter(split, id, '-100.000');
      await sql("update lot set quantity = 0, state = 'split', version = version + 1 where id = $1", [id]);
      await insertLot({ id: randomUUID(), movementId: split, quantity: '99.999', parentId: id });
    }),
    { message: /change by -0\.001, the document says 0/ },
  );
  const [entry] = await sql('select movement_id from stock_entry where lot_id = $1', [id]);
  const late = { id: randomUUID(), movementId: entry.movement_id, quantity: '1.000' };
  await t.rejects(
    together(() => insertLot(late)),
    { message: /document .* is complete/ },
  );
  await t.rejects(lot('0.0005'), violates('lot_whole_steps'));
  await t.rejects(lot('NaN'), { code: '23514' });
  await t.rejects(document({ kind: 'split', change: '1', sequence: null }), violates('stock_movement_regroups'));
  for (const table of ['lot_version', 'stock_entry', 'stock_movement']) {
    await t.rejects(sql(`delete from ${table}`), { message: /append-only/ }, table);
    await t.rejects(sql(`truncate ${table} cascade`), { message: /append-only/ }, table);
  }
});

void t.test('Documents of a warehouse come in order, each once', async (t) => {
  const [{ last }] = await sql('select max(sequence) as last from stock_movement');
  const lotWith = (sequence: number) =>
    together(async () => {
      const movementId = await document({ change: '1.000', sequence });
      await insertLot({ id: randomUUID(), movementId, quantity: '1.000' });
    });
  await t.rejects(lotWith(last + 2), violates('stock_movement_in_order'), 'a gap');
  await t.rejects(lotWith(last), violates('stock_movement_sequence_once'));
});

void t.test('A lot is split and merged without loss, claim and place kept', async (t) => {
  const pledgeId = randomUUID();
  const id = await lot('100.000', 'SP');
  const parts = await act([id], (work) => {
    claimLot(work, in_(work, id), pledge(pledgeId), at);
    return splitLot(work, in_(work, id), [tonnes('65.573'), tonnes('34.427')], now);
  });
  t.same(
    parts.map((p) => [p.marks, p.quantity.toFixed(3), p.claim, p.pledgeId]),
    [
      ['SP/1', '65.573', 'pledged', pledgeId],
      ['SP/2', '34.427', 'pledged', pledgeId],
    ],
  );
  const ids = parts.map((p) => p.id);
  await t.rejects(
    act([id], (work) => splitLot(work, in_(work, id), [tonnes('1'), tonnes('2')], now)),
    { code: 'quantity-not-conserved' },
  );
  await t.rejects(
    act(ids, (work) => cutLot(work, in_(work, ids[0] as string), tonnes('0.0001'), now)),
    { code: 'not-whole-steps' },
  );
  await t.rejects(
    act(ids, (work) => cutLot(work, in_(work, ids[0] as string), tonnes('65.574'), now)),
    { code: 'quantity-exceeds-lot', detail: { accepted: 'at most 65.573' } },
  );
  const whole = await act(ids, (work) =>
    mergeLots(
      work,
      ids.map((each) => in_(work, each)),
      'SP',
      now,
    ),
  );
  t.equal(whole.quantity.toFixed(3), '100.000');
  const other = await lot('1.000');
  await t.rejects(
    act([whole.id, other], (work) => mergeLots(work, [in_(work, whole.id), in_(work, other)], 'SP', now)),
    { code: 'lots-differ' },
  );
  t.match(await sql('select sum(quantity)::numeric(12,3) as sum from lot where pledge_id = $1', [pledgeId]), [
    { sum: '100.000' },
  ]);
});

void t.test('However a lot is cut, its parts sum to it to the gram', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 2, max: 1_000_000 }),
      fc.array(fc.integer({ min: 1, max: 999 }), { minLength: 1, maxLength: 5 }),
      async (kilograms, shares) => {
        const id = await lot(tonnes(String(kilograms)).dividedBy(1000).toFixed(3));
        let rest: string | null = id;
        for (const share of shares) {
          const of: string = rest as string;
          rest = await act([of], (work) => {
            const whole = in_(work, of);
            const kilos = whole.quantity.times(1000).times(share).dividedBy(1000).floor();
            const cut = kilos.isZero() ? whole.quantity : kilos.dividedBy(1000);
            return cutLot(work, whole, cut, now).rest?.id ?? null;
          });
          if (rest === null) break;
        }
        const [{ sum }] = await sql(
          `with recursive of(id) as (select $1::uuid union all select l.id from lot l join of on l.parent_id = of.id)
           select (sum(quantity) * 1000)::int as sum from lot join of using (id) where state = 'in_stock'`,
          [id],
        );
        if (sum !== kilograms) throw new Error(`${sum} of ${kilograms} kilograms`);
      },
    ),
    { numRuns: 25 },
  );
});

void t.test('Goods are worth the lower of cost and market less the haircut, by what was quoted then', async (t) => {
  const pledgeId = randomUUID();
  const [cheap, dear] = [await lot('100.000'), await lot('400.000')];
  await sql('alter table lot disable trigger user');
  await sql('update lot set unit_cost = 16000 where id = $1', [cheap]);
  await sql('alter table lot enable trigger user');
  await act([cheap, dear], (work) => {
    for (const id of [cheap, dear]) claimLot(work, in_(work, id), pledge(pledgeId), at);
  });
  const quote = (price: string, at: string, recordedAt = at, corrects: string | null = null) => {
    const id = randomUUID();
    return sql(
      "insert into goods_price (id, book_id, grade_id, price, quoted_at, source, corrects_id, recorded_by, recorded_at) values ($1, $2, $3, $4, $5, 'SHFE', $6, $2, $7)",
      [id, bankId, bench.grade, price, at, corrects, recordedAt],
    ).then(() => id);
  };
  const first = await quote('17050', '2026-07-08T01:00:00Z');
  await quote('15250', '2026-08-01T01:00:00Z');
  await quote('17000', '2026-07-08T01:00:00Z', '2026-08-02T01:00:00Z', first);
  const cover = async (at: string, knownAt = at) =>
    writeIn(bench.database.writers, [bankId], async (tx) => {
      const found = await coversOf(new Workspace(tx), 'pledge', [pledgeId], {
        bookId: bankId,
        at: new Date(at),
        knownAt: new Date(knownAt),
      });
      const { value, unpriced, oldestQuote } = found.get(pledgeId) ?? {};
      return [value?.toFixed(2), unpriced, oldestQuote?.slice(0, 10)];
    });
  t.same(await cover('2026-07-08T00:59:59Z'), ['0.00', 2, undefined], 'nothing is quoted yet');
  t.same(await cover('2026-07-08T01:00:00Z'), ['8420000.00', 0, '2026-07-08'], '100 × 16,000 + 400 × 17,050');
  t.same(await cover('2026-08-01T02:00:00Z'), ['7625000.00', 0, '2026-08-01'], '500 × 15,250');
  t.same(
    await cover('2026-07-09T00:00:00Z', '2026-08-03T00:00:00Z'),
    ['8400000.00', 0, '2026-07-08'],
    'as corrected since',
  );
  await sql("insert into haircut values ($1, $2, $3, 0.1, '2026-08-03', $2, '2026-08-03')", [
    randomUUID(),
    bankId,
    bench.grade,
  ]);
  t.same(await cover('2026-08-04T00:00:00Z'), ['6862500.00', 0, '2026-08-01'], 'less a tenth');
  await t.rejects(quote('1', '2026-08-01T01:00:00Z'), violates('goods_price_once'), 'one quotation for a moment');
  await t.rejects(sql('update goods_price set price = 1'), { message: /append-only/ });
});

void t.test('Each sees its own goods only, and a transaction touches those of its scope', async (t) => {
  const id = await lot('5.000');
  await act([id], (work) => claimLot(work, in_(work, id), pledge(), at));
  const seen = async (org: string) =>
    readUnder(bench.database, { 'app.org': org }, async (db) => {
      const count = async (table: 'lot' | 'lot_version' | 'stock_movement' | 'goods_price' | 'pile') =>
        (
          await db
            .selectFrom(table)
            .select(({ fn }) => fn.countAll<string>().as('n'))
            .executeTakeFirstOrThrow()
        ).n !== '0';
      return [
        await count('lot'),
        await count('lot_version'),
        await count('stock_movement'),
        await count('goods_price'),
        await count('pile'),
      ];
    });
  t.same(await seen(ownerId), [true, true, true, true, true]);
  t.same(await seen(bench.warehouseOperatorId), [true, true, true, false, true]);
  t.same(await seen(bankId), [true, true, true, true, true]);
  t.same(await seen(strangerId), [false, false, false, false, false]);
  await t.rejects(
    act([id], (work) => freeLot(work, in_(work, id), 'release', now), [strangerId]),
    { code: 'not-found' },
  );
});
