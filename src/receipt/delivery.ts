import { freeLot } from '../goods/lots.ts';
import { Decimal, formatMoney } from '../money/decimal.ts';
import { shanghaiDate } from '../platform/clock.ts';
import { require } from '../platform/refusal.ts';
import { nextState } from '../platform/state-machine.ts';
import type { UseCase } from '../platform/unit-of-work.ts';
import { requireVersion } from '../platform/version.ts';
import { receiptAnswer, tell } from './answer.ts';
import {
  type OnReceipt,
  onReceipt,
  requireClear,
  requireHolder,
  requireWarehouse,
  type StockDocument,
  scopeOf,
} from './command.ts';
import { feeDue, loadCustody, moveLot } from './custody.ts';
import { receiptLifecycle } from './lifecycle.ts';
import { lotOf, type ReceiptRow, receipts } from './store.ts';

type Answer = ReturnType<typeof receiptAnswer>;

/** The holder presents its receipt and asks for the goods. A receipt that is pledged cannot be presented. */
export const presentReceipt = onReceipt<OnReceipt, Answer>({
  name: 'present',
  decide: (work, receipt, command) => {
    requireHolder(command, receipt);
    const state = nextState(receiptLifecycle, receipt.state, 'present');
    requireClear(receipt);
    const after = work.update(receipts, receipt.id, { state });
    const { whole } = feeDue(receipt, shanghaiDate(command.now));
    tell(work, 'presented', after, { scopeId: receipt.operatorId, data: { fee: formatMoney(whole) } });
    return receiptAnswer(after);
  },
});

export const withdrawPresentation = onReceipt<OnReceipt, Answer>({
  name: 'withdraw_presentation',
  decide: (work, receipt, command) => {
    requireHolder(command, receipt);
    const state = nextState(receiptLifecycle, receipt.state, 'withdraw_presentation');
    const after = work.update(receipts, receipt.id, { state });
    tell(work, 'presentation_withdrawn', after, { scopeId: receipt.operatorId });
    return receiptAnswer(after);
  },
});

type Deliver = OnReceipt & StockDocument;

/**
 * The warehouse hands the goods out against the receipt: receipt and stock end in one transaction, by one numbered
 * document. Refuses while the storage fee is unpaid (art. 915): it may keep the goods until then.
 */
export const deliverGoods: UseCase<Deliver, Answer> = {
  name: 'receipt.deliver',
  lane: ({ input }) => input.operatorId,
  scope: scopeOf,
  load: loadCustody,
  decide: (work, command) => {
    const { input, now } = command;
    const receipt = work.get(receipts, input.receiptId);
    requireVersion(receipt.version, input.expectedVersion);
    requireWarehouse(command, receipt);
    const state = nextState(receiptLifecycle, receipt.state, 'deliver');
    requireClear(receipt);
    requireFeePaid(receipt, now);
    moveLot(work, receipt, { quantity: new Decimal(0), kind: 'outbound', event: 'redeem', document: input, now });
    const after = work.update(receipts, receipt.id, { state });
    const data = { quantity: receipt.quantity.toFixed(), documentNumber: input.documentNumber };
    tell(work, 'delivered', after, { scopeId: receipt.operatorId, data });
    return receiptAnswer(after);
  },
};

function requireFeePaid(receipt: ReceiptRow, now: Date): void {
  const { whole } = feeDue(receipt, shanghaiDate(now));
  const missing = whole.minus(receipt.feePaid);
  require(!missing.greaterThan(0), 'storage-fee-unpaid', 'the storage fee is not paid', {
    accepted: `${formatMoney(whole)} paid in all`,
    missing: formatMoney(Decimal.max(missing, 0)),
  });
}

type Cancel = OnReceipt & Readonly<{ reason: string }>;

/** A receipt that was issued wrongly is taken back by its warehouse; one that is registered is given back by its holder. */
export const cancelReceipt = onReceipt<Cancel, Answer>({
  name: 'cancel',
  decide: (work, receipt, command) => {
    if (receipt.registerCode === null) requireWarehouse(command, receipt);
    else requireHolder(command, receipt);
    const state = nextState(receiptLifecycle, receipt.state, 'cancel');
    requireClear(receipt);
    freeLot(work, lotOf(work, receipt), 'cancel_receipt', command.now);
    const after = work.update(receipts, receipt.id, { state, note: command.input.reason });
    tell(work, 'cancelled', after, { scopeId: receipt.operatorId, data: { reason: command.input.reason } });
    return receiptAnswer(after);
  },
});
