import * as fc from 'fast-check';
import t from 'tap';
import type { Answer, Json } from '../../src/demo/client.ts';
import { receivableBench, yuan } from './bench.ts';

t.setTimeout(300_000);

const bench = await receivableBench(t);
const { answer, collect, deposit, offer, register, scene, sql } = bench;
const { core, secondTier, supplier } = scene;

type Part = { holder: 'first' | 'second'; fen: bigint; offered: boolean };
type Step = Readonly<{
  kind: 'offer' | 'accept' | 'decline' | 'withdraw' | 'pay' | 'credit';
  share: number;
  pick: number;
}>;

const sum = (parts: readonly Part[]): bigint => parts.reduce((total, { fen }) => total + fen, 0n);
const least = (a: bigint, b: bigint): bigint => [a, b].sort((x, y) => (x < y ? -1 : 1))[0] as bigint;
/** Some of an amount, at least a fen. */
const some = (fen: bigint, share: number): bigint => (fen * BigInt(share)) / 1000n || 1n;

/** Shares by hand: whole fen by proportion, then one more for each of the largest remainders, the earlier part first. */
function shared(pool: bigint, parts: readonly Part[]): bigint[] {
  const total = sum(parts);
  const shares = parts.map(({ fen }) => (pool * fen) / total);
  const remainders = parts.map(({ fen }, place) => ({ place, left: (pool * fen) % total }));
  remainders.sort((a, b) => (a.left === b.left ? a.place - b.place : a.left > b.left ? -1 : 1));
  let over = pool - shares.reduce((all, each) => all + each, 0n);
  for (const { place } of remainders) {
    if (over === 0n) break;
    shares[place] = (shares[place] as bigint) + 1n;
    over -= 1n;
  }
  return shares;
}

/** One certificate as its parties would keep it on paper: parts in the order in which they came to be. */
function paper(confirmed: bigint) {
  let parts: Part[] = [{ holder: 'first', fen: confirmed, offered: false }];
  const received = { first: 0n, second: 0n };
  const take = (cuts: readonly bigint[]) => {
    const left = parts.map((part, i) => ({ ...part, fen: part.fen - (cuts[i] ?? 0n) }));
    parts = left.map((part, i) => ({ ...part, offered: part.offered && cuts[i] === 0n })).filter(({ fen }) => fen > 0n);
  };
  return {
    parts: () => parts,
    received,
    offer: (part: Part, fen: bigint) => {
      if (fen === part.fen) part.offered = true;
      else {
        parts = parts.filter((each) => each !== part);
        parts.push({ ...part, fen, offered: true }, { ...part, fen: part.fen - fen });
      }
    },
    accept: (part: Part) => {
      parts = parts.filter((each) => each !== part);
      parts.push({ holder: 'second', fen: part.fen, offered: false });
    },
    end: (part: Part) => {
      part.offered = false;
    },
    pay: (fen: bigint) => {
      const cuts = shared(fen, parts);
      for (const [i, { holder }] of parts.entries()) received[holder] += cuts[i] as bigint;
      take(cuts);
    },
    credit: (fen: bigint) => {
      let left = fen;
      take(
        parts.map((part) => {
          const cut = part.holder === 'second' || part.offered ? 0n : least(part.fen, left);
          left -= cut;
          return cut;
        }),
      );
    },
  };
}

/** What the service and the paper are both asked to do; null when the paper has nothing it could be done to. */
function request(id: string, model: ReturnType<typeof paper>, { kind, share, pick }: Step, serial: number) {
  const parts = model.parts();
  const among = (found: readonly Part[]): Part | undefined => found[pick % Math.max(found.length, 1)];
  const own = parts.filter(({ holder, offered }) => holder === 'first' && !offered);
  const rows = () =>
    sql("select id, transfer_id from holding where receivable_id = $1 and state = 'live' order by id", [id]);
  const rowOf = async (part: Part): Promise<Json> => (await rows())[parts.indexOf(part)];
  if (kind === 'pay') {
    const fen = some(sum(parts), share);
    return {
      paper: () => model.pay(fen),
      service: () => collect([{ receivableId: id, amount: yuan(fen) }]),
    };
  }
  if (kind === 'credit') {
    if (own.length === 0) return null;
    const fen = some(sum(own), share);
    return {
      paper: () => model.credit(fen),
      service: async (): Promise<Answer> => {
        const { version } = await supplier.maker.get(`/v1/receivables/${id}`);
        const body = { number: `CN-${serial}`, amount: yuan(fen) };
        return supplier.maker.call('POST', `/v1/receivables/${id}/credit-notes`, { body, version });
      },
    };
  }
  if (kind === 'offer') {
    const part = among(own);
    if (part === undefined) return null;
    const fen = some(part.fen, share);
    return {
      paper: () => model.offer(part, fen),
      service: async () =>
        offer(supplier.maker, { id: (await rowOf(part)).id, receivableId: id }, secondTier, yuan(fen)),
    };
  }
  const part = among(parts.filter(({ offered }) => offered));
  if (part === undefined) return null;
  const path = { accept: 'acceptance', decline: 'refusal', withdraw: 'withdrawal' }[kind];
  return {
    paper: () => (kind === 'accept' ? model.accept(part) : model.end(part)),
    service: async () => answer(kind === 'withdraw' ? supplier : secondTier, (await rowOf(part)).transfer_id, path),
  };
}

