import { Type } from '@fastify/type-provider-typebox';
import {
  component,
  Day,
  Id,
  Instant,
  Money,
  nullable,
  object,
  oneOf,
  PositiveMoney,
  Rate,
  Version,
} from '../platform/http/schemas.ts';
import { claimLifecycle } from './claim-lifecycle.ts';
import { claimKinds } from './claim-store.ts';

export const ClaimStatusName = oneOf(claimLifecycle.states);
const text = (example: string) => Type.String({ examples: [example] });

export const BillClaim = component(
  'BillClaim',
  object({
    id: Id,
    billId: Id,
    holdingId: Id,
    kind: oneOf(claimKinds, { description: 'Recourse of a holder, of one who has paid, or an advance of a bank.' }),
    claimantId: Id,
    bookId: nullable(Id),
    targets: Type.Array(Id, { description: 'Who owes it, jointly.' }),
    amount: PositiveMoney,
    rate: Rate,
    interestFrom: Day,
    costs: Money,
    due: object({ on: Day, costs: Money, interest: Money, principal: Money, total: Money }),
    status: ClaimStatusName,
    reason: nullable(text('交易未履行')),
    openedOn: Day,
    expiresOn: Day,
    closedOn: nullable(Day),
    version: Version,
    createdAt: Instant,
  }),
);

export const BillClaimPayment = component(
  'BillClaimPayment',
  object({
    id: Id,
    claimId: Id,
    payerId: Id,
    bankReference: nullable(text('IN-20260108-1')),
    paidOn: Day,
    amount: PositiveMoney,
    costs: Money,
    interest: Money,
    principal: Money,
    journalId: Id,
  }),
);
