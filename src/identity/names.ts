import { Refusal } from '../platform/refusal.ts';

// Controls, formats (which include the bidirectional overrides and zero-width marks), surrogates, private use, separators.
const FORBIDDEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}]/u;
const PILED_MARKS = /\p{M}{4}/u;

/**
 * A name as it is stored: Unicode normal form C, 1 to `longest` code points, no outer spaces. Refuses characters that
 * make one name look like another.
 */
export function cleanName(name: string, field: string, longest = 200): string {
  const clean = name.normalize('NFC');
  const length = [...clean].length;
  if (length === 0 || length > longest || clean.trim() !== clean) {
    throw new Refusal('invalid-input', `a name has 1 to ${longest} characters and no spaces around it`, {
      field,
      accepted: `1 to ${longest} characters`,
    });
  }
  if (FORBIDDEN.test(clean) || PILED_MARKS.test(clean)) {
    throw new Refusal('invalid-input', 'a name has no control, invisible or direction-changing characters', {
      field,
      accepted: 'letters, digits, punctuation and single spaces',
    });
  }
  return clean;
}

/** A person's name for those without a need to know it: the first character only. */
export const maskName = (name: string): string => `${[...name][0] ?? ''}*`;

/** An account number for those without a need to know it: the first and last four characters of a long one. */
export const maskAccountNumber = (account: string): string =>
  account.length < 12 ? '****' : `${account.slice(0, 4)}****${account.slice(-4)}`;
