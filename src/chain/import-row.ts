import { type Industry, industryNames } from '../identity/industries.ts';
import type { Contact } from '../identity/store.ts';
import { isUscc } from '../money/identifiers.ts';
import { Refusal } from '../platform/refusal.ts';
import type { Invitation } from './registration.ts';
import { DEEPEST_TIER } from './rules.ts';

/** Columns of a file of members. The first three are needed in every row. */
export const importColumns = [
  'uscc',
  'legal_name',
  'side',
  'tier',
  'parent_uscc',
  'industry',
  'employees',
  'annual_revenue',
  'total_assets',
  'tags',
  'contact_name',
  'contact_phone',
] as const;
export type ImportColumn = (typeof importColumns)[number];
export const requiredColumns: readonly ImportColumn[] = ['uscc', 'legal_name', 'side'];

/** The text of a row by column; a column that is not there is empty. */
export type Cells = Readonly<Partial<Record<ImportColumn, string>>>;

export type ReadRow = Omit<Invitation, 'paymentTermDays'> & Readonly<{ parentUscc: string | null }>;

/**
 * Reads one row. Amounts are yuan with at most two decimals, tags are parted by semicolons, an industry goes by its
 * English or Chinese name; without a tier it is 1. Refuses the first cell at fault.
 */
export function readRow(cells: Cells): ReadRow {
  const cell = (column: ImportColumn): string | null => cells[column] || null;
  const needed = (column: ImportColumn, accepted: string): string => {
    const text = cell(column);
    if (text === null) throw fault(column, 'is missing', accepted);
    return text;
  };
  const tier = tierOf(cell('tier'));
  return {
    uscc: usccOf('uscc', needed('uscc', USCC)),
    legalName: needed('legal_name', 'the legal name'),
    side: sideOf(needed('side', SIDES)),
    tier,
    parentUscc: parentOf(cell('parent_uscc'), tier),
    profile: {
      industry: industryOf(cell('industry')),
      employees: employeesOf(cell('employees')),
      annualRevenue: amountOf('annual_revenue', cell('annual_revenue')),
      totalAssets: amountOf('total_assets', cell('total_assets')),
      tags: tagsOf(cell('tags')),
    },
    contact: contactOf(cell('contact_name'), cell('contact_phone')),
  };
}

/** The refusal of a row as it is kept: the field at fault by its column. */
export function refusedCell(refusal: Refusal): {
  code: string;
  message: string;
  field: string | null;
  accepted: string | null;
} {
  const { code, message, detail } = refusal;
  const field = detail.field === undefined ? null : (columnOfField[detail.field] ?? detail.field.slice(1));
  return { code, message, field, accepted: detail.accepted ?? null };
}

const columnOfField: Readonly<Record<string, ImportColumn>> = {
  '/legalName': 'legal_name',
  '/annualRevenue': 'annual_revenue',
  '/totalAssets': 'total_assets',
  '/contact': 'contact_name',
  '/contact/name': 'contact_name',
  '/parentMemberId': 'parent_uscc',
};

const USCC = 'a unified social credit code of 18 characters, GB 32100-2015';
const SIDES = 'upstream or downstream';

const fault = (column: ImportColumn, complaint: string, accepted: string): Refusal =>
  new Refusal('invalid-input', `${column} ${complaint}`, { field: `/${column}`, accepted });

function usccOf(column: 'uscc' | 'parent_uscc', text: string): string {
  if (isUscc(text)) return text;
  throw fault(column, 'has a wrong form or check character', USCC);
}

function sideOf(text: string): Invitation['side'] {
  if (text === 'upstream' || text === 'downstream') return text;
  throw fault('side', 'is neither side of a chain', SIDES);
}

function tierOf(text: string | null): number {
  const tier = Number(text ?? 1);
  if (/^\d{1,2}$/.test(text ?? '1') && tier >= 1 && tier <= DEEPEST_TIER) return tier;
  throw fault('tier', 'is no tier', `a whole number from 1 to ${DEEPEST_TIER}`);
}

function parentOf(text: string | null, tier: number): string | null {
  if (text !== null) return usccOf('parent_uscc', text);
  if (tier === 1) return null;
  throw fault('parent_uscc', 'is missing: a deeper tier trades with a member', 'the code of a member one tier above');
}

function industryOf(text: string | null): Industry | null {
  if (text === null) return null;
  const found = Object.entries(industryNames).find(([key, name]) => key === text || name === text);
  if (found !== undefined) return found[0] as Industry;
  throw fault(
    'industry',
    'is not an industry of 工信部联企业〔2011〕300号',
    `one of ${Object.keys(industryNames).join(', ')}`,
  );
}

function employeesOf(text: string | null): number | null {
  if (text === null) return null;
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw fault('employees', 'is not a number of people', 'a whole number');
}

function amountOf(column: 'annual_revenue' | 'total_assets', text: string | null): string | null {
  if (text === null) return null;
  const [, yuan, fen = ''] = /^(0|[1-9]\d{0,14})(?:\.(\d{1,2}))?$/.exec(text) ?? [];
  if (yuan === undefined)
    throw fault(column, 'is not an amount of yuan', 'digits with at most two decimals, such as 1250000.00');
  return `${yuan}.${fen.padEnd(2, '0')}`;
}

function tagsOf(text: string | null): string[] {
  const tags = (text ?? '').split(/[;；]/).flatMap((tag) => tag.trim() || []);
  if (tags.length <= 20 && tags.every((tag) => /^[a-z][a-z0-9_]{0,39}$/.test(tag))) return tags;
  throw fault('tags', 'are not tags', 'at most 20 words of a-z, 0-9 and _, parted by semicolons');
}

function contactOf(name: string | null, phone: string | null): Contact | null {
  if (name === null && phone === null) return null;
  if (name === null) throw fault('contact_name', 'is missing', 'a name with the phone number');
  if (phone === null) throw fault('contact_phone', 'is missing', 'a phone number with the name');
  if (/^\+?[0-9][0-9 -]{4,24}$/.test(phone)) return { name, phone };
  throw fault('contact_phone', 'is not a phone number', 'digits, spaces and hyphens, such as 0391-6630000');
}
