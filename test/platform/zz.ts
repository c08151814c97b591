import { createService } from '/work/main/src/app.ts';
import { systemClock } from '/work/main/src/platform/clock.ts';
import { migrate } from '/work/main/src/platform/migrate.ts';
import { readSettings } from '/work/main/src/platform/settings.ts';
import { startThrowawayServer } from '/work/main/test/harness/server.ts';
const server = await startThrowawayServer();
try {
  await migrate(server.url);
  const settings = { ...readSettings({ LIANRONG_MASTER_KEY: '0'.repeat(64) }), logLevel: 'silent' };
  let t = performance.now(); const cpu = process.cpuUsage();
  const service = await createService({ databaseUrl: server.url, settings, clock: systemClock, jobs: false });
  console.log('createService', performance.now() - t); t = performance.now();
  await service.app.ready();
  console.log('ready', performance.now() - t, process.cpuUsage(cpu)); t = performance.now();
  const r = await service.app.inject({ url: '/openapi.json' }); console.log('openapi', performance.now() - t, r.body.length);
  const r2 = await service.app.inject({ url: '/v1/receivables', headers: {authorization: 'Bearer x'} }); console.log(r2.statusCode, r2.body);
  const r3 = await service.app.inject({ method:'POST', url: '/oauth/token', headers: {'content-type': 'application/x-www-form-urlencoded'}, payload: 'grant_type=client_credentials' }); console.log(r3.statusCode, r3.body, r3.headers['cache-control']);
  await service.stop();
} finally { await server.stop(); }
