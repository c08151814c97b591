import { randomUUID } from 'node:crypto';
import t from 'tap';
import writeXlsxFile from 'write-excel-file/node';
import { chainBench, type Json } from '../chain/bench.ts';
import { contact, usccOf } from '../harness/identity-service.ts';

t.setTimeout(300_000);

const header = [
  ...['uscc', 'legal_name', 'side', 'tier', 'parent_uscc', 'industry', 'employees', 'annual_revenue', 'total_assets'],
  ...['tags', 'contact_name', 'contact_phone'],
];

/** The row of supplier number `i`, as the file has it. */
const row = (i: number, more: Partial<Record<string, string>> = {}): string[] => {
  const cells: Record<string, string> = {
    ...{
      uscc: usccOf(i),
      legal_name: `供应商${i}有限公司`,
      side: 'upstream',
      tier: '1',
      industry: '工业',
      employees: '35',
    },
    ...{ annual_revenue: '5600000.5', contact_name: '李经理' },
    ...{ contact_phone: '0391-6630000', ...more },
  };
  return header.map((column) => cells[column] ?? '');
};
const csv = (rows: readonly string[][]): string => [header, ...rows].map((cells) => `${cells.join(',')}\r\n`).join('');

const workbook = (rows: readonly string[][]): Promise<Buffer> =>
  writeXlsxFile(
    [header, ...rows].map((cells, r) =>
      cells.map((text, c) =>
        r > 0 && /^(employees|annual_revenue)$/.test(header[c] as string) && text !== ''
          ? { value: Number(text), type: Number }
          : { value: text, type: String },
      ),
    ) as never,
  ).toBuffer();

void t.test('Five thousand suppliers come in one CSV, deeper tiers before their parents', async (t) => {
  const bench = await chainBench(t);
  const { at, core, count, call, must, runImports, send, woken } = bench;
  const rows = Array.from({ length: 5_000 }, (_, i) =>
    i < 1_000 ? row(i, { tier: '2', parent_uscc: usccOf(4_999 - i) }) : row(i),
  );
  const sent = await send(`${at}/member-imports`, csv(rows), { by: core });
  t.match(sent, { status: 202, json: { status: 'running', total: 5_000, done: 0, format: 'csv' } });
  t.ok(woken.includes('member-imports'));
  const path = `${at}/member-imports/${sent.json.id}`;
  bench.dieAfter(3);
  await t.rejects(runImports(), /member imports failed/);
  const halfway = await must('GET', path, { by: core });
  t.match(halfway, { status: 'running', done: 1_500, created: 1_500 }, 'three chunks were done, none by half');
  t.equal(await count('member'), 1_500);
  bench.dieAfter(Number.POSITIVE_INFINITY);
  await Promise.all([runImports(), runImports()]);
  t.match(await must('GET', path, { by: core }), { status: 'done', done: 5_000, created: 5_000, finishedAt: String });
  t.equal(await count('member'), 5_000);
  t.equal(await count('member where tier = 2 and counterparty_id <> core_id'), 1_000);
  t.equal(await count("event where kind = 'member.invited'"), 5_000);
  t.equal(await count("event where kind !~ '^[a-z_]+[.][a-z_]+$'"), 0, 'webhooks can ask for every kind');
  t.equal(await count("organization where annual_revenue = 5600000.50 and scale = 'small'"), 5_000);

  const again = await send(`${at}/member-imports`, csv(rows), { by: core });
  t.match(again, { status: 202, json: { id: sent.json.id, status: 'done' } }, 'the same file is the same import');
  const more = await send(`${at}/member-imports`, csv([...rows.slice(4_000), ...[]]), { by: core });
  await runImports();
  t.match(await must('GET', `${at}/member-imports/${more.json.id}`, { by: core }), { unchanged: 1_000, created: 0 });
  const page = await must('GET', `${path}/rows?limit=3`, { by: core });
  t.match(page.items, [{ line: 2, outcome: 'created', memberId: String, uscc: usccOf(0) }, { line: 3 }, { line: 4 }]);
  const next = await must('GET', `${path}/rows?limit=2&cursor=${page.nextCursor}`, { by: core });
  t.match(next.items, [{ line: 5 }, { line: 6 }]);
  t.equal((await call('GET', path, { by: await bench.organization('别的企业') })).status, 404);
});

