import { type ChainRow, chains, type MemberRow, membersOf } from '../chain/store.ts';
import type { LoadedFinancings } from '../financing/loading.ts';
import { isPurchase, largestAdvance, type Quote, quote } from '../financing/quote.ts';
import { financings } from '../financing/store.ts';
import {
  type OrganizationRow,
  organizations,
  type SettlementAccountRow,
  settlementAccounts,
} from '../identity/store.ts';
import { books } from '../ledger/book-store.ts';
import { findLimitPath, limitPath } from '../limit/path.ts';
import { checkRoom } from '../limit/rules.ts';
import { limitNodes } from '../limit/store.ts';
import { daysBetween, earliest, type IsoDate } from '../money/dates.ts';
import { Decimal, formatMoney } from '../money/decimal.ts';
import { type Database, writeIn } from '../platform/database.ts';
import { Refusal, require } from '../platform/refusal.ts';
import type { Command } from '../platform/unit-of-work.ts';
import { Workspace } from '../platform/workspace.ts';
import { versionInForce } from '../programme/rules.ts';
import { loadProgrammes, type ProgrammeWithVersions } from '../programme/store.ts';
import type { Product, ProductTerms, Terms } from '../programme/terms.ts';
import { loadReference, type Reference } from '../reference/store.ts';
import { type Finding, findingsOf } from './eligibility.ts';
import { receivableKeeper } from './keeper.ts';
import { type HoldingRow, lockReceivables, partOf, type ReceivableRow, receivables } from './store.ts';

export type Application = Readonly<{
  programmeId: string;
  bookId: string;
  chainId: string;
  product: Product;
  items: readonly Readonly<{ receivableId: string; holdingId: string; amount: Decimal }>[];
  /** Null asks for the most the programme advances. */
  amount: Decimal | null;
  payeeAccountId: string;
}>;

export type LoadedApplications = LoadedFinancings &
  Readonly<{
    programmes: ReadonlyMap<string, ProgrammeWithVersions>;
    chains: readonly ChainRow[];
    members: readonly MemberRow[];
    organizations: ReadonlyMap<string, OrganizationRow>;
    accounts: ReadonlyMap<string, SettlementAccountRow>;
    limitPaths: ReadonlyMap<Application, readonly string[]>;
  }>;

export type Assessed = Readonly<{
  version: number;
  terms: ProductTerms;
  authority: Terms;
  face: Decimal;
  quote: Quote;
  dueDate: IsoDate;
  debtorId: string;
}>;

export type Basis = Readonly<{
  application: Application;
  programme: ProgrammeWithVersions;
  chain: ChainRow;
  member: MemberRow | undefined;
  applicant: OrganizationRow;
  holdings: readonly HoldingRow[];
  receivables: readonly ReceivableRow[];
  /** What the bank has granted the applicant in all under the programme; null when nothing. */
  memberLimit: Decimal | null;
  on: IsoDate;
  reference: Reference;
}>;

/** Every reason why these parts cannot be financed, by item. */
function explain(basis: Basis): readonly Readonly<{ item: number; findings: readonly Finding[] }>[] {
  const { application, on } = basis;
  const terms = termsOf(basis);
  const maturity = basis.reference.rollForward(earliest(basis.receivables.map((r) => r.dueDate))).date;
  return application.items.map((item, index) => ({
    item: index,
    findings: findingsOf({
      product: application.product,
      terms,
      chain: basis.chain,
      member: basis.member,
      applicant: basis.applicant,
      receivable: basis.receivables[index] as ReceivableRow,
      holding: basis.holdings[index] as HoldingRow,
      amount: item.amount,
      on,
      days: daysBetween(on, maturity),
    }),
  }));
}

/** The terms in force, or null when the programme does not offer the product. */
const termsOf = ({ application, programme, on }: Basis): ProductTerms | null =>
  versionInForce(programme.versions, on).terms.products[application.product] ?? null;

const faceOf = ({ items }: Application): Decimal => items.reduce((sum, { amount }) => sum.plus(amount), new Decimal(0));

/** Refuses what is not eligible; otherwise the figures that disbursement on the business date would book. */
export function assess(basis: Basis): Assessed {
  const { application, programme, on, reference } = basis;
  requireOneDebtor(basis);
  for (const { item, findings } of explain(basis)) {
    const [first] = findings;
    if (first === undefined) continue;
    const field = first.field === '/items' ? `/items/${item}` : first.field;
    throw new Refusal(first.code, first.message, { field, accepted: first.accepted, findings });
  }
  const version = versionInForce(programme.versions, on);
  const terms = version.terms.products[application.product] as ProductTerms;
  const face = faceOf(application);
  const most = largestAdvance(application.product, terms, face);
  const amount = application.amount ?? most;
  if (!amount.greaterThan(0) || amount.greaterThan(most) || (isPurchase(application.product) && !amount.equals(face))) {
    throw new Refusal('advance-too-high', `the programme advances ${formatMoney(most)}`, {
      field: '/amount',
      accepted: isPurchase(application.product) ? formatMoney(face) : `0.01 to ${formatMoney(most)}`,
    });
  }
  const dueDate = earliest(basis.receivables.map((r) => r.dueDate));
  const vatRate = vatRateFor(terms, basis);
  return {
    version: version.number,
    terms,
    authority: version.terms,
    face,
    dueDate,
    debtorId: (basis.receivables[0] as ReceivableRow).debtorId,
    quote: quote({ product: application.product, terms, face, amount, valueDate: on, dueDate, vatRate }, reference),
  };
}

