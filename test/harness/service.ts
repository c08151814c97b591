import type { Test } from 'tap';
import { createService } from '../../src/app.ts';
import { demoUscc, type Stage } from '../../src/demo/cast.ts';
import { createClient, type Send } from '../../src/demo/client.ts';
import { bootstrapOperator } from '../../src/identity/bootstrap.ts';
import { readSettings } from '../../src/platform/settings.ts';
import { freshDatabase } from './database.ts';

const masterKey = '07'.repeat(32);

/** The whole service on a database of its own, without background work: the test runs it, and moves the clock. */
export async function wholeService(t: Pick<Test, 'teardown'>, at = '2026-07-01T01:00:00Z') {
  const { ownerUrl } = await freshDatabase(t);
  let now = new Date(at);
  const clock = { now: () => now };
  const settings = readSettings({
    DATABASE_URL: ownerUrl,
    LIANRONG_MASTER_KEY: masterKey,
    LOG_LEVEL: process.env.LOG_LEVEL ?? 'fatal',
    SIMULATED_BANK_DELAY_MS: '0',
    SIMULATED_REGISTER_DELAY_MS: '0',
    SIMULATED_EXCHANGE_DELAY_MS: '0',
    REQUESTS_PER_MINUTE: '1000000',
    WEBHOOKS_TO_LOCALHOST: 'yes',
  });
  const service = await createService({ databaseUrl: ownerUrl, settings, clock, jobs: false });
  t.teardown(() => service.stop());
  const send: Send = async ({ method, path, headers, body }) => {
    const answer = await service.app.inject({
      method: method as 'POST',
      url: path,
      headers,
      ...(body === undefined ? {} : { payload: body }),
    });
    return { status: answer.statusCode, headers: answer.headers as Record<string, string>, text: answer.payload };
  };
  const first = await bootstrapOperator(service.database, {
    legalName: '链融平台运营有限公司',
    uscc: demoUscc(1),
    contact: { name: '平台运营', phone: '0391-6630000' },
    personName: '平台运营员',
    masterKey: Buffer.from(masterKey, 'hex'),
    clock,
  });
  let serial = 1;
  const stage: Stage = {
    send,
    operator: createClient(send, first, () => now.getTime()),
    now: () => now.getTime(),
    serial: () => ++serial,
  };
  return {
    service,
    stage,
    send,
    clock,
    ownerUrl,
    advance: (milliseconds: number) => {
      now = new Date(now.getTime() + milliseconds);
    },
    /** Runs what the background would: the register, the bank, the close of a day. */
    settle: async () => {
      await service.work.registrations();
      await service.work.registrations();
      await service.work.payments();
      await service.work.payments();
    },
  };
}
