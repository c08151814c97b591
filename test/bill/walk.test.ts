import * as fc from 'fast-check';
import t from 'tap';
import type { Party } from '../../src/demo/cast.ts';
import { type Answer, createClient, type Json, overHttp } from '../../src/demo/client.ts';
import { billScene } from '../harness/bill-scene.ts';

t.setTimeout(600_000);

const scene = await billScene(t);
const { core, first, second, third, operator, sql } = scene;
const parties = [core, first, second, third];

const yuan = (units: number): string => `${Math.floor(units / 100)}.${String(units % 100).padStart(2, '0')}`;

/** A part of a bill as its parties would keep it on paper. */
type Tile = {
  start: number;
  end: number;
  holder: number;
  standing: string;
  pledgee: number | null;
  frozen: boolean;
  /** How it came to its holder, as text: neighbours merge only when it is the same. */
  title: string;
  offer: {
    kind: 'endorse' | 'mark' | 'pledge' | 'release' | 'restore';
    from: number;
    to: number;
    before: string;
  } | null;
};
type Step = Readonly<{ kind: (typeof kinds)[number]; pick: number; to: number; at: number; size: number }>;
const kinds = [
  'endorse',
  'endorse',
  'mark',
  'pledge',
  'release',
  'restore',
  'accept',
  'accept',
  'accept',
  'refuse',
  'withdraw',
  'merge',
  'freeze',
  'thaw',
] as const;

const among = <T>(list: readonly T[], pick: number): T | undefined => list[pick % Math.max(list.length, 1)];

/** Tiles in the order of their units. Each change is made here and over HTTP, and both must come to the same. */
function paper(face: number) {
  let tiles: Tile[] = [
    {
      ...{ start: 1, end: face, holder: 1, standing: 'received.circulating', pledgee: null },
      ...{ frozen: false, title: '0>1', offer: null },
    },
  ];
  const sort = () => tiles.sort((a, b) => a.start - b.start);
  return {
    tiles: () => tiles,
    /** Cuts a range out of a tile and answers the part. */
    cut: (tile: Tile, start: number, end: number): Tile => {
      const part = { ...tile, start, end };
      const rest = [
        { ...tile, end: start - 1 },
        { ...tile, start: end + 1 },
      ].filter((each) => each.start <= each.end);
      tiles = [...tiles.filter((each) => each !== tile), ...rest, part];
      sort();
      return part;
    },
    merge: (run: readonly Tile[]) => {
      const joined = { ...(run[0] as Tile), end: (run.at(-1) as Tile).end };
      tiles = [...tiles.filter((each) => !run.includes(each)), joined];
      sort();
    },
  };
}
type Paper = ReturnType<typeof paper>;
const keyOf = (place: number): Party => parties[place] as Party;

/** The live rows of a package, as the owner of the database sees them. */
const rowsOf = (billId: string): Promise<Json[]> =>
  sql(
    `select id, first_unit::int as start, last_unit::int as end, holder_id, standing, pledgee_id, frozen, offer_id, amount::text
       from bill_holding where bill_id = $1 and live order by first_unit`,
    [billId],
  );

const plain = (rows: readonly Json[]): Json[] =>
  rows.map((row) => [row.start, row.end, row.holder_id, row.standing, row.pledgee_id, row.frozen]);
const planned = (model: Paper): Json[] =>
  model
    .tiles()
    .map(({ start, end, holder, standing, pledgee, frozen }) => [
      ...[start, end, keyOf(holder).id, standing],
      ...[pledgee === null ? null : keyOf(pledgee).id, frozen],
    ]);

/** The last step of a title, and who wrote "not transferable" there. */
const marker = (tile: Tile): number => Number(tile.title.split(' ').at(-1)?.split('>')[0]);

