import { type ChainRow, chains, type MemberRow, membersOf } from '../chain/store.ts';
import { type OrganizationRow, organizations } from '../identity/store.ts';
import { Refusal, require } from '../platform/refusal.ts';
import type { Workspace } from '../platform/workspace.ts';
import { lockMarket } from './market.ts';
import type { SelectedHolding } from './selection.ts';
import {
  type AcceptorRow,
  acceptors,
  type BillRow,
  billDisclosures,
  billHoldings,
  billOffers,
  bills,
  type DisclosureRow,
} from './store.ts';

/** What a decision about holdings has before it, beside the locked rows. Bills are read: once received none changes. */
export type LoadedHoldings = Readonly<{
  bills: ReadonlyMap<string, BillRow>;
  chains: ReadonlyMap<string, ChainRow>;
  members: readonly MemberRow[];
  acceptors: ReadonlyMap<string, AcceptorRow>;
  disclosures: ReadonlyMap<string, DisclosureRow>;
  organizations: ReadonlyMap<string, OrganizationRow>;
}>;

const byId = <Row extends { readonly id: string }>(rows: readonly Row[]): Map<string, Row> =>
  new Map(rows.map((row) => [row.id, row]));

/** Reads the bills of these holdings with what their gates ask for, then locks the business day and the holdings. */
export async function loadHoldings(
  work: Workspace,
  items: readonly Pick<SelectedHolding, 'holdingId' | 'billId' | 'chainId'>[],
  orgIds: readonly string[],
): Promise<LoadedHoldings> {
  const billIds = items.map(({ billId }) => billId);
  const chainIds = items.map(({ chainId }) => chainId);
  const found = await work.read(bills, 'id', billIds);
  const acceptorIds = found.map(({ acceptorId }) => acceptorId);
  const loaded: LoadedHoldings = {
    bills: byId(found),
    chains: byId(await work.read(chains, 'id', chainIds)),
    members: await membersOf(work, { chainIds, orgIds }),
    acceptors: new Map((await work.read(acceptors, 'orgId', acceptorIds)).map((row) => [row.orgId, row])),
    disclosures: new Map((await work.read(billDisclosures, 'billId', billIds)).map((row) => [row.billId, row])),
    organizations: byId(
      await work.read(organizations, 'id', [...orgIds, ...acceptorIds, ...found.map(({ drawerId }) => drawerId)]),
    ),
  };
  await lockMarket(work);
  const locked = await work.lock(
    billHoldings,
    items.map(({ holdingId }) => holdingId),
  );
  await work.lock(
    billOffers,
    locked.flatMap(({ offerId }) => offerId ?? []),
  );
  return loaded;
}

/** The bill of a holding that was loaded. */
export function billOf(loaded: Pick<LoadedHoldings, 'bills'>, billId: string): BillRow {
  const bill = loaded.bills.get(billId);
  if (bill === undefined) throw new Refusal('not-found', `there is no bill ${billId}`);
  return bill;
}

/** Refuses an organization that the platform does not have, or has suspended. */
export function requireActive(loaded: Pick<LoadedHoldings, 'organizations'>, orgId: string, field: string): void {
  const organization = loaded.organizations.get(orgId);
  if (organization === undefined) throw new Refusal('not-found', `there is no organization ${orgId}`, { field });
  require(organization.status === 'active', 'organization-suspended', 'the organization is suspended', { field });
}

/** Core enterprise and members of the chain of a bill. */
export const placesOf = (loaded: LoadedHoldings, chainId: string) => ({
  coreId: loaded.chains.get(chainId)?.coreId,
  members: loaded.members.filter((member) => member.chainId === chainId),
});

/** Drawer and acceptor of a bill, whose names its disclosure must give. */
export const partiesOf = (loaded: LoadedHoldings, bill: BillRow) => ({
  drawer: loaded.organizations.get(bill.drawerId),
  acceptor: loaded.organizations.get(bill.acceptorId),
});
