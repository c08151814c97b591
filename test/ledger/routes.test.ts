import { randomUUID } from 'node:crypto';
import t from 'tap';
import type { AccountPath } from '../../src/ledger/chart.ts';
import { ledgerRoutes } from '../../src/ledger/routes.ts';
import { bankWorld } from '../harness/bank-world.ts';
import { accepted, command, type Transfer, transfer } from './bench.ts';
import { yuan } from './oracle.ts';

t.setTimeout(120_000);

const world = await bankWorld(t, [ledgerRoutes({}) as never]);
const { bankId, otherBankId, maker, checker } = world;
const { supplierId, coreId } = await world.newChain();
const supplier = world.person(supplierId, 'enterprise', 'viewer');
const core = world.person(coreId, 'enterprise', 'viewer');
const regulator = world.person(world.regulatorId, 'regulator', 'regulator');
const operator = world.person(world.operatorId, 'operator', 'operator');
const otherBank = world.person(otherBankId, 'bank', 'maker', 'checker', 'viewer');
const book = `/v1/books/${bankId}`;
const deposits: AccountPath = `2001/${supplierId}`;
const inUrl = deposits.replace('/', '-');

async function move(debit: AccountPath, credit: AccountPath, amount: string, more: Partial<Transfer> = {}) {
  const input = { bookId: bankId, debit, credit, amount, ...more };
  const asked = command(input, { actor: maker.actor, key: randomUUID(), now: world.clock.now() });
  return accepted(await world.unitOfWork.run(transfer, asked)).journalId;
}

const subjectId = randomUUID();
const first = await move('1101', deposits, '1000.00', { subjectId });
const recordedFirst = world.clock.now().toISOString();
world.advance(60_000);
await move(deposits, '1001', '250.10');
world.advance(60_000);
const dated = await move(deposits, `2001/${coreId}`, '49.90', { effectiveDate: '2026-06-15' });

void t.test('A bank reads its book', async (t) => {
  t.match(await maker.must('GET', '/v1/books'), { items: [{ businessDate: '2026-07-01' }, {}] });
  const { json, headers } = await maker.get(book);
  t.match(json, { id: bankId, closing: false, version: 1 });
  t.equal(headers.etag, '"1"');
  const { items } = await maker.must('GET', `${book}/accounts?code=2001`);
  t.same(
    items.map((each: Record<string, unknown>) => [each.account, each.posted, each.available, each.entries]).sort(),
    [
      [deposits, '-700.00', '700.00', 3],
      [`2001/${coreId}`, '-49.90', '49.90', 1],
    ].sort(),
  );
  t.match(await maker.must('GET', `${book}/accounts?partyId=${coreId}`), { items: [{ partyId: coreId }] });
  t.match(await maker.must('GET', `${book}/accounts/1001`), {
    name: 'Clearing account',
    posted: '-250.10',
    available: null,
    held: '0.00',
  });
  t.equal((await maker.get(`${book}/accounts/1190`)).status, 404, 'an account nobody opened does not exist');
  t.equal((await maker.get(`${book}/accounts/1001-x`)).status, 400);
});

void t.test('A statement is read page by page, either way', async (t) => {
  const entries = `${book}/accounts/${inUrl}/entries`;
  const pages: string[] = [];
  for (let cursor: string | null = ''; cursor !== null; ) {
    const page: { items: { number: number; amount: string; balanceAfter: string }[]; nextCursor: string | null } =
      await maker.must('GET', `${entries}?limit=1&sort=oldest${cursor && `&cursor=${cursor}`}`);
    pages.push(...page.items.map((each) => `${each.number} ${each.amount} ${each.balanceAfter}`));
    cursor = page.nextCursor;
  }
  t.same(pages, ['1 -1000.00 -1000.00', '2 250.10 -749.90', '3 49.90 -700.00']);
  const newest = await maker.must('GET', entries);
  t.match(newest.items[0], {
    number: 3,
    kind: 'test.transferred',
    journalId: dated,
    effectiveDate: '2026-06-15',
    businessDate: '2026-07-01',
  });
});

void t.test('A balance is known for any moment, on both axes', async (t) => {
  const at = async (query: string) => (await maker.must('GET', `${book}/accounts/${inUrl}/balance${query}`)).posted;
  t.equal(await at(''), '-700.00');
  t.equal(await at(`?asOf=${recordedFirst}`), '-1000.00');
  t.equal(await at('?asOf=2026-06-30T00:00:00.000Z'), '0.00');
  t.equal(await at('?onDate=2026-06-30'), '49.90', 'what was dated back counts for its day');
  t.equal(await at('?onDate=2026-06-14'), '0.00');
  t.equal(await at(`?asOf=${recordedFirst}&onDate=2026-06-30`), '0.00', 'but was not known then');
});

