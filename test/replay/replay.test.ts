import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { courseOf } from '../../src/replay/course.ts';
import { loanOn } from '../../src/replay/expectation.ts';
import { readInvoices } from '../../src/replay/reading.ts';
import { replay } from '../../src/replay/run.ts';
import { replaySettings } from '../../src/replay/service.ts';
import { freshDatabase } from '../harness/database.ts';

const HEADER = 'customerID,invoiceNumber,InvoiceDate,DueDate,InvoiceAmount,Disputed,SettledDate';
const GOOD = ['0379-NEVHP', '611365', '1/2/2013', '2/1/2013', '55.94', 'No', '1/15/2013'];
const file = (...lines: string[]): Buffer => Buffer.from(lines.join('\n'));
const read = (...lines: string[]) => readInvoices(file(HEADER, ...lines));

/** A good row but for one cell. */
const rowWith = (column: string, cell: string): string =>
  GOOD.map((good, index) => (HEADER.split(',')[index] === column ? cell : good)).join(',');

void t.test(
  'a file is read in any order of columns, with a byte order mark, CRLF, quotes and empty lines',
  async (t) => {
    const text =
      '\uFEFFSETTLEDDATE,disputed,"InvoiceAmount",countryCode,DueDate,InvoiceDate,invoiceNumber,customerID\r\n' +
      '03/09/2013,YES,"55.9",391,3/1/2013,1/31/2013,"A, 1"\r\n\r\n' +
      ' 2/5/2013 , no , 1000 ,391,3/1/2013,1/31/2013,"A-2","Smith, ""Sons"" & Co"\r\n';
    const { invoices, bad, shortAmounts } = readInvoices(Buffer.from(text));
    t.match(bad, [{ line: 2, reason: 'the row has 7 cells, the header has 8' }]);
    t.equal(shortAmounts, 1);
    const [invoice] = invoices;
    t.match(invoice, {
      line: 4,
      customer: 'Smith, "Sons" & Co',
      number: 'A-2',
      issueDate: '2013-01-31',
      dueDate: '2013-03-01',
      settledOn: '2013-02-05',
      disputed: false,
    });
    t.equal(invoice?.amount.toFixed(2), '1000.00');
  },
);

void t.test('columns that are missing are named; what the replay does not need may be missing', async (t) => {
  t.throws(() => readInvoices(file('customerID,InvoiceDate,DueDate,Disputed')), {
    message: 'the file has no column invoiceNumber, InvoiceAmount, SettledDate',
  });
  t.throws(() => readInvoices(Buffer.alloc(0)), { message: /the file is empty/ });
  t.throws(() => readInvoices(file(`${HEADER},disputed`)), { message: /the column Disputed more than once/ });
  t.equal(read(GOOD.join(',')).invoices.length, 1);
});

void t.test('a bad row is kept with its line and every reason, and stops nothing', async (t) => {
  const cases: readonly (readonly [column: string, cell: string, reason: RegExp])[] = [
    ['customerID', '', /^customerID is missing$/],
    ['customerID', 'A\u202eB', /^customerID is no name/],
    ['invoiceNumber', '', /^invoiceNumber is missing$/],
    ['invoiceNumber', 'a b', /^invoiceNumber "a b" is no document number/],
    ['InvoiceDate', '', /^InvoiceDate is missing$/],
    ['InvoiceDate', '2013-01-02', /^InvoiceDate "2013-01-02" is no date in the form M\/D\/YYYY$/],
    ['DueDate', '2/30/2013', /^DueDate "2\/30\/2013" is no day of the calendar$/],
    ['DueDate', '13/1/2013', /^DueDate "13\/1\/2013" is no day of the calendar$/],
    ['DueDate', '1/2/2013', /^DueDate is not after InvoiceDate$/],
    ['SettledDate', '', /^SettledDate is missing$/],
    ['SettledDate', '1/1/2013', /^SettledDate is before InvoiceDate$/],
    ['InvoiceAmount', '', /^InvoiceAmount is missing$/],
    ['InvoiceAmount', '0.00', /^InvoiceAmount "0.00" is not positive$/],
    ['InvoiceAmount', '-5', /^InvoiceAmount "-5" is not positive$/],
    ['InvoiceAmount', '5.123', /^InvoiceAmount "5.123" has more than two decimals$/],
    ['InvoiceAmount', '5e3', /^InvoiceAmount "5e3" is no amount/],
    ['InvoiceAmount', '1000000000000000', /^InvoiceAmount "1000000000000000" is above/],
    ['Disputed', 'maybe', /^Disputed "maybe" is neither Yes nor No$/],
  ];
  for (const [column, cell, reason] of cases) {
    const { invoices, bad } = read(rowWith(column, cell), GOOD.join(','));
    t.match(bad, [{ line: 2, reason }], `${column} "${cell}"`);
    t.equal(invoices.length, 1, 'the row after it is read');
  }
  const [several] = read('A,1,1/2/2013,1/1/2013,x,No,1/1/2013').bad;
  t.match(several?.reason, /InvoiceAmount .*; DueDate is not after InvoiceDate; SettledDate is before InvoiceDate/);
  t.match(read('"A,1,1/2/2013', GOOD.join(',')).bad, [{ line: 2, reason: /quotes/ }], 'an open quote');
});

