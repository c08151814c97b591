import { Type } from '@fastify/type-provider-typebox';
import {
  Count,
  component,
  Day,
  Digest,
  Id,
  Instant,
  Money,
  nullable,
  object,
  oneOf,
  PositiveMoney,
  Ratio,
  Uscc,
} from '../platform/http/schemas.ts';
import { applicantColumns, MAX_APPLICANTS } from './applicant-file.ts';

const text = (example: string) => Type.String({ examples: [example] });

const Days = Type.String({
  pattern: '^(0|[1-9]\\d{0,3})(\\.\\d{1,6})?$',
  description: 'Days of 360 to the year: 360 ÷ how often a balance turns over in a year.',
  examples: ['60'],
});
const Margin = Type.String({
  pattern: '^-?(0(\\.\\d{1,6})?|1(\\.0{1,6})?)$',
  description: 'A ratio from -1 to 1 with up to six decimals.',
  examples: ['0.120000'],
});
const Growth = Type.String({
  pattern: '^(-0(\\.\\d{1,6})?|\\d{1,2}(\\.\\d{1,6})?)$',
  description: 'Growth expected, as a ratio above -1.',
  examples: ['0.100000'],
});

const figures = {
  sales: Money,
  profitMargin: Margin,
  growth: Growth,
  inventoryDays: Days,
  receivableDays: Days,
  payableDays: Days,
  prepaidDays: Days,
  advanceReceivedDays: Days,
  ownFunds: Money,
  otherFunds: Money,
  outsideLoans: Money,
};

const Year = Type.Integer({ minimum: 2000, maximum: 2999, examples: [2025] });
export const DeclarationBody = object({ year: Year, figures: object(figures) });
export const Declaration = component(
  'CreditDeclaration',
  object({
    id: Id,
    organizationId: Id,
    year: Year,
    figures: object(figures),
    workingCapital: Money,
    loanNeed: Money,
    outsideLoans: Money,
    declaredOn: Day,
    createdAt: Instant,
  }),
);

const sixDecimals = Type.String({ examples: ['0.850000'] });
const explanation = {
  observedMonths: Count,
  volume: Money,
  annualVolume: Money,
  volumeShare: Ratio,
  factors: Type.Array(
    object({
      input: text('onTimeRate'),
      value: nullable(sixDecimals),
      worst: sixDecimals,
      best: sixDecimals,
      score: Ratio,
      weight: Ratio,
      contribution: Ratio,
    }),
  ),
  score: Ratio,
  maxAmount: Money,
  limit: Money,
};
const Decision = oneOf(['approve', 'refer', 'decline']);

export const CreditLimitAnswer = component(
  'CreditLimit',
  object({
    decision: Decision,
    explanation: nullable(object(explanation)),
    drawn: Money,
    groupNeeds: Money,
    groupHasBorrowed: Money,
    available: Money,
    findings: Type.Array(
      object({
        code: text('credit-limit-exceeded'),
        message: Type.String(),
        field: Type.String(),
        accepted: Type.String(),
        who: Type.String(),
        remedy: Type.String(),
      }),
    ),
  }),
);

const Reasons = Type.Array(object({ code: text('over-credited'), message: Type.String() }));

export const Assessment = component(
  'CreditAssessment',
  object({
    id: Id,
    bookId: Id,
    chainId: Id,
    programmeId: Id,
    programmeVersion: Type.Integer({ minimum: 1, examples: [1] }),
    organizationId: Id,
    financingId: nullable(Id),
    batchId: nullable(Id),
    assessedOn: Day,
    decision: Decision,
    score: Ratio,
    creditLimit: Money,
    drawn: Money,
    borrowed: Money,
    needed: Money,
    amount: Money,
    explanation: nullable(object(explanation)),
    reasons: Reasons,
    createdAt: Instant,
  }),
);

export const CreditApplicationBody = object({
  programmeId: Id,
  amount: Type.Optional(PositiveMoney),
  dueDate: Day,
});

export const ApplicantFile = object({
  file: Type.String({
    format: 'binary',
    description:
      `CSV in UTF-8 with up to ${MAX_APPLICANTS} rows. Header: ${applicantColumns.join(', ')}; the first is needed. ` +
      'Without an amount the most there is counts.',
  }),
});

export const CreditBatch = component(
  'CreditBatch',
  object({
    id: Id,
    programmeId: Id,
    programmeVersion: Type.Integer({ minimum: 1, examples: [1] }),
    fileSha256: Digest,
    assessedOn: Day,
    state: oneOf(['running', 'done']),
    total: Count,
    approved: Count,
    referred: Count,
    declined: Count,
    createdAt: Instant,
    finishedAt: nullable(Instant),
  }),
);
export const BatchDecision = Decision;
export const CreditBatchRow = component(
  'CreditBatchRow',
  object({
    line: Type.Integer({ minimum: 2, examples: [2] }),
    uscc: nullable(Uscc),
    amount: nullable(PositiveMoney),
    decision: nullable(Decision),
    reasons: Reasons,
    assessmentId: nullable(Id),
    creditLimit: nullable(Money),
  }),
);
