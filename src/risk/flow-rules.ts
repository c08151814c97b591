import { addDays, type IsoDate } from '../money/dates.ts';
import { Decimal } from '../money/decimal.ts';

/** What a movement on a borrower's account is, by who is on its other side. */
export const flowClasses = ['securities', 'real_estate', 'debtor_group', 'returned', 'partner', 'other'] as const;
export type FlowClass = (typeof flowClasses)[number];

/** Where loan money must not go: by the beginning of an industry code (GB/T 4754) or a part of a name. */
export type Watch = Readonly<{
  class: 'securities' | 'real_estate';
  kind: 'industry' | 'name';
  value: string;
  effectiveFrom: IsoDate;
  effectiveTo: IsoDate | null;
}>;

export type Flow = Readonly<{
  direction: 'in' | 'out';
  /** Yuan to the fen. */
  amount: Decimal;
  bookedOn: IsoDate;
  counterparty: Readonly<{ name: string; industry: string | null; groupId: string | null }>;
}>;

/** Money of a loan that has not been followed yet. */
export type Traceable = Readonly<{
  financingId: string;
  valueDate: IsoDate;
  /** Group of whoever was paid instead of the borrower (受托支付); null when the borrower was. */
  paidToGroup: string | null;
  debtorGroup: string | null;
  /** Yuan to the fen. */
  left: Decimal;
}>;

export type Part = Readonly<{ financingId: string; amount: Decimal; class: FlowClass }>;

/** The class that the watch list of the day puts somebody in, or null. */
function watchedClass({ counterparty, bookedOn }: Flow, watch: readonly Watch[]): Watch['class'] | null {
  const { name, industry } = counterparty;
  const hit = watch.find(
    ({ kind, value, effectiveFrom, effectiveTo }) =>
      effectiveFrom <= bookedOn &&
      (effectiveTo === null || bookedOn <= effectiveTo) &&
      (kind === 'industry' ? industry?.startsWith(value) === true : name.includes(value)),
  );
  return hit?.class ?? null;
}

/** What a movement is when it is no loan money. */
export const plainClass = (flow: Flow, watch: readonly Watch[]): FlowClass =>
  watchedClass(flow, watch) ?? (flow.counterparty.groupId === null ? 'other' : 'partner');

function classIn(flow: Flow, loan: Traceable, watch: readonly Watch[]): FlowClass {
  if (flow.direction === 'in') return 'returned';
  const { groupId } = flow.counterparty;
  const watched = watchedClass(flow, watch);
  if (watched !== null) return watched;
  return groupId !== null && groupId === loan.debtorGroup ? 'debtor_group' : plainClass(flow, watch);
}

/** Whether a movement can be the money of a loan: going out of the borrower's hands, or coming back from who was paid. */
function concerns(flow: Flow, loan: Traceable, windowDays: number): boolean {
  if (loan.left.isZero() || flow.bookedOn < loan.valueDate) return false;
  if (flow.bookedOn > addDays(loan.valueDate, windowDays)) return false;
  if (flow.direction === 'out') return loan.paidToGroup === null;
  return loan.paidToGroup !== null && loan.paidToGroup === flow.counterparty.groupId;
}

/**
 * Which parts of a movement are the money of which loans: of the loans given within the window before it, the oldest
 * first, each up to what of it has not been followed yet (济管财金〔2022〕25号 三(一)). The parts never exceed the movement.
 */
export function traced(
  flow: Flow,
  loans: readonly Traceable[],
  { windowDays, watch }: Readonly<{ windowDays: number; watch: readonly Watch[] }>,
): Part[] {
  const oldestFirst = loans
    .filter((loan) => concerns(flow, loan, windowDays))
    .sort((a, b) => (a.valueDate + a.financingId < b.valueDate + b.financingId ? -1 : 1));
  const parts: Part[] = [];
  let rest = flow.amount;
  for (const loan of oldestFirst) {
    const amount = Decimal.min(rest, loan.left);
    if (amount.isZero()) break;
    parts.push({ financingId: loan.financingId, amount, class: classIn(flow, loan, watch) });
    rest = rest.minus(amount);
  }
  return parts;
}

/** The classes that raise an alert. */
export const alarming = ['securities', 'real_estate', 'debtor_group', 'returned'] as const satisfies FlowClass[];
export const isAlarming = (of: FlowClass): of is (typeof alarming)[number] =>
  (alarming as readonly FlowClass[]).includes(of);
