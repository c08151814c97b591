import { require } from '../platform/refusal.ts';
import { nextState } from '../platform/state-machine.ts';
import { receiptAnswer, tell } from './answer.ts';
import { type OnReceipt, onReceipt } from './command.ts';
import { receiptLifecycle, standingLifecycle } from './lifecycle.ts';
import { receipts } from './store.ts';

type Reasoned = OnReceipt & Readonly<{ reason: string }>;

/** The warehouse that is served an order of a court, or the bank that holds the pledge, freezes a receipt as it is. */
export const freezeReceipt = onReceipt<Reasoned, ReturnType<typeof receiptAnswer>>({
  name: 'freeze',
  decide: (work, receipt, { actor, input }) => {
    const entitled = actor.orgId === receipt.operatorId || actor.orgId === receipt.bookId;
    require(entitled, 'not-a-party', 'only its warehouse or the bank that it is pledged to freezes a receipt');
    // Whatever is over cannot be frozen.
    nextState(receiptLifecycle, receipt.state, 'count');
    const standing = nextState(standingLifecycle, receipt.standing, 'freeze');
    const after = work.update(receipts, receipt.id, { standing, frozenBy: actor.orgId, note: input.reason });
    tell(work, 'frozen', after, { scopeId: receipt.operatorId, data: { reason: input.reason } });
    return receiptAnswer(after);
  },
});

/** Whoever it was frozen for lets it go again. */
export const thawReceipt = onReceipt<Reasoned, ReturnType<typeof receiptAnswer>>({
  name: 'thaw',
  decide: (work, receipt, { actor, input }) => {
    const standing = nextState(standingLifecycle, receipt.standing, 'thaw');
    require(actor.orgId === receipt.frozenBy, 'not-a-party', 'only whoever the receipt was frozen for thaws it', {
      accepted: `organization ${receipt.frozenBy}`,
    });
    const after = work.update(receipts, receipt.id, { standing, frozenBy: null, note: null });
    tell(work, 'thawed', after, { scopeId: receipt.operatorId, data: { reason: input.reason } });
    return receiptAnswer(after);
  },
});
