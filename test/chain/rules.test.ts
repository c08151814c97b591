import { Readable } from 'node:stream';
import { deflateRawSync } from 'node:zlib';
import fc from 'fast-check';
import t, { type Test } from 'tap';
import { readCsvLines, writeCsvLine } from '../../src/chain/csv.ts';
import { claimKey, invoiceKey, requireAmounts } from '../../src/chain/document-rules.ts';
import { readMemberFile } from '../../src/chain/import-file.ts';
import { readRow } from '../../src/chain/import-row.ts';
import { chainLifecycle, documentLifecycle, memberLifecycle } from '../../src/chain/lifecycle.ts';
import { readSpreadsheet } from '../../src/chain/spreadsheet.ts';
import { Decimal } from '../../src/money/decimal.ts';
import { Refusal } from '../../src/platform/refusal.ts';
import { type Lifecycle, nextState } from '../../src/platform/state-machine.ts';
import { usccOf } from '../harness/identity-service.ts';

function refuses(t: Test, code: string, field: string | undefined, work: () => unknown): void {
  try {
    work();
    t.fail(`accepted instead of ${code}`);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    t.same([error.code, error.detail.field], [code, field]);
  }
}

/** Every state against every event; a dot is a refusal. */
function picture(lifecycle: Lifecycle): string {
  const events = [...new Set(lifecycle.states.flatMap((state) => Object.keys(lifecycle.arrows[state] ?? {})))];
  const next = (state: string, event: string): string => {
    try {
      return nextState(lifecycle, state, event);
    } catch {
      return '.';
    }
  };
  const lines = lifecycle.states.map((state) => [state, ...events.map((event) => next(state, event))].join(' '));
  return [events.join(' '), ...lines].join('\n');
}

void t.test('The lifecycles', async (t) => {
  t.equal(
    picture(memberLifecycle),
    [
      'register decline withdraw verify suspend exit reinstate invite',
      'invited registered exited exited . . . . .',
      'registered . . . verified suspended exited . .',
      'verified . . . . suspended exited . .',
      'suspended . . . . . exited registered .',
      'exited . . . . . . . invited',
    ].join('\n'),
  );
  t.equal(
    picture(chainLifecycle),
    ['suspend close resume', 'active suspended closed .', 'suspended . closed active', 'closed . . .'].join('\n'),
  );
  t.equal(picture(documentLifecycle), ['void', 'recorded voided', 'voided .'].join('\n'));
});

void t.test('An invoice has one key, however it is shown', async (t) => {
  const sellerUscc = '91350100M000100Y43';
  const key = (number: string, code: string | null = null) => invoiceKey({ number, code, sellerUscc });
  const digital = '26372000000123456789';
  const wide = [...digital].map((digit) => String.fromCodePoint(0xff10 + Number(digit))).join('');
  for (const shown of [digital, ` ${digital} `, wide, '2637 2000 0001 2345 6789']) {
    t.equal(key(shown), digital);
  }
  t.equal(key('23456789', '263720000001'), digital, 'a digital number given as code and number');
  t.equal(key('01234567', '3700204130'), `${sellerUscc}|3700204130|01234567`);
  t.equal(key('01234567', '037002000111'), `${sellerUscc}|037002000111|01234567`);
  t.not(key('01234567', '3700204130'), key('01234567', '3700204131'));
  t.not(key('01234567', '3700204130'), invoiceKey({ number: '01234567', code: '3700204130', sellerUscc: usccOf(1) }));
  refuses(t, 'invalid-input', '/number', () => key('123456789'));
  refuses(t, 'invalid-input', '/invoiceCode', () => key('01234567'));
  refuses(t, 'invalid-input', '/invoiceCode', () => key(digital, '3700204130'));
  const other = { chainId: 'c', sellerId: 's', buyerId: 'b', number: digital, invoiceKey: null };
  t.not(claimKey({ ...other, kind: 'order' }), claimKey({ ...other, kind: 'contract' }));
  t.not(claimKey({ ...other, kind: 'invoice', invoiceKey: digital }), claimKey({ ...other, kind: 'order' }));
});

void t.test('Tax and net make the amount of an invoice to the fen, whatever the amounts', async () => {
  const fen = fc.bigInt({ min: 0n, max: 10n ** 16n });
  const yuan = (amount: bigint) => new Decimal(amount.toString()).dividedBy(100);
  const accepted = (tax: bigint, net: bigint, gross: bigint): boolean => {
    try {
      requireAmounts('invoice', { amount: yuan(gross), taxAmount: yuan(tax), netAmount: yuan(net) });
      return true;
    } catch {
      return false;
    }
  };
  fc.assert(
    fc.property(fen, fen, fc.bigInt({ min: -2n, max: 2n }), (tax, net, off) => {
      return accepted(tax, net, tax + net + off) === (off === 0n);
    }),
  );
});

