import { performance } from 'node:perf_hooks';
import t from 'tap';
import { prepaymentScene } from './scene.ts';

/**
 * A release over HTTP: a distributor pays for goods and asks for them, one call at a time and 64 at once, on one order.
 * Run with `node --import=tsx test/prepayment/bench.ts`.
 */
t.setTimeout(600_000);
const ending: (() => unknown)[] = [];
const test = { teardown: (end: () => unknown) => ending.unshift(end) };
const scene = await prepaymentScene(test as never, {
  terms: { release: 'pro_rata' },
  authority: [{ upTo: null, approval: 'auto', tag: null }],
});
const { buyer, core } = scene;
const order = await scene.funded();
await scene.deposit(buyer.id, '7000000.00');
await scene.pay(order.id, '6000000.00');

const milliseconds = (times: number[]): string => {
  const sorted = [...times].sort((a, b) => a - b);
  const at = (share: number): string => (sorted[Math.floor(sorted.length * share)] ?? 0).toFixed(1);
  return `median ${at(0.5)} ms, 95 % ${at(0.95)} ms, 99 % ${at(0.99)} ms`;
};

async function timed(calls: number, atOnce: number, call: () => Promise<{ status: number }>): Promise<string> {
  const times: number[] = [];
  let left = calls;
  const begun = performance.now();
  const lane = async () => {
    while (left-- > 0) {
      const from = performance.now();
      let { status } = await call();
      // A service under pressure asks to come back: the time until it answers counts.
      while (status === 503) ({ status } = await call());
      if (status >= 300) throw new Error(`refused with ${status}`);
      times.push(performance.now() - from);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, lane));
  const perSecond = (calls / (performance.now() - begun)) * 1000;
  return `${perSecond.toFixed(0)} a second, ${milliseconds(times)}`;
}

const release = () => scene.request(order.id, '100');
await timed(50, 1, release);
console.log(`release, one at a time:       ${await timed(300, 1, release)}`);
console.log(`release, 64 at once:          ${await timed(2000, 64, release)}`);
console.log(`payment for release, one:     ${await timed(200, 1, () => scene.pay(order.id, '10.00'))}`);
const { items } = await core.maker.get('/v1/release-notices?limit=200&sort=oldest');
const notices = (items as { id: string; version: number }[]).values();
const acknowledge = async () => {
  const { value } = notices.next();
  return core.maker.call('POST', `/v1/release-notices/${value?.id}/acknowledgement`, { version: value?.version ?? 1 });
};
console.log(`acknowledgement, 16 at once:  ${await timed(200, 16, acknowledge)}`);
const proven = await scene.proof();
console.log(`the ledger ${proven ? 'is proven' : 'DOES NOT PROVE'}`);
for (const end of ending) await end();
process.exit(proven ? 0 : 1);
