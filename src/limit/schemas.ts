import { Type } from '@fastify/type-provider-typebox';
import {
  component,
  Day,
  Id,
  Instant,
  Money,
  Note,
  nullable,
  object,
  oneOf,
  PositiveMoney,
  Version,
} from '../platform/http/schemas.ts';
import { products } from '../programme/terms.ts';
import { limitKinds } from './store.ts';

export const Kind = oneOf(limitKinds, { description: 'Level of the tree, from the group of a core enterprise down.' });
export const Status = oneOf(['active', 'frozen']);

export const Limit = component(
  'Limit',
  object({
    id: Id,
    bookId: Id,
    parentId: nullable(Id),
    kind: Kind,
    orgId: nullable(Id),
    programmeId: nullable(Id),
    product: nullable(oneOf(products)),
    amount: Money,
    reserved: Money,
    used: Money,
    available: Money,
    expiresOn: Day,
    status: Status,
    revolving: Type.Boolean({ description: 'Repaid principal is available again.' }),
    approvalId: nullable(Id),
    version: Version,
    createdAt: Instant,
  }),
);

export const LimitMove = component(
  'LimitMove',
  object({
    id: Id,
    financingId: nullable(Id),
    kind: oneOf(['reserve', 'use', 'release', 'free', 'adjust'], {
      description: '`adjust` sets the amount of the limit; the others move between available, reserved and used.',
    }),
    amount: Money,
    reservedAfter: Money,
    usedAfter: Money,
    reason: nullable(Type.String()),
    createdAt: Instant,
  }),
);

export const NewLimitBody = object({
  kind: Kind,
  parentId: Type.Optional(Id),
  orgId: Type.Optional(Id),
  programmeId: Type.Optional(Id),
  product: Type.Optional(oneOf(products)),
  amount: PositiveMoney,
  expiresOn: Day,
  revolving: Type.Boolean(),
  reason: Note,
});

export const LimitChangeBody = object({
  amount: Type.Optional(Money),
  expiresOn: Type.Optional(Day),
  revolving: Type.Optional(Type.Boolean()),
  status: Type.Optional(oneOf(['active'], { description: 'Lifts the freeze.' })),
  reason: Note,
});

export const InLimit = object({ limitId: Id });
export const Reason = object({ reason: Note });
export const MaybeReason = object({ reason: Type.Optional(Note) });
