import { type TSchema, type TSchemaOptions, Type } from '@fastify/type-provider-typebox';
import { component, nullable, object } from './component.ts';

export { component, nullable, object, oneOf } from './component.ts';
export { problems } from './problem-schema.ts';

const DIGITS_OF_MONEY = '(0|[1-9]\\d{0,14})\\.\\d{2}';

/** Yuan to the fen, zero or more. */
export const Money = component(
  'Money',
  Type.String({
    pattern: `^${DIGITS_OF_MONEY}$`,
    description: 'Yuan as text with exactly two decimals, zero or more, below 1,000,000,000,000,000.00.',
    examples: ['1000000.00'],
  }),
);

/** Yuan to the fen, more than zero. */
export const PositiveMoney = component(
  'PositiveMoney',
  Type.String({
    pattern: `^(?!0\\.00$)${DIGITS_OF_MONEY}$`,
    description: 'Yuan as text with exactly two decimals, more than zero, below 1,000,000,000,000,000.00.',
    examples: ['250000.00'],
  }),
);

/** Yuan to the fen, of either sign. */
export const SignedMoney = component(
  'SignedMoney',
  Type.String({
    pattern: `^(?!-0\\.00$)-?${DIGITS_OF_MONEY}$`,
    description: 'Yuan as text with exactly two decimals and a minus sign when below zero.',
    examples: ['-9625.00'],
  }),
);

/** An annual rate as a fraction. */
export const Rate = component(
  'Rate',
  Type.String({
    pattern: '^0\\.\\d{1,6}$',
    description: 'An annual rate as a fraction below one with up to six decimals: 3.85 % is "0.038500".',
    examples: ['0.038500'],
  }),
);

/** A part of a whole, such as an advance ratio. */
export const Ratio = component(
  'Ratio',
  Type.String({
    pattern: '^(0(\\.\\d{1,6})?|1(\\.0{1,6})?)$',
    description: 'A fraction from 0 to 1 with up to six decimals: 80 % is "0.800000".',
    examples: ['0.800000'],
  }),
);

/** A whole number, zero or more, that JSON carries exactly. */
export const Count = component(
  'Count',
  Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER, description: 'A whole number.', examples: [120] }),
);

/** How often a resource has been changed; its ETag. */
export const Version = component(
  'Version',
  Type.Integer({
    minimum: 1,
    maximum: 2_147_483_647,
    description: 'Counts the changes of a resource; sent as its ETag and expected in If-Match.',
    examples: [3],
  }),
);

/** A calendar day in Shanghai. */
export const Day = component(
  'Day',
  Type.String({
    pattern: '^(19|2\\d)\\d{2}-\\d{2}-\\d{2}$',
    format: 'date',
    description: 'A calendar day in Shanghai, YYYY-MM-DD, from 1900 to 2999.',
    examples: ['2026-09-30'],
  }),
);

/** A moment, with its offset from UTC. */
export const Instant = component(
  'Instant',
  Type.String({
    pattern:
      '^(19|2\\d)\\d{2}-\\d{2}-\\d{2}T([01]\\d|2[0-3]):[0-5]\\d:[0-5]\\d(\\.\\d{1,3})?(Z|[+-]([01]\\d|2[0-3]):[0-5]\\d)$',
    format: 'date-time',
    description: 'A moment with its offset from UTC and at most three decimals of a second.',
    examples: ['2026-07-01T01:30:00.000Z'],
  }),
);

/** The identifier of an object. */
export const Id = component(
  'Id',
  Type.String({
    pattern: '^(?!00000000-0000-0000-0000-000000000000$)[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$',
    format: 'uuid',
    description: 'A UUID in lower case with hyphens.',
    examples: ['01981f0e-7c3a-7b52-9c61-2f5a8d4e6b10'],
  }),
);

// Spaces at either end, control and format characters (zero-width, right-to-left override), private, unassigned and
// half characters are refused, and more than three combining marks in a row: two names that look alike must be alike.
const ONE_LINE = '^(?!\\s)(?!.*\\s$)(?!.*\\p{M}{4})[^\\p{C}\\p{Zl}\\p{Zp}]+$';

/** A name, a title, a reference: one line of text. */
export const Name = component(
  'Name',
  Type.String({
    minLength: 1,
    maxLength: 200,
    pattern: ONE_LINE,
    format: 'nfc',
    description:
      'One line of 1 to 200 characters (code points) in Unicode form NFC, without spaces at either end and without ' +
      'control or invisible characters.',
    examples: ['济南示范机械有限公司'],
  }),
);

/** A remark, a reason: text of several lines. */
export const Note = component(
  'Note',
  Type.String({
    minLength: 1,
    maxLength: 2000,
    pattern: '^(?=[^]*\\S)(?![^]*\\p{M}{4})([^\\p{C}\\p{Zl}\\p{Zp}]|[\\t\\n])+$',
    format: 'nfc',
    description:
      'Text of 1 to 2,000 characters (code points) in Unicode form NFC; of control characters only line feed and tab.',
    examples: ['按合同约定三个月内付清'],
  }),
);

/** A number from another system: contract, invoice batch, waybill. */
export const Reference = component(
  'Reference',
  Type.String({
    minLength: 1,
    maxLength: 64,
    pattern: '^[0-9A-Za-z\\p{Script=Han}][0-9A-Za-z\\p{Script=Han}/_.()（）〔〕\\[\\]#-]*$',
    format: 'nfc',
    description: 'A document number of 1 to 64 letters, digits, Chinese characters and / _ . ( ) [ ] # -.',
    examples: ['JN-2026-0815'],
  }),
);

/** A unified social credit code, GB 32100-2015. */
export const Uscc = component(
  'Uscc',
  Type.String({
    pattern: '^[0-9A-HJ-NP-RTUWXY]{2}\\d{6}[0-9A-HJ-NP-RTUWXY]{10}$',
    format: 'uscc',
    description: 'A unified social credit code: 18 digits and capitals with the check character of GB 32100-2015.',
    examples: ['91350100M000100Y43'],
  }),
);

/** A corporate bank account number. */
export const AccountNumber = component(
  'AccountNumber',
  Type.String({
    pattern: '^[0-9A-Za-z]{1,32}$',
    description: 'A bank account number of 1 to 32 letters and digits, without spaces.',
    examples: ['1602001009014412345'],
  }),
);

/** A bank's payment code (CNAPS). */
export const Cnaps = component(
  'Cnaps',
  Type.String({
    pattern: '^\\d{12}$',
    description: 'A bank payment code (CNAPS) of 12 digits.',
    examples: ['102451000019'],
  }),
);

/** The number of a VAT invoice. */
export const InvoiceNumber = component(
  'InvoiceNumber',
  Type.String({
    pattern: '^(\\d{8}|\\d{20})$',
    description: 'A VAT invoice number: 20 digits, or the older 8 digits.',
    examples: ['26372000000123456789'],
  }),
);

/** A digest of a document, SHA-256 or SM3. */
export const Digest = component(
  'Digest',
  Type.String({
    pattern: '^[0-9a-f]{64}$',
    description: 'A digest of 256 bits in 64 hexadecimal digits of lower case.',
    examples: ['9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08'],
  }),
);

/** One page of a list. */
export const Page = <T extends TSchema>(item: T, options: TSchemaOptions = {}) =>
  object(
    {
      items: Type.Array(item),
      nextCursor: nullable(
        Type.String({
          description: 'Send it as `cursor` for the next page; null on the last.',
          examples: ['WyJuZXdlc3QiXQ'],
        }),
      ),
    },
    options,
  );
