import { require } from '../platform/refusal.ts';
import { nextState } from '../platform/state-machine.ts';
import { receiptAnswer, tell } from './answer.ts';
import { type OnReceipt, onReceipt, requireClear, requireWarehouse } from './command.ts';
import { receiptLifecycle } from './lifecycle.ts';
import type { RegistryAnswer } from './registry.ts';
import { receipts } from './store.ts';

type Register = OnReceipt & Readonly<{ contentHash: string; answer: RegistryAnswer }>;

/**
 * The three-way confirmation: what the warehouse says once more, what the platform keeps and what the registry has
 * recorded must be the same to the last letter. By another person of the warehouse than who issued it.
 */
export const registerReceipt = onReceipt<Register, ReturnType<typeof receiptAnswer>>({
  name: 'register',
  decide: (work, receipt, command) => {
    const { actor, input } = command;
    requireWarehouse(command, receipt);
    requireClear(receipt);
    const state = nextState(receiptLifecycle, receipt.state, 'register');
    require(actor.personId !== receipt.issuedBy, 'same-person', 'who issued the receipt does not confirm it');
    requireSame(receipt.contentHash, input.contentHash, '/contentHash', 'the warehouse');
    const { answer } = input;
    require(answer.state === 'recorded', 'registry-refused', refusalOf(answer));
    requireSame(receipt.contentHash, answer.contentHash, '/contentHash', 'the registry');
    const after = work.update(receipts, receipt.id, { state, registerCode: answer.code });
    tell(work, 'registered', after, { scopeId: receipt.operatorId, data: { registerCode: answer.code } });
    return receiptAnswer(after);
  },
});

const refusalOf = (answer: RegistryAnswer): string =>
  answer.state === 'refused' ? `the registry refused the receipt: ${answer.code} ${answer.reason}` : '';

function requireSame(kept: string, said: string, field: string, who: string): void {
  require(kept === said, 'receipt-content-differs', `${who} says something else than what was issued`, {
    field,
    accepted: kept,
  });
}