void t.test('Five thousand suppliers come in one XLSX workbook', async (t) => {
  const { at, core, count, must, operator, owner, runImports, send } = await chainBench(t);
  const rows = Array.from({ length: 5_000 }, (_, i) => row(i, { tags: 'specialised_new;first_loan' }));
  const sent = await send(`${at}/member-imports`, await workbook(rows), { by: operator });
  t.match(sent, { status: 202, json: { total: 5_000, format: 'xlsx' } });
  await runImports(5_000);
  t.match(await must('GET', `${at}/member-imports/${sent.json.id}`, { by: core }), { status: 'done', created: 5_000 });
  t.equal(await count('member'), 5_000);
  const found = await owner.query('select employees, annual_revenue, tags from organization where uscc = $1', [
    usccOf(4_321),
  ]);
  t.match(found.rows, [{ employees: 35, annual_revenue: '5600000.50', tags: ['first_loan', 'specialised_new'] }]);
});

void t.test('A core enterprise sets no tags by file: the row is refused, not stripped of them', async (t) => {
  const { at, core, count, must, runImports, send } = await chainBench(t);
  const rows = [row(1, { tags: 'specialised_new' }), row(2)];
  for (const dryRun of [true, false]) {
    const { json } = await send(`${at}/member-imports?dryRun=${dryRun}`, csv(rows), { by: core });
    await runImports();
    const { items } = await must('GET', `${at}/member-imports/${json.id}/rows`, { by: core });
    t.match(items, [
      { outcome: 'refused', code: 'forbidden', field: 'tags' },
      { outcome: 'created', code: null },
    ]);
  }
  t.equal(await count('member'), 1);
});

void t.test('A broken row never stops its neighbours, and says what is wrong with it', async (t) => {
  const { at, core, count, join, must, organization, runImports, send } = await chainBench(t);
  const known = await organization('已登记有限公司');
  const present = await organization('已入链有限公司');
  await join(present);
  const wrongCheck = usccOf(50).replace(/.$/, (last) => (last === '0' ? '1' : '0'));
  const rows = [
    row(1),
    row(50, { uscc: wrongCheck }),
    row(2, { legal_name: '"没有结尾的引号' }),
    row(3),
    row(4, { tier: '2', parent_uscc: usccOf(3) }),
    row(5, { tier: '3', parent_uscc: usccOf(3) }),
    row(1),
    row(6, { annual_revenue: '12.345' }),
    row(7, { contact_name: '', contact_phone: '' }),
    row(8, { uscc: known.uscc, legal_name: known.legalName }),
    row(9, { uscc: known.uscc, legal_name: '别的名字', side: 'downstream' }),
    row(10, { uscc: present.uscc, legal_name: present.legalName }),
    row(11, { uscc: present.uscc, legal_name: present.legalName, tier: '2', parent_uscc: usccOf(3) }),
    row(12, { industry: '航天' }),
    [...row(13), 'surplus'],
    row(14, { employees: '' }),
    row(15, { side: 'sideways' }),
    row(16, { parent_uscc: core.uscc }),
    row(17, { legal_name: '\u0000\u202e' }),
    row(18),
  ];
  const sent = await send(`${at}/member-imports`, csv(rows), { by: core });
  await runImports(4);
  const path = `${at}/member-imports/${sent.json.id}`;
  const done = await must('GET', path, { by: core });
  t.match(done, { status: 'done', total: 20, done: 20, created: 5, linked: 1, unchanged: 1, refused: 13 });
  const { items } = await must('GET', `${path}/rows`, { by: core });
  const verdict = ({ line, outcome, code, field }: Json) => [line, outcome, ...(code ? [code, field] : [])].join(' ');
  t.same(items.map(verdict), [
    ...['2 created', '3 refused invalid-input uscc', '4 refused malformed-row ', '5 created', '6 created'],
    ...[
      '7 refused parent-mismatch parent_uscc',
      '8 refused duplicate-row uscc',
      '9 refused invalid-input annual_revenue',
    ],
    ...[
      '10 refused invalid-input contact_name',
      '11 linked',
      '12 refused legal-name-mismatch legal_name',
      '13 unchanged',
    ],
    ...['14 refused duplicate-row uscc', '15 refused invalid-input industry', '16 refused malformed-row '],
    ...['17 refused invalid-input employees', '18 refused invalid-input side', '19 created'],
    ...['20 refused invalid-input legal_name', '21 created'],
  ]);
  t.equal((await must('GET', `${path}/rows?outcome=refused`, { by: core })).items.length, 13);
  t.equal(await count('member'), 7);
});