void t.test('an invoice of one customer counts once; a bad row before it does not stand in its way', async (t) => {
  const { invoices, bad } = read(
    rowWith('InvoiceAmount', 'x'),
    GOOD.join(','),
    GOOD.join(','),
    rowWith('customerID', 'another'),
  );
  t.same(
    invoices.map(({ line }) => line),
    [3, 5],
  );
  t.match(bad, [{ line: 2 }, { line: 4, reason: 'duplicate: line 3 is this invoice of this customer' }]);
});

void t.test('an amount with fewer than two decimals is read as if the zeros were there', async (t) => {
  const amounts = ['55.9', '55', '55.90', '055.900'].map((cell) => read(rowWith('InvoiceAmount', cell)).invoices[0]);
  t.same(
    amounts.map((invoice) => invoice?.amount.toFixed(2)),
    ['55.90', '55.00', '55.90', '55.90'],
  );
});

void t.test(
  'the share is decided by customer and number alone; a dispute lies between invoice and settlement',
  async (t) => {
    const rows = Array.from({ length: 400 }, (_, i) => rowWith('invoiceNumber', `N${i}`));
    const { invoices } = read(...rows);
    const chosen = (share: number, of = invoices) =>
      of.filter((invoice) => courseOf(invoice, share).product !== null).map(({ number }) => number);
    t.equal(chosen(0).length, 0);
    t.equal(chosen(1).length, 400);
    t.ok(chosen(0.5).length > 150 && chosen(0.5).length < 250, `${chosen(0.5).length} of 400`);
    t.same(chosen(0.5, [...invoices].reverse()).sort(), chosen(0.5).sort());
    t.ok(
      chosen(0.25).every((number) => chosen(0.5).includes(number)),
      'a larger share holds the smaller',
    );
    const disputeUntil = (settled: string) => {
      const [invoice] = read(`A,1,1/2/2013,2/1/2013,9.99,Yes,${settled}`).invoices;
      return invoice && courseOf(invoice, 1).dispute;
    };
    t.same(disputeUntil('1/15/2013'), { opensOn: '2013-01-05', endsOn: '2013-01-14' });
    t.same(disputeUntil('1/5/2013'), { opensOn: '2013-01-05', endsOn: '2013-01-05' });
    t.same(disputeUntil('1/2/2013'), { opensOn: '2013-01-02', endsOn: '2013-01-02' });
  },
);

void t.test(
  'a loan recomputed from the file: interest to the business day after a holiday, then penalty',
  async (t) => {
    const [invoice] = read('A,1,9/24/2013,10/1/2013,600.01,No,10/20/2013').invoices;
    if (invoice === undefined) return t.fail('the row is good');
    const { maturityDate, advance, interest, penalty, fellOverdue, fee } = loanOn(invoice);
    t.equal(maturityDate, '2013-10-08');
    t.equal(advance.toFixed(), '480');
    t.equal(interest.toFixed(2), '1.05', '480 × 5.60 % × 14 ÷ 360 = 1.0453');
    t.equal(penalty.toFixed(2), '1.34', '480 × 8.40 % × 12 ÷ 360 = 1.3440');
    t.equal(fee.toFixed(2), '0.48');
    t.equal(fellOverdue, true);
  },
);

