import { uuidv7 } from 'uuidv7';
import { decideTask, endTask, openTask } from '../approval/commands.ts';
import { approvalTasks } from '../approval/store.ts';
import { type LoadedApplicants, vatRateFor } from '../financing/applicant.ts';
import { requireOpenBook } from '../ledger/book-store.ts';
import { ledgerOf } from '../ledger/ledger.ts';
import { limitPath, releaseReservation, reserveLimit, useLimit } from '../limit/path.ts';
import { addMonths, type IsoDate } from '../money/dates.ts';
import { Decimal, formatMoney, roundToFen } from '../money/decimal.ts';
import { splitVat } from '../money/tax.ts';
import { require } from '../platform/refusal.ts';
import { nextState } from '../platform/state-machine.ts';
import type { Command, UseCase } from '../platform/unit-of-work.ts';
import { requireVersion } from '../platform/version.ts';
import type { Workspace } from '../platform/workspace.ts';
import { authorityFor, versionInForce } from '../programme/rules.ts';
import { tellBuyer } from './answer.ts';
import { type Application, type Basis, basisOf, loadApplications, requireForm } from './application.ts';
import { fundOrder } from './keeper.ts';
import { acceptanceStates } from './lifecycle.ts';
import { type Answer, loadOrders, type OnOrder, type OnVersion, scopeOfOrder, wholeAnswer } from './loading.ts';
import { requireMargin } from './margin-rules.ts';
import { acceptanceFee, billAccepted } from './postings.ts';
import { type AcceptanceRow, acceptances, accounts, orders } from './store.ts';

/** The distributor asks its bank to accept a bill in favour of the seller: the bank's part is reserved on the limits. */
export const applyForAcceptance: UseCase<Application, Answer, LoadedApplicants<Application>> = {
  name: 'prepayment.apply_for_acceptance',
  status: 201,
  lane: ({ input }) => input.bookId,
  scope: scopeOfOrder,
  load: loadApplications,
  decide: (work, command, loaded) => {
    const { actor, input, now } = command;
    const { businessDate } = requireOpenBook(work, input.bookId);
    const basis = basisOf(work, command, loaded, businessDate);
    requireForm(basis, 'bill');
    requireBillTenor(basis, businessDate);
    const { order, account, applicant } = basis;
    const before = work.find(acceptances, order.id);
    const state = before === undefined ? ('submitted' as const) : nextState(acceptanceStates, before.state, 'submit');
    const version = versionInForce(applicant.programme.versions, businessDate);
    const funded = account.value.minus(account.margin);
    const { approval: level, rule } = authorityFor(version.terms, funded, applicant.applicant.tags);
    const id = before?.id ?? uuidv7();
    const path = limitPath(work, loaded.limitPaths.get(input) ?? [], {
      programmeId: input.programmeId,
      product: 'prepayment',
    });
    reserveLimit(work, path, funded, { financingId: id, on: businessDate, now });
    const task = openTask(work, {
      bookId: order.bookId,
      subjectKind: 'acceptance',
      subjectId: id,
      action: 'approve',
      amount: funded,
      level,
      rule: `programme version ${version.number}: ${rule}`,
      maker: actor,
      subjectVersion: (before?.version ?? 0) + 1,
      now,
    });
    const acceptance: AcceptanceRow = {
      orderId: order.id,
      id,
      bookId: order.bookId,
      buyerId: order.buyerId,
      state: level === 'auto' ? nextState(acceptanceStates, state, 'approve') : state,
      face: order.value,
      fee: roundToFen(order.value.times(account.terms.prepayment?.acceptanceFeeRate ?? 0)),
      vatRate: vatRateFor(account.terms, applicant),
      limitPath: path,
      reserved: funded,
      approvalId: task.id,
      acceptedOn: null,
      maturityDate: applicant.reference.rollForward(order.expiresOn).date,
      advanceId: null,
      note: null,
      version: 1,
      createdAt: now.toISOString(),
    };
    if (before === undefined) work.insert(acceptances, acceptance);
    else {
      const { version: _, createdAt: __, ...again } = acceptance;
      work.update(acceptances, order.id, again);
    }
    tellBuyer(work, 'acceptance_applied', account, { face: formatMoney(order.value) });
    return wholeAnswer(work, order.id, businessDate);
  },
};

/** A bill runs six months at most (the parameter of the day says how many). */
function requireBillTenor({ order, applicant }: Basis, on: IsoDate): void {
  const months = applicant.reference.requireParameter('bill.maxTenorMonths', on).value.toNumber();
  const latest = addMonths(on, months);
  require(order.expiresOn <= latest, 'tenor-too-long', `a bill runs ${months} months at most`, {
    field: '/expiresOn',
    accepted: `until ${latest}`,
  });
}

type Decide = OnVersion & Readonly<{ verdict: 'approve' | 'reject'; reason: string | null }>;

