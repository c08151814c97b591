const USCC_ALPHABET = '0123456789ABCDEFGHJKLMNPQRTUWXY';
const USCC_FORM = /^[0-9A-HJ-NP-RTUWXY]{2}\d{6}[0-9A-HJ-NP-RTUWXY]{10}$/;

/** Whether a unified social credit code has the form and the check character of GB 32100-2015 (mod 31). */
export function isUscc(code: string): boolean {
  if (!USCC_FORM.test(code)) return false;
  let weight = 1;
  let sum = 0;
  for (const character of code.slice(0, 17)) {
    sum += USCC_ALPHABET.indexOf(character) * weight;
    weight = (weight * 3) % 31;
  }
  return USCC_ALPHABET[(31 - (sum % 31)) % 31] === code[17];
}

const ORGANISATION_WEIGHTS = [3, 7, 9, 10, 5, 8, 4, 2];

/** The check character of an eight-character organisation code, GB 11714-1997. */
export function organisationCodeCheck(body: string): string {
  if (!/^[0-9A-Z]{8}$/.test(body)) throw new RangeError('an organisation code body has eight digits or capitals');
  const sum = [...body].reduce((total, c, i) => total + Number.parseInt(c, 36) * (ORGANISATION_WEIGHTS[i] ?? 0), 0);
  const check = (11 - (sum % 11)) % 11;
  return check === 10 ? 'X' : String(check);
}

/** Whether a legal entity identifier has the form and check digits of ISO 17442 (ISO 7064 MOD 97-10). */
export function isLei(lei: string): boolean {
  if (!/^[0-9A-Z]{18}\d{2}$/.test(lei)) return false;
  let remainder = 0;
  for (const digit of [...lei].map((c) => Number.parseInt(c, 36)).join(''))
    remainder = (remainder * 10 + Number(digit)) % 97;
  return remainder === 1;
}

/** Whether digits end in their ISO 7064 MOD 11,10 check digit. Derived from real codes; no official text names it. */
export function hasMod1110Check(digits: string): boolean {
  let product = 10;
  for (const digit of digits.slice(0, -1)) product = (((product + Number(digit)) % 10 || 10) * 2) % 11;
  return (product + Number(digits.at(-1))) % 10 === 1;
}

/** Whether a bank's payment code (CNAPS, 12 digits) is well formed. */
export const isCnaps = (code: string): boolean => /^\d{12}$/.test(code) && hasMod1110Check(code);

export type InvoiceNumber =
  | Readonly<{ valid: true; kind: 'DIGITAL_20'; year: string; province: string }>
  | Readonly<{ valid: true; kind: 'LEGACY_8' }>
  | Readonly<{ valid: false }>;

/** Reads a VAT invoice number: 20 digits (year, province, channel, serial), or the older 8 digits used with a code. */
export function parseInvoiceNumber(text: string): InvoiceNumber {
  if (/^\d{8}$/.test(text)) return { valid: true, kind: 'LEGACY_8' };
  if (!/^\d{20}$/.test(text)) return { valid: false };
  return { valid: true, kind: 'DIGITAL_20', year: `20${text.slice(0, 2)}`, province: text.slice(2, 4) };
}
