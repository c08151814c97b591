import { uuidv7 } from 'uuidv7';
import { type ChainRow, chains, type MemberRow, membersOf } from '../chain/store.ts';
import { type GradeRow, grades } from '../goods/store.ts';
import { books, requireOpenBook } from '../ledger/book-store.ts';
import type { IsoDate } from '../money/dates.ts';
import { Decimal, formatMoney } from '../money/decimal.ts';
import { Refusal, require } from '../platform/refusal.ts';
import type { UseCase } from '../platform/unit-of-work.ts';
import type { Workspace } from '../platform/workspace.ts';
import { loadProgrammes, type ProgrammeWithVersions, programmeInForce } from '../programme/store.ts';
import { tell } from './answer.ts';
import { knownNumbers } from './known-store.ts';
import { type Answer, wholeAnswer } from './loading.ts';
import { marginFor } from './rules.ts';
import { type AccountRow, accounts, type OrderRow, orders } from './store.ts';

export type NewOrder = Readonly<{
  programmeId: string;
  bookId: string;
  chainId: string;
  sellerId: string;
  number: string;
  commodity: string;
  /** The grade whose quotations at the bank the price follows, or null. */
  gradeId: string | null;
  unit: string;
  /** Quantities come in whole steps of so many units. */
  step: Decimal;
  quantity: Decimal;
  /** Price of all goods, in yuan. */
  value: Decimal;
  /** Null asks for the least margin of the programme. */
  margin: Decimal | null;
  /** The day by which all goods are to be picked up, and the bank's part to be repaid. */
  expiresOn: IsoDate;
}>;

type Loaded = Readonly<{
  programmes: ReadonlyMap<string, ProgrammeWithVersions>;
  chains: readonly ChainRow[];
  members: readonly MemberRow[];
  known: Set<string>;
  grades: readonly GradeRow[];
}>;

/** A distributor enters the goods it has agreed to buy from the core enterprise, under the terms of its bank's programme. */
export const enterOrder: UseCase<NewOrder, Answer, Loaded> = {
  name: 'prepayment.enter',
  status: 201,
  lane: ({ input }) => input.bookId,
  scope: ({ input }) => [input.bookId, input.chainId],
  load: async (work, commands) => {
    const inputs = commands.map(({ input }) => input);
    const chainIds = inputs.map(({ chainId }) => chainId);
    const programmes = await loadProgrammes(
      work,
      inputs.map(({ programmeId }) => programmeId),
    );
    const found = await work.read(chains, 'id', chainIds);
    const kinds = await work.read(
      grades,
      'id',
      inputs.flatMap(({ gradeId }) => gradeId ?? []),
    );
    const members = await membersOf(work, { chainIds, orgIds: commands.map(({ actor }) => actor.orgId) });
    await work.lock(
      books,
      inputs.map(({ bookId }) => bookId),
    );
    const known = await knownNumbers(
      work,
      commands.map(({ actor, input }) => ({ ...input, buyerId: actor.orgId })),
    );
    return { programmes, chains: found, members, known, grades: kinds };
  },
  decide: (work, { actor, input, now }, loaded) => {
    const { businessDate } = requireOpenBook(work, input.bookId);
    requireBuyer(actor.orgId, input, loaded);
    requireGoods(input, businessDate);
    requireGrade(input, loaded.grades);
    requireNewNumber(work, loaded.known, `${input.sellerId} ${actor.orgId} ${input.number}`);
    const { version } = programmeInForce(loaded.programmes, input.programmeId, businessDate);
    const terms = version.terms.products.prepayment;
    if (!terms?.enabled || terms.prepayment === undefined) {
      throw new Refusal('product-not-offered', 'the programme does not offer prepayment', { field: '/programmeId' });
    }
    const margin = agreedMargin(input, terms.prepayment.marginRatio);
    const zero = new Decimal(0);
    const { margin: _, ...goods } = input;
    const order: OrderRow = {
      ...goods,
      id: uuidv7(),
      buyerId: actor.orgId,
      custodianId: input.sellerId,
      stage: 'ordered',
      clause: null,
      payeeAccountId: null,
      arrived: zero,
      noticed: zero,
      delivered: zero,
      refunded: zero,
      shortSince: null,
      prompted: false,
      note: null,
      enteredBy: actor.personId,
      version: 1,
      createdAt: now.toISOString(),
    };
    const account: AccountRow = {
      orderId: order.id,
      bookId: order.bookId,
      buyerId: order.buyerId,
      programmeVersion: version.number,
      terms,
      policy: terms.prepayment.release,
      value: order.value,
      noticedValue: zero,
      margin,
      deposited: zero,
      paidIn: zero,
      held: zero,
      extra: zero,
      goods: zero,
      converted: false,
      fundedOn: null,
      financingId: null,
      version: 1,
    };
    work.insert(orders, order);
    work.insert(accounts, account);
    tell(work, 'ordered', order, { value: formatMoney(order.value) });
    return wholeAnswer(work, order.id, businessDate);
  },
};

/** A grade that the price is to follow is quoted in the unit of the order. */
function requireGrade({ gradeId, unit }: NewOrder, known: readonly GradeRow[]): void {
  if (gradeId === null) return;
  const grade = known.find(({ id }) => id === gradeId);
  if (grade === undefined) throw new Refusal('not-found', 'there is no such grade', { field: '/gradeId' });
  require(grade.unit === unit, 'invalid-input', `the grade is quoted by ${grade.unit}`, {
    field: '/unit',
    accepted: grade.unit,
  });
}

/** Only a verified distributor that buys from the core enterprise itself orders from it, on an active chain. */
function requireBuyer(buyerId: string, { chainId, sellerId }: NewOrder, loaded: Loaded): void {
  const chain = loaded.chains.find(({ id }) => id === chainId);
  require(chain?.status === 'active', 'chain-suspended', `the chain is ${chain?.status ?? 'not there'}`);
  const member = loaded.members.find(
    (each) => each.chainId === chainId && each.orgId === buyerId && each.side === 'downstream',
  );
  require(member?.status === 'verified', 'member-not-active', 'the buyer is no verified distributor of this chain', {
    accepted: 'a verified downstream member',
  });
  require(member.counterpartyId === sellerId, 'no-trade-between', 'the buyer does not buy from the core enterprise', {
    accepted: 'a distributor of the first tier',
  });
}

function requireGoods({ step, quantity, expiresOn }: NewOrder, today: IsoDate): void {
  require(step.greaterThan(0) &&
    quantity.greaterThan(0) &&
    quantity.modulo(step).isZero(), 'not-a-whole-step', 'the goods do not come in whole steps', {
    field: '/quantity',
    accepted: `a multiple of ${step.toFixed()}`,
  });
  require(expiresOn > today, 'invalid-input', 'the day has passed', {
    field: '/expiresOn',
    accepted: `after ${today}`,
  });
}

/** The margin asked for: at least the programme's ratio of the order, less than all of it. */
function agreedMargin({ value, margin }: NewOrder, ratio: string): Decimal {
  const least = marginFor(value, new Decimal(ratio));
  const agreed = margin ?? least;
  if (agreed.greaterThanOrEqualTo(least) && agreed.lessThan(value)) return agreed;
  throw new Refusal('margin-missing', `the programme asks for a margin of ${formatMoney(least)}`, {
    field: '/margin',
    accepted: `${formatMoney(least)} or more, less than the order`,
  });
}

function requireNewNumber(work: Workspace, known: Set<string>, key: string): void {
  require(!known.has(key), 'already-exists', 'an order of this number stands between the two already', {
    field: '/number',
  });
  known.add(key);
  work.onUndo(() => known.delete(key));
}