void t.test('A journal shows its lines and what caused it', async (t) => {
  const journal = await maker.must('GET', `${book}/journals/${first}`);
  t.match(journal, {
    kind: 'test.transferred',
    subjectId,
    lineCount: 2,
    lines: [
      { line: 0, account: '1101', amount: '1000.00', balanceAfter: '1000.00' },
      { line: 1, account: deposits, amount: '-1000.00', balanceAfter: '-1000.00' },
    ],
    reversedBy: null,
    cause: { event: 'test.transferred', actorPersonId: maker.actor.personId, inputs: { amount: '1000.00' } },
  });
  const lines = await maker.must('GET', `${book}/journals/${first}/lines?limit=1`);
  t.same([lines.items.length, lines.nextCursor === null], [1, false]);
  t.equal((await maker.must('GET', `${book}/journals?subjectId=${subjectId}`)).items.length, 1);
  t.equal(
    (await maker.must('GET', `${book}/journals?kind=test.transferred&from=2026-07-01&to=2026-07-01`)).items.length,
    3,
  );
  t.equal((await maker.must('GET', `${book}/journals?to=2026-06-30`)).items.length, 0);
  t.equal((await maker.get(`${book}/journals/${randomUUID()}`)).status, 404);
});

void t.test('The trial balance ties by effective date', async (t) => {
  const sides = async (query: string) => {
    const { debit, credit, lines } = await maker.must('GET', `${book}/trial-balance${query}`);
    return { debit, credit, lines: lines.map((each: Record<string, string>) => [each.code, each.debit, each.credit]) };
  };
  t.same(await sides(''), {
    debit: '1000.00',
    credit: '1000.00',
    lines: [
      ['1001', '0.00', '250.10'],
      ['1101', '1000.00', '0.00'],
      ['2001', '0.00', '749.90'],
    ],
  });
  t.same(await sides('?onDate=2026-06-30'), { debit: '0.00', credit: '0.00', lines: [['2001', '0.00', '0.00']] });
});

void t.test('A party reads its own accounts at the bank and nothing else of the book', async (t) => {
  const { items } = await supplier.must('GET', `${book}/accounts`);
  t.same(
    items.map((each: { account: string }) => each.account),
    [deposits],
  );
  t.match(await supplier.must('GET', `${book}/accounts/${inUrl}`), { posted: '-700.00' });
  const statement = await supplier.must('GET', `${book}/accounts/${inUrl}/entries`);
  t.same(
    statement.items.map((each: { kind: string; amount: string }) => [each.kind, each.amount]),
    [
      ['test.transferred', '49.90'],
      ['test.transferred', '250.10'],
      ['test.transferred', '-1000.00'],
    ],
  );
  const balance = `${book}/accounts/${inUrl}/balance`;
  t.match(await supplier.must('GET', `${balance}?asOf=${recordedFirst}`), { posted: '-1000.00' });
  t.match(await supplier.must('GET', `${balance}?onDate=2026-06-30`), { posted: '49.90' });
  for (const path of ['1001', `2001-${coreId}`]) {
    t.equal((await supplier.get(`${book}/accounts/${path}`)).status, 404);
    t.equal((await supplier.get(`${book}/accounts/${path}/entries`)).status, 404);
    t.equal((await supplier.get(`${book}/accounts/${path}/balance`)).status, 404);
  }
  t.equal((await core.must('GET', `${book}/accounts`)).items.length, 1);
  for (const path of [
    'journals',
    `journals/${first}`,
    'trial-balance',
    'seals',
    'verification',
    'journal-export',
    'holds',
  ]) {
    t.equal((await supplier.get(`${book}/${path}`)).status, 403, path);
    t.equal((await otherBank.get(`${book}/${path}`)).status, 404, `${path} for another bank`);
  }
  t.equal((await operator.get(`${book}/accounts`)).status, 403);
});

void t.test('A hold is placed and released', async (t) => {
  const body = { account: deposits, amount: '600.00', reason: '法院冻结', expiresOn: '2026-07-31' };
  const hold = await maker.must('POST', `${book}/holds`, { body });
  t.match(hold, { state: 'standing', available: '100.00' });
  t.match(await supplier.must('GET', `${book}/accounts/${inUrl}`), {
    posted: '-700.00',
    held: '600.00',
    available: '100.00',
  });
  t.match(await maker.call('POST', `${book}/holds`, { body: { ...body, amount: '100.01' } }), {
    status: 409,
    json: { code: 'insufficient-funds', available: '100.00', missing: '0.01' },
  });
  t.match(await maker.call('POST', `${book}/holds`, { body: { ...body, account: `2001/${randomUUID()}` } }), {
    status: 404,
  });
  t.match(await maker.call('POST', `${book}/holds`, { body: { ...body, account: '1001' } }), {
    status: 400,
    json: { field: '/account' },
  });
  t.match(await maker.call('POST', `${book}/holds`, { body: { ...body, expiresOn: '2026-06-30' } }), {
    status: 400,
    json: { field: '/expiresOn' },
  });
  t.match(await otherBank.call('POST', `${book}/holds`, { body }), { status: 404 });
  t.match(await maker.must('GET', `${book}/holds?state=standing&account=${encodeURIComponent(deposits)}`), {
    items: [{ id: hold.id }],
  });
  t.match(await checker.must('POST', `${book}/holds/${hold.id}/release`), { state: 'released', available: '700.00' });
  t.match(await checker.call('POST', `${book}/holds/${hold.id}/release`), {
    status: 409,
    json: { code: 'illegal-transition' },
  });
  t.match(await maker.must('GET', `${book}/holds/${hold.id}`), { state: 'released' });
  t.equal((await maker.must('GET', `${book}/holds?state=standing`)).items.length, 0);
});