/** What the paper and the service are both asked to do; null when the paper has nothing it could be done to. */
async function request(billId: string, model: Paper, { kind, pick, to, at, size }: Step) {
  const rows = await rowsOf(billId);
  const rowOf = (tile: Tile): Json => rows[model.tiles().indexOf(tile)];
  const free = (standing: string) =>
    among(
      model.tiles().filter((tile) => tile.standing === standing && tile.offer === null && !tile.frozen),
      pick,
    );
  const partOf = (tile: Tile) => {
    const length = tile.end - tile.start + 1;
    const start = tile.start + (at % length);
    return { start, end: Math.min(tile.end, start + (size % length)) };
  };
  const offer = (
    tile: Tile | undefined,
    made: Readonly<{ kind: NonNullable<Tile['offer']>['kind']; from: number; to: number; path: string; body?: object }>,
  ) => {
    if (tile === undefined || made.from === made.to) return null;
    const range = partOf(tile);
    return {
      paper: () => {
        const part = model.cut(tile, range.start, range.end);
        part.offer = { kind: made.kind, from: made.from, to: made.to, before: part.standing };
        part.standing = 'received.locked';
      },
      service: () =>
        keyOf(made.from).maker.call('POST', made.path, {
          body: { items: [{ holdingId: rowOf(tile).id, range }], ...made.body },
        }),
    };
  };
  const toParty = to % parties.length;
  const circulating = free('received.circulating');
  if (kind === 'endorse' || kind === 'mark') {
    const body = { toId: keyOf(toParty).id, evidence: 'HT', transferable: kind === 'endorse' };
    return offer(circulating, {
      kind,
      from: circulating?.holder ?? 0,
      to: toParty,
      path: '/v1/bill-endorsements',
      body,
    });
  }
  if (kind === 'pledge') {
    const body = { toId: keyOf(toParty).id, purpose: '担保' };
    return offer(circulating, { kind, from: circulating?.holder ?? 0, to: toParty, path: '/v1/bill-pledges', body });
  }
  if (kind === 'release') {
    const tile = free('received.pledged');
    const path = '/v1/bill-pledge-releases';
    return offer(tile, { kind, from: tile?.pledgee ?? 0, to: tile?.holder ?? 0, path });
  }
  if (kind === 'restore') {
    const tile = free('received.not_transferable');
    const path = '/v1/bill-restorations';
    return offer(tile, { kind, from: tile?.holder ?? 0, to: tile === undefined ? 0 : marker(tile), path });
  }
  if (kind === 'freeze' || kind === 'thaw') {
    const tile = among(
      model.tiles().filter(({ frozen, offer: pending }) => frozen === (kind === 'thaw') && pending === null),
      pick,
    );
    if (tile === undefined) return null;
    const range = partOf(tile);
    return {
      paper: () => {
        model.cut(tile, range.start, range.end).frozen = kind === 'freeze';
      },
      service: () =>
        operator.call('POST', `/v1/bill-${kind}s`, {
          body: { items: [{ holdingId: rowOf(tile).id, range }], order: '(2026)执1号' },
        }),
    };
  }
  if (kind === 'merge') {
    const tiles = model.tiles();
    const alike = (a: Tile, b: Tile): boolean =>
      [a, b].every(({ offer: pending, frozen }) => pending === null && !frozen) &&
      a.holder === b.holder &&
      a.standing === b.standing &&
      a.pledgee === b.pledgee &&
      a.title === b.title;
    const starts = tiles.flatMap((tile, i) => (tiles[i + 1] && alike(tile, tiles[i + 1] as Tile) ? [i] : []));
    const start = among(starts, pick);
    if (start === undefined) return null;
    let end = start + 1;
    while (tiles[end + 1] && alike(tiles[end] as Tile, tiles[end + 1] as Tile)) end += 1;
    const run = tiles.slice(start, end + 1);
    return {
      paper: () => model.merge(run),
      service: () =>
        keyOf((run[0] as Tile).holder).maker.call('POST', '/v1/bill-merges', {
          body: { holdingIds: run.map((tile) => rowOf(tile).id).reverse() },
        }),
    };
  }
  const tile = among(
    model.tiles().filter(({ offer: pending }) => pending !== null),
    pick,
  );
  if (tile === undefined || tile.offer === null) return null;
  const pending = tile.offer;
  const path = { accept: 'acceptances', refuse: 'refusals', withdraw: 'withdrawals' }[kind];
  const by = kind === 'withdraw' ? keyOf(pending.from).maker : keyOf(pending.to).checker;
  return {
    paper: () => {
      tile.offer = null;
      tile.standing = pending.before;
      if (kind !== 'accept') return;
      if (pending.kind === 'endorse' || pending.kind === 'mark') {
        tile.holder = pending.to;
        tile.title = `${tile.title} ${pending.from}>${pending.to}${pending.kind === 'mark' ? '!' : ''}`;
        tile.standing = pending.kind === 'mark' ? 'received.not_transferable' : 'received.circulating';
      } else if (pending.kind === 'pledge') {
        tile.pledgee = pending.to;
        tile.standing = 'received.pledged';
      } else if (pending.kind === 'release') {
        tile.pledgee = null;
        tile.standing = 'received.circulating';
      } else {
        tile.title = tile.title.replace(/!$/, '');
        tile.standing = 'received.circulating';
      }
    },
    service: async (): Promise<Answer> => {
      const answer = await by.call('POST', `/v1/bill-offers/${path}`, { body: { offerIds: [rowOf(tile).offer_id] } });
      await scene.exchange();
      return answer;
    },
  };
}

