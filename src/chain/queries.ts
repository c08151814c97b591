import { sql } from 'kysely';
import type { Contact } from '../identity/store.ts';
import type { IsoDate } from '../money/dates.ts';
import type { Actor } from '../platform/actor.ts';
import type { Reader } from '../platform/database.ts';
import { type PageQuery, paginate } from '../platform/http/paging.ts';
import { Refusal } from '../platform/refusal.ts';
import type { AdmissionStatus, ChainStatus, MemberStatus } from './lifecycle.ts';
import type { Side } from './store.ts';

export const chainSorts = {
  newest: [['chain.id', 'desc']],
  oldest: [['chain.id', 'asc']],
  name: [
    ['chain.name', 'asc'],
    ['chain.id', 'asc'],
  ],
} as const;
export const memberSorts = { newest: [['member.id', 'desc']], oldest: [['member.id', 'asc']] } as const;
export const documentSorts = {
  newest: [['trade_document.id', 'desc']],
  oldest: [['trade_document.id', 'asc']],
  issuedOn: [
    ['trade_document.issued_on', 'desc'],
    ['trade_document.id', 'desc'],
  ],
} as const;

const notFound = (what: string, id: string): Refusal => new Refusal('not-found', `there is no ${what} ${id}`);

const chainAnswers = (db: Reader) =>
  db
    .selectFrom('chain')
    .innerJoin('organization as core', 'core.id', 'chain.core_id')
    .select([
      'chain.id',
      'chain.core_id as coreId',
      'core.legal_name as coreName',
      'chain.name',
      sql<ChainStatus>`chain.status`.as('status'),
      'chain.version',
      'chain.created_at as createdAt',
    ]);

export type ChainFilters = Readonly<{ status?: ChainStatus; coreId?: string }>;

export function listChains(db: Reader, { status, coreId }: ChainFilters, page: PageQuery) {
  let query = chainAnswers(db);
  if (status !== undefined) query = query.where('chain.status', '=', status);
  if (coreId !== undefined) query = query.where('chain.core_id', '=', coreId);
  return paginate(query, { page, sorts: chainSorts });
}

/** The chain, or the refusal `not-found`. */
export async function readChain(db: Reader, chainId: string) {
  const row = await chainAnswers(db).where('chain.id', '=', chainId).executeTakeFirst();
  if (row === undefined) throw notFound('chain', chainId);
  return row;
}

export const bankSorts = { newest: [['id', 'desc']] } as const;

/** A page of the banks of a chain, a bank's own alone to a bank; refuses `not-found` for a chain the reader does not see. */
export async function listBanks(
  db: Reader,
  { chainId, status, page }: { chainId: string; status?: AdmissionStatus; page: PageQuery },
) {
  await readChain(db, chainId);
  let query = db
    .selectFrom('chain_bank')
    .select([
      'chain_id as chainId',
      'bank_id as bankId',
      sql<AdmissionStatus>`status`.as('status'),
      'version',
      'created_at as createdAt',
    ])
    .where('chain_id', '=', chainId);
  if (status !== undefined) query = query.where('status', '=', status);
  return paginate(query, { page, sorts: bankSorts });
}

const memberAnswers = (db: Reader) =>
  db
    .selectFrom('member')
    .innerJoin('organization as held', 'held.id', 'member.org_id')
    .select([
      'member.id',
      'member.chain_id as chainId',
      'member.core_id as coreId',
      'member.org_id as organizationId',
      'held.legal_name as legalName',
      'held.uscc',
      sql<Side>`member.side`.as('side'),
      'member.tier',
      'member.parent_member_id as parentMemberId',
      'member.counterparty_id as counterpartyId',
      sql<MemberStatus>`member.status`.as('status'),
      'member.payment_term_days as paymentTermDays',
      sql<Contact | null>`member.contact`.as('contact'),
      'member.settlement_account_id as settlementAccountId',
      'member.version',
      'member.created_at as createdAt',
    ]);

type ReadMember = Awaited<ReturnType<ReturnType<typeof memberAnswers>['executeTakeFirstOrThrow']>>;

/** The place as the viewer sees it: the tier above or below sees neither terms nor contact nor account. */
function memberFor({ coreId, ...row }: ReadMember, viewer: Actor) {
  const isNeighbour = viewer.orgKind === 'enterprise' && viewer.orgId !== coreId && viewer.orgId !== row.organizationId;
  return isNeighbour ? { ...row, paymentTermDays: null, contact: null, settlementAccountId: null } : row;
}

