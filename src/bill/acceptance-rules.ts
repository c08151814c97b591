import { rollForward, statutoryCalendar } from '../money/calendar.ts';
import { addDays, addMonths, type IsoDate } from '../money/dates.ts';
import { ceilToFen, Decimal, roundToFen } from '../money/decimal.ts';

/** Whether a bill's term is within the cap of the day, and its latest due day (人民银行 银保监会令〔2022〕4号 art. 25). */
export function checkBillTenor(issue: IsoDate, due: IsoDate, maxMonths: number) {
  const maxDue = addMonths(issue, maxMonths);
  return { allowed: due > issue && due <= maxDue, maxDue };
}

export type AcceptorBooks = Readonly<{
  accepted: Decimal;
  totalAssets: Decimal;
  margin: Decimal;
  deposits: Decimal;
}>;
export type AcceptanceCaps = Readonly<{ acceptedToAssets: Decimal; marginToDeposits: Decimal }>;

function ratioWithin(part: Decimal, whole: Decimal, cap: Decimal) {
  if (!whole.greaterThan(0)) throw new RangeError('total assets and deposits are positive');
  const ratio = part.dividedBy(whole);
  return { ratio, within: ratio.lessThanOrEqualTo(cap) };
}

/** A bank's accepted bills against its assets, and its bill margins against its deposits (令〔2022〕4号 art. 24); ratios exact. */
export const checkAcceptanceCaps = (books: AcceptorBooks, caps: AcceptanceCaps) => ({
  accepted: ratioWithin(books.accepted, books.totalAssets, caps.acceptedToAssets),
  margin: ratioWithin(books.margin, books.deposits, caps.marginToDeposits),
});

/** Margin for an acceptance, rounded up to the fen, and the exposure left beside it (令〔2022〕4号 arts. 12, 13). */
export function acceptanceExposure(face: Decimal, marginRatio: Decimal) {
  const margin = ceilToFen(face.times(marginRatio));
  return { margin, exposure: face.minus(margin) };
}

/** Fee for accepting a bill, with its minimum, in yuan (支付结算办法; priced by the market today). */
export const acceptanceFee = (face: Decimal, rate: Decimal, minimum: Decimal): Decimal =>
  Decimal.max(roundToFen(face.times(rate)), minimum);

export type OverdueRecord = Readonly<{
  /** Overdue events in the six months to the end of the month. */
  events: number;
  eventsInMonth: number;
  balanceAtMonthEnd: Decimal;
}>;

/**
 * Whether an acceptor is on the list of the persistently overdue and may accept nothing new (商业汇票信息披露操作细则,
 * 票交所公告〔2022〕1号): enough events in six months and either a balance still overdue or another event in the month.
 */
export const isPersistentlyOverdue = (record: OverdueRecord, leastEvents: number): boolean =>
  record.events >= leastEvents && (record.balanceAtMonthEnd.greaterThan(0) || record.eventsInMonth > 0);

/**
 * The days on which a bill may be presented for payment without losing recourse: from maturity to ten days after it
 * (票据法 art. 53), each moved off holidays (Civil Code arts. 201, 203). Provisional when a day's notice is not out yet.
 */
export function presentationPeriod(dueDate: IsoDate, calendar = statutoryCalendar) {
  const first = rollForward(dueDate, calendar);
  const last = rollForward(addDays(dueDate, 10), calendar);
  return {
    firstPayableDay: first.date,
    lastPresentationDay: last.date,
    provisional: first.provisional || last.provisional,
  };
}

/** Months in which a right on a bill lapses (票据法 art. 17), by against whom it is held. */
const LIMITATION_MONTHS = { acceptorDrawer: 24, recourse: 6, reRecourse: 3 } as const;
export type BillRight = keyof typeof LIMITATION_MONTHS;

/**
 * The last day of a right on a bill (票据法 arts. 17, 107): two years from maturity against acceptor and drawer, six
 * months from dishonour against those before, three months from payment or suit for who has paid.
 */
export const limitationEnd = (from: IsoDate, right: BillRight): IsoDate => addMonths(from, LIMITATION_MONTHS[right]);
