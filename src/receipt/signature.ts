import { Refusal } from '../platform/refusal.ts';
import { nextState } from '../platform/state-machine.ts';
import { pledgeAnswer, tell } from './answer.ts';
import { type OnReceipt, onReceipt, requireClear, requireWarehouse } from './command.ts';
import { receiptLifecycle, receiptPledgeLifecycle } from './lifecycle.ts';
import { pledgeOf, receiptPledges, receipts } from './store.ts';

/** The warehouse signs the pledge endorsed on a receipt: from here it keeps the goods for the bank (担保制度解释 art. 59). */
export const signPledge = onReceipt<OnReceipt, ReturnType<typeof pledgeAnswer>>({
  name: 'sign_pledge',
  decide: (work, receipt, command) => {
    const { actor, now } = command;
    requireWarehouse(command, receipt);
    const state = nextState(receiptLifecycle, receipt.state, 'sign_pledge');
    requireClear(receipt);
    const pledge = pledgeOf(work, receipt.id);
    if (pledge.signedAt !== null) throw new Refusal('already-exists', 'the warehouse has signed the pledge already');
    const after = work.update(receipts, receipt.id, { state });
    const signed = work.update(receiptPledges, pledge.id, {
      state: nextState(receiptPledgeLifecycle, pledge.state, 'sign'),
      signedAt: now.toISOString(),
      signedBy: actor.personId,
    });
    tell(work, 'pledge_signed', after, { scopeId: receipt.operatorId });
    return pledgeAnswer(signed);
  },
});
