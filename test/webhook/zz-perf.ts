import t from 'tap';
import { randomUUID } from 'node:crypto';
import { receiver, webhookBench } from './bench.ts';
t.setTimeout(120000);
void t.test('perf', async (t) => {
  const [svc, { received, url }] = await Promise.all([webhookBench(t), receiver(t)]);
  const bench = await svc.bankOf(t);
  await bench.endpoint(url, ['parcel.*']);
  let s = Date.now();
  for (let k = 0; k < 10; k++) await Promise.all(Array.from({ length: 300 }, (_, i) => bench.happen(randomUUID(), i)));
  console.log('emit 3000', Date.now() - s); s = Date.now();
  await bench.first.outbox(); console.log('fan out', Date.now() - s);
  await bench.deliver(); console.log('delivered', received.length, Date.now() - s);
});
