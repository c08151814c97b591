import { Type } from '@fastify/type-provider-typebox';
import {
  component,
  Day,
  Id,
  Instant,
  Name,
  Note,
  nullable,
  object,
  oneOf,
  Rate,
  Version,
} from '../platform/http/schemas.ts';
import { proposalLifecycle, type ReferenceContent } from './rules.ts';

export const RateCode = oneOf(['lpr_1y', 'lpr_5y'], {
  description: 'Loan prime rate of one year, or above five years.',
});

export const ParameterCode = Type.String({
  pattern: '^[a-z][A-Za-z0-9]*(\\.[a-z0-9][A-Za-z0-9]*)+$',
  maxLength: 80,
  description: 'Words joined by dots.',
  examples: ['vat.financial'],
});

const ParameterValue = Type.String({
  pattern: '^(0|[1-9]\\d{0,14})(\\.\\d{1,6})?$',
  description: 'A number as text, zero or more, with up to six decimals.',
  examples: ['0.06'],
});

const Unit = oneOf([
  'fraction',
  'per_day',
  'multiple',
  'days',
  'business_days',
  'months',
  'years',
  'yuan',
  'basis_points',
  'percentage_points',
  'count',
]);
const DayKind = oneOf(['business', 'holiday']);

export const RateBody = object({ code: RateCode, publishedOn: Day, rate: Rate, source: Name });

export const ParameterBody = object({
  code: ParameterCode,
  effectiveFrom: Day,
  effectiveTo: nullable(Day),
  value: ParameterValue,
  unit: Unit,
  source: Name,
});

export const CalendarDayBody = object({ date: Day, kind: DayKind, source: Name });

export const ReferenceRate = component(
  'ReferenceRate',
  object({ id: Id, code: RateCode, publishedOn: Day, rate: Rate, source: Type.String(), version: Version }),
);

export const PolicyParameter = component(
  'PolicyParameter',
  object({
    id: Id,
    code: ParameterCode,
    effectiveFrom: Day,
    effectiveTo: nullable(Day),
    value: ParameterValue,
    unit: Type.String(),
    source: Type.String(),
    version: Version,
  }),
);

export const CalendarDay = component(
  'CalendarDay',
  object({ date: Day, kind: DayKind, source: Type.String(), version: Version }),
);

export const BusinessDay = component(
  'BusinessDay',
  object({
    date: Day,
    isBusinessDay: Type.Boolean(),
    movesTo: Day,
    provisional: Type.Boolean({ description: 'The calendar of that year is not published yet.' }),
  }),
);

export const ReferenceProposal = component(
  'ReferenceProposal',
  object({
    id: Id,
    content: Type.Unsafe<ReferenceContent>({
      type: 'object',
      additionalProperties: true,
      description: 'The rate, parameter or calendar day proposed, with its `kind`.',
    }),
    state: oneOf(proposalLifecycle.states),
    makerOrganizationId: Id,
    makerPersonId: Id,
    checkerOrganizationId: nullable(Id),
    checkerPersonId: nullable(Id),
    reason: nullable(Type.String()),
    version: Version,
    createdAt: Instant,
  }),
);

export const Reason = object({ reason: Note });
