import pg from 'pg';
import t from 'tap';
import { pgTypes } from '../../src/platform/pg-types.ts';
import { freshDatabase } from '../harness/database.ts';

void t.test('Values of the database arrive without loss and without a local time', async (t) => {
  const { ownerUrl } = await freshDatabase(t);
  const client = new pg.Client({ connectionString: ownerUrl, types: pgTypes, options: '-c timezone=Asia/Shanghai' });
  await client.connect();
  const { rows } = await client.query(`
    select 90071992547409931.10::numeric as amount, 9007199254740993::bigint as number, date '2026-01-01' as day,
           timestamptz '2026-01-01 00:00:00.5+08' as instant, timestamptz 'infinity' as never, true as flag, 7 as small,
           array[0.10, null, 2]::numeric[] as amounts, array[9007199254740993]::bigint[] as numbers,
           array[date '2026-01-01'] as days, array[timestamptz '2026-01-01 00:00:00+08'] as instants`);
  await client.end();
  t.strictSame(rows, [
    {
      amount: '90071992547409931.10',
      number: '9007199254740993',
      day: '2026-01-01',
      instant: '2025-12-31T16:00:00.500Z',
      never: 'infinity',
      flag: true,
      small: 7,
      amounts: ['0.10', null, '2'],
      numbers: ['9007199254740993'],
      days: ['2026-01-01'],
      instants: ['2025-12-31T16:00:00.000Z'],
    },
  ]);
});