void t.test('A dry run says what would become of each row and changes nothing', async (t) => {
  const { at, core, count, must, runImports, send } = await chainBench(t);
  const rows = [
    row(2, { tier: '2', parent_uscc: usccOf(1) }),
    ...Array.from({ length: 600 }, (_, i) => row(100 + i)),
    row(1),
    row(3, { tier: '2', parent_uscc: usccOf(99) }),
  ];
  const dry = await send(`${at}/member-imports?dryRun=true`, csv(rows), { by: core });
  t.match(dry, { status: 202, json: { dryRun: true } });
  await runImports();
  t.match(await must('GET', `${at}/member-imports/${dry.json.id}`, { by: core }), { created: 602, refused: 1 });
  t.equal(await count('member'), 0);
  t.equal(await count('organization'), 3);
  t.equal(await count("event where kind in ('member.invited', 'organization.registered')"), 0);
  const real = await send(`${at}/member-imports`, csv(rows), { by: core });
  t.not(real.json.id, dry.json.id);
  await runImports();
  t.match(await must('GET', `${at}/member-imports/${real.json.id}`, { by: core }), { created: 602, refused: 1 });
  t.equal(await count('member'), 602);
});

void t.test('What is no file of members is refused as a whole', async (t) => {
  const { at, call, core, count, join, organization, send } = await chainBench(t);
  const supplier = await organization('甲公司');
  await join(supplier);
  const sends = async (file: string | Buffer, by = core) => {
    const { status, json } = await send(`${at}/member-imports`, file, { by });
    return { status, ...json };
  };
  const many = csv(Array.from({ length: 5_003 }, (_, i) => row(i)));
  t.match(await sends(many), { status: 422, code: 'too-many-rows', rows: 5_003, limit: 5_000 });
  t.match(await sends('uscc,legal_name\r\n'), { code: 'malformed-file', detail: /side/ });
  t.match(await sends('uscc,legal_name,side,prize\r\n'), { code: 'malformed-file', detail: /prize/ });
  t.match(await sends(csv([])), { code: 'malformed-file', detail: /no row/ });
  t.match(await sends(''), { code: 'malformed-file' });
  t.match(await sends(Buffer.from('PK\u0003\u0004 and nothing')), { code: 'malformed-file' });
  t.match(await sends(csv([row(1)]), supplier), { status: 403, code: 'not-a-party' });
  t.match(await sends(csv([row(1)]), await organization('别的企业')), { status: 404 });
  t.match(await sends(Buffer.alloc(11 * 1024 * 1024, 'a')), { status: 413 });
  const json = await call('POST', `${at}/member-imports`, { by: core, body: { file: 'x' } });
  t.match(json, { status: 415, json: { code: 'unsupported-media-type', accepted: 'multipart/form-data' } });
  t.equal(await count('member_import'), 0);

  const key = randomUUID();
  const first = await send(`${at}/member-imports`, csv([row(1)]), { by: core, key });
  const replay = await send(`${at}/member-imports`, csv([row(1)]), { by: core, key });
  t.same([replay.headers['idempotent-replayed'], replay.json.id], ['true', first.json.id]);
  const reused = await send(`${at}/member-imports`, csv([row(2)]), { by: core, key });
  t.match(reused, { status: 422, json: { code: 'idempotency-key-reused' } });
});

void t.test(
  'Refused rows come back as CSV that no spreadsheet takes for formulas, and may be sent again',
  async (t) => {
    const { at, call, core, must, runImports, send } = await chainBench(t);
    const formula = '=HYPERLINK(1)';
    const sent = await send(
      `${at}/member-imports`,
      csv([row(1, { contact_phone: '+86 391 6630000 x', tags: formula })]),
      { by: core },
    );
    const path = `${at}/member-imports/${sent.json.id}/refused-rows`;
    const download = await call('GET', path, { by: core });
    t.match(download.headers, { 'content-type': 'text/csv; charset=utf-8', 'content-disposition': /attachment/ });
    const [head, line] = download.text.split('\r\n') as [string, string];
    t.equal(head, `\uFEFF${[...header, 'line', 'code', 'field', 'message', 'accepted'].join(',')}`);
    t.match(line, `,'${formula},`);
    t.match(line, ",'+86 391 6630000 x,");
    const corrected = `${head.split(',').slice(0, 12).join(',')}\n${line.split(',').slice(0, 12).join(',')}`
      .replace(`'${formula}`, '')
      .replace(' x', '');
    const again = await send(`${at}/member-imports`, corrected, { by: core });
    await runImports();
    t.match(await must('GET', `${at}/member-imports/${again.json.id}`, { by: core }), { created: 1, refused: 0 });
    const { items } = await must('GET', `${at}/members`, { by: core });
    t.match(
      items,
      [{ contact: { name: contact.name, phone: '+86 391 6630000' } }],
      'the mark against formulas is no part of it',
    );
  },
);
