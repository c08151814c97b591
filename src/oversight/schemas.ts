import { Type } from '@fastify/type-provider-typebox';
import {
  component,
  Day,
  Digest,
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
import { alertKinds, alertVerdicts } from './alert-store.ts';
import { findingOutcomes } from './check-rules.ts';
import { checkStages } from './check-store.ts';
import { alertLifecycle, checkLifecycle } from './lifecycle.ts';

export const Stage = oneOf(checkStages);
export const CheckStateName = oneOf(checkLifecycle.states);
export const AlertKindName = oneOf(alertKinds, {
  description: 'Where loan money went that it must not go, or that a check of a running loan found it wanting.',
});
export const AlertStateName = oneOf(alertLifecycle.states);

export const Evidence = component(
  'Evidence',
  object({
    name: Name,
    sha256: Digest,
    storageReference: Type.Optional(
      Type.String({ minLength: 1, maxLength: 500, description: 'Where the bank keeps the document.' }),
    ),
  }),
);

export const Finding = component(
  'Finding',
  object({
    item: Type.String({ minLength: 2, maxLength: 60, examples: ['site_visit'] }),
    outcome: oneOf(findingOutcomes),
    note: Type.Optional(Note),
    evidence: Type.Array(Evidence, { maxItems: 20 }),
  }),
);

export const LoanCheck = component(
  'LoanCheck',
  object({
    id: Id,
    bookId: Id,
    financingId: Id,
    borrowerId: Id,
    stage: Stage,
    state: CheckStateName,
    items: Type.Array(Type.String(), { description: 'What has to be found out.' }),
    dueOn: Day,
    missed: Type.Boolean({ description: 'It was not made by the end of its day.' }),
    everyMonths: nullable(Type.Integer({ description: 'Months until the next one of a running loan.' })),
    ownerPersonId: nullable(Id),
    findings: nullable(Type.Array(Finding)),
    doneBy: nullable(Id),
    doneOn: nullable(Day),
    version: Version,
    createdAt: Instant,
  }),
);

export const RiskAlert = component(
  'RiskAlert',
  object({
    id: Id,
    bookId: Id,
    kind: AlertKindName,
    financingId: Id,
    partyId: Id,
    amount: nullable(PositiveMoney),
    cause: Type.String(),
    state: AlertStateName,
    raisedOn: Day,
    dueOn: Day,
    missed: Type.Boolean({ description: 'It was not answered by the end of its day.' }),
    ownerPersonId: nullable(Id),
    conclusion: nullable(
      object({
        verdict: oneOf(alertVerdicts),
        reason: Note,
        amount: nullable(PositiveMoney),
        evidence: Type.Array(Evidence),
      }),
    ),
    approvalId: nullable(Id),
    closedOn: nullable(Day),
    version: Version,
    createdAt: Instant,
  }),
);