const onAcceptance = {
  lane: ({ input }: Command<OnOrder>) => input.bookId,
  scope: scopeOfOrder,
} as const;

/** The locked acceptance at the version the caller decided on. */
function acceptanceFor(work: Workspace, { orderId, expectedVersion }: OnVersion): AcceptanceRow {
  const acceptance = work.get(acceptances, orderId);
  requireVersion(acceptance.version, expectedVersion);
  return acceptance;
}

/** A checker of the bank approves the acceptance, or rejects it and frees the limits. */
export const decideAcceptance: UseCase<Decide, Answer, unknown> = {
  ...onAcceptance,
  name: 'prepayment.decide_acceptance',
  load: (work, commands) =>
    loadOrders(
      work,
      commands.map(({ input }) => input),
      { approvals: true },
    ),
  decide: (work, { actor, input, now }) => {
    const { businessDate } = requireOpenBook(work, input.bookId);
    const before = acceptanceFor(work, input);
    const state = nextState(acceptanceStates, before.state, input.verdict);
    const { verdict, reason } = input;
    const task = decideTask(work, work.get(approvalTasks, before.approvalId), { actor, verdict, reason, now });
    if (verdict === 'approve' && task.state !== 'approved') work.update(acceptances, input.orderId, {});
    else work.update(acceptances, input.orderId, { state, note: reason });
    if (verdict === 'reject') freeReservation(work, before, businessDate, now);
    return wholeAnswer(work, input.orderId, businessDate);
  },
};

function freeReservation(
  work: Workspace,
  { limitPath: path, reserved, id, orderId }: AcceptanceRow,
  on: IsoDate,
  now: Date,
) {
  releaseReservation(work, path, reserved, { financingId: id, on, now });
  work.update(acceptances, orderId, { reserved: new Decimal(0), limitPath: [] });
}

/** The distributor takes its application back before the bill is accepted. */
export const cancelAcceptance: UseCase<OnVersion & Readonly<{ reason: string }>, Answer, unknown> = {
  ...onAcceptance,
  name: 'prepayment.cancel_acceptance',
  load: (work, commands) =>
    loadOrders(
      work,
      commands.map(({ input }) => input),
      { approvals: true },
    ),
  decide: (work, { actor, input, now }) => {
    const { businessDate } = requireOpenBook(work, input.bookId);
    require(actor.orgId === input.buyerId, 'not-a-party', 'only the distributor takes its application back');
    const before = acceptanceFor(work, input);
    work.update(acceptances, input.orderId, {
      state: nextState(acceptanceStates, before.state, 'cancel'),
      note: input.reason,
    });
    const task = work.get(approvalTasks, before.approvalId);
    if (task.state === 'open') endTask(work, task, now);
    freeReservation(work, before, businessDate, now);
    return wholeAnswer(work, input.orderId, businessDate);
  },
};

/** The bank accepts the bill once the margin is there: its fee is taken, its promise stands off the balance sheet. */
export const acceptBill: UseCase<OnVersion, Answer, unknown> = {
  ...onAcceptance,
  name: 'prepayment.accept',
  load: (work, commands) =>
    loadOrders(
      work,
      commands.map(({ input }) => input),
      { ledger: ({ buyerId }) => [`2001/${buyerId}`, '4005', '2011', '9002', '9999'] },
    ),
  decide: (work, { actor, input, now }) => {
    const { businessDate } = requireOpenBook(work, input.bookId);
    const before = acceptanceFor(work, input);
    const state = nextState(acceptanceStates, before.state, 'accept');
    require(before.maturityDate > businessDate, 'bill-matured', `the bill would be due on ${before.maturityDate}`);
    const account = work.get(accounts, input.orderId);
    requireMargin(account);
    fundOrder(work, work.get(orders, input.orderId), account, { on: businessDate, spent: new Decimal(0) });
    const acceptance = work.update(acceptances, input.orderId, { state, acceptedOn: businessDate });
    const { net, vat } = splitVat(acceptance.fee, acceptance.vatRate);
    const journals = {
      'prepayment.acceptance_fee': acceptanceFee({ buyer: acceptance.buyerId, net, tax: vat }),
      'prepayment.bill_accepted': billAccepted(acceptance.face),
    };
    for (const [kind, lines] of Object.entries(journals)) {
      if (lines.length === 0) continue;
      const journal = { bookId: input.bookId, kind, businessDate, subjectId: input.orderId, lines };
      ledgerOf(work).post(journal, { requestId: actor.requestId, now });
    }
    useLimit(work, acceptance.limitPath, acceptance.reserved, { financingId: acceptance.id, on: businessDate, now });
    tellBuyer(work, 'bill_accepted', account, { face: formatMoney(acceptance.face) });
    return wholeAnswer(work, input.orderId, businessDate);
  },
};
