import type { FinancingRow } from '../financing/store.ts';
import type { IsoDate } from '../money/dates.ts';
import { daysBetween } from '../money/dates.ts';
import { Decimal, formatMoney } from '../money/decimal.ts';
import type { Workspace } from '../platform/workspace.ts';
import { deliveredValue, pickUpSign, releaseLimit } from './rules.ts';
import type { AcceptanceRow, AccountRow, CallRow, NoticeRow, OrderRow } from './store.ts';

/** An order as the parties to its trade see it; `account` is for the distributor and its bank. Yuan as text. */
export const orderAnswer = (order: OrderRow, account: ReturnType<typeof accountAnswer> | null) => ({
  id: order.id,
  bookId: order.bookId,
  chainId: order.chainId,
  programmeId: order.programmeId,
  buyerId: order.buyerId,
  sellerId: order.sellerId,
  custodianId: order.custodianId,
  number: order.number,
  commodity: order.commodity,
  gradeId: order.gradeId,
  unit: order.unit,
  step: order.step.toFixed(),
  quantity: order.quantity.toFixed(),
  value: formatMoney(order.value),
  expiresOn: order.expiresOn,
  stage: order.stage,
  clause: order.clause,
  arrived: order.arrived.toFixed(),
  noticed: order.noticed.toFixed(),
  delivered: order.delivered.toFixed(),
  undeliveredValue: formatMoney(undeliveredValue(order)),
  refunded: formatMoney(order.refunded),
  shortSince: order.shortSince,
  note: order.note,
  account,
  version: order.version,
  createdAt: order.createdAt,
});

/** What the seller has not delivered, at the price of the order, rounded up to the fen. A warehouse receives for the buyer. */
export const undeliveredValue = (order: OrderRow): Decimal =>
  order.value.minus(deliveredValue(order, order.custodianId === order.sellerId ? order.delivered : order.arrived));

type Behind = Readonly<{
  financing?: FinancingRow | undefined;
  acceptance?: AcceptanceRow | undefined;
  call?: CallRow | undefined;
}>;

/** What the distributor has with its bank about an order, on a business day. */
export function accountAnswer(account: AccountRow, on: IsoDate, { financing, acceptance, call }: Behind = {}) {
  const limit = releaseLimit(account, account.policy);
  const schedule = (account.terms.prepayment?.pickUp ?? []).map(({ afterDays, share }) => ({
    afterDays,
    share: new Decimal(share),
  }));
  return {
    form: account.terms.prepayment?.form ?? ('loan' as const),
    policy: account.policy,
    programmeVersion: account.programmeVersion,
    margin: formatMoney(account.margin),
    deposited: formatMoney(account.deposited),
    funded: formatMoney(account.value.minus(account.margin)),
    paidIn: formatMoney(account.paidIn),
    held: formatMoney(account.held),
    extraMargin: formatMoney(account.extra),
    releasable: formatMoney(limit),
    noticed: formatMoney(account.noticedValue),
    free: formatMoney(limit.minus(account.noticedValue)),
    goodsHeld: formatMoney(account.goods),
    fundedOn: account.fundedOn,
    pickUp:
      account.fundedOn === null
        ? ('on_track' as const)
        : pickUpSign(schedule, account.noticedValue.dividedBy(account.value), daysBetween(account.fundedOn, on)),
    financingId: account.financingId,
    principal: formatMoney(financing?.principal ?? new Decimal(0)),
    acceptance:
      acceptance === undefined
        ? null
        : {
            id: acceptance.id,
            state: acceptance.state,
            face: formatMoney(acceptance.face),
            fee: formatMoney(acceptance.fee),
            maturityDate: acceptance.maturityDate,
            approvalId: acceptance.approvalId,
            version: acceptance.version,
          },
    marginCall:
      call === undefined
        ? null
        : { state: call.state, price: call.price.toFixed(), missing: formatMoney(call.missing), dueOn: call.dueOn },
  };
}

export const noticeAnswer = (n: NoticeRow) => ({
  id: n.id,
  orderId: n.orderId,
  buyerId: n.buyerId,
  sellerId: n.sellerId,
  custodianId: n.custodianId,
  serial: n.serial,
  quantity: n.quantity.toFixed(),
  amount: formatMoney(n.amount),
  state: n.state,
  approvalId: n.approvalId,
  issuedOn: n.issuedOn,
  acknowledgeBy: n.acknowledgeBy,
  late: n.late,
  waybill: n.waybill,
  received: n.received?.toFixed() ?? null,
  note: n.note,
  version: n.version,
  createdAt: n.createdAt,
});

/** Records what happened to an order, for all its parties: nothing of the loan is told here. */
export function tell(work: Workspace, kind: string, order: OrderRow, data: Record<string, unknown> = {}): void {
  work.emit({
    kind: `prepayment.${kind}`,
    objectKind: 'prepayment',
    objectId: order.id,
    scopeId: order.bookId,
    parties: [...new Set([order.bookId, order.buyerId, order.sellerId, order.custodianId])],
    data: { number: order.number, stage: order.stage, version: order.version, ...data },
  });
}

/** Records what happened between the distributor and its bank. */
export function tellBuyer(
  work: Workspace,
  kind: string,
  account: AccountRow,
  data: Record<string, unknown> = {},
): void {
  work.emit({
    kind: `prepayment.${kind}`,
    objectKind: 'prepayment',
    objectId: account.orderId,
    scopeId: account.bookId,
    parties: [account.bookId, account.buyerId],
    data,
  });
}

export function tellOfNotice(work: Workspace, kind: string, n: NoticeRow): void {
  work.emit({
    kind: `release_notice.${kind}`,
    objectKind: 'release_notice',
    objectId: n.id,
    scopeId: n.bookId,
    parties: [...new Set([n.bookId, n.buyerId, n.sellerId, n.custodianId])],
    data: { orderId: n.orderId, serial: n.serial, quantity: n.quantity.toFixed(), state: n.state, version: n.version },
  });
}
