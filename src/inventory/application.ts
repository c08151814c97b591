import type { financingAnswer } from '../financing/answer.ts';
import {
  type Applicant,
  applicantOf,
  type LoadedApplicants,
  loadApplicants,
  type Request,
  requireVerifiedAccount,
  vatRateFor,
} from '../financing/applicant.ts';
import { type Assessed, drawUp, submitApplication } from '../financing/application.ts';
import { admissionChecks, findingsBy, standingChecks } from '../financing/eligibility.ts';
import { type Quote, quote } from '../financing/quote.ts';
import { type FinancingItemRow, financingItems, financings } from '../financing/store.ts';
import { books, requireOpenBook } from '../ledger/book-store.ts';
import type { IsoDate } from '../money/dates.ts';
import { Decimal, formatMoney } from '../money/decimal.ts';
import type { Database } from '../platform/database.ts';
import { Refusal, require } from '../platform/refusal.ts';
import { nextState } from '../platform/state-machine.ts';
import type { Command, UseCase } from '../platform/unit-of-work.ts';
import { rehearse, type Workspace } from '../platform/workspace.ts';
import { versionInForce } from '../programme/rules.ts';
import { inventoryKeeper } from './keeper.ts';
import { pledgeLifecycle } from './lifecycle.ts';
import { lockPledges } from './loading.ts';
import { isFresh } from './revaluation.ts';
import { drawable } from './rules.ts';
import { coverOf, ladderOf, loadStandings, type Standings } from './standing.ts';
import { type PledgeRow, pledges } from './store.ts';

export type Drawing = Request &
  Readonly<{
    pledgeId: string;
    dueDate: IsoDate;
    /** Null asks for the most that the goods carry. */
    amount: Decimal | null;
  }>;
type Loaded = LoadedApplicants<Drawing> & Readonly<{ standings: Standings }>;

async function loadDrawings(work: Workspace, commands: readonly Command<Drawing>[]): Promise<Loaded> {
  const ids = commands.map(({ input }) => input.pledgeId);
  const loaded = await loadApplicants(work, commands, {
    keeper: inventoryKeeper,
    lockCollateral: () => lockPledges(work, ids),
  });
  return { ...loaded, standings: await loadStandings(work, ids, (commands[0] as Command<Drawing>).now) };
}

/** A pledgor draws on its confirmed pledge: no more than the goods carry, and only by fresh quotations. */
export const drawOnPledge: UseCase<Drawing, ReturnType<typeof financingAnswer>, Loaded> = {
  name: 'inventory.draw',
  status: 201,
  lane: ({ input }) => input.bookId,
  scope: ({ input }) => [input.bookId, input.chainId],
  load: loadDrawings,
  decide: (work, command, loaded) => {
    const { actor, input } = command;
    const { businessDate } = requireOpenBook(work, input.bookId);
    const assessed = assess(work, command, loaded, businessDate);
    requireVerifiedAccount(loaded, input.payeeAccountId, actor.orgId);
    const financing = drawUp(command, assessed);
    work.insert(financings, financing);
    const item: FinancingItemRow = {
      financingId: financing.id,
      itemId: input.pledgeId,
      bookId: financing.bookId,
      borrowerId: financing.borrowerId,
      kind: 'lot',
      receivableId: null,
      amount: assessed.face,
    };
    work.insert(financingItems, item);
    const reserve = () => undefined;
    return submitApplication(work, { command, loaded, assessed, businessDate, financing, items: [item], reserve });
  },
};

/** The figures of a drawing if it were paid on the business date, without storing anything. */
export const quoteDrawing = (database: Database, command: Command<Drawing>): Promise<Quote> =>
  rehearse(database, [command.actor.orgId, command.input.bookId, command.input.chainId], async (work) => {
    const loaded = await loadDrawings(work, [command]);
    return assess(work, command, loaded, work.get(books, command.input.bookId).businessDate).quote;
  });

function assess(work: Workspace, command: Command<Drawing>, loaded: Loaded, on: IsoDate): Assessed {
  const { actor, input, now } = command;
  const pledge = work.get(pledges, input.pledgeId);
  require(pledge.pledgorId === actor.orgId, 'not-found', `there is no inventory pledge ${input.pledgeId}`);
  const applicant = placeOf(work, command, loaded, on);
  const version = versionInForce(applicant.programme.versions, on);
  const terms = version.terms.products[input.product] ?? null;
  const candidate = { product: input.product, terms, ...applicant };
  const [first] = findingsBy([...standingChecks, ...admissionChecks], candidate);
  if (first !== undefined || terms === null) {
    throw new Refusal(first?.code ?? 'product-not-offered', first?.message ?? 'not offered', { ...first });
  }
  nextState(pledgeLifecycle, pledge.status, 'draw');
  require(isFresh(pledge, loaded.standings, now), 'price-stale', 'a lot has no fresh quotation');
  const { amount, value } = amountOf(work, pledge, loaded.standings, input.amount);
  const vatRate = vatRateFor(terms, applicant);
  const { dueDate, product } = input;
  return {
    version: version.number,
    terms,
    authority: version.terms,
    face: value,
    dueDate,
    debtorId: null,
    quote: quote({ product, terms, face: value, amount, valueDate: on, dueDate, vatRate }, loaded.reference),
  };
}

/** A pledgor may stand on either side of its chain. */
function placeOf(work: Workspace, command: Command<Drawing>, loaded: Loaded, on: IsoDate): Applicant {
  const upstream = applicantOf(work, command, loaded, { on, side: 'upstream' });
  return upstream.member === undefined ? applicantOf(work, command, loaded, { on, side: 'downstream' }) : upstream;
}

function amountOf(work: Workspace, pledge: PledgeRow, standings: Standings, wanted: Decimal | null) {
  const cover = coverOf(work, standings, pledge);
  const most = drawable(cover, ladderOf(pledge));
  const amount = wanted ?? most;
  require(amount.greaterThan(0) &&
    amount.lessThanOrEqualTo(most), 'cover-insufficient', `the goods carry ${formatMoney(most)} more`, {
    field: '/amount',
    accepted: `0.01 to ${formatMoney(most)}`,
    value: formatMoney(cover.value),
    exposure: formatMoney(cover.exposure),
    missing: formatMoney(Decimal.max(amount.minus(most), 0)),
  });
  return { amount, value: cover.value };
}