const steps = fc.array(
  fc.record({
    kind: fc.constantFrom(...kinds),
    pick: fc.nat({ max: 30 }),
    to: fc.nat({ max: 3 }),
    at: fc.nat({ max: 1_000_000 }),
    size: fc.nat({ max: 1_000_000 }),
  }),
  { minLength: 10, maxLength: 30 },
);

void t.test('Whatever many holders do with a bill, its parts make it up and no fen is lost', async (t) => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 2, max: 100_000 }), steps, async (face, sequence) => {
      const { billId } = await scene.issue({ face: yuan(face) });
      await scene.disclose(billId);
      const model = paper(face);
      for (const step of sequence) {
        const asked = await request(billId, model, step);
        if (asked === null) continue;
        const { status, json } = await asked.service();
        if (status >= 300) throw new Error(`${step.kind}: ${status} ${JSON.stringify(json)}`);
        asked.paper();
        const rows = await rowsOf(billId);
        const [got, expected] = [JSON.stringify(plain(rows)), JSON.stringify(planned(model))];
        if (got !== expected) throw new Error(`${step.kind}: the service has ${got}, paper ${expected}`);
        const units = rows.reduce((sum, row) => sum + Math.round(Number(row.amount) * 100), 0);
        if (units !== face) throw new Error(`${step.kind}: ${units} units of ${face}`);
      }
    }),
    { numRuns: 10 },
  );
  t.pass('ten bills');
});

void t.test('64 clients split one holding at once: every one that fits is served, to the unit', async (t) => {
  const { service, stage } = scene;
  const address = await service.app.listen({ port: 0, host: '127.0.0.1' });
  const clients = Array.from({ length: 64 }, () =>
    createClient(overHttp(address), first.maker.credentials, () => (stage.now ?? Date.now)()),
  );
  await Promise.all(clients.map((client) => client.token()));

  await t.test('parts of different sizes that all fit', async (t) => {
    const { billId, holdingId } = await scene.issue({ face: '1000000.00' });
    const answers = await Promise.all(
      clients.map((client, i) =>
        client.call('POST', '/v1/bill-endorsements', {
          body: { items: [{ holdingId, amount: yuan(i * 1000 + 1) }], toId: second.id, evidence: `HT-${i}` },
        }),
      ),
    );
    t.same([...new Set(answers.map(({ status }) => status))], [201]);
    const rows = await rowsOf(billId);
    t.equal(rows.length, 65);
    rows.reduce((next, row) => {
      if (row.start !== next) t.fail(`a gap or overlap at ${row.start}`);
      return row.end + 1;
    }, 1);
    t.equal(rows.at(-1).end, 100_000_000);
    const sizes = rows.map((row) => row.end - row.start + 1).sort((a, b) => a - b);
    t.same(
      sizes.slice(0, 64),
      clients.map((_, i) => i * 1000 + 1),
    );
    t.equal(rows.find(({ id }) => id === holdingId)?.end, 100_000_000, 'what remains keeps its id');
  });

  await t.test('twice as much as there is: half is served, half refused', async (t) => {
    const { billId, holdingId } = await scene.issue({ face: '3200.00' });
    const answers = await Promise.all(
      clients.map((client) =>
        client.call('POST', '/v1/bill-endorsements', {
          body: { items: [{ holdingId, amount: '100.00' }], toId: second.id, evidence: 'HT' },
        }),
      ),
    );
    t.equal(answers.filter(({ status }) => status === 201).length, 32);
    t.ok(
      answers
        .filter(({ status }) => status !== 201)
        .every(({ json }) => json.code === 'out-of-range' || json.code === 'bill-offer-pending'),
    );
    const rows = await rowsOf(billId);
    t.equal(rows.length, 32);
    t.ok(rows.every((row) => row.end - row.start + 1 === 10_000 && row.standing === 'received.locked'));
  });
});
