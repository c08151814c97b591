import { uuidv7 } from 'uuidv7';
import { decideTask, endTask, openTask } from '../approval/commands.ts';
import { approvalTasks } from '../approval/store.ts';
import type { LoadedFinancings } from '../financing/loading.ts';
import { type OrganizationRow, organizations } from '../identity/store.ts';
import { requireOpenBook } from '../ledger/book-store.ts';
import { workdaysAfter } from '../money/calendar.ts';
import type { IsoDate } from '../money/dates.ts';
import { type Decimal, formatMoney } from '../money/decimal.ts';
import { Refusal, require } from '../platform/refusal.ts';
import { nextState } from '../platform/state-machine.ts';
import type { Command, UseCase } from '../platform/unit-of-work.ts';
import { requireVersion } from '../platform/version.ts';
import type { Workspace } from '../platform/workspace.ts';
import { authorityFor } from '../programme/rules.ts';
import { type ProgrammeVersionRow, programmeVersions } from '../programme/store.ts';
import type { Reference } from '../reference/lookup.ts';
import { noticeAnswer, tellOfNotice } from './answer.ts';
import { noticeStates, orderStages } from './lifecycle.ts';
import { loadOrders, type OnOrder, scopeOfOrder } from './loading.ts';
import { requireNoCall } from './price.ts';
import { priceOf, quantityFor, releaseLimit } from './rules.ts';
import { type AccountRow, accounts, type NoticeRow, notices, type OrderRow, orders } from './store.ts';

type NoticeAnswer = ReturnType<typeof noticeAnswer>;
type Asking = OnOrder & Readonly<{ programmeId: string; quantity: Decimal }>;
type LoadedAuthority = LoadedFinancings &
  Readonly<{ versions: readonly ProgrammeVersionRow[]; buyers: ReadonlyMap<string, OrganizationRow> }>;

/**
 * The distributor asks for goods to be released. Their price, rounded up to the fen, must be within what its payments
 * free; from here it counts as released. The bank issues the notice as its authority matrix says.
 */
export const requestRelease: UseCase<Asking, NoticeAnswer, LoadedAuthority> = {
  name: 'prepayment.request_release',
  status: 201,
  lane: ({ input }) => input.bookId,
  scope: scopeOfOrder,
  load: async (work, commands) => {
    const inputs = commands.map(({ input }) => input);
    const versions = await work.read(
      programmeVersions,
      'programmeId',
      inputs.map(({ programmeId }) => programmeId),
    );
    const buyers = await work.read(
      organizations,
      'id',
      inputs.map(({ buyerId }) => buyerId),
    );
    const loaded = await loadOrders(work, inputs);
    return { ...loaded, versions, buyers: new Map(buyers.map((buyer) => [buyer.id, buyer])) };
  },
  decide: (work, command, loaded) => {
    const { actor, input, now } = command;
    const { businessDate } = requireOpenBook(work, input.bookId);
    const order = work.get(orders, input.orderId);
    const account = work.get(accounts, order.id);
    require(actor.orgId === order.buyerId, 'not-a-party', 'only the distributor asks for its goods');
    const stage = nextState(orderStages, order.stage, 'notice');
    requireNoCall(work, order.id);
    const { noticed, noticedValue } = released(order, account, input.quantity);
    const amount = noticedValue.minus(account.noticedValue);
    work.update(orders, order.id, { noticed, stage });
    work.update(accounts, order.id, { noticedValue });
    const id = uuidv7();
    const task = askBank(work, command, loaded, { noticeId: id, amount, account });
    const notice: NoticeRow = {
      id,
      orderId: order.id,
      bookId: order.bookId,
      buyerId: order.buyerId,
      sellerId: order.sellerId,
      custodianId: order.custodianId,
      serial: `TH${businessDate.replaceAll('-', '')}-${id.slice(-12)}`.toUpperCase(),
      quantity: input.quantity,
      amount,
      state: 'requested',
      approvalId: task.id,
      issuedOn: null,
      acknowledgeBy: null,
      late: false,
      waybill: null,
      received: null,
      counted: null,
      note: null,
      version: 1,
      createdAt: now.toISOString(),
    };
    work.insert(notices, notice);
    tellOfNotice(work, 'requested', notice);
    return noticeAnswer(
      task.state === 'approved' ? issue(work, notice, account, businessDate, loaded.reference) : notice,
    );
  },
};

/** What would have been released with this quantity, or the refusal that says how much is free. */
function released(order: OrderRow, account: AccountRow, quantity: Decimal) {
  const { step } = order;
  require(quantity.greaterThan(0) &&
    quantity.modulo(step).isZero(), 'not-a-whole-step', `the goods come in steps of ${step.toFixed()}`, {
    field: '/quantity',
    accepted: `a multiple of ${step.toFixed()}`,
  });
  const noticed = order.noticed.plus(quantity);
  const limit = releaseLimit(account, account.policy);
  const most = quantityFor(order, limit).minus(order.noticed);
  const noticedValue = noticed.lessThanOrEqualTo(order.quantity) ? priceOf(order, noticed) : null;
  if (noticedValue === null || noticedValue.greaterThan(limit)) {
    throw new Refusal(
      'release-exceeds-payment',
      `${formatMoney(limit.minus(account.noticedValue))} of the goods is free`,
      {
        field: '/quantity',
        accepted: most.greaterThan(0) ? `at most ${most.toFixed()} ${order.unit}` : 'nothing before another payment',
        releasable: formatMoney(limit),
        free: formatMoney(limit.minus(account.noticedValue)),
      },
    );
  }
  const here = order.custodianId === order.sellerId ? order.quantity : order.arrived;
  require(noticed.lessThanOrEqualTo(
    here,
  ), 'goods-not-arrived', `${here.minus(order.noticed).toFixed()} ${order.unit} are in the warehouse`, {
    field: '/quantity',
    accepted: `at most ${here.minus(order.noticed).toFixed()} ${order.unit}`,
  });
  return { noticed, noticedValue };
}

