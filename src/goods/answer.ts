import type { LotRow } from './store.ts';

/** A lot as the API shows it, quantities as text. */
export const lotAnswer = (lot: LotRow) => ({
  id: lot.id,
  warehouseId: lot.warehouseId,
  pileId: lot.pileId,
  marks: lot.marks,
  commodityId: lot.commodityId,
  gradeId: lot.gradeId,
  ownerId: lot.ownerId,
  quantity: lot.quantity.toFixed(),
  unitCost: lot.unitCost?.toFixed() ?? null,
  state: lot.state,
  claim: lot.claim,
  receiptId: lot.receiptId,
  pledgeId: lot.pledgeId,
  bookId: lot.bookId,
  parentId: lot.parentId,
  receivedOn: lot.receivedOn,
  version: lot.version,
  createdAt: lot.createdAt,
});
