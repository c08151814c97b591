import type { Contact } from '../identity/store.ts';
import { defineTable, instant, int, json, nullable, oneOf, type RowOf, text, uuid } from '../platform/table.ts';
import type { Workspace } from '../platform/workspace.ts';
import type { AdmissionStatus, ChainStatus, MemberStatus } from './lifecycle.ts';

/** Upstream sells towards the core enterprise, downstream buys from it. */
export type Side = 'upstream' | 'downstream';

const chainColumns = {
  id: uuid,
  coreId: uuid,
  name: text,
  status: oneOf<ChainStatus>(),
  version: int,
  createdAt: instant,
};
export type ChainRow = RowOf<typeof chainColumns>;

export const chains = defineTable('chain', {
  rank: 20,
  key: 'id',
  columns: chainColumns,
  changeable: ['name', 'status', 'version'],
});

const memberColumns = {
  id: uuid,
  chainId: uuid,
  coreId: uuid,
  orgId: uuid,
  side: oneOf<Side>(),
  /** 1 trades with the core enterprise, n + 1 with a member of tier n. */
  tier: int,
  parentMemberId: nullable(uuid),
  /** Whom it trades with: the organization of its parent, or the core enterprise. */
  counterpartyId: uuid,
  status: oneOf<MemberStatus>(),
  /** Days from the acceptance of goods to payment that the two have agreed on. */
  paymentTermDays: nullable(int),
  contact: nullable(json<Contact>()),
  settlementAccountId: nullable(uuid),
  version: int,
  createdAt: instant,
};
export type MemberRow = RowOf<typeof memberColumns>;

export const members = defineTable('member', {
  rank: 21,
  key: 'id',
  columns: memberColumns,
  changeable: [
    'tier',
    'parentMemberId',
    'counterpartyId',
    'status',
    'paymentTermDays',
    'contact',
    'settlementAccountId',
    'version',
  ],
});

type Places = Readonly<{ chainIds: Iterable<string>; orgIds: Iterable<string> }>;

/** Ids of the places that these organizations have in these chains, left ones included. */
export async function memberIdsOf(work: Workspace, { chainIds, orgIds }: Places): Promise<string[]> {
  const found = await work.query<{ id: string }>(
    'member.ids_of',
    'select id from member where chain_id = any($1::uuid[]) and org_id = any($2::uuid[])',
    [[...new Set(chainIds)], [...new Set(orgIds)]],
  );
  return found.map(({ id }) => id);
}

/** The places that these organizations have in these chains, left ones included; not locked. */
export const membersOf = async (work: Workspace, places: Places): Promise<MemberRow[]> =>
  work.read(members, 'id', await memberIdsOf(work, places));

/** Ids of the members one tier below that have not left, by the id of their parent. */
export async function childrenOf(work: Workspace, memberIds: Iterable<string>): Promise<ReadonlyMap<string, string[]>> {
  const found = await work.query<{ id: string; parent_member_id: string }>(
    'member.children_of',
    "select id, parent_member_id from member where parent_member_id = any($1::uuid[]) and status <> 'exited'",
    [[...new Set(memberIds)]],
  );
  const children = new Map<string, string[]>();
  for (const { id, parent_member_id: parent } of found) children.set(parent, [...(children.get(parent) ?? []), id]);
  return children;
}

const admissionColumns = {
  id: uuid,
  chainId: uuid,
  coreId: uuid,
  bankId: uuid,
  status: oneOf<AdmissionStatus>(),
  version: int,
  createdAt: instant,
};
export type AdmissionRow = RowOf<typeof admissionColumns>;

/** Banks that a core enterprise has admitted to its chain, those withdrawn since included. */
export const admissions = defineTable('chain_bank', {
  rank: 20,
  key: 'id',
  columns: admissionColumns,
  changeable: ['status', 'version'],
});

/** Banks that may take new business on these chains, as "chain bank", of those the transaction's scope shows. */
export async function banksOf(work: Workspace, chainIds: Iterable<string>): Promise<ReadonlySet<string>> {
  const found = await work.read(admissions, 'chainId', chainIds);
  return new Set(
    found.flatMap(({ chainId, bankId, status }) => (status === 'admitted' ? [`${chainId} ${bankId}`] : [])),
  );
}
