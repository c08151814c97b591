import { uuidv7 } from 'uuidv7';
import { openTask } from '../approval/commands.ts';
import { type ChainRow, chains, type MemberRow, membersOf } from '../chain/store.ts';
import { financingAnswer, tell } from '../financing/answer.ts';
import { approved } from '../financing/decisions.ts';
import { financingLifecycle } from '../financing/lifecycle.ts';
import type { LoadedFinancings } from '../financing/loading.ts';
import { isPurchase, largestAdvance, type Quote, quote } from '../financing/quote.ts';
import { type FinancingItemRow, type FinancingRow, financingItems, financings } from '../financing/store.ts';
import {
  type OrganizationRow,
  organizations,
  type SettlementAccountRow,
  settlementAccounts,
} from '../identity/store.ts';
import { books, requireOpenBook } from '../ledger/book-store.ts';
import { findLimitPath, limitPath, reserveLimit } from '../limit/path.ts';
import { limitNodes } from '../limit/store.ts';
import type { IsoDate } from '../money/dates.ts';
import { Decimal, formatMoney } from '../money/decimal.ts';
import { type Database, writeIn } from '../platform/database.ts';
import { Refusal } from '../platform/refusal.ts';
import { nextState } from '../platform/state-machine.ts';
import type { Command, UseCase } from '../platform/unit-of-work.ts';
import { Workspace } from '../platform/workspace.ts';
import { authorityFor, versionInForce } from '../programme/rules.ts';
import { loadProgrammes, type ProgrammeWithVersions } from '../programme/store.ts';
import type { Product, ProductTerms, Terms } from '../programme/terms.ts';
import { loadReference, type Reference } from '../reference/store.ts';
import { type Finding, findingsOf } from './eligibility.ts';
import { receivableKeeper } from './keeper.ts';
import { type HoldingRow, holdings, lockReceivables, type ReceivableRow, receivables } from './store.ts';
import { cutHolding } from './transfer.ts';

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

type Loaded = LoadedFinancings &
  Readonly<{
    programmes: ReadonlyMap<string, ProgrammeWithVersions>;
    chains: readonly ChainRow[];
    members: readonly MemberRow[];
    organizations: ReadonlyMap<string, OrganizationRow>;
    accounts: ReadonlyMap<string, SettlementAccountRow>;
    limitPaths: ReadonlyMap<Command<Application>, readonly string[]>;
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

type Basis = Readonly<{
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
  const { application, programme, on } = basis;
  const terms = versionInForce(programme.versions, on).terms.products[application.product] ?? null;
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
    }),
  }));
}

/** Refuses what is not eligible; otherwise the figures that disbursement on the business date would book. */
function assess(basis: Basis): Assessed {
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
  const face = application.items.reduce((sum, { amount }) => sum.plus(amount), new Decimal(0));
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

const earliest = (days: readonly IsoDate[]): IsoDate => [...days].sort()[0] as IsoDate;

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

async function load(work: Workspace, commands: readonly Command<Application>[]): Promise<Loaded> {
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
  await lockReceivables(
    work,
    inputs.flatMap(({ items }) => items.map(({ receivableId }) => receivableId)),
  );
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
    limitPaths: new Map(commands.map((command, index) => [command, paths[index] ?? []])),
  };
}

function basisOf(work: Workspace, command: Command<Application>, loaded: Loaded, on: IsoDate): Basis {
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
    holdings: input.items.map(({ holdingId }) => work.get(holdings, holdingId)),
    receivables: input.items.map(({ receivableId }) => work.get(receivables, receivableId)),
    memberLimit:
      (loaded.limitPaths.get(command) ?? []).map((id) => work.get(limitNodes, id)).find(({ kind }) => kind === 'member')
        ?.amount ?? null,
    on,
    reference: loaded.reference,
  };
}

