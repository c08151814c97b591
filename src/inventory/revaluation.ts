import { uuidv7 } from 'uuidv7';
import { tell as tellFinancing } from '../financing/answer.ts';
import { financings } from '../financing/store.ts';
import { isStale } from '../goods/rules.ts';
import type { Line } from '../ledger/journal.ts';
import { ledgerOf } from '../ledger/ledger.ts';
import { workdaysAfter } from '../money/calendar.ts';
import type { IsoDate } from '../money/dates.ts';
import { formatMoney } from '../money/decimal.ts';
import { nextState } from '../platform/state-machine.ts';
import type { Workspace } from '../platform/workspace.ts';
import type { Reference } from '../reference/store.ts';
import { tell } from './answer.ts';
import { marginCallLifecycle, pledgeLifecycle } from './lifecycle.ts';
import { goodsRevalued } from './postings.ts';
import { controlLine, cureOf, isRestored, loanToValue, type Rung, rungOf } from './rules.ts';
import { coverOf, goodsOf, ladderOf, owingIds, type Standings } from './standing.ts';
import { type MarginCallRow, marginCalls, type PledgeRow, pledges, type ValuationCause, valuations } from './store.ts';

/** When and why a pledge is looked at. Its open call is locked, and so are the ledger's memo accounts. */
export type Occasion = Readonly<{
  standings: Standings;
  reference: Reference;
  businessDate: IsoDate;
  now: Date;
  requestId: string;
  cause: ValuationCause;
}>;

export const memoAccounts = ['9003', '9999'] as const;

/** Posts about a pledge, if there is anything to post. */
export function postAbout(work: Workspace, pledge: PledgeRow, occasion: Occasion, kind: string, lines: Line[]): void {
  if (lines.length === 0) return;
  const { businessDate, now, requestId } = occasion;
  const journal = { bookId: pledge.bookId, kind: `inventory.${kind}`, businessDate, subjectId: pledge.id, lines };
  ledgerOf(work).post(journal, { requestId, now });
}

/**
 * Values a locked pledge at the quotations of the moment, books the difference off the balance sheet, and moves it on
 * the ladder: warning, margin call with a due day and what would cure it, back when the initial loan to value is
 * restored, or close-out. A stale quotation freezes what may leave; a fresh one thaws it.
 */
export function revalue(work: Workspace, pledge: PledgeRow, occasion: Occasion): PledgeRow {
  const { standings, now } = occasion;
  const goods = goodsOf(standings, pledge.id);
  const cover = coverOf(work, standings, pledge);
  const rung = rungOf(cover, ladderOf(pledge));
  postAbout(work, pledge, occasion, 'goods_revalued', goodsRevalued(pledge.value, cover.value));
  work.insert(valuations, {
    id: uuidv7(),
    pledgeId: pledge.id,
    bookId: pledge.bookId,
    pledgorId: pledge.pledgorId,
    businessDate: occasion.businessDate,
    cause: occasion.cause,
    ...cover,
    controlLine: controlLine(cover, ladderOf(pledge)),
    loanToValue: loanToValue(cover),
    rung,
    lots: goods.lots,
    unpriced: goods.unpriced,
    oldestQuote: goods.oldestQuote,
    valuedAt: now.toISOString(),
  });
  const valued = work.update(pledges, pledge.id, {
    value: cover.value,
    valuedAt: now.toISOString(),
    outbound: outboundOf(pledge, standings, now),
  });
  if (!cover.value.equals(pledge.value)) tell(work, 'revalued', valued, figures(work, valued, occasion));
  if (valued.outbound !== pledge.outbound) tell(work, valued.outbound === 'free' ? 'thawed' : 'frozen', valued);
  return step(work, valued, occasion, rung);
}

/** A variance stays until the bank has looked into it. */
function outboundOf(pledge: PledgeRow, standings: Standings, now: Date): PledgeRow['outbound'] {
  if (pledge.outbound === 'variance') return 'variance';
  return isFresh(pledge, standings, now) ? 'free' : 'stale_price';
}

/** Whether every lot has a quotation young enough to let goods go and money out. */
export function isFresh({ id, terms }: PledgeRow, standings: Standings, now: Date): boolean {
  const { unpriced, oldestQuote } = goodsOf(standings, id);
  return unpriced === 0 && (oldestQuote === null || !isStale(oldestQuote, now, terms.staleAfterHours));
}

