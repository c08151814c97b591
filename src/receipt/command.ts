import { warehouses } from '../goods/store.ts';
import { require } from '../platform/refusal.ts';
import type { Command, UseCase } from '../platform/unit-of-work.ts';
import { requireVersion } from '../platform/version.ts';
import type { Workspace } from '../platform/workspace.ts';
import { lockReceipts, type ReceiptRow, receipts } from './store.ts';

/** A receipt and where it belongs, found under the asking organization's row-level security. */
export type LocatedReceipt = Readonly<{
  receiptId: string;
  warehouseId: string;
  operatorId: string;
  holderId: string;
  bookId: string | null;
}>;

/** What a transaction on a receipt may touch. */
export const scopeOf = ({ input }: Readonly<{ input: LocatedReceipt }>): string[] =>
  [input.operatorId, input.holderId, input.bookId].filter((id) => id !== null);

export type OnReceipt = LocatedReceipt & Readonly<{ expectedVersion: number }>;

type Parts<I extends OnReceipt, A> = Readonly<{
  name: string;
  status?: 201;
  /** Ids that the transaction touches beside those of the receipt. */
  scope?: (input: I) => readonly string[];
  decide: (work: Workspace, receipt: ReceiptRow, command: Command<I>) => A;
}>;

/** A command on one receipt, locked with everything that hangs on it and compared with the version expected. */
export const onReceipt = <I extends OnReceipt, A>({ name, status, scope, decide }: Parts<I, A>): UseCase<I, A> => ({
  name: `receipt.${name}`,
  ...(status === undefined ? {} : { status }),
  lane: ({ input }) => input.operatorId,
  scope: ({ input }) => [...scopeOf({ input }), ...(scope?.(input) ?? [])],
  load: (work, commands) =>
    lockReceipts(work, {
      receiptIds: commands.map(({ input }) => input.receiptId),
    }),
  decide: (work, command) => {
    const receipt = work.get(receipts, command.input.receiptId);
    requireVersion(receipt.version, command.input.expectedVersion);
    return decide(work, receipt, command);
  },
});

/** Refuses what is frozen. */
export const requireClear = ({ standing, note }: ReceiptRow): void =>
  require(standing === 'clear', 'receipt-frozen', `the receipt is frozen: ${note}`, {
    accepted: 'a receipt that is clear',
  });

export const requireHolder = ({ actor }: Command<unknown>, { holderId }: ReceiptRow): void =>
  require(actor.orgId === holderId, 'not-a-party', 'only the holder of the receipt may do this', {
    accepted: 'its holder',
  });

export const requireWarehouse = ({ actor }: Command<unknown>, { operatorId }: ReceiptRow): void =>
  require(actor.orgId === operatorId, 'not-a-party', 'only the warehouse that issued the receipt may do this', {
    accepted: 'its warehouse',
  });

/** A numbered document of the warehouse, in its order without a gap. */
export type StockDocument = Readonly<{ documentNumber: string; sequence: number; happenedAt: string }>;

/** Takes the next number of the locked warehouse. Refusal `document-out-of-order` names it. */
export function takeNumber(work: Workspace, warehouseId: string, { sequence }: StockDocument): void {
  const { lastSequence } = work.get(warehouses, warehouseId);
  require(sequence ===
    lastSequence + 1, 'document-out-of-order', `the last document of the warehouse is number ${lastSequence}`, {
    field: '/sequence',
    accepted: String(lastSequence + 1),
  });
  work.update(warehouses, warehouseId, { lastSequence: sequence });
}
