import { Type } from '@fastify/type-provider-typebox';
import {
  Count,
  component,
  Day,
  Id,
  Instant,
  Name,
  Note,
  nullable,
  object,
  oneOf,
  PositiveMoney,
  Version,
} from '../platform/http/schemas.ts';
import { type AccountCode, type AccountPath, chart } from './chart.ts';
import { holdLifecycle } from './hold-rules.ts';

const UUID = '[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}';
const kinds = ['asset', 'liability', 'income', 'expense', 'memo'] as const;

/** An amount of a book, of either sign: sums of a whole book are larger than one amount may be. */
const BookAmount = component(
  'BookAmount',
  Type.String({
    pattern: '^(?!-0\\.00$)-?(0|[1-9]\\d{0,19})\\.\\d{2}$',
    description: 'Yuan as text with exactly two decimals. Debits are positive, credits negative.',
    examples: ['-1000000.00'],
  }),
);

/** The name of an account. */
export const AccountName = component(
  'AccountName',
  Type.Unsafe<AccountPath>(
    Type.String({
      pattern: `^[0-9]{4}(/${UUID})?$`,
      description: 'A code of the chart of accounts, with the party where each party has its own: `code/party`.',
      examples: ['2001/01981f0e-7c3a-7b52-9c61-2f5a8d4e6b10'],
    }),
  ),
);

export const AccountCodeName = oneOf(Object.keys(chart) as AccountCode[], { description: 'Code in the chart.' });

export const InBook = object({ bookId: Id });
export const InAccount = object({
  bookId: Id,
  account: Type.String({
    pattern: `^[0-9]{4}(-${UUID})?$`,
    description: 'The name of the account with a hyphen for the slash: `2001-01981f0e-7c3a-7b52-9c61-2f5a8d4e6b10`.',
    examples: ['1001'],
  }),
});

/** The account that a URL names. */
export const pathOf = (inUrl: string): AccountPath => inUrl.replace('-', '/') as AccountPath;

export const Book = component(
  'Book',
  object({
    id: Type.Unsafe<string>({ ...Id, description: 'The organization id of the bank.' }),
    name: Name,
    businessDate: Day,
    closing: Type.Boolean({ description: 'The day is being closed: changes are refused until it is.' }),
    version: Version,
    createdAt: Instant,
  }),
);

export const BookOpening = component(
  'BookOpening',
  object({ bankId: Id, name: Name, businessDate: Day }, { description: 'The first business date of a bank’s book.' }),
);

export const Account = component(
  'Account',
  object({
    account: AccountName,
    code: AccountCodeName,
    name: Type.String({ examples: ['Deposits'] }),
    kind: oneOf(kinds),
    partyId: nullable(Id),
    status: oneOf(['open', 'closed']),
    openedOn: Day,
    posted: BookAmount,
    held: BookAmount,
    available: nullable(BookAmount),
    entries: Count,
  }),
);

export const PastBalance = component(
  'PastBalance',
  object({
    account: AccountName,
    asOf: nullable(Instant),
    onDate: nullable(Day),
    posted: BookAmount,
  }),
);

export const StatementEntry = component(
  'StatementEntry',
  object({
    number: Count,
    journalId: Id,
    kind: Type.String({ description: 'The business event.', examples: ['financing.disbursed'] }),
    subjectId: nullable(Id),
    reason: nullable(Type.String()),
    amount: BookAmount,
    balanceAfter: BookAmount,
    businessDate: Day,
    effectiveDate: Day,
    recordedAt: Instant,
  }),
);

const journalProperties = {
  id: Id,
  kind: Type.String({ description: 'The rule that made it: the business event.', examples: ['financing.disbursed'] }),
  businessDate: Day,
  effectiveDate: Day,
  subjectId: nullable(Id),
  reverses: nullable(Id),
  reason: nullable(Type.String()),
  requestId: Type.String({ examples: ['01981f0e-7c3a-7b52-9c61-2f5a8d4e6b10'] }),
  sealNumber: Count,
  recordedAt: Instant,
};

export const Journal = component('Journal', object(journalProperties));

export const JournalLine = component(
  'JournalLine',
  object({ line: Count, account: AccountName, amount: BookAmount, balanceAfter: BookAmount, number: Count }),
);

export const JournalWithLines = component(
  'JournalWithLines',
  object({
    ...journalProperties,
    reversedBy: nullable(Id),
    lineCount: Count,
    lines: Type.Array(JournalLine, { maxItems: 200, description: 'The first lines; the rest are at /lines.' }),
    cause: nullable(
      object(
        {
          event: Type.String({ examples: ['financing.disbursed'] }),
          objectKind: Type.String({ examples: ['financing'] }),
          objectId: Id,
          actorOrganizationId: Type.String(),
          actorPersonId: Type.String(),
          inputs: Type.Unsafe<unknown>({ description: 'What the rule was given, as the event keeps it.' }),
        },
        { description: 'The event of the same request on the same subject.' },
      ),
    ),
  }),
);

export const ReversalBody = component('ReversalBody', object({ reason: Note }));

export const ReversalAnswer = component(
  'Reversal',
  object({
    id: Id,
    kind: Type.String(),
    businessDate: Day,
    reverses: Id,
    reason: Note,
    lines: Type.Array(object({ account: AccountName, amount: BookAmount, balanceAfter: BookAmount })),
  }),
);

export const HoldBody = component(
  'HoldBody',
  object({ account: AccountName, amount: PositiveMoney, reason: Note, expiresOn: nullable(Day) }),
);

const holdProperties = {
  id: Id,
  bookId: Id,
  account: AccountName,
  amount: PositiveMoney,
  reason: Note,
  expiresOn: nullable(Day),
  state: oneOf(holdLifecycle.states),
  createdAt: Instant,
};
export const Hold = component('Hold', object(holdProperties));
export const HoldWithBalance = component('HoldWithBalance', object({ ...holdProperties, available: BookAmount }));

export const TrialBalance = component(
  'TrialBalance',
  object({
    bookId: Id,
    onDate: Day,
    lines: Type.Array(
      object({
        code: AccountCodeName,
        name: Type.String({ examples: ['Deposits'] }),
        kind: oneOf(kinds),
        debit: BookAmount,
        credit: BookAmount,
      }),
    ),
    debit: BookAmount,
    credit: BookAmount,
  }),
);

const Hash = Type.String({ pattern: '^[0-9a-f]{64}$', examples: ['0'.repeat(64)] });

export const Seal = component(
  'Seal',
  object({
    number: Count,
    previousHash: Hash,
    hash: Hash,
    journals: Count,
    holds: Count,
    holdEvents: Count,
    sealedAt: Instant,
  }),
);

export const Verification = component(
  'Verification',
  object({
    ok: Type.Boolean(),
    checks: Type.Array(
      object({
        name: Type.String({ examples: ['the entries of every journal sum to zero'] }),
        ok: Type.Boolean(),
        detail: nullable(Type.String({ description: 'The first row at fault.' })),
      }),
    ),
  }),
);