const small = [
  'Disputed,invoiceNumber,customerID,InvoiceDate,DueDate,SettledDate,InvoiceAmount,PaperlessBill',
  'No,1,A,9/23/2013,9/30/2013,9/28/2013,1000,Paper',
  'No,2,A,9/23/2013,9/27/2013,10/9/2013,900.00,Paper',
  'No,1,B,9/24/2013,10/1/2013,10/5/2013,600.00,Paper',
  'Yes,2,B,9/24/2013,9/30/2013,10/12/2013,1200.00,Paper',
  'Yes,1,C,9/25/2013,10/8/2013,9/26/2013,300.00,Paper',
  'No,2,C,9/25/2013,9/26/2013,9/25/2013,100.00,Paper',
  'No,3,C,9/25/2013,10/8/2013,10/8/2013,55.9,Paper',
  'No,4,C,9/25/2013,12/1/2014,9/30/2013,500.00,Paper',
  'No,5,C,9/25/2013,10/8/2013,9/30/2013,0.01,Paper',
  'No,6,C,9/25/2013,9/24/2013,9/30/2013,500.00,Paper',
  'No,2,A,9/26/2013,10/8/2013,10/9/2013,900.00,Paper',
  'Perhaps,7,C,9/25/2013,10/8/2013,9/30/2013,10.123,Paper',
];

void t.test('a small file comes to the figures worked out by hand, and the ledger is proven', async (t) => {
  const { ownerUrl } = await freshDatabase(t);
  const settings = replaySettings({ DATABASE_URL: ownerUrl, LIANRONG_MASTER_KEY: '07'.repeat(32) });
  const said: string[] = [];
  const result = await replay({
    file: Buffer.from(small.join('\r\n')),
    share: 1,
    database: async () => ({ url: ownerUrl, settings }),
    say: (line = '') => said.push(line),
  });
  if (result === null) return t.fail('there are rows to replay');
  const { reading, run, comparisons, proof, holds } = result;
  t.same(
    reading.bad.map(({ line }) => line),
    [11, 12, 13],
  );
  t.same(run.refused.map(({ line, step, code }) => `${line} ${step} ${code}`).sort(), [
    '10 finance advance-too-high',
    '9 finance tenor-outside-programme',
  ]);
  t.equal(run.days, 20);
  const byService = (name: string) => comparisons.find((each) => each.name.trim() === name)?.service.toFixed(2);
  t.equal(byService('receivables paid'), '9.00');
  t.equal(byService('paid by the core enterprise'), '4655.91');
  t.equal(byService('loans paid out'), '7.00');
  t.equal(byService('principal'), '3324.72');
  t.equal(byService('interest'), '2.92', '0.62 + 0.45 + 0.82 + 0.90 + 0.04 + 0.00 + 0.09');
  t.equal(byService('penalty'), '4.71', '720 and 960 at 8.40 % for 12 days each');
  t.equal(byService('loans that fell overdue and were cured'), '2.00', 'of three paid late one was due on a holiday');
  t.equal(byService('remainders paid to suppliers'), '1323.56');
  for (const { name, service, file } of comparisons) t.equal(service.minus(file).toFixed(2), '0.00', name);
  t.equal(proof.ok, true);
  t.equal(holds, true);
  t.ok(said.some((line) => /line 13: InvoiceAmount .*more than two decimals; Disputed "Perhaps"/.test(line)));
  await t.rejects(
    replay({
      file: Buffer.from(small.join('\n')),
      share: 1,
      database: async () => ({ url: ownerUrl, settings }),
      say: () => undefined,
    }),
    { message: /the database is not empty/ },
    'a second replay on the same database',
  );
});

void t.test(
  'the command names what a file lacks and ends with 1; without a good row it opens no database',
  async (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'lianrong-test-'));
    t.teardown(() => rmSync(folder, { recursive: true }));
    const path = join(folder, 'receivables.csv');
    writeFileSync(path, 'customerID,invoiceNumber\nA,1\n');
    const { status, stderr } = spawnSync(process.execPath, ['--import=tsx', 'src/replay/replay.ts', path]);
    t.equal(status, 1);
    t.match(stderr.toString(), /no column InvoiceDate, DueDate, InvoiceAmount, Disputed, SettledDate/);
    const nothing = await replay({
      file: file(HEADER, 'A,1,x,x,x,x,x'),
      share: 0.5,
      database: () => Promise.reject(new Error('no database is needed')),
      say: () => undefined,
    });
    t.equal(nothing, null);
  },
);
