import type { Workspace } from '../platform/workspace.ts';
import type { MarginCallRow, PledgeRow, ReleaseRow, SaleRow } from './store.ts';
import type { SubstitutionRow } from './substitution-store.ts';

/** A pledge as the API shows it, yuan as text. */
export const pledgeAnswer = (p: PledgeRow) => ({
  id: p.id,
  bookId: p.bookId,
  chainId: p.chainId,
  programmeId: p.programmeId,
  programmeVersion: p.programmeVersion,
  pledgorId: p.pledgorId,
  mode: p.mode,
  purchaseMoney: p.purchaseMoney,
  status: p.status,
  outbound: p.outbound,
  terms: p.terms,
  value: p.value.toFixed(2),
  margin: p.margin.toFixed(2),
  valuedAt: p.valuedAt,
  supervisorId: p.supervisorId,
  supervision: p.supervision,
  controlledFrom: p.controlledFrom,
  note: p.note,
  version: p.version,
  createdAt: p.createdAt,
});

export const marginCallAnswer = (c: MarginCallRow) => ({
  id: c.id,
  pledgeId: c.pledgeId,
  state: c.state,
  calledOn: c.calledOn,
  dueOn: c.dueOn,
  value: c.value.toFixed(2),
  exposure: c.exposure.toFixed(2),
  cash: c.cash.toFixed(2),
  goodsValue: c.goodsValue.toFixed(2),
  endedOn: c.endedOn,
  version: c.version,
  createdAt: c.createdAt,
});

export const releaseAnswer = (r: ReleaseRow) => ({
  id: r.id,
  pledgeId: r.pledgeId,
  lotId: r.lotId,
  quantity: r.quantity.toFixed(),
  state: r.state,
  releasedLotId: r.releasedLotId,
  value: r.value?.toFixed(2) ?? null,
  rule: r.rule,
  reason: r.reason,
  version: r.version,
  createdAt: r.createdAt,
});

export const substitutionAnswer = (s: SubstitutionRow) => ({
  id: s.id,
  pledgeId: s.pledgeId,
  lots: s.lots,
  state: s.state,
  reason: s.reason,
  documentNumber: s.documentNumber,
  version: s.version,
  createdAt: s.createdAt,
});

export const saleAnswer = (s: SaleRow) => ({
  id: s.id,
  pledgeId: s.pledgeId,
  buyerId: s.buyerId,
  lots: s.lots,
  proceeds: s.proceeds.toFixed(2),
  cost: s.cost.toFixed(2),
  bankReference: s.bankReference,
  state: s.state,
  applied: s.applied,
  surplus: s.surplus?.toFixed(2) ?? null,
  loss: s.loss?.toFixed(2) ?? null,
  approvalId: s.approvalId,
  version: s.version,
  createdAt: s.createdAt,
});

/** Records what happened to a pledge for its bank, its pledgor and its supervisor. */
export function tell(work: Workspace, kind: string, pledge: PledgeRow, data: Record<string, unknown> = {}): void {
  work.emit({
    kind: `inventory.${kind}`,
    objectKind: 'inventory_pledge',
    objectId: pledge.id,
    scopeId: pledge.bookId,
    parties: [pledge.bookId, pledge.pledgorId, ...(pledge.supervisorId === null ? [] : [pledge.supervisorId])],
    data: { status: pledge.status, version: pledge.version, ...data },
  });
}
