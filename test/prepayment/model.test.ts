import * as fc from 'fast-check';
import t from 'tap';
import type { Json } from '../../src/demo/client.ts';
import { prepaymentScene } from './scene.ts';

t.setTimeout(600_000);

const yuan = (fen: bigint): string => `${fen / 100n}.${String(fen % 100n).padStart(2, '0')}`;
const up = (a: bigint, b: bigint): bigint => (a + b - 1n) / b;

type Policy = 'margin_last' | 'pro_rata' | 'margin_counts';
type Notice = { id: string; steps: bigint; version: number };

/** An order as its parties would keep it on paper: whole fen and whole steps, nothing of the service's code. */
function paper(policy: Policy, value: bigint, steps: bigint) {
  const margin = up(value * 3n, 10n);
  const funded = value - margin;
  let paid = 0n;
  let noticed = 0n;
  let delivered = 0n;
  const price = (count: bigint): bigint => up(value * count, steps);
  const limit = (): bigint => {
    if (paid >= funded) return value;
    if (policy === 'margin_last') return paid;
    return policy === 'margin_counts' ? margin + paid : (paid * value) / funded;
  };
  return {
    margin,
    funded,
    left: () => funded - paid,
    steps: () => steps - noticed,
    free: () => limit() - price(noticed),
    mayRelease: (count: bigint): boolean => noticed + count <= steps && price(noticed + count) <= limit(),
    pay: (fen: bigint) => {
      paid += fen;
    },
    release: (count: bigint): bigint => {
      noticed += count;
      return price(noticed);
    },
    takeBack: (count: bigint) => {
      noticed -= count;
    },
    receive: (count: bigint) => {
      delivered += count;
    },
    told: () => ({
      noticed: String(noticed),
      delivered: String(delivered),
      undeliveredValue: yuan(value - (value * delivered) / steps),
      account: {
        paidIn: yuan(paid),
        releasable: yuan(limit()),
        noticed: yuan(price(noticed)),
        free: yuan(limit() - price(noticed)),
        principal: yuan(funded - paid),
      },
    }),
  };
}

const walk = fc.array(
  fc.record({
    kind: fc.constantFrom('pay', 'pay', 'release', 'release', 'release', 'recall', 'hand over'),
    share: fc.integer({ min: 1, max: 1000 }),
    over: fc.boolean(),
  }),
  { minLength: 6, maxLength: 16 },
);

