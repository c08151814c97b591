import fc from 'fast-check';
import t from 'tap';
import { inventoryScene } from './scene.ts';

t.setTimeout(240_000);
const scene = await inventoryScene(t);
const { bank, pledgor, standing, document, arrival, path } = scene;

type Status = 'active' | 'warning' | 'margin_call' | 'enforcing';
type Step = Readonly<{ kind: 'price' | 'in' | 'out' | 'release' | 'pay' | 'margin'; size: number; pick: number }>;

/** A pledge as its parties would keep it on paper: kilograms, fen for a tonne, whole fen. 70, 72, 75 and 85 in the hundred. */
function paper(kilograms: bigint, price: bigint, loan: bigint) {
  const lots = [kilograms];
  let [quoted, owed, margin, status] = [price, loan, 0n, 'active' as Status];
  const worth = (kilos: bigint): bigint => (2n * kilos * quoted + 1000n) / 2000n;
  const all = (): bigint => lots.reduce((sum, each) => sum + each, 0n);
  const net = (): bigint => (owed > margin ? owed - margin : 0n);
  const line = (): bigint => (net() * 10n + 6n) / 7n;
  const look = () => {
    if (status === 'enforcing') return;
    const [value, burden] = [worth(all()), net() * 100n];
    if (burden > 0n && burden >= value * 85n) status = 'enforcing';
    else if (status === 'margin_call') status = burden <= value * 70n ? 'active' : 'margin_call';
    else if (burden > 0n && burden >= value * 75n) status = 'margin_call';
    else status = burden > 0n && burden >= value * 72n ? 'warning' : 'active';
  };
  /** Changes the paper if it may be changed so. */
  const when = (allowed: boolean, change: () => void): boolean => {
    if (allowed) {
      change();
      look();
    }
    return allowed;
  };
  return {
    lots,
    owed: () => owed,
    state: () => ({ status, value: worth(all()), exposure: owed, margin, line: line() }),
    price: (fen: bigint) => {
      quoted = fen;
      look();
      return true;
    },
    arrive: (kilos: bigint) => when(status !== 'enforcing', () => lots.push(kilos)),
    leave: (index: number, kilos: bigint, released: boolean) =>
      when(status !== 'enforcing' && !(released && status === 'margin_call') && worth(all() - kilos) >= line(), () => {
        lots[index] = (lots[index] as bigint) - kilos;
      }),
    pay: (fen: bigint) => when(true, () => (owed -= fen)),
    secure: (fen: bigint) => when(status !== 'enforcing', () => (margin += fen)),
  };
}

const tonnes = (kilos: bigint): string => `${kilos / 1000n}.${String(kilos % 1000n).padStart(3, '0')}`;
const yuan = (fen: bigint): string => `${fen / 100n}.${String(fen % 100n).padStart(2, '0')}`;

const steps = fc.array(
  fc.record({
    kind: fc.constantFrom<Step['kind']>('price', 'price', 'in', 'out', 'release', 'release', 'pay', 'margin'),
    size: fc.integer({ min: 1, max: 1000 }),
    pick: fc.nat({ max: 5 }),
  }),
  { minLength: 5, maxLength: 14 },
);

void t.test(
  'Whatever happens to a floating pledge, cover, line and state are those of an independent reckoning',
  async () => {
    await scene.deposit(pledgor.id, '5000000.00');
    await scene.quote('10000.00');
    await fc.assert(
      fc.asyncProperty(steps, async (walk) => {
        await scene.reprice('10000.00');
        const ids = [await scene.lot('10.000')];
        const id = await scene.pledge(ids);
        const loan = await scene.draw(id, '65000.00');
        const model = paper(10_000n, 1_000_000n, 6_500_000n);
        for (const step of walk) {
          const { asked, told, expected } = await take(step, { id, loan, ids, model });
          if (asked && told !== expected)
            throw new Error(`${JSON.stringify(step)}: paper ${expected}, service ${told}`);
          const { pledge, cover } = await standing(id);
          const { status, value, exposure, margin, line } = model.state();
          const service = [pledge.status, pledge.value, cover.exposure, pledge.margin, cover.controlLine].join(' ');
          const reckoned = [status, ...[value, exposure, margin, line].map(yuan)].join(' ');
          if (service !== reckoned) throw new Error(`${JSON.stringify(step)}: paper ${reckoned}, service ${service}`);
        }
      }),
      { numRuns: 12 },
    );
    const proof = await bank.maker.get(`/v1/books/${bank.id}/verification`);
    if (!proof.ok) throw new Error(JSON.stringify(proof));
    const [memo] = await scene.sql(
      `select (select posted from balance where book_id = $1 and path = '9003') - (select sum(value) from inventory_pledge where book_id = $1) as off`,
      [bank.id],
    );
    if (Number(memo.off) !== 0) throw new Error(`the memo account is off by ${memo.off}`);
  },
);

type Walking = Readonly<{ id: string; loan: string; ids: string[]; model: ReturnType<typeof paper> }>;

async function take({ kind, size, pick }: Step, { id, loan, ids, model }: Walking) {
  const accepted = (status: number) => status < 300;
  const index = pick % ids.length;
  const held = model.lots[index] as bigint;
  const kilos = (held * BigInt(size)) / 1000n;
  if (kind === 'price') {
    const fen = 600_000n + BigInt(size) * 900n;
    await scene.reprice(yuan(fen));
    return { asked: true, told: true, expected: model.price(fen) };
  }
  if (kind === 'in') {
    const { status, json } = await document('inbound', { arrivals: [arrival(tonnes(BigInt(size)), { pledgeId: id })] });
    if (accepted(status)) ids.push(json.lots[0].id);
    return { asked: true, told: accepted(status), expected: model.arrive(BigInt(size)) };
  }
  if (kind === 'pay') {
    const fen = (model.owed() * BigInt(size)) / 4000n;
    if (fen === 0n) return { asked: false, told: true, expected: true };
    const { status } = await scene.payDown(id, loan, yuan(fen));
    return { asked: true, told: accepted(status), expected: model.pay(fen) };
  }
  if (kind === 'margin') {
    const fen = BigInt(size) * 100n;
    const { status } = await pledgor.maker.call('POST', `${path(id)}/margin`, { body: { amount: yuan(fen) } });
    return { asked: true, told: accepted(status), expected: model.secure(fen) };
  }
  if (kilos === 0n) return { asked: false, told: true, expected: true };
  const lotId = ids[index] as string;
  const released = kind === 'release';
  const { status } = released
    ? await scene.release(id, lotId, tonnes(kilos))
    : await document('outbound', { departures: [{ lotId, quantity: tonnes(kilos) }] });
  return { asked: true, told: accepted(status), expected: model.leave(index, kilos, released) };
}