type Asked = Readonly<{ noticeId: string; amount: Decimal; account: AccountRow }>;

/** Asks the bank for the notice, at the level that the terms of the order set for its amount. */
function askBank(work: Workspace, { actor, input, now }: Command<Asking>, loaded: LoadedAuthority, asked: Asked) {
  const version = loaded.versions.find(
    (each) => each.programmeId === input.programmeId && each.number === asked.account.programmeVersion,
  ) as ProgrammeVersionRow;
  const tags = loaded.buyers.get(input.buyerId)?.tags ?? [];
  const { approval: level, rule } = authorityFor(version.terms, asked.amount, tags);
  return openTask(work, {
    bookId: input.bookId,
    subjectKind: 'release_notice',
    subjectId: asked.noticeId,
    action: 'issue',
    amount: asked.amount,
    level,
    rule: `programme version ${version.number}: ${rule}`,
    maker: actor,
    subjectVersion: 1,
    now,
  });
}

/** The notice goes to whoever keeps the goods, who is to acknowledge it within the business days agreed. */
function issue(
  work: Workspace,
  notice: NoticeRow,
  account: AccountRow,
  on: IsoDate,
  { calendar }: Reference,
): NoticeRow {
  const days = account.terms.prepayment?.acknowledgeWithinDays ?? 1;
  const issued = work.update(notices, notice.id, {
    state: nextState(noticeStates, notice.state, 'issue'),
    issuedOn: on,
    acknowledgeBy: workdaysAfter(on, days, calendar),
  });
  tellOfNotice(work, 'issued', issued);
  return issued;
}

export type OnNotice = OnOrder & Readonly<{ noticeId: string; expectedVersion: number }>;

/** The locked notice at the version the caller decided on. */
export function noticeFor(work: Workspace, { noticeId, expectedVersion }: OnNotice): NoticeRow {
  const notice = work.get(notices, noticeId);
  requireVersion(notice.version, expectedVersion);
  return notice;
}

type Decide = OnNotice & Readonly<{ verdict: 'approve' | 'reject'; reason: string | null }>;

/** A checker of the bank issues a release notice, or rejects it: its goods are free again. */
export const decideRelease: UseCase<Decide, NoticeAnswer, LoadedFinancings> = {
  name: 'prepayment.decide_release',
  lane: ({ input }) => input.bookId,
  scope: scopeOfOrder,
  load: (work, commands) => loadNotices(work, commands, true),
  decide: (work, { actor, input, now }, { reference }) => {
    const { businessDate } = requireOpenBook(work, input.bookId);
    const notice = noticeFor(work, input);
    nextState(noticeStates, notice.state, input.verdict === 'approve' ? 'issue' : 'reject');
    const { verdict, reason } = input;
    const task = decideTask(work, work.get(approvalTasks, notice.approvalId), { actor, verdict, reason, now });
    if (verdict === 'reject') return noticeAnswer(takeBack(work, notice, 'reject', reason));
    requireNoCall(work, notice.orderId);
    if (task.state !== 'approved') return noticeAnswer(work.update(notices, notice.id, {}));
    return noticeAnswer(issue(work, notice, work.get(accounts, notice.orderId), businessDate, reference));
  },
};

/** The distributor takes its request back; the bank recalls a notice that has not been acknowledged. */
export const withdrawRelease: UseCase<OnNotice & Readonly<{ reason: string }>, NoticeAnswer, unknown> = {
  name: 'prepayment.withdraw_release',
  lane: ({ input }) => input.bookId,
  scope: scopeOfOrder,
  load: (work, commands) => loadNotices(work, commands, true),
  decide: (work, { actor, input, now }) => {
    requireOpenBook(work, input.bookId);
    const notice = noticeFor(work, input);
    const byBank = actor.orgId === notice.bookId;
    require(byBank || actor.orgId === notice.buyerId, 'not-a-party', 'only the distributor or the bank takes it back');
    const after = takeBack(work, notice, byBank ? 'recall' : 'withdraw', input.reason);
    const task = work.get(approvalTasks, notice.approvalId);
    if (task.state === 'open') endTask(work, task, now);
    return noticeAnswer(after);
  },
};

export const loadNotices = (
  work: Workspace,
  commands: readonly Command<OnNotice>[],
  approvals: boolean,
): Promise<LoadedFinancings> =>
  loadOrders(
    work,
    commands.map(({ input }) => input),
    { noticeIds: commands.map(({ input }) => input.noticeId), approvals },
  );

function takeBack(
  work: Workspace,
  notice: NoticeRow,
  event: 'reject' | 'withdraw' | 'recall',
  reason: string | null,
): NoticeRow {
  const after = work.update(notices, notice.id, { state: nextState(noticeStates, notice.state, event), note: reason });
  const order = work.get(orders, notice.orderId);
  const noticed = order.noticed.minus(notice.quantity);
  work.update(orders, order.id, { noticed });
  work.update(accounts, order.id, { noticedValue: priceOf(order, noticed) });
  tellOfNotice(work, after.state, after);
  return after;
}