function requireOneDebtor({ receivables: rows, application }: Basis): void {
  const ids = new Set(application.items.map(({ holdingId }) => holdingId));
  if (ids.size !== application.items.length) {
    throw new Refusal('invalid-input', 'a holding is named twice', { field: '/items', accepted: 'each holding once' });
  }
  if (new Set(rows.map(({ debtorId }) => debtorId)).size > 1) {
    throw new Refusal('invalid-input', 'the receivables have different debtors', {
      field: '/items',
      accepted: 'one debtor for one financing',
    });
  }
}

/**
 * VAT on interest and fees: none for small and micro borrowers whose whole limit is within the law's, where the
 * programme says so and the exemption is in force (财政部税务总局公告2023年第16号); else the rate of the day.
 */
function vatRateFor(terms: ProductTerms, { applicant, memberLimit, on, reference }: Basis): Decimal {
  const largest = reference.parameter('vat.smallLoanExempt.limit', on)?.value;
  const small = applicant.scale === 'small' || applicant.scale === 'micro';
  const exempt = terms.vatExemptSmallLoans && small && largest !== undefined && memberLimit?.lessThanOrEqualTo(largest);
  // Before May 2016 financial services paid business tax, which is not inside the price.
  return exempt ? new Decimal(0) : (reference.parameter('vat.financial', on)?.value ?? new Decimal(0));
}

/** Reads and locks what applications are assessed on; those that are submitted again have financings, locked as well. */
export async function loadApplications(
  work: Workspace,
  commands: readonly Command<Application>[],
  financingIds: readonly string[] = [],
): Promise<LoadedApplications> {
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
  const items = inputs.flatMap((input) => input.items);
  await lockReceivables(
    work,
    items.map(({ receivableId }) => receivableId),
    items.map(({ holdingId }) => holdingId),
  );
  await work.lock(financings, financingIds);
  await work.lock(limitNodes, paths.flat());
  return {
    items: new Map(),
    keeper: receivableKeeper,
    reference,
    programmes,
    chains: chainRows,
    members: memberRows,
    organizations: new Map(orgs.map((org) => [org.id, org])),
    accounts: new Map(accounts.map((account) => [account.id, account])),
    limitPaths: new Map(commands.map(({ input }, index) => [input, paths[index] ?? []])),
  };
}

/** What one application is judged on. Refusal `not-found` for a programme that is not of the chain. */
export function basisOf(
  work: Workspace,
  command: Command<Application>,
  loaded: LoadedApplications,
  on: IsoDate,
): Basis {
  const { actor, input } = command;
  const programme = loaded.programmes.get(input.programmeId);
  const chain = loaded.chains.find(({ id }) => id === input.chainId);
  const applicant = loaded.organizations.get(actor.orgId);
  if (programme?.programme.chainId !== input.chainId || chain === undefined || applicant === undefined) {
    throw new Refusal('not-found', 'there is no such programme', { field: '/programmeId' });
  }
  return {
    application: input,
    programme,
    chain,
    applicant,
    member: loaded.members.find(
      ({ orgId, chainId, side }) => orgId === actor.orgId && chainId === input.chainId && side === 'upstream',
    ),
    holdings: input.items.map((item, index) => {
      const field = `/items/${index}/holdingId`;
      const holding = partOf(work, item, field);
      // A batch may hold parts of other chains, for other commands.
      require(holding.chainId === chain.id, 'not-found', 'the part is of another chain', { field });
      return holding;
    }),
    receivables: input.items.map(({ receivableId }) => work.get(receivables, receivableId)),
    memberLimit:
      (loaded.limitPaths.get(input) ?? []).map((id) => work.get(limitNodes, id)).find(({ kind }) => kind === 'member')
        ?.amount ?? null,
    on,
    reference: loaded.reference,
  };
}

/** Looks at an application as its submission would, and changes nothing. */
async function inspect<T>(
  database: Database,
  command: Command<Application>,
  look: (basis: Basis, work: Workspace, limitIds: readonly string[]) => T,
): Promise<T> {
  const { actor, input } = command;
  return writeIn(database.writers, [actor.orgId, input.bookId, input.chainId], async (tx) => {
    const work = new Workspace(tx);
    const loaded = await loadApplications(work, [command]);
    const basis = basisOf(work, command, loaded, work.get(books, input.bookId).businessDate);
    return look(basis, work, loaded.limitPaths.get(input) ?? []);
  });
}

/** The exact figures of a financing if it were paid out on the business date: what disbursement would book. */
export const quoteApplication = (database: Database, command: Command<Application>): Promise<Quote> =>
  inspect(database, command, (basis) => assess(basis).quote);

/** Every reason why the parts named cannot be financed now. */
export const explainApplication = (database: Database, command: Command<Application>): Promise<Finding[]> =>
  inspect(database, command, (basis, work, limitIds) => [
    ...explain(basis).flatMap(({ findings }) => findings),
    ...limitFindings(basis, work, limitIds),
  ]);

/** The first limit, from the product up, that has no room for the advance. Nothing for a product that is not offered. */
function limitFindings(basis: Basis, work: Workspace, limitIds: readonly string[]): Finding[] {
  const { application, on } = basis;
  const terms = termsOf(basis);
  if (!terms?.enabled) return [];
  try {
    const amount = largestAdvance(application.product, terms, faceOf(application));
    const path = limitPath(work, limitIds, { programmeId: application.programmeId, product: application.product });
    for (const id of path) checkRoom(work.get(limitNodes, id), amount, on);
    return [];
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    const accepted = error.detail.accepted ?? 'a limit in force on every level of the path';
    return [{ code: error.code, message: error.message, field: '/items', accepted }];
  }
}
