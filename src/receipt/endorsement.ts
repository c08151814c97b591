import { uuidv7 } from 'uuidv7';
import { changeLot } from '../goods/lots.ts';
import { organizations } from '../identity/store.ts';
import { formatMoney } from '../money/decimal.ts';
import { shanghaiDate } from '../platform/clock.ts';
import { Refusal, require } from '../platform/refusal.ts';
import { nextState } from '../platform/state-machine.ts';
import type { UseCase } from '../platform/unit-of-work.ts';
import { requireVersion } from '../platform/version.ts';
import type { Workspace } from '../platform/workspace.ts';
import { endorsementAnswer, receiptAnswer, tell } from './answer.ts';
import { type OnReceipt, onReceipt, requireClear, requireHolder, requireWarehouse, scopeOf } from './command.ts';
import { feeDue } from './custody.ts';
import { endorsementLifecycle, receiptLifecycle } from './lifecycle.ts';
import { type EndorsementRow, endorsements, lockReceipts, lotOf, type ReceiptRow, receipts } from './store.ts';

type Endorse = OnReceipt & Readonly<{ toId: string; evidence: string }>;

/** A holder endorses its receipt to another organization. It passes when the warehouse has signed (Civil Code art. 910). */
export const endorseReceipt: UseCase<Endorse, ReturnType<typeof endorsementAnswer>, ReadonlySet<string>> = {
  name: 'receipt.endorse',
  status: 201,
  lane: ({ input }) => input.operatorId,
  scope: ({ input }) => [...scopeOf({ input }), input.toId],
  load: async (work, commands) => {
    const rows = await work.read(
      organizations,
      'id',
      commands.map(({ input }) => input.toId),
    );
    await lockReceipts(work, {
      receiptIds: commands.map(({ input }) => input.receiptId),
    });
    return new Set(rows.filter(({ kind, status }) => kind === 'enterprise' && status === 'active').map(({ id }) => id));
  },
  decide: (work, command, enterprises) => {
    const { input, now } = command;
    const receipt = work.get(receipts, input.receiptId);
    requireVersion(receipt.version, input.expectedVersion);
    requireHolder(command, receipt);
    const state = nextState(receiptLifecycle, receipt.state, 'endorse');
    requireClear(receipt);
    requireStored(receipt, now);
    if (!enterprises.has(input.toId) || input.toId === receipt.holderId) {
      throw new Refusal('not-found', 'there is no such enterprise to endorse to', {
        field: '/toId',
        accepted: 'another enterprise that is active',
      });
    }
    const endorsement: EndorsementRow = {
      id: uuidv7(),
      receiptId: receipt.id,
      fromId: receipt.holderId,
      toId: input.toId,
      operatorId: receipt.operatorId,
      evidence: input.evidence,
      state: 'offered',
      signedBy: null,
      reason: null,
      version: 1,
      createdAt: now.toISOString(),
    };
    work.insert(endorsements, endorsement);
    const after = work.update(receipts, receipt.id, { state, offeredTo: input.toId });
    tell(work, 'endorsed', after, { scopeId: receipt.operatorId, data: { toId: input.toId } });
    return endorsementAnswer(endorsement);
  },
};

/** Refuses when the agreed storage has ended: the goods are to be fetched, or their storage extended, first. */
function requireStored({ storageTo }: ReceiptRow, now: Date): void {
  require(shanghaiDate(now) < storageTo, 'storage-ended', `storage ended on ${storageTo}`, {
    accepted: 'a receipt whose storage has not ended',
  });
}

const offerOf = (work: Workspace, receipt: ReceiptRow): EndorsementRow => {
  const offer = work.all(endorsements).find((row) => row.receiptId === receipt.id && row.state === 'offered');
  if (offer === undefined) throw new Error(`receipt ${receipt.id} is offered without an endorsement`);
  return offer;
};

/** The warehouse signs: the receipt and the goods are the endorsee's. Refuses while storage fees are unpaid. */
export const signEndorsement = onReceipt<OnReceipt, ReturnType<typeof receiptAnswer>>({
  name: 'sign_endorsement',
  decide: (work, receipt, command) => {
    const { actor, now } = command;
    requireWarehouse(command, receipt);
    const state = nextState(receiptLifecycle, receipt.state, 'sign_transfer');
    requireClear(receipt);
    requireFeesCurrent(receipt, now);
    const offer = offerOf(work, receipt);
    work.update(endorsements, offer.id, {
      state: nextState(endorsementLifecycle, offer.state, 'sign'),
      signedBy: actor.personId,
    });
    changeLot(work, lotOf(work, receipt), { ownerId: offer.toId }, now);
    const after = work.update(receipts, receipt.id, { state, holderId: offer.toId, offeredTo: null });
    tell(work, 'transferred', after, {
      scopeId: receipt.operatorId,
      also: [offer.fromId],
      data: { fromId: offer.fromId },
    });
    return receiptAnswer(after);
  },
});

/** Refuses while the fee of the days stored so far is not paid. */
function requireFeesCurrent(receipt: ReceiptRow, now: Date): void {
  const { accrued } = feeDue(receipt, shanghaiDate(now));
  const missing = accrued.minus(receipt.feePaid);
  require(!missing.greaterThan(0), 'storage-fee-unpaid', 'the fee of the days stored so far is not paid', {
    accepted: `${formatMoney(accrued)} paid in all`,
    missing: missing.greaterThan(0) ? formatMoney(missing) : '0.00',
  });
}

type Ending = OnReceipt & Readonly<{ event: 'refuse' | 'withdraw'; reason: string }>;

/** The warehouse refuses to sign, or the holder takes its endorsement back: the receipt stays where it is. */
export const endEndorsement = onReceipt<Ending, ReturnType<typeof receiptAnswer>>({
  name: 'end_endorsement',
  decide: (work, receipt, command) => {
    const { event, reason } = command.input;
    if (event === 'refuse') requireWarehouse(command, receipt);
    else requireHolder(command, receipt);
    const state = nextState(receiptLifecycle, receipt.state, `${event}_transfer`);
    const offer = offerOf(work, receipt);
    work.update(endorsements, offer.id, { state: nextState(endorsementLifecycle, offer.state, event), reason });
    const after = work.update(receipts, receipt.id, { state, offeredTo: null });
    tell(work, 'endorsement_ended', after, {
      scopeId: receipt.operatorId,
      also: [offer.toId],
      data: { event, reason },
    });
    return receiptAnswer(after);
  },
});