void t.test('A row of a file', async (t) => {
  const least = { uscc: usccOf(1), legal_name: '甲公司', side: 'upstream' };
  t.match(readRow(least), {
    tier: 1,
    parentUscc: null,
    contact: null,
    profile: { industry: null, annualRevenue: null },
  });
  const full = readRow({
    ...{ ...least, tier: '2', parent_uscc: usccOf(2), industry: '批发业', employees: '0', annual_revenue: '7' },
    ...{ total_assets: '0.5', tags: ' a；b ; ', contact_name: '王', contact_phone: '+86 391-6630000' },
  });
  t.match(full, { tier: 2, parentUscc: usccOf(2), contact: { name: '王', phone: '+86 391-6630000' } });
  t.match(full.profile, {
    industry: 'wholesale',
    employees: 0,
    annualRevenue: '7.00',
    totalAssets: '0.50',
    tags: ['a', 'b'],
  });
  const wrong: [object, string][] = [
    [{ uscc: '' }, 'uscc'],
    [{ uscc: usccOf(1).toLowerCase() }, 'uscc'],
    [{ uscc: `${usccOf(1)} ` }, 'uscc'],
    [{ legal_name: '' }, 'legal_name'],
    [{ side: 'Upstream' }, 'side'],
    [{ tier: '0' }, 'tier'],
    [{ tier: '21' }, 'tier'],
    [{ tier: '1.5' }, 'tier'],
    [{ tier: '2' }, 'parent_uscc'],
    [{ parent_uscc: 'x' }, 'parent_uscc'],
    [{ employees: '-1' }, 'employees'],
    [{ employees: '1e3' }, 'employees'],
    [{ annual_revenue: '1,000.00' }, 'annual_revenue'],
    [{ annual_revenue: '0.30000000000000004' }, 'annual_revenue'],
    [{ total_assets: '1000000000000000' }, 'total_assets'],
    [{ tags: 'A' }, 'tags'],
    [{ contact_name: '王' }, 'contact_phone'],
    [{ contact_name: '王', contact_phone: '=1+1' }, 'contact_phone'],
  ];
  for (const [cells, column] of wrong) refuses(t, 'invalid-input', `/${column}`, () => readRow({ ...least, ...cells }));
});

void t.test('Lines of CSV', async (t) => {
  const read = (...lines: string[]) =>
    readCsvLines(lines.map((line) => Buffer.from(line))).map((cells) =>
      cells instanceof Refusal ? cells.code : cells,
    );
  t.same(read('\uFEFFa, "b,c" ,d\r', 'x,"y ""z"""'), [
    ['a', 'b,c', 'd'],
    ['x', 'y "z"'],
  ]);
  t.same(read('a', '"b', 'c,"d"e', 'f"g,"h', 'i'), [['a'], 'malformed-row', 'malformed-row', 'malformed-row', ['i']]);
  t.match(readCsvLines([Buffer.from([0xff, 0xfe])])[0], { code: 'malformed-row' });
  await t.test('come back as they were written, and no cell begins like a formula', async () => {
    const cell = fc.string({ unit: 'grapheme' }).map((text) => text.replace(/[\n\r]/g, ' ').trim());
    fc.assert(
      fc.property(fc.array(cell, { minLength: 1, maxLength: 5 }), (cells) => {
        const written = writeCsvLine(cells).replace(/\r\n$/, '');
        const [back] = readCsvLines([Buffer.from(`first,${written}`)]) as [string[]];
        const plain = back.slice(1).map((text) => text.replace(/^'(?=[=+\-@\t\r])/, ''));
        const safe = back.slice(1).every((text) => !/^[=+\-@\t\r]/.test(text));
        return (
          safe && plain.join('\u0001') === cells.map((text) => text.replace(/^'(?=[=+\-@\t\r])/, '')).join('\u0001')
        );
      }),
    );
  });
});

/** An archive of one part whose headers may lie. */
function archive(name: string, content: Buffer, { size = content.length } = {}): Buffer {
  const packed = deflateRawSync(content);
  const path = Buffer.from(name);
  const facts = Buffer.alloc(26);
  facts.writeUInt16LE(20, 0);
  facts.writeUInt16LE(8, 4);
  facts.writeUInt32LE(packed.length, 14);
  facts.writeUInt32LE(size, 18);
  facts.writeUInt16LE(path.length, 22);
  const local = Buffer.concat([Buffer.from('PK\u0003\u0004'), facts, path, packed]);
  const entry = Buffer.concat([Buffer.from('PK\u0001\u0002\u0014\u0000'), facts, Buffer.alloc(14), path]);
  const end = Buffer.alloc(22);
  end.write('PK\u0005\u0006', 'latin1');
  end.writeUInt16LE(1, 10);
  end.writeUInt32LE(local.length, 16);
  return Buffer.concat([local, entry, end]);
}

void t.test('A workbook made to fill the memory is refused', async (t) => {
  const sheet = (cells: string) => Buffer.from(`<worksheet><sheetData>${cells}</sheetData></worksheet>`);
  const bomb = archive('xl/worksheets/sheet1.xml', Buffer.alloc(40 * 1024 * 1024), { size: 10 });
  t.ok(bomb.length < 1024 * 1024);
  await t.rejects(readSpreadsheet(bomb), { code: 'malformed-file', message: /cannot|not an XLSX/ });
  for (const far of [
    '<row r="1048576"><c r="A1048576"><v>1</v></c></row>',
    '<row r="1"><c r="XFD1"><v>1</v></c></row>',
    "<row r='1'><c r = 'XFD1'><v>1</v></c></row>",
    '<row r="1"><c t="n"r="&#88;FD1"><v>1</v></c></row>',
  ]) {
    const made = archive('xl/anywhere.xml', sheet(far));
    await t.rejects(readSpreadsheet(made), { code: 'malformed-file', message: /outside columns/ });
  }
  await t.rejects(readSpreadsheet(Buffer.from('PK')), { code: 'malformed-file' });
});

void t.test('A file is read in pieces wherever they are cut', async (t) => {
  const text = `\uFEFFuscc,side,legal_name\r\n${usccOf(1)},upstream,甲公司\r\n\r\n"${usccOf(2)}",downstream,"乙,公司"`;
  const whole = await readMemberFile(Readable.from([Buffer.from(text)]));
  t.match(whole.rows, [
    { line: 2, cells: { uscc: usccOf(1), side: 'upstream', legal_name: '甲公司' }, fault: null },
    { line: 4, cells: { legal_name: '乙,公司' } },
  ]);
  const bytes = [...Buffer.from(text)].map((byte) => Buffer.from([byte]));
  t.same(await readMemberFile(Readable.from(bytes)), whole);
});
