import { type ChainRow, chains, type MemberRow, membersOf, type Side } from '../chain/store.ts';
import {
  type OrganizationRow,
  organizations,
  type SettlementAccountRow,
  settlementAccounts,
} from '../identity/store.ts';
import { books } from '../ledger/book-store.ts';
import { findLimitPath } from '../limit/path.ts';
import { limitNodes } from '../limit/store.ts';
import type { IsoDate } from '../money/dates.ts';
import { Decimal } from '../money/decimal.ts';
import { Refusal, require } from '../platform/refusal.ts';
import type { Command } from '../platform/unit-of-work.ts';
import type { Workspace } from '../platform/workspace.ts';
import { loadProgrammes, type ProgrammeWithVersions } from '../programme/store.ts';
import type { FinancedProduct, ProductTerms } from '../programme/terms.ts';
import { loadReference, type Reference } from '../reference/store.ts';
import type { CollateralKeeper } from './keeper.ts';
import type { LoadedFinancings } from './loading.ts';
import { financings } from './store.ts';

/** What every application names, whatever its product. */
export type Request = Readonly<{
  programmeId: string;
  bookId: string;
  chainId: string;
  product: FinancedProduct;
  payeeAccountId: string;
}>;

export type LoadedApplicants<R extends Request = Request> = LoadedFinancings &
  Readonly<{
    programmes: ReadonlyMap<string, ProgrammeWithVersions>;
    chains: readonly ChainRow[];
    members: readonly MemberRow[];
    organizations: ReadonlyMap<string, OrganizationRow>;
    accounts: ReadonlyMap<string, SettlementAccountRow>;
    limitPaths: ReadonlyMap<R, readonly string[]>;
  }>;

type Locks = Readonly<{
  keeper: CollateralKeeper;
  /** Locks what the applications would take as collateral: after the books, before financings and limits. */
  lockCollateral: () => Promise<void>;
  /** Financings that are submitted again. */
  financingIds?: readonly string[];
}>;

/** Reads and locks what applications are assessed on: programmes, chains, applicants, accounts, limits and collateral. */
export async function loadApplicants<R extends Request>(
  work: Workspace,
  commands: readonly Command<R>[],
  { keeper, lockCollateral, financingIds = [] }: Locks,
): Promise<LoadedApplicants<R>> {
  const inputs = commands.map(({ input }) => input);
  const programmes = await loadProgrammes(
    work,
    inputs.map(({ programmeId }) => programmeId),
  );
  const applicants = commands.map(({ actor }) => actor.orgId);
  const orgs = await work.read(organizations, 'id', applicants);
  const accounts = await work.read(
    settlementAccounts,
    'id',
    inputs.map(({ payeeAccountId }) => payeeAccountId),
  );
  const chainIds = inputs.map(({ chainId }) => chainId);
  const chainRows = await work.read(chains, 'id', chainIds);
  const memberRows = await membersOf(work, { chainIds, orgIds: applicants });
  const reference = await loadReference(work);
  const paths = await findLimitPath(
    work,
    commands.map(({ input, actor }) => ({
      programmeId: input.programmeId,
      orgId: actor.orgId,
      product: input.product,
    })),
  );
  await work.lock(
    books,
    inputs.map(({ bookId }) => bookId),
  );
  await lockCollateral();
  await work.lock(financings, financingIds);
  await work.lock(limitNodes, paths.flat());
  return {
    items: new Map(),
    keeper,
    reference,
    programmes,
    chains: chainRows,
    members: memberRows,
    organizations: new Map(orgs.map((org) => [org.id, org])),
    accounts: new Map(accounts.map((account) => [account.id, account])),
    limitPaths: new Map(commands.map(({ input }, index) => [input, paths[index] ?? []])),
  };
}

/** Who applies, under which programme, and what the bank has granted it. */
export type Applicant = Readonly<{
  programme: ProgrammeWithVersions;
  chain: ChainRow;
  member: MemberRow | undefined;
  applicant: OrganizationRow;
  /** What the bank has granted the applicant in all under the programme; null when nothing. */
  memberLimit: Decimal | null;
  on: IsoDate;
  reference: Reference;
}>;

/** The applicant on its side of the chain. Refusal `not-found` for a programme that is not of the chain. */
export function applicantOf<R extends Request>(
  work: Workspace,
  { actor, input }: Command<R>,
  loaded: LoadedApplicants<R>,
  { on, side }: Readonly<{ on: IsoDate; side: Side }>,
): Applicant {
  const programme = loaded.programmes.get(input.programmeId);
  const chain = loaded.chains.find(({ id }) => id === input.chainId);
  const applicant = loaded.organizations.get(actor.orgId);
  if (programme?.programme.chainId !== input.chainId || chain === undefined || applicant === undefined) {
    throw new Refusal('not-found', 'there is no such programme', { field: '/programmeId' });
  }
  return {
    programme,
    chain,
    applicant,
    member: loaded.members.find(
      (member) => member.orgId === actor.orgId && member.chainId === input.chainId && member.side === side,
    ),
    memberLimit:
      (loaded.limitPaths.get(input) ?? []).map((id) => work.get(limitNodes, id)).find(({ kind }) => kind === 'member')
        ?.amount ?? null,
    on,
    reference: loaded.reference,
  };
}

/** Refuses unless the account to be paid is a verified one of its owner. */
export function requireVerifiedAccount<R extends Request>(
  loaded: LoadedApplicants<R>,
  accountId: string,
  ownerId: string,
): void {
  const account = loaded.accounts.get(accountId);
  require(account?.orgId === ownerId &&
    account.status ===
      'verified', 'account-not-verified', 'the account to be paid is not a verified account of whoever is paid', {
    field: '/payeeAccountId',
    accepted: 'a verified settlement account of the organization that is paid',
  });
}

/**
 * VAT on interest and fees: none for small and micro borrowers whose whole limit is within the law's, where the
 * programme says so and the exemption is in force (财政部税务总局公告2023年第16号); else the rate of the day.
 */
export function vatRateFor(terms: ProductTerms, { applicant, memberLimit, on, reference }: Applicant): Decimal {
  const largest = reference.parameter('vat.smallLoanExempt.limit', on)?.value;
  const small = applicant.scale === 'small' || applicant.scale === 'micro';
  const exempt = terms.vatExemptSmallLoans && small && largest !== undefined && memberLimit?.lessThanOrEqualTo(largest);
  // Before May 2016 financial services paid business tax, which is not inside the price.
  return exempt ? new Decimal(0) : (reference.parameter('vat.financial', on)?.value ?? new Decimal(0));
}
