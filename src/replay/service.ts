import { setTimeout as pause } from 'node:timers/promises';
import { createService, type Service } from '../app.ts';
import { demoUscc, type Stage } from '../demo/cast.ts';
import { createClient, overHttp, type Send } from '../demo/client.ts';
import { bootstrapOperator, isEmpty } from '../identity/bootstrap.ts';
import { parseMasterKey } from '../identity/master-key.ts';
import type { IsoDate } from '../money/dates.ts';
import { migrate } from '../platform/migrate.ts';
import { readSettings, type Settings } from '../platform/settings.ts';

/** The service with a clock of the replay's own, spoken to over HTTP. */
export type ReplayService = Readonly<{
  stage: Stage;
  operatorId: string;
  /** Background work of the service, which otherwise runs by itself, to be run now. */
  work: Service['work'];
  /** Makes it noon in Shanghai on this day. */
  moveTo: (day: IsoDate) => void;
  stop: () => Promise<void>;
}>;

/** The service's own settings, but for what would only make a replay wait. */
export const replaySettings = (environment: Readonly<Record<string, string | undefined>>): Settings => ({
  ...readSettings(environment),
  logLevel: 'error',
  requestsPerMinute: 100_000_000,
  bankDelayMs: 0,
  registerDelayMs: 0,
});

const WAITS = 20;
const FIRST_SERIAL = 1;

/** Sends again, with the same idempotency key, what the service is too busy for or what a closed connection lost. */
const patiently =
  (send: Send): Send =>
  async (request) => {
    for (let attempt = 1; ; attempt += 1) {
      const answer = await send(request).catch((error: Error) => {
        if (attempt >= WAITS) throw error;
        return undefined;
      });
      if (answer !== undefined && answer.status !== 503 && answer.status !== 429) return answer;
      if (answer !== undefined && attempt >= WAITS) return answer;
      await pause(1000 * Number(answer?.headers['retry-after'] ?? 1));
    }
  };

/**
 * Starts the service on an empty database, with nothing in the background, on a free port of 127.0.0.1. Throws when
 * organizations are registered in the database already.
 */
export async function startService(databaseUrl: string, settings: Settings, firstDay: IsoDate): Promise<ReplayService> {
  let now = noonOf(firstDay);
  const clock = { now: () => now };
  await migrate(databaseUrl);
  const service = await createService({ databaseUrl, settings, clock, jobs: false });
  try {
    if (!(await isEmpty(service.database))) throw new Error('the database is not empty: a replay needs one of its own');
    const { organizationId, ...credentials } = await bootstrapOperator(service.database, {
      legalName: '链融平台运营有限公司',
      uscc: demoUscc(FIRST_SERIAL),
      contact: { name: '平台运营', phone: '0391-6630000' },
      personName: '平台运营员',
      masterKey: parseMasterKey(settings.masterKey),
      clock,
    });
    const send = patiently(overHttp(await service.app.listen({ host: '127.0.0.1', port: 0 })));
    let serial = FIRST_SERIAL;
    const milliseconds = () => now.getTime();
    return {
      stage: {
        send,
        operator: createClient(send, credentials, milliseconds),
        now: milliseconds,
        serial: () => ++serial,
      },
      operatorId: organizationId,
      work: service.work,
      moveTo: (day) => {
        now = noonOf(day);
      },
      stop: service.stop,
    };
  } catch (error) {
    await service.stop();
    throw error;
  }
}

const noonOf = (day: IsoDate): Date => new Date(`${day}T12:00:00+08:00`);
