import { type ChainRow, chains, type MemberRow, membersOf } from '../chain/store.ts';
import { type OrganizationRow, organizations } from '../identity/store.ts';
import { Refusal } from '../platform/refusal.ts';
import type { Workspace } from '../platform/workspace.ts';
import { findingsBy, goodStanding } from './eligibility.ts';
import type { Located } from './loading.ts';
import type { FinancingRow } from './store.ts';

export type Standings = Readonly<{
  chains: readonly ChainRow[];
  members: readonly MemberRow[];
  borrowers: readonly OrganizationRow[];
}>;

/** The chains, members and borrowers of what is to be paid out, as they are now. */
export async function loadStandings(work: Workspace, targets: readonly Located[]): Promise<Standings> {
  const chainIds = targets.map(({ chainId }) => chainId);
  const orgIds = targets.map(({ borrowerId }) => borrowerId);
  return {
    chains: await work.read(chains, 'id', chainIds),
    members: await membersOf(work, { chainIds, orgIds }),
    borrowers: await work.read(organizations, 'id', orgIds),
  };
}

/** Refuses to pay on a chain, or to a member or organization, that was suspended after the approval. */
export function requireGoodStanding({ chains: all, members, borrowers }: Standings, financing: FinancingRow): void {
  const chain = all.find(({ id }) => id === financing.chainId) as ChainRow;
  const applicant = borrowers.find(({ id }) => id === financing.borrowerId) as OrganizationRow;
  const own = members.filter(({ orgId, chainId }) => orgId === applicant.id && chainId === chain.id);
  const member = own.find(({ status }) => status === 'verified') ?? own[0];
  const [fault] = findingsBy(goodStanding, { chain, member, applicant });
  if (fault !== undefined) throw new Refusal(fault.code, fault.message, { accepted: fault.accepted });
}
