import { isIsoDate } from '../money/dates.ts';
import { Decimal } from '../money/decimal.ts';
import { hasMod1110Check } from '../money/identifiers.ts';
import { require } from '../platform/refusal.ts';

const BILL_KINDS = {
  1: 'ECDS_BANK',
  2: 'ECDS_COMMERCIAL',
  5: 'NEWGEN_BANK',
  6: 'NEWGEN_COMMERCIAL',
  7: 'SCF_COMMERCIAL',
  8: 'SCF_BANK',
} as const;
export type BillKind = (typeof BILL_KINDS)[keyof typeof BILL_KINDS];

export type BillNumber =
  | Readonly<{
      valid: true;
      kind: BillKind;
      bankNo: string;
      registeredOn: string;
      serial: string;
      check: string;
    }>
  | Readonly<{ valid: false }>;

/**
 * Reads a bill package's number: kind, drawer's bank (12), registration day (8), serial of the day (8), check digit
 * (ISO 7064 MOD 11,10, derived from real numbers; no official text names it).
 */
export function parseBillNumber(text: string): BillNumber {
  const [, kindDigit = '', bankNo = '', year, month, day, serial = '', check = ''] =
    /^([1-8])(\d{12})(\d{4})(\d{2})(\d{2})(\d{8})(\d)$/.exec(text) ?? [];
  const kind = BILL_KINDS[Number(kindDigit) as keyof typeof BILL_KINDS];
  const registeredOn = `${year}-${month}-${day}`;
  if (kind === undefined || !isIsoDate(registeredOn) || !hasMod1110Check(text)) return { valid: false };
  return { valid: true, kind, bankNo, registeredOn, serial, check };
}

/** Units of 0.01 yuan of one package, both ends included and counted from 1. */
export type UnitRange = Readonly<{ start: number; end: number }>;

/** The largest face of one package in yuan (等分化 rules of the bill infrastructure). */
const PACKAGE_LIMIT = '1000000000.00';

function unitsOf(amount: Decimal): number {
  const units = amount.times(100);
  require(units.isInteger(), 'not-a-whole-unit', `${amount.toFixed()} yuan is not a whole number of 0.01 yuan`, {
    accepted: 'an amount with two decimals',
  });
  return units.toNumber();
}

/** The units of a new package: 1 to face ÷ 0.01. Refused above the package limit and for anything finer than 0.01 yuan. */
export function packageRange(face: Decimal, limit: Decimal = new Decimal(PACKAGE_LIMIT)): UnitRange {
  require(face.lessThanOrEqualTo(limit), 'package-limit-exceeded', `${face.toFixed()} yuan do not fit in one package`, {
    accepted: `at most ${limit.toFixed(2)}`,
  });
  const end = unitsOf(face);
  require(end >= 1, 'out-of-range', 'a package has at least one unit', { accepted: 'at least 0.01' });
  return { start: 1, end };
}

/** What a range is worth in yuan. */
export const rangeAmount = ({ start, end }: UnitRange): Decimal => new Decimal(end - start + 1).dividedBy(100);

/**
 * Takes an amount off one end of a range. Taken and remainder are disjoint, adjoin and make up the range, so no bill is
 * ever partly endorsed (票据法 art. 33); the remainder is null when all is taken. Refused beyond the range.
 */
export function splitRange({ start, end }: UnitRange, amount: Decimal, from: 'start' | 'end' = 'start') {
  const units = unitsOf(amount);
  require(units >= 1 && units <= end - start + 1, 'out-of-range', `${amount.toFixed()} yuan are not in the range`, {
    accepted: `0.01 to ${rangeAmount({ start, end }).toFixed(2)}`,
  });
  const cut = from === 'start' ? start + units : end - units + 1;
  const head = { start, end: cut - 1 };
  const tail = { start: cut, end };
  const [taken, rest] = from === 'start' ? [head, tail] : [tail, head];
  return { taken, remainder: rest.start <= rest.end ? rest : null };
}
