import type { OrganizationRow } from '../identity/store.ts';
import { formatMoney } from '../money/decimal.ts';
import type { TradeDocumentRow } from './document-store.ts';
import type { MemberImportRow } from './import-store.ts';
import type { Party } from './lifecycle.ts';
import type { AdmissionRow, ChainRow, MemberRow } from './store.ts';

type Card = Pick<OrganizationRow, 'legalName' | 'uscc'>;

export const chainAnswer = (row: ChainRow, core: Card) => ({
  id: row.id,
  coreId: row.coreId,
  coreName: core.legalName,
  name: row.name,
  status: row.status,
  version: row.version,
  createdAt: row.createdAt,
});

/** A bank of a chain, and whether it may take new business there. */
export const admissionAnswer = (row: AdmissionRow) => ({
  chainId: row.chainId,
  bankId: row.bankId,
  status: row.status,
  version: row.version,
  createdAt: row.createdAt,
});

/** A place in a chain. The tier above or below sees who it is and where, neither contact nor account nor terms. */
export function memberAnswer(row: MemberRow, organization: Card, party: Party) {
  const isPrivate = party === 'neighbour';
  return {
    id: row.id,
    chainId: row.chainId,
    organizationId: row.orgId,
    legalName: organization.legalName,
    uscc: organization.uscc,
    side: row.side,
    tier: row.tier,
    parentMemberId: row.parentMemberId,
    counterpartyId: row.counterpartyId,
    status: row.status,
    paymentTermDays: isPrivate ? null : row.paymentTermDays,
    contact: isPrivate ? null : row.contact,
    settlementAccountId: isPrivate ? null : row.settlementAccountId,
    version: row.version,
    createdAt: row.createdAt,
  };
}

/** A trade document, amounts in yuan as text. */
export const tradeDocumentAnswer = (row: TradeDocumentRow) => ({
  id: row.id,
  chainId: row.chainId,
  memberId: row.memberId,
  kind: row.kind,
  number: row.number,
  invoiceCode: row.invoiceCode,
  sellerId: row.sellerId,
  buyerId: row.buyerId,
  amount: row.amount === null ? null : formatMoney(row.amount),
  taxAmount: row.taxAmount === null ? null : formatMoney(row.taxAmount),
  netAmount: row.netAmount === null ? null : formatMoney(row.netAmount),
  issuedOn: row.issuedOn,
  contractId: row.contractId,
  sha256: row.sha256,
  storageReference: row.storageReference,
  status: row.status,
  voidReason: row.voidReason,
  recordedBy: row.recordedBy,
  version: row.version,
  createdAt: row.createdAt,
});

/** A file of members and how far it has been worked off. */
export const memberImportAnswer = (row: MemberImportRow) => ({
  id: row.id,
  chainId: row.chainId,
  fileSha256: row.fileSha256,
  format: row.format,
  dryRun: row.dryRun,
  status: row.status,
  total: row.total,
  done: row.created + row.linked + row.unchanged + row.refused,
  created: row.created,
  linked: row.linked,
  unchanged: row.unchanged,
  refused: row.refused,
  createdAt: row.createdAt,
  finishedAt: row.finishedAt,
});