async function standing(id: string) {
  const [row] = await sql(
    `select (confirmed - credited - paid)::text as outstanding, payment,
            (select coalesce(sum(amount), 0.00)::text from holding where receivable_id = r.id and state = 'live') as parts
       from receivable r where id = $1`,
    [id],
  );
  const live = await sql(
    `select case holder_id when $2 then 'first' else 'second' end as holder, (amount * 100)::bigint::text as fen,
            transfer_id is not null as offered
       from holding where receivable_id = $1 and state = 'live' order by id`,
    [id, supplier.id],
  );
  return { ...row, live };
}

const steps = fc.array(
  fc.record({
    kind: fc.constantFrom<Step['kind']>('offer', 'offer', 'accept', 'accept', 'decline', 'withdraw', 'pay', 'credit'),
    share: fc.oneof(fc.integer({ min: 1, max: 999 }), fc.constant(1000)),
    pick: fc.nat({ max: 5 }),
  }),
  { minLength: 4, maxLength: 14 },
);

void t.test('Whatever happens to a certificate, its parts sum to what is owed and no fen is lost', async (t) => {
  await fc.assert(
    fc.asyncProperty(
      fc.bigInt({ min: 1n, max: 10_000_000n }),
      fc.integer({ min: 1, max: 1000 }),
      steps,
      async (face, share, sequence) => {
        const { id, version } = await register({ face: yuan(face) });
        const confirmed = some(face, share);
        await core.checker.post(`/v1/receivables/${id}/confirmation`, { amount: yuan(confirmed) }, version);
        const model = paper(confirmed);
        const before = { first: await deposit(supplier.id), second: await deposit(secondTier.id) };
        for (const [serial, step] of [...sequence, { kind: 'pay', share: 1000, pick: 0 } as const].entries()) {
          if (model.parts().length === 0) break;
          const asked = request(id, model, step, serial);
          if (asked === null) continue;
          const { status, json } = await asked.service();
          if (status >= 300) throw new Error(`${step.kind}: ${status} ${JSON.stringify(json)}`);
          asked.paper();
          const rows = await standing(id);
          const expected = model.parts().map(({ holder, fen, offered }) => ({ holder, fen: String(fen), offered }));
          if (JSON.stringify(rows.live) !== JSON.stringify(expected)) {
            throw new Error(
              `${step.kind}: the service has ${JSON.stringify(rows.live)}, paper ${JSON.stringify(expected)}`,
            );
          }
          if (rows.outstanding !== rows.parts || rows.outstanding !== yuan(sum(model.parts()))) {
            throw new Error(`${step.kind}: ${rows.parts} in parts, ${rows.outstanding} outstanding`);
          }
        }
        const last = await standing(id);
        if (last.payment !== 'paid' || last.live.length > 0)
          throw new Error(`not all was paid: ${JSON.stringify(last)}`);
        for (const [holder, orgId] of [
          ['first', supplier.id],
          ['second', secondTier.id],
        ] as const) {
          const got = (await deposit(orgId)) - before[holder];
          if (got !== model.received[holder])
            throw new Error(`${holder} got ${got}, paper says ${model.received[holder]}`);
        }
      },
    ),
    { numRuns: 25 },
  );
  const proof = await scene.bank.maker.get(`/v1/books/${scene.bank.id}/verification`);
  t.equal(proof.ok, true);
  t.equal(await bench.credit(`2003/${core.id}`), 0n, 'nothing stays in trust');
});
