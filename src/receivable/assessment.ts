import {
  type Applicant,
  applicantOf,
  type LoadedApplicants,
  loadApplicants,
  type Request,
  vatRateFor,
} from '../financing/applicant.ts';
import type { Assessed } from '../financing/application.ts';
import type { Finding } from '../financing/eligibility.ts';
import { isPurchase, largestAdvance, type Quote, quote } from '../financing/quote.ts';
import { books } from '../ledger/book-store.ts';
import { limitPath } from '../limit/path.ts';
import { checkRoom } from '../limit/rules.ts';
import { limitNodes } from '../limit/store.ts';
import { daysBetween, earliest, type IsoDate } from '../money/dates.ts';
import { Decimal, formatMoney } from '../money/decimal.ts';
import type { Database } from '../platform/database.ts';
import { Refusal, require } from '../platform/refusal.ts';
import type { Command } from '../platform/unit-of-work.ts';
import { rehearse, type Workspace } from '../platform/workspace.ts';
import { versionInForce } from '../programme/rules.ts';
import type { ProductTerms } from '../programme/terms.ts';
import { findingsOf } from './eligibility.ts';
import { receivableKeeper } from './keeper.ts';
import { backingOf, type HoldingRow, lockReceivables, partOf, type ReceivableRow, receivables } from './store.ts';

export type Application = Request &
  Readonly<{
    items: readonly Readonly<{ receivableId: string; holdingId: string; amount: Decimal }>[];
    /** Null asks for the most the programme advances. */
    amount: Decimal | null;
  }>;

export type Basis = Applicant &
  Readonly<{
    application: Application;
    holdings: readonly HoldingRow[];
    receivables: readonly ReceivableRow[];
    /** What of each receivable backs financings already. */
    backing: ReadonlyMap<string, Decimal>;
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
      backing: (basis.backing.get(item.receivableId) ?? new Decimal(0)).plus(earlier(application.items, index)),
      on,
      days: daysBetween(on, maturity),
    }),
  }));
}

/** What earlier items of an application take of the same receivable. */
const earlier = (items: Application['items'], index: number): Decimal =>
  items
    .slice(0, index)
    .filter(({ receivableId }) => receivableId === items[index]?.receivableId)
    .reduce((sum, { amount }) => sum.plus(amount), new Decimal(0));

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

/** Reads and locks what applications are assessed on; those that are submitted again have financings, locked as well. */
export function loadApplications(
  work: Workspace,
  commands: readonly Command<Application>[],
  financingIds: readonly string[] = [],
): Promise<LoadedApplicants<Application>> {
  const items = commands.flatMap(({ input }) => input.items);
  return loadApplicants(work, commands, {
    keeper: receivableKeeper,
    lockCollateral: () =>
      lockReceivables(
        work,
        items.map(({ receivableId }) => receivableId),
        items.map(({ holdingId }) => holdingId),
      ),
    financingIds,
  });
}

/** What one application is judged on. Refusal `not-found` for a programme that is not of the chain. */
export function basisOf(
  work: Workspace,
  command: Command<Application>,
  loaded: LoadedApplicants<Application>,
  on: IsoDate,
): Basis {
  const { input } = command;
  const applicant = applicantOf(work, command, loaded, { on, side: 'upstream' });
  return {
    ...applicant,
    application: input,
    holdings: input.items.map((item, index) => {
      const field = `/items/${index}/holdingId`;
      const holding = partOf(work, item, field);
      // A batch may hold parts of other chains, for other commands.
      require(holding.chainId === applicant.chain.id, 'not-found', 'the part is of another chain', { field });
      return holding;
    }),
    receivables: input.items.map(({ receivableId }) => work.get(receivables, receivableId)),
    backing: new Map(input.items.map(({ receivableId }) => [receivableId, backingOf(work, receivableId)])),
  };
}

/** Looks at an application as its submission would, and changes nothing. */
async function inspect<T>(
  database: Database,
  command: Command<Application>,
  look: (basis: Basis, work: Workspace, limitIds: readonly string[]) => T,
): Promise<T> {
  const { actor, input } = command;
  return rehearse(database, [actor.orgId, input.bookId, input.chainId], async (work) => {
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
