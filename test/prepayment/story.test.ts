import t from 'tap';
import { setScene } from '../../src/demo/scene.ts';
import { playPrepayment } from '../../src/demo/story-prepayment.ts';
import { wholeService } from '../harness/service.ts';

t.setTimeout(120_000);

void t.test('The story of a prepayment is told to its end', async (t) => {
  const world = await wholeService(t);
  const openedOn = '2026-07-01';
  const scene = await setScene(world.stage, openedOn);
  const told: string[] = [];
  let busy = Promise.resolve();
  // What would run in the background runs whenever the story looks whether it has.
  const bank = {
    ...scene.bank,
    maker: {
      ...scene.bank.maker,
      get: async (path: string) => {
        busy = busy.then(world.settle);
        await busy;
        return scene.bank.maker.get(path);
      },
    },
  };
  const say = (line = '') => told.push(line);
  await playPrepayment({
    stage: world.stage,
    scene: { ...scene, bank },
    openedOn,
    today: openedOn,
    dueDate: '2026-09-29',
    say,
  });
  t.match(told.join('\n'), /goods for 700000\.00 are free/);
  t.match(told.join('\n'), /release-exceeds-payment, at most 200 吨/);
  t.match(told.at(-1), /Undelivered goods 2800000\.00, the bank's part 1960000\.00/);
});