function step(work: Workspace, pledge: PledgeRow, occasion: Occasion, rung: Rung): PledgeRow {
  if (pledge.status === 'enforcing') return pledge;
  if (rung === 'close_out') return enforce(work, pledge, occasion, 'close_out');
  const call = openCall(work, pledge.id);
  if (call !== undefined) {
    return isRestored(coverOf(work, occasion.standings, pledge), ladderOf(pledge))
      ? cured(work, pledge, call, occasion)
      : pledge;
  }
  if (rung === 'call') return callMargin(work, pledge, occasion);
  const event = rung === 'warning' ? 'warn' : 'recover';
  const status = nextState(pledgeLifecycle, pledge.status, event);
  if (status === pledge.status) return pledge;
  const after = work.update(pledges, pledge.id, { status });
  tell(work, event === 'warn' ? 'warned' : 'recovered', after, figures(work, after, occasion));
  return after;
}

export const openCall = (work: Workspace, pledgeId: string): MarginCallRow | undefined =>
  work.all(marginCalls).find((call) => call.pledgeId === pledgeId && call.state === 'open');

function figures(work: Workspace, pledge: PledgeRow, { standings }: Occasion) {
  const cover = coverOf(work, standings, pledge);
  const cure = cureOf(cover, ladderOf(pledge));
  return {
    value: formatMoney(cover.value),
    exposure: formatMoney(cover.exposure),
    loanToValue: loanToValue(cover)?.toFixed(6) ?? null,
    cash: formatMoney(cure.cash),
    goodsValue: formatMoney(cure.goodsValue),
  };
}

function callMargin(work: Workspace, pledge: PledgeRow, occasion: Occasion): PledgeRow {
  const cover = coverOf(work, occasion.standings, pledge);
  const cure = cureOf(cover, ladderOf(pledge));
  const call: MarginCallRow = {
    id: uuidv7(),
    pledgeId: pledge.id,
    bookId: pledge.bookId,
    pledgorId: pledge.pledgorId,
    state: 'open',
    calledOn: occasion.businessDate,
    dueOn: workdaysAfter(occasion.businessDate, pledge.terms.cureBusinessDays, occasion.reference.calendar),
    value: cover.value,
    exposure: cover.exposure,
    cash: cure.cash,
    goodsValue: cure.goodsValue,
    endedOn: null,
    version: 1,
    createdAt: occasion.now.toISOString(),
  };
  work.insert(marginCalls, call);
  const after = work.update(pledges, pledge.id, { status: nextState(pledgeLifecycle, pledge.status, 'call') });
  tell(work, 'margin_called', after, { callId: call.id, dueOn: call.dueOn, ...figures(work, after, occasion) });
  return after;
}

function cured(work: Workspace, pledge: PledgeRow, call: MarginCallRow, occasion: Occasion): PledgeRow {
  endCall(work, call, 'cure', occasion.businessDate);
  const after = work.update(pledges, pledge.id, { status: nextState(pledgeLifecycle, pledge.status, 'cure') });
  tell(work, 'margin_cured', after, { callId: call.id, ...figures(work, after, occasion) });
  return after;
}

function endCall(
  work: Workspace,
  call: MarginCallRow,
  event: 'cure' | 'time_out' | 'close_out',
  businessDate: IsoDate,
): void {
  const state = nextState(marginCallLifecycle, call.state, event);
  work.update(marginCalls, call.id, { state, endedOn: businessDate });
}

/**
 * The goods are to be sold: the value has fallen through the last line, a margin call was not answered, or a loan fell
 * overdue. All its loans that run are due at once, and fall overdue with the close of the day.
 */
export function enforce(
  work: Workspace,
  pledge: PledgeRow,
  occasion: Pick<Occasion, 'businessDate' | 'standings'>,
  event: 'close_out' | 'time_out' | 'default',
): PledgeRow {
  const status = nextState(pledgeLifecycle, pledge.status, event);
  const call = openCall(work, pledge.id);
  if (call !== undefined) endCall(work, call, event === 'time_out' ? 'time_out' : 'close_out', occasion.businessDate);
  if (pledge.status === 'enforcing') return pledge;
  const after = work.update(pledges, pledge.id, { status });
  for (const id of owingIds(occasion.standings, [pledge.id])) accelerate(work, id, occasion.businessDate);
  tell(work, 'enforcing', after, { because: event });
  return after;
}

function accelerate(work: Workspace, financingId: string, on: IsoDate): void {
  const financing = work.find(financings, financingId);
  if (financing?.status !== 'active' || financing.maturityDate <= on) return;
  const due = work.update(financings, financingId, { dueDate: on, maturityDate: on, overdueFrom: on });
  tellFinancing(work, 'accelerated', due, { dueDate: on });
}