void t.test('A second person reverses a journal', async (t) => {
  const url = `${book}/journals/${dated}/reversal`;
  t.equal((await maker.call('POST', url, { body: { reason: 'x' } })).status, 403, 'a maker may not');
  const made = await checker.must('POST', url, { body: { reason: '记错账户' } });
  t.match(made, {
    reverses: dated,
    kind: 'test.transferred.reversed',
    lines: [
      { account: `2001/${coreId}`, amount: '49.90' },
      { account: deposits, amount: '-49.90' },
    ],
  });
  t.match(await maker.must('GET', `${book}/journals/${dated}`), { reversedBy: made.id });
  t.match(await maker.must('GET', `${book}/journals/${made.id}`), {
    reverses: dated,
    cause: { event: 'journal.reversed', actorPersonId: checker.actor.personId },
  });
  t.match(await checker.call('POST', url, { body: { reason: 'again' } }), {
    status: 409,
    json: { code: 'already-reversed' },
  });
});

void t.test('The operator opens a book once', async (t) => {
  const id = await world.organization('bank', '新银行');
  const body = { bankId: id, name: '新银行账簿', businessDate: '2026-07-01' };
  t.equal((await maker.call('POST', '/v1/books', { body })).status, 403);
  t.match(await operator.must('POST', '/v1/books', { body }), { id, businessDate: '2026-07-01', closing: false });
  t.match(await operator.call('POST', '/v1/books', { body }), { status: 409, json: { code: 'already-exists' } });
  t.match(await operator.call('POST', '/v1/books', { body: { ...body, bankId: supplierId } }), {
    status: 400,
    json: { field: '/bankId' },
  });
  const { items } = await regulator.must('GET', `/v1/books/${id}/accounts?limit=200`);
  t.ok(
    items.length >= 25 &&
      items.every((each: { posted: string; partyId: null }) => each.posted === '0.00' && each.partyId === null),
  );
  t.match(await regulator.must('GET', `/v1/books/${id}/verification`), { ok: true });
});

void t.test('The book proves itself', async (t) => {
  const seals = await regulator.must('GET', `${book}/seals?sort=oldest`);
  t.equal(seals.items[0].previousHash, '0'.repeat(64));
  for (const [i, seal] of seals.items.slice(1).entries()) t.equal(seal.previousHash, seals.items[i].hash);
  const { ok, checks } = await maker.must('GET', `${book}/verification`);
  t.ok(ok && checks.length >= 14, JSON.stringify(checks.filter((check: { ok: boolean }) => !check.ok)));
});

void t.test('The export, read back, sums to the balances', async (t) => {
  const { payload, headers, statusCode } = await maker.text(`${book}/journal-export`);
  t.equal(statusCode, 200);
  t.equal(headers['content-type'], 'text/plain; charset=utf-8');
  const { sums, transactions, declared } = parse(payload);
  const { items } = await maker.must('GET', `${book}/accounts?limit=200`);
  const pathOf = (name: string) => name.replace(/^\w+:(\d{4}) [^:]*:?/, '$1/').replace(/\/$/, '');
  const moved = items.filter((each: { entries: number }) => each.entries > 0);
  t.same(
    Object.fromEntries([...sums].map(([name, fen]) => [pathOf(name), yuan(fen)])),
    Object.fromEntries(moved.map((each: { account: string; posted: string }) => [each.account, each.posted])),
  );
  t.ok(
    [...sums.keys()].every((name) => declared.has(name)),
    'every account is declared',
  );
  t.equal(transactions, 4);
  t.match(
    payload,
    /^2026-06-15=2026-07-01 test\.transferred {2}; journal:/m,
    'dated by its effective day, then by its business day',
  );
  t.match(payload, /^ {4}assets:1101 Loans against receivables {2}CNY 1000\.00$/m);
});

/** Reads hledger's format without any of our own code: what each account sums to, every transaction being zero. */
function parse(text: string) {
  const sums = new Map<string, bigint>();
  const declared = new Set<string>();
  let transactions = 0;
  for (const block of text.split('\n\n')) {
    let total = 0n;
    for (const line of block.split('\n')) {
      const posting = /^ {4}(\S.*?) {2}CNY (-?)(\d+)\.(\d\d)$/.exec(line);
      if (line.startsWith('account ')) declared.add(line.slice(8));
      if (/^\d{4}-\d\d-\d\d/.test(line)) transactions += 1;
      if (posting === null) continue;
      const [, name, sign, whole, part] = posting as unknown as [string, string, string, string, string];
      const fen = BigInt(`${sign}${whole}${part}`);
      total += fen;
      sums.set(name, (sums.get(name) ?? 0n) + fen);
    }
    if (total !== 0n) throw new Error(`does not balance: ${block}`);
  }
  return { sums, transactions, declared };
}
