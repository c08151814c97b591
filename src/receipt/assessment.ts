import {
  type Applicant,
  applicantOf,
  type LoadedApplicants,
  loadApplicants,
  type Request,
  vatRateFor,
} from '../financing/applicant.ts';
import type { Assessed } from '../financing/application.ts';
import { admissionChecks, type Finding, findingsBy, standingChecks, tenorCheck } from '../financing/eligibility.ts';
import { largestAdvance, type Quote, quote } from '../financing/quote.ts';
import { type Cover, coversOf, noCover } from '../goods/valuation-store.ts';
import { books } from '../ledger/book-store.ts';
import { daysBetween, type IsoDate } from '../money/dates.ts';
import { Decimal, formatMoney, roundToFen } from '../money/decimal.ts';
import type { Database } from '../platform/database.ts';
import { Refusal, require } from '../platform/refusal.ts';
import type { Command } from '../platform/unit-of-work.ts';
import { rehearse, type Workspace } from '../platform/workspace.ts';
import { versionInForce } from '../programme/rules.ts';
import type { ProductTerms } from '../programme/terms.ts';
import { receiptChecks } from './eligibility.ts';
import { receiptKeeper } from './keeper.ts';
import { lockReceipts, type ReceiptRow, receipts } from './store.ts';

export type Application = Request &
  Readonly<{
    receiptIds: readonly string[];
    /** Warehouses that have issued them: found when the request came in. */
    operatorIds: readonly string[];
    /** Null asks for the most the programme advances. */
    amount: Decimal | null;
    dueDate: IsoDate;
  }>;

export type LoadedLoans = LoadedApplicants<Application> & Readonly<{ covers: ReadonlyMap<string, Cover> }>;

/** A receipt with what its goods are worth to the bank that is asked. */
export type ValuedReceipt = Readonly<{ receipt: ReceiptRow; value: Decimal; cover: Cover }>;
type Basis = Applicant & Readonly<{ application: Application; valued: readonly ValuedReceipt[]; now: Date }>;

/** Reads and locks what applications on receipts are assessed on; those submitted again have financings, locked as well. */
export async function loadLoans(
  work: Workspace,
  commands: readonly Command<Application>[],
  financingIds: readonly string[] = [],
): Promise<LoadedLoans> {
  const covers = new Map<string, Cover>();
  const loaded = await loadApplicants(work, commands, {
    keeper: receiptKeeper,
    lockCollateral: async () => {
      const receiptIds = commands.flatMap(({ input }) => input.receiptIds);
      await lockReceipts(work, { receiptIds });
      // A lane is one bank's: its quotations value every receipt of the batch.
      const [{ input, now }] = commands as [Command<Application>];
      const known = await coversOf(work, 'receipt', receiptIds, { bookId: input.bookId, at: now });
      for (const [id, cover] of known) covers.set(id, cover);
    },
    financingIds,
  });
  return { ...loaded, covers };
}

/** What one application is judged on. Refusals `not-found` for a programme that is not of the chain, or a receipt. */
export function basisOf(work: Workspace, command: Command<Application>, loaded: LoadedLoans, on: IsoDate): Basis {
  const { input, now } = command;
  const supplying = applicantOf(work, command, loaded, { on, side: 'upstream' });
  // Whoever buys on the chain may have goods in a warehouse as well as whoever sells.
  const applicant =
    supplying.member === undefined ? applicantOf(work, command, loaded, { on, side: 'downstream' }) : supplying;
  const valued = input.receiptIds.map((id, index): ValuedReceipt => {
    const receipt = work.find(receipts, id);
    if (receipt === undefined) {
      throw new Refusal('not-found', `there is no receipt ${id}`, { field: `/receiptIds/${index}` });
    }
    const cover = loaded.covers.get(id) ?? noCover;
    return { receipt, cover, value: roundToFen(cover.value) };
  });
  return { ...applicant, application: input, valued, now };
}

/** The terms in force, or null when the programme does not offer the product. */
const termsIn = ({ application, programme, on }: Basis): ProductTerms | null =>
  versionInForce(programme.versions, on).terms.products[application.product] ?? null;

/** Every reason why these receipts cannot be lent on, by receipt. */
function explain(basis: Basis): Finding[][] {
  const { application, valued, on, reference, chain, member, applicant, now } = basis;
  const terms = termsIn(basis);
  const maturity = reference.rollForward(application.dueDate).date;
  const candidate = { product: application.product, terms, chain, member, applicant, days: daysBetween(on, maturity) };
  return valued.map((each) => [
    ...findingsBy([...standingChecks, ...admissionChecks], candidate),
    ...findingsBy([tenorCheck], candidate).map((found) => ({ ...found, field: '/dueDate' })),
    ...findingsBy(receiptChecks, { ...candidate, ...each, maturity, now }),
  ]);
}

/** Refuses what is not eligible; otherwise the figures that disbursement on the business date would book. */
export function assess(basis: Basis): Assessed {
  const { application, programme, on, reference, valued } = basis;
  const once = new Set(application.receiptIds).size === application.receiptIds.length;
  require(once, 'invalid-input', 'a receipt is named twice', { field: '/receiptIds', accepted: 'each receipt once' });
  for (const [index, findings] of explain(basis).entries()) {
    const [first] = findings;
    if (first === undefined) continue;
    const field = first.field === '/receiptIds' ? `/receiptIds/${index}` : first.field;
    throw new Refusal(first.code, first.message, { field, accepted: first.accepted, findings });
  }
  const version = versionInForce(programme.versions, on);
  const terms = version.terms.products[application.product] as ProductTerms;
  const face = valued.reduce((sum, { value }) => sum.plus(value), new Decimal(0));
  const most = largestAdvance(application.product, terms, face);
  const amount = application.amount ?? most;
  require(amount.greaterThan(0) &&
    amount.lessThanOrEqualTo(most), 'advance-too-high', `the programme advances ${formatMoney(most)}`, {
    field: '/amount',
    accepted: `0.01 to ${formatMoney(most)}`,
  });
  const { product, dueDate } = application;
  const vatRate = vatRateFor(terms, basis);
  return {
    version: version.number,
    terms,
    authority: version.terms,
    face,
    dueDate,
    debtorId: null,
    quote: quote({ product, terms, face, amount, valueDate: on, dueDate, vatRate }, reference),
  };
}

/** The exact figures of a loan on receipts if it were paid out on the business date, and what they are worth. */
export function quoteLoan(
  database: Database,
  command: Command<Application>,
): Promise<Readonly<{ face: Decimal; quote: Quote }>> {
  const { actor, input } = command;
  return rehearse(database, scopeOf(actor.orgId, input), async (work) => {
    const loaded = await loadLoans(work, [command]);
    return assess(basisOf(work, command, loaded, work.get(books, input.bookId).businessDate));
  });
}

/** What a transaction on an application may touch. */
export const scopeOf = (applicantId: string, { bookId, chainId, operatorIds }: Application): string[] => [
  applicantId,
  bookId,
  chainId,
  ...operatorIds,
];
