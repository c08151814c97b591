import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Service } from '../app.ts';
import { bootstrapOperator } from '../identity/bootstrap.ts';
import { parseMasterKey } from '../identity/master-key.ts';
import { addDays } from '../money/dates.ts';
import { shanghaiDate, systemClock } from '../platform/clock.ts';
import type { Settings } from '../platform/settings.ts';
import { demoUscc, type Party } from './cast.ts';
import { type Credentials, createClient, overHttp } from './client.ts';
import { type Scene, setScene } from './scene.ts';
import { playStory, storyBegins } from './story.ts';
import { beginBills, endBills } from './story-bill.ts';
import { playCreditStory } from './story-credit.ts';
import { playInventory } from './story-inventory.ts';
import { playPrepayment } from './story-prepayment.ts';
import { playReceipts } from './story-receipt.ts';
import type { Say } from './telling.ts';

type Demo = Readonly<{ address: string; service: Service; settings: Settings; say: Say }>;
type Named = Readonly<Record<string, Credentials>>;

const fileOf = ({ dataDir }: Settings): string => join(dataDir, 'demo-credentials.json');

/** Loads the demo chain into an empty database, runs the main job once in plain words, and tells the credentials. */
export async function loadDemo({ address, service, settings, say }: Demo): Promise<void> {
  const operator = await bootstrapOperator(service.database, {
    legalName: '链融平台运营有限公司',
    uscc: demoUscc(1),
    contact: { name: '平台运营', phone: '0391-6630000' },
    personName: '平台运营员',
    masterKey: parseMasterKey(settings.masterKey),
    clock: systemClock,
  });
  const send = overHttp(address);
  let serial = 1;
  const client = createClient(send, operator);
  const named: Record<string, Credentials> = { 'platform operator': operator };
  const keep = (met: Named): void => {
    Object.assign(named, met);
    writeFileSync(fileOf(settings), JSON.stringify(named, null, 2), { mode: 0o600 });
  };
  const introduce = (role: string, { maker, checker }: Party): void =>
    keep({ [`${role}, maker`]: maker.credentials, [`${role}, checker`]: checker.credentials });
  const stage = { send, operator: client, serial: () => ++serial, introduce };
  const today = shanghaiDate(systemClock.now());
  const openedOn = storyBegins(today);
  say();
  say('An empty database: the demo chain is set up.');
  const scene = await setScene(stage, openedOn);
  // Before the story: when it is broken off, this database is not empty any more and nothing tells them again.
  mkdirSync(settings.dataDir, { recursive: true, mode: 0o700 });
  keep(credentialsOf(scene));
  const issued = await beginBills(stage, scene, today, say);
  await playStory(scene, openedOn, today, say);
  await endBills(scene, issued, say);
  await playCreditStory({ stage, scene, today, say });
  const { businessDate: now } = await scene.bank.maker.get(`/v1/books/${scene.bank.id}`);
  await playPrepayment({ stage, scene, openedOn: now, today: now, dueDate: addDays(now, 60), say });
  await playInventory({ stage, scene, say });
  await playReceipts({ stage, scene, say });
}

const credentialsOf = (scene: Scene): Named => ({
  'core enterprise, maker': scene.core.maker.credentials,
  'core enterprise, checker': scene.core.checker.credentials,
  'supplier, maker': scene.supplier.maker.credentials,
  'supplier, checker': scene.supplier.checker.credentials,
  'second-tier supplier, maker': scene.secondTier.maker.credentials,
  'bank, maker': scene.bank.maker.credentials,
  'bank, checker': scene.bank.checker.credentials,
  'bank, second checker': scene.bank.second.credentials,
  'bank, operator of the book': scene.bank.operator.credentials,
  regulator: scene.regulator.credentials,
});

/** Tells the credentials of the demo, as long as they are kept beside the data. */
export function tellCredentials(settings: Settings, say: Say): void {
  if (!existsSync(fileOf(settings))) {
    if (settings.demo && settings.databaseUrl === null)
      say(`The demo was broken off before its credentials were kept. To begin again, remove ${settings.dataDir}`);
    return;
  }
  const named = JSON.parse(readFileSync(fileOf(settings), 'utf8')) as Named;
  say('Demo credentials (client id, client secret):');
  for (const [name, { clientId, clientSecret }] of Object.entries(named)) {
    say(`  ${name.padEnd(28)} ${clientId}  ${clientSecret}`);
  }
}
