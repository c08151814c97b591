import type { IsoDate } from '../money/dates.ts';
import { type Decimal, formatMoney, parseMoney } from '../money/decimal.ts';
import { Refusal, require } from '../platform/refusal.ts';
import type { Product } from '../programme/terms.ts';
import type { LimitKind, LimitNodeRow } from './store.ts';

/** What a node may still give, in yuan. */
export const availableOf = (node: Pick<LimitNodeRow, 'amount' | 'reserved' | 'used'>): Decimal =>
  node.amount.minus(node.reserved).minus(node.used);

const named = (node: LimitNodeRow) => ({ node: node.id, kind: node.kind });

/** Refuses unless a node is active and in date on the day, and has the whole amount left. */
export function checkRoom(node: LimitNodeRow, amount: Decimal, on: IsoDate): void {
  require(node.status === 'active', 'limit-frozen', `the ${node.kind} limit is frozen`, named(node));
  require(on <= node.expiresOn, 'limit-expired', `the ${node.kind} limit ended on ${node.expiresOn}`, {
    ...named(node),
    expiresOn: node.expiresOn,
  });
  const available = availableOf(node);
  if (available.greaterThanOrEqualTo(amount)) return;
  throw new Refusal('limit-exceeded', `the ${node.kind} limit has ${formatMoney(available)} left`, {
    ...named(node),
    available: formatMoney(available),
    missing: formatMoney(amount.minus(available)),
    accepted: `at most ${formatMoney(available)}`,
  });
}

/** Where a new node stands: what each level needs to be told beside its parent. */
export type NewPlace = Readonly<{
  kind: LimitKind;
  parentId?: string;
  orgId?: string;
  programmeId?: string;
  product?: Product;
}>;
export type Place = Pick<LimitNodeRow, 'kind' | 'parentId' | 'orgId' | 'programmeId' | 'product'>;

const needs: Readonly<
  Record<LimitKind, Readonly<{ parent: LimitKind | null; told: 'orgId' | 'programmeId' | 'product' }>>
> = {
  group: { parent: null, told: 'orgId' },
  programme: { parent: 'group', told: 'programmeId' },
  member: { parent: 'programme', told: 'orgId' },
  product: { parent: 'member', told: 'product' },
};

/** The place of a new node below its parent, of which it takes programme and organization over. */
export function placeBelow(input: NewPlace, parent: LimitNodeRow | null): Place {
  const { kind } = input;
  const { parent: level, told } = needs[kind];
  if ((parent?.kind ?? null) !== level) {
    throw new Refusal(
      'invalid-input',
      `a ${kind} limit stands below ${level === null ? 'no other' : `a ${level} limit`}`,
      {
        field: '/parentId',
        accepted: level === null ? 'nothing' : `the id of a ${level} limit`,
      },
    );
  }
  for (const field of ['orgId', 'programmeId', 'product'] as const) {
    require((input[field] !== undefined) === (field === told), 'invalid-input', `a ${kind} limit is told its ${told}`, {
      field: `/${field}`,
      accepted: field === told ? 'a value' : 'nothing',
    });
  }
  return {
    kind,
    parentId: parent?.id ?? null,
    orgId: input.orgId ?? (kind === 'product' ? (parent?.orgId ?? null) : null),
    programmeId: input.programmeId ?? parent?.programmeId ?? null,
    product: input.product ?? null,
  };
}

/** Whether two nodes would stand for the same thing. */
export const samePlace = (a: Place, b: Place): boolean =>
  a.kind === b.kind && a.orgId === b.orgId && a.programmeId === b.programmeId && a.product === b.product;

/** What a limit is changed to; what is left out stays. Yuan as text. */
export type LimitChange = Readonly<{
  amount?: string;
  expiresOn?: IsoDate;
  revolving?: boolean;
  status?: 'active';
}>;

/** Refuses an amount below what is reserved and used, a day past, and a change that changes nothing. */
export function checkChange(node: LimitNodeRow, change: LimitChange, businessDate: IsoDate): void {
  const bound = node.reserved.plus(node.used);
  if (change.amount !== undefined && parseMoney(change.amount).lessThan(bound)) {
    throw new Refusal('limit-below-use', `${formatMoney(bound)} of the limit is reserved or used`, {
      field: '/amount',
      accepted: `at least ${formatMoney(bound)}`,
    });
  }
  require(change.expiresOn === undefined ||
    change.expiresOn >= businessDate, 'effective-date-past', 'the day has passed', {
    field: '/expiresOn',
    accepted: `${businessDate} or later`,
  });
  const changes =
    (change.amount !== undefined && !parseMoney(change.amount).equals(node.amount)) ||
    (change.expiresOn !== undefined && change.expiresOn !== node.expiresOn) ||
    (change.revolving !== undefined && change.revolving !== node.revolving) ||
    (change.status !== undefined && change.status !== node.status);
  require(changes, 'invalid-input', 'nothing would change', { accepted: 'a value other than the present one' });
}
