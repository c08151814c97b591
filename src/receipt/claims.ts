import { uuidv7 } from 'uuidv7';
import type { Decimal } from '../money/decimal.ts';
import { require } from '../platform/refusal.ts';
import { nextState } from '../platform/state-machine.ts';
import { claimAnswer, tell } from './answer.ts';
import { type OnReceipt, onReceipt } from './command.ts';
import { standingLifecycle } from './lifecycle.ts';
import { type ReceiptClaimRow, receiptClaims, receipts } from './store.ts';

type Claim = OnReceipt &
  Readonly<{
    claimant: string;
    basis: ReceiptClaimRow['basis'];
    amount: Decimal;
    perfectedAt: string | null;
    evidenceHash: string;
  }>;

/**
 * Somebody outside the platform claims the goods of a receipt: another receipt or pledge of old days. The warehouse or
 * the bank that holds the pledge records it, and the receipt is frozen until it is settled.
 */
export const recordClaim = onReceipt<Claim, ReturnType<typeof claimAnswer>>({
  name: 'record_claim',
  status: 201,
  decide: (work, receipt, { actor, input, now }) => {
    const entitled = actor.orgId === receipt.operatorId || actor.orgId === receipt.bookId;
    require(entitled, 'not-a-party', 'only its warehouse or the bank that it is pledged to records a claim');
    const at = now.toISOString();
    require(input.perfectedAt === null ||
      Date.parse(input.perfectedAt) <= now.getTime(), 'invalid-input', 'a claim is not made public in the future', {
      field: '/perfectedAt',
      accepted: `not after ${at}`,
    });
    const { claimant, basis, amount, perfectedAt, evidenceHash } = input;
    const claim: ReceiptClaimRow = {
      ...{ id: uuidv7(), receiptId: receipt.id, claimant, basis, amount, perfectedAt, evidenceHash },
      operatorId: receipt.operatorId,
      holderId: receipt.holderId,
      bookId: receipt.bookId,
      recordedBy: actor.personId,
      recordedAt: at,
    };
    work.insert(receiptClaims, claim);
    const note = `claimed by ${claimant}`;
    const after =
      receipt.standing === 'frozen'
        ? work.update(receipts, receipt.id, {})
        : work.update(receipts, receipt.id, {
            standing: nextState(standingLifecycle, receipt.standing, 'freeze'),
            frozenBy: actor.orgId,
            note,
          });
    tell(work, 'claimed', after, { scopeId: receipt.operatorId, data: { claimId: claim.id, basis } });
    return claimAnswer(claim);
  },
});
