import { crc32, inflateRawSync } from 'node:zlib';
import { readSheet } from 'read-excel-file/node';
import { Decimal } from '../money/decimal.ts';
import { Refusal } from '../platform/refusal.ts';

/** What the parts of a workbook may weigh when inflated: many times what 5,000 members need. */
const MAX_INFLATED_BYTES = 32 * 1024 * 1024;
const MAX_ENTRIES = 200;

/**
 * The cells of the first sheet of an XLSX workbook as text, trimmed, empty rows included. Numbers keep the digits the
 * workbook has. Refuses `malformed-file` what is no workbook, and one that would grow beyond its purpose.
 */
export async function readSpreadsheet(workbook: Buffer): Promise<string[][]> {
  const parts = inflateParts(workbook);
  for (const { bytes } of parts) if (bytes.includes('sheetData')) requireModestGrid(bytes);
  try {
    const rows = await readSheet<string>(packStored(parts), { parseNumber: (digits) => digits });
    return rows.map((row) => row.map((cell) => textOf(cell).trim()));
  } catch (error) {
    if (error instanceof Refusal) throw error;
    throw unreadable();
  }
}

const unreadable = (): Refusal =>
  new Refusal('malformed-file', 'the file is not an XLSX workbook that can be read', {
    field: '/file',
    accepted: 'CSV in UTF-8, or an XLSX workbook with the members on its first sheet',
  });

function textOf(cell: unknown): string {
  if (cell === null || cell === undefined) return '';
  if (cell instanceof Date) return cell.toISOString().slice(0, 10);
  const text = String(cell);
  // A workbook writes large and small numbers with an exponent; the digits are exact either way.
  return /^-?\d+(\.\d+)?[eE][+-]?\d{1,2}$/.test(text) ? new Decimal(text).toFixed() : text;
}

type Part = Readonly<{ name: string; bytes: Buffer }>;

const END = 0x06054b50;
const ENTRY = 0x02014b50;
const LOCAL = 0x04034b50;

/** The XML parts of a ZIP archive by its directory, inflated within bounds, so that no archive fills the memory. */
function inflateParts(archive: Buffer): Part[] {
  try {
    const end = archive.lastIndexOf(Buffer.from('PK\x05\x06', 'latin1'));
    if (end < 0 || archive.readUInt32LE(end) !== END) throw unreadable();
    const count = archive.readUInt16LE(end + 10);
    if (count > MAX_ENTRIES) throw unreadable();
    const parts: Part[] = [];
    let at = archive.readUInt32LE(end + 16);
    let room = MAX_INFLATED_BYTES;
    for (let i = 0; i < count; i += 1) {
      if (archive.readUInt32LE(at) !== ENTRY) throw unreadable();
      const nameLength = archive.readUInt16LE(at + 28);
      const name = archive.toString('utf8', at + 46, at + 46 + nameLength);
      if (/\.xml(\.rels)?$/.test(name)) {
        const bytes = inflate(archive, at, room);
        room -= bytes.length;
        parts.push({ name, bytes });
      }
      at += 46 + nameLength + archive.readUInt16LE(at + 30) + archive.readUInt16LE(at + 32);
    }
    return parts;
  } catch (error) {
    if (error instanceof Refusal) throw error;
    throw unreadable();
  }
}

function inflate(archive: Buffer, entry: number, room: number): Buffer {
  const method = archive.readUInt16LE(entry + 10);
  const packedLength = archive.readUInt32LE(entry + 20);
  const local = archive.readUInt32LE(entry + 42);
  if (archive.readUInt32LE(local) !== LOCAL) throw unreadable();
  const from = local + 30 + archive.readUInt16LE(local + 26) + archive.readUInt16LE(local + 28);
  const packed = archive.subarray(from, from + packedLength);
  const bytes = method === 8 ? inflateRawSync(packed, { maxOutputLength: Math.max(1, room) }) : packed;
  if ((method !== 8 && method !== 0) || bytes.length > room) throw unreadable();
  return bytes;
}

/**
 * Refuses a sheet with cells far out: the reader makes a cell of every gap. Addresses stand in the attribute `r`; what
 * is not plainly an address near the corner is not let in.
 */
function requireModestGrid(sheet: Buffer): void {
  for (const [, , address = ''] of sheet.toString('utf8').matchAll(/(?<![\w:.-])r\s*=\s*(["'])(.*?)\1/g)) {
    if (/^[A-Z]?\d{1,5}$/.test(address)) continue;
    throw new Refusal('malformed-file', 'the sheet has cells outside columns A to Z and rows up to 99999', {
      field: '/file',
      accepted: 'a sheet whose cells are within A1:Z99999',
    });
  }
}

/** The same parts as an archive without compression, whose sizes are those it states. */
function packStored(parts: readonly Part[]): Buffer {
  const files: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const { name, bytes } of parts) {
    const path = Buffer.from(name);
    const facts = Buffer.alloc(26);
    facts.writeUInt16LE(20, 0);
    facts.writeUInt32LE(crc32(bytes), 10);
    facts.writeUInt32LE(bytes.length, 14);
    facts.writeUInt32LE(bytes.length, 18);
    facts.writeUInt16LE(path.length, 22);
    const entry = Buffer.alloc(46);
    entry.writeUInt32LE(ENTRY, 0);
    entry.writeUInt16LE(20, 4);
    facts.copy(entry, 6);
    entry.writeUInt32LE(offset, 42);
    const local = Buffer.concat([Buffer.from('PK\x03\x04', 'latin1'), facts, path, bytes]);
    files.push(local);
    directory.push(entry, path);
    offset += local.length;
  }
  const end = Buffer.alloc(22);
  end.writeUInt32LE(END, 0);
  end.writeUInt16LE(parts.length, 8);
  end.writeUInt16LE(parts.length, 10);
  end.writeUInt32LE(
    directory.reduce((sum, part) => sum + part.length, 0),
    12,
  );
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...files, ...directory, end]);
}