for (const policy of ['margin_last', 'pro_rata', 'margin_counts'] as const) {
  void t.test(
    `Whatever is paid and asked for under ${policy}, no fen of goods is free too early and none is lost`,
    async (t) => {
      const scene = await prepaymentScene(t, {
        terms: { release: policy },
        authority: [{ upTo: null, approval: 'auto', tag: null }],
        memberLimit: '100000000.00',
      });
      const { bank, buyer, core } = scene;

      async function handOver(notice: Notice): Promise<void> {
        const path = `/v1/release-notices/${notice.id}`;
        const acknowledged = await core.maker.post(`${path}/acknowledgement`, undefined, notice.version);
        const shipped = await core.maker.post(`${path}/shipment`, { waybill: 'YD-1' }, acknowledged.version);
        await buyer.maker.post(`${path}/receipt`, { quantity: String(notice.steps) }, shipped.version);
      }

      await fc.assert(
        fc.asyncProperty(
          fc.bigInt({ min: 100n, max: 1_000_000_000n }),
          fc.bigInt({ min: 1n, max: 1_000_000n }),
          walk,
          async (value, steps, sequence) => {
            const model = paper(policy, value, steps);
            const before = {
              buyer: await scene.balance(`2001/${buyer.id}`),
              seller: await scene.balance(`2001/${core.id}`),
            };
            const order = await scene.funded({ value: yuan(value), quantity: String(steps), step: '1' });
            const open: Notice[] = [];
            await scene.deposit(buyer.id, yuan(model.funded));

            async function pay(fen: bigint): Promise<void> {
              const { status, json } = await scene.pay(order.id, yuan(fen));
              if (fen > model.left()) {
                // A loan that is paid in full is settled, and takes no payment at all.
                const code = model.left() === 0n ? 'illegal-transition' : 'amount-exceeds-due';
                if (json.code !== code) throw new Error(`${yuan(fen)} too much was taken: ${status}`);
              } else if (status !== 201) throw new Error(`${yuan(fen)} was refused: ${JSON.stringify(json)}`);
              else model.pay(fen);
            }
            async function release(count: bigint): Promise<void> {
              const { status, json } = await scene.request(order.id, String(count));
              if (!model.mayRelease(count)) {
                if (json.code !== 'release-exceeds-payment') throw new Error(`${count} released too early: ${status}`);
                if (json.free !== yuan(model.free()))
                  throw new Error(`free is ${json.free}, paper ${yuan(model.free())}`);
                return;
              }
              if (status !== 201) throw new Error(`${count} refused: ${JSON.stringify(json)}`);
              model.release(count);
              open.push({ id: json.id, steps: count, version: json.version });
            }
            async function compare(what: string): Promise<void> {
              const seen: Json = await scene.read(order.id);
              for (const [name, told] of Object.entries(model.told())) {
                const mine = typeof told === 'string' ? { [name]: told } : told;
                const theirs = typeof told === 'string' ? seen : seen[name];
                for (const [key, expected] of Object.entries(mine)) {
                  if (theirs[key] !== expected) throw new Error(`${what}: ${key} is ${theirs[key]}, paper ${expected}`);
                }
              }
            }

            for (const { kind, share, over } of sequence) {
              const part = (whole: bigint): bigint => (whole * BigInt(share)) / 1000n || 1n;
              if (kind === 'pay' && (model.left() > 0n || over))
                await pay(over ? model.left() + 1n : part(model.left()));
              if (kind === 'release' && model.steps() > 0n) await release(part(model.steps()));
              const [first] = open;
              if (first !== undefined && kind === 'recall') {
                open.shift();
                await bank.maker.post(`/v1/release-notices/${first.id}/withdrawal`, { reason: '收回' }, first.version);
                model.takeBack(first.steps);
              }
              if (first !== undefined && kind === 'hand over') {
                open.shift();
                await handOver(first);
                model.receive(first.steps);
              }
              await compare(kind);
            }
            if (model.left() > 0n) await pay(model.left());
            if (model.steps() > 0n) await release(model.steps());
            for (const notice of open.splice(0)) {
              await handOver(notice);
              model.receive(notice.steps);
            }
            await compare('the end');
            const whole = await scene.read(order.id);
            if (whole.stage !== 'completed') throw new Error(`the order is ${whole.stage}`);
            await buyer.maker.post(`/v1/prepayments/${order.id}/closing`, undefined, whole.version);
            const after = {
              buyer: await scene.balance(`2001/${buyer.id}`),
              seller: await scene.balance(`2001/${core.id}`),
            };
            const gained = BigInt(after.seller.replace('.', '')) - BigInt(before.seller.replace('.', ''));
            if (gained !== value) throw new Error(`the seller got ${yuan(gained)} for ${yuan(value)}`);
            if (after.buyer !== before.buyer) throw new Error(`the buyer has ${after.buyer}, had ${before.buyer}`);
          },
        ),
        {
          numRuns: 6,
          // Paid in full, and a fen more.
          examples: [[100n, 1n, [1000, 1].map((share, i) => ({ kind: 'pay' as const, share, over: i === 1 }))]],
        },
      );
      t.same(await scene.limits(), []);
      t.same(await scene.obligation(), { outstanding: '0.00', claims: 0 });
      t.equal(await scene.balance(`2002/${buyer.id}`), '0.00');
      t.ok(await scene.proof());
    },
  );
}
