import t from 'tap';
import { setScene } from '../../src/demo/scene.ts';
import { playReceipts } from '../../src/demo/story-receipt.ts';
import { wholeService } from '../harness/service.ts';

t.setTimeout(240_000);

void t.test('The story of receipts plays to its end over the API', async (t) => {
  const world = await wholeService(t);
  const scene = await setScene(world.stage, '2026-07-01');
  const lines: string[] = [];
  let settling = Promise.resolve();
  const background = setInterval(() => {
    settling = settling.then(world.settle);
  }, 50);
  try {
    await playReceipts({ stage: world.stage, scene, say: (line = '') => lines.push(line) });
  } finally {
    clearInterval(background);
    await settling;
  }
  const told = lines.join('\n');
  for (const figure of ['75.617 t stay', '104.383 t are split off', '2336091.54', 'receipt-not-free', 'delivered']) {
    t.ok(told.includes(figure), figure);
  }
  t.ok((await scene.bank.maker.get(`/v1/books/${scene.bank.id}/verification`)).ok);
});