/** A supplier applies: collateral and limits on the whole path are reserved, and the matrix says who has to approve. */
export const applyForFinancing: UseCase<Application, ReturnType<typeof financingAnswer>, Loaded> = {
  name: 'financing.apply',
  status: 201,
  lane: ({ input }) => input.bookId,
  scope: ({ input }) => [input.bookId, input.chainId],
  load,
  decide: (work, command, loaded) => {
    const { actor, input, now } = command;
    const { businessDate } = requireOpenBook(work, input.bookId);
    const assessed = assess(basisOf(work, command, loaded, businessDate));
    const account = loaded.accounts.get(input.payeeAccountId);
    if (account?.orgId !== actor.orgId || account.status !== 'verified') {
      throw new Refusal('account-not-verified', 'the account to be paid is not a verified account of the applicant', {
        field: '/payeeAccountId',
        accepted: 'a verified settlement account of your organization',
      });
    }
    const tags = loaded.organizations.get(actor.orgId)?.tags ?? [];
    const { approval: level, rule } = authorityFor(assessed.authority, assessed.quote.amount, tags);
    const drawn = draw(command, assessed, level);
    const path = limitPath(work, loaded.limitPaths.get(command) ?? [], {
      programmeId: input.programmeId,
      product: input.product,
    });
    reserveLimit(work, path, drawn.amount, { financingId: drawn.id, on: businessDate, now });
    const items = reserveParts(work, drawn, input, now);
    const submitted: FinancingRow = {
      ...drawn,
      limitPath: path,
      status: nextState(financingLifecycle, drawn.status, 'submit'),
    };
    work.insert(financings, submitted);
    tell(work, 'submitted', submitted, { amount: formatMoney(submitted.amount) });
    if (level !== 'auto') return financingAnswer(submitted);
    const task = openTask(work, {
      bookId: input.bookId,
      subjectKind: 'financing',
      subjectId: submitted.id,
      action: 'approve',
      amount: submitted.amount,
      level,
      rule: `programme version ${submitted.programmeVersion}: ${rule}`,
      maker: actor,
      subjectVersion: submitted.version,
      now,
    });
    const proposed = work.update(financings, submitted.id, { approvalId: task.id });
    const whole: Loaded = { ...loaded, items: new Map([[submitted.id, items]]) };
    return financingAnswer(approved(work, proposed, whole, now));
  },
};

/** Cuts the parts that back the financing and marks them for it, so that no fen can back another. */
function reserveParts(work: Workspace, financing: FinancingRow, input: Application, now: Date): FinancingItemRow[] {
  return input.items.map(({ holdingId, receivableId, amount }) => {
    const part = cutHolding(work, work.get(holdings, holdingId), amount, now);
    work.update(holdings, part.id, { financingId: financing.id, bookId: financing.bookId });
    const item: FinancingItemRow = {
      financingId: financing.id,
      itemId: part.id,
      bookId: financing.bookId,
      borrowerId: financing.borrowerId,
      kind: 'holding',
      receivableId,
      amount,
    };
    work.insert(financingItems, item);
    return item;
  });
}

function draw(
  { actor, input, now }: Command<Application>,
  assessed: Assessed,
  level: 'auto' | 'one' | 'two',
): FinancingRow {
  const { quote: figures, terms } = assessed;
  const zero = new Decimal(0);
  const id = uuidv7();
  const purchase = isPurchase(input.product);
  return {
    id,
    bookId: input.bookId,
    chainId: input.chainId,
    programmeId: input.programmeId,
    programmeVersion: assessed.version,
    product: input.product,
    number: `LR-${id.slice(0, 8)}-${id.slice(-12)}`.toUpperCase(),
    borrowerId: actor.orgId,
    debtorId: assessed.debtorId,
    status: 'draft',
    face: assessed.face,
    amount: figures.amount,
    terms,
    rate: figures.rate,
    referenceRate: figures.referenceRate,
    referenceOn: figures.referenceOn,
    penaltyRate: figures.penaltyRate,
    vatRate: figures.vatRate,
    fee: figures.fee,
    discount: purchase ? figures.interest : zero,
    debtorDiscount: figures.debtorInterest,
    valueDate: null,
    dueDate: assessed.dueDate,
    maturityDate: figures.maturityDate,
    overdueFrom: figures.overdueFrom,
    principal: zero,
    accruing: 'none',
    segmentFrom: null,
    interestNumerator: 0n,
    penaltyNumerator: 0n,
    compoundNumerator: 0n,
    compoundBase: zero,
    interestPaid: zero,
    penaltyPaid: zero,
    compoundPaid: zero,
    riskClass: 'normal',
    overdueSince: null,
    extensions: 0,
    shortfall: zero,
    pending: null,
    payeeAccountId: input.payeeAccountId,
    limitPath: [],
    approvalLevel: level,
    approvalId: null,
    registrationId: null,
    paymentId: null,
    settledOn: null,
    note: null,
    version: 1,
    createdAt: now.toISOString(),
  };
}

/** Looks at an application as its submission would, and changes nothing. */
async function inspect<T>(database: Database, command: Command<Application>, look: (basis: Basis) => T): Promise<T> {
  const { actor, input } = command;
  return writeIn(database.writers, [actor.orgId, input.bookId, input.chainId], async (tx) => {
    const work = new Workspace(tx);
    const loaded = await load(work, [command]);
    return look(basisOf(work, command, loaded, work.get(books, input.bookId).businessDate));
  });
}

/** The exact figures of a financing if it were paid out on the business date: what disbursement would book. */
export const quoteApplication = (database: Database, command: Command<Application>): Promise<Quote> =>
  inspect(database, command, (basis) => assess(basis).quote);

/** Every reason why the parts named cannot be financed now. */
export const explainApplication = (database: Database, command: Command<Application>): Promise<Finding[]> =>
  inspect(database, command, (basis) => explain(basis).flatMap(({ findings }) => findings));