export type MemberFilters = Readonly<{
  side?: Side;
  tier?: number;
  status?: MemberStatus;
  parentMemberId?: string;
  organizationId?: string;
  uscc?: string;
}>;

/** A page of the members that the viewer sees; refuses `not-found` for a chain it does not see. */
export async function listMembers(
  db: Reader,
  { viewer, chainId, filters, page }: { viewer: Actor; chainId: string; filters: MemberFilters; page: PageQuery },
) {
  await readChain(db, chainId);
  let query = memberAnswers(db).where('member.chain_id', '=', chainId);
  if (filters.side !== undefined) query = query.where('member.side', '=', filters.side);
  if (filters.tier !== undefined) query = query.where('member.tier', '=', filters.tier);
  if (filters.status !== undefined) query = query.where('member.status', '=', filters.status);
  if (filters.parentMemberId !== undefined) query = query.where('member.parent_member_id', '=', filters.parentMemberId);
  if (filters.organizationId !== undefined) query = query.where('member.org_id', '=', filters.organizationId);
  if (filters.uscc !== undefined) query = query.where('held.uscc', '=', filters.uscc);
  const { items, nextCursor } = await paginate(query, { page, sorts: memberSorts });
  return { items: items.map((row) => memberFor(row, viewer)), nextCursor };
}

/** The place in the chain, or the refusal `not-found`. */
export async function readMember(
  db: Reader,
  { chainId, memberId }: { chainId: string; memberId: string },
  viewer: Actor,
) {
  const row = await memberAnswers(db)
    .where('member.chain_id', '=', chainId)
    .where('member.id', '=', memberId)
    .executeTakeFirst();
  if (row === undefined) throw notFound('member', memberId);
  return memberFor(row, viewer);
}

const documentAnswers = (db: Reader) =>
  db
    .selectFrom('trade_document')
    .select([
      'trade_document.id',
      'chain_id as chainId',
      'member_id as memberId',
      sql<'contract' | 'order' | 'invoice' | 'logistics'>`kind`.as('kind'),
      'number',
      'invoice_code as invoiceCode',
      'seller_id as sellerId',
      'buyer_id as buyerId',
      'amount',
      'tax_amount as taxAmount',
      'net_amount as netAmount',
      'issued_on as issuedOn',
      'contract_id as contractId',
      'sha256',
      'storage_reference as storageReference',
      sql<'recorded' | 'voided'>`status`.as('status'),
      'void_reason as voidReason',
      'recorded_by as recordedBy',
      'version',
      'created_at as createdAt',
    ]);

export type DocumentFilters = Readonly<{
  kind?: string;
  status?: string;
  number?: string;
  sellerId?: string;
  buyerId?: string;
  contractId?: string;
  issuedFrom?: IsoDate;
  issuedTo?: IsoDate;
}>;

/** A page of the documents that the viewer sees; refuses `not-found` for a chain it does not see. */
export async function listDocuments(
  db: Reader,
  { chainId, filters, page }: { chainId: string; filters: DocumentFilters; page: PageQuery },
) {
  await readChain(db, chainId);
  let query = documentAnswers(db).where('chain_id', '=', chainId);
  if (filters.kind !== undefined) query = query.where('kind', '=', filters.kind);
  if (filters.status !== undefined) query = query.where('status', '=', filters.status);
  if (filters.number !== undefined) query = query.where('number', '=', filters.number);
  if (filters.sellerId !== undefined) query = query.where('seller_id', '=', filters.sellerId);
  if (filters.buyerId !== undefined) query = query.where('buyer_id', '=', filters.buyerId);
  if (filters.contractId !== undefined) query = query.where('contract_id', '=', filters.contractId);
  if (filters.issuedFrom !== undefined) query = query.where('issued_on', '>=', filters.issuedFrom);
  if (filters.issuedTo !== undefined) query = query.where('issued_on', '<=', filters.issuedTo);
  return paginate(query, { page, sorts: documentSorts });
}

/** The document, or the refusal `not-found`. */
export async function readDocument(db: Reader, { chainId, documentId }: { chainId: string; documentId: string }) {
  const row = await documentAnswers(db)
    .where('chain_id', '=', chainId)
    .where('trade_document.id', '=', documentId)
    .executeTakeFirst();
  if (row === undefined) throw notFound('trade document', documentId);
  return row;
}
