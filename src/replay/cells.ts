import { type IsoDate, isIsoDate } from '../money/dates.ts';
import { Decimal } from '../money/decimal.ts';

/** Why a cell cannot be taken, to be read after the name of its column. */
export type Fault = Readonly<{ fault: string }>;

export const isFault = (value: unknown): value is Fault =>
  typeof value === 'object' && value !== null && 'fault' in value;

const LONGEST_NAME = 100;

/** A customer: it becomes an organization of this legal name, so it must be a name that can be read. */
export function nameIn(text: string): string | Fault {
  const name = text.normalize('NFC');
  const isReadable = [...name].length <= LONGEST_NAME && !/[\p{C}\p{Zl}\p{Zp}]|\p{M}{4}/u.test(name);
  return isReadable ? name : { fault: `is no name of at most ${LONGEST_NAME} visible characters` };
}

const DOCUMENT_NUMBER = /^[0-9A-Za-z\p{Script=Han}][0-9A-Za-z\p{Script=Han}/_.()（）〔〕[\]#-]{0,63}$/u;

/** The number of an invoice in the form in which the service takes document numbers. */
export function numberIn(text: string): string | Fault {
  const number = text.normalize('NFC');
  return DOCUMENT_NUMBER.test(number)
    ? number
    : { fault: `"${text}" is no document number of 1 to 64 letters, digits and / _ . ( ) [ ] # -` };
}

/** A day written month/day/year, as 1/31/2013. */
export function dayIn(text: string): IsoDate | Fault {
  const [, month, day, year] = /^(\d{1,2})\/(\d{1,2})\/(\d{4})$/.exec(text) ?? [];
  if (month === undefined || day === undefined) return { fault: `"${text}" is no date in the form M/D/YYYY` };
  const date = `${year}-${month.padStart(2, '0')}-${day.padStart(2, '0')}`;
  return isIsoDate(date) ? date : { fault: `"${text}" is no day of the calendar` };
}

/** The most that one amount of the service may be. */
export const LARGEST_AMOUNT = new Decimal('999999999999999.99');

/** Yuan above zero with up to two decimals: 55.9 and 55 are 55.90 and 55.00. */
export function amountIn(text: string): Decimal | Fault {
  if (!/^[+-]?\d+(\.\d+)?$/.test(text)) return { fault: `"${text}" is no amount such as 1234.50` };
  const amount = new Decimal(text);
  if (!amount.greaterThan(0)) return { fault: `"${text}" is not positive` };
  if (amount.decimalPlaces() > 2) return { fault: `"${text}" has more than two decimals` };
  return amount.greaterThan(LARGEST_AMOUNT) ? { fault: `"${text}" is above ${LARGEST_AMOUNT.toFixed(2)}` } : amount;
}

/** Yes or No, in any case. */
export function answerIn(text: string): boolean | Fault {
  const answer = text.toLowerCase();
  return answer === 'yes' || answer === 'no' ? answer === 'yes' : { fault: `"${text}" is neither Yes nor No` };
}
