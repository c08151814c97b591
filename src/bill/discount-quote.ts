import { uuidv7 } from 'uuidv7';
import type { OrganizationRow } from '../identity/store.ts';
import { findLimitPath, limitPath } from '../limit/path.ts';
import { checkRoom } from '../limit/rules.ts';
import { limitNodes } from '../limit/store.ts';
import { Refusal, require } from '../platform/refusal.ts';
import type { Command, UseCase } from '../platform/unit-of-work.ts';
import type { Workspace } from '../platform/workspace.ts';
import { bankQuoteAnswer } from './discount-answer.ts';
import { attempt, type DiscountFinding, findingOf, gatesOf, sellerGatesOf } from './discount-eligibility.ts';
import { discountScope, type LoadedDiscounts, loadDiscounts } from './discount-loading.ts';
import { type Candidate, lineOf, type Offered, offerOf, type Question } from './discount-offer.ts';
import { createPartPlan } from './discount-parts.ts';
import { totalsOf } from './discount-pricing.ts';
import { type BillQuoteRow, billQuotes, type QuotedLine } from './discount-store.ts';
import { billOf } from './loading.ts';
import { marketDay } from './market.ts';
import { atItem, heldBy } from './selection.ts';

type Answer = Readonly<{ requestId: string; banks: ReturnType<typeof bankQuoteAnswer>[] }>;
type Loaded = LoadedDiscounts & Readonly<{ limitPaths: ReadonlyMap<string, readonly string[]> }>;

const pathKey = (programmeId: string, sellerId: string): string => `${programmeId} ${sellerId}`;

/**
 * What every bank of the chain would pay for these bills today, side by side and firm for as long as its programme says.
 * What cannot be discounted is named with what would cure it; the rest is quoted.
 */
export const quoteDiscounts: UseCase<Question, Answer, Loaded> = {
  name: 'bill_discount.quote',
  status: 201,
  lane: ({ input }) => input.chainId,
  scope: ({ input }) => discountScope(input),
  load: async (work, commands) => {
    const loaded = await loadDiscounts(
      work,
      commands.map(({ input }) => input),
      commands.map(({ actor }) => actor.orgId),
    );
    const targets = commands.flatMap(({ actor, input }) =>
      input.programmes.map(({ programmeId }) => ({
        programmeId,
        orgId: actor.orgId,
        product: 'bill_discount' as const,
      })),
    );
    const paths = await findLimitPath(work, targets);
    await work.lock(limitNodes, paths.flat());
    const limitPaths = new Map(targets.map((target, i) => [pathKey(target.programmeId, target.orgId), paths[i] ?? []]));
    return { ...loaded, limitPaths };
  },
  decide: (work, command, loaded) => {
    const today = marketDay(work);
    const { actor, input } = command;
    requireWindow(input);
    const seller = loaded.organizations.get(actor.orgId);
    if (seller === undefined) throw new Refusal('not-found', 'the seller is not known');
    const plan = createPartPlan();
    const candidates = input.items.map((item): Candidate => {
      const holding = heldBy(work, actor, item);
      const bill = billOf(loaded, holding.billId);
      require(bill.chainId === input.chainId, 'not-found', 'the bill is of another chain', { field: item.field });
      const part = atItem(item.field, () => plan(holding, item));
      return {
        item,
        holding,
        bill,
        part,
        refusals: gatesOf(holding, bill, { loaded, backing: loaded.backing, today }),
      };
    });
    const requestId = uuidv7();
    const banks = input.programmes.map((asked) =>
      quoteOfBank(work, command, loaded, { ...asked, seller, candidates, requestId }),
    );
    return { requestId, banks };
  },
};

function requireWindow({ kind, redemptionFrom, redemptionUntil }: Question): void {
  const told = redemptionFrom !== null && redemptionUntil !== null;
  require(told === (kind === 'repo'), 'invalid-input', 'a window of redemption belongs to a repo', {
    field: '/redemptionFrom',
    accepted: 'both days of redemption with kind repo, neither with outright',
  });
  require(redemptionFrom === null ||
    redemptionUntil === null ||
    redemptionFrom <= redemptionUntil, 'invalid-input', 'the window of redemption ends before it begins', {
    field: '/redemptionUntil',
    accepted: `${redemptionFrom} or later`,
  });
}

type Asked = Readonly<{
  programmeId: string;
  bookId: string;
  seller: OrganizationRow;
  candidates: readonly Candidate[];
  requestId: string;
}>;

function quoteOfBank(work: Workspace, command: Command<Question>, loaded: Loaded, asked: Asked) {
  const { programmeId, bookId, seller, candidates } = asked;
  const findings: DiscountFinding[] = [];
  const note = (refusals: readonly Refusal[], field: string, item: number | null) => {
    for (const refusal of refusals) findings.push(findingOf(refusal, field, item));
  };
  const offered = attempt(() => offerOf(work, command, loaded, { programmeId, bookId }));
  if (offered instanceof Refusal) return bankQuoteAnswer(asked, null, [findingOf(offered, '/programmeId', null)]);
  const { chainId } = command.input;
  note(sellerGatesOf(offered.terms.product, { loaded, chainId, seller }), '/programmeId', null);
  if (findings.length > 0) return bankQuoteAnswer(asked, null, findings);

  const lines: QuotedLine[] = [];
  for (const [place, candidate] of candidates.entries()) {
    const { field } = candidate.item;
    note(candidate.refusals, field, place);
    if (candidate.refusals.length > 0) continue;
    const priced = attempt(() => lineOf(command.input, candidate, loaded, { ...offered, bookId }));
    const refusals = priced instanceof Refusal ? [priced] : priced.refusals;
    note(refusals, field, place);
    if (!(priced instanceof Refusal) && refusals.length === 0) lines.push(priced.line);
  }
  if (lines.length === 0) return bankQuoteAnswer(asked, null, findings);
  const totals = totalsOf(lines);
  const room = attempt(() => {
    const found = loaded.limitPaths.get(pathKey(programmeId, seller.id)) ?? [];
    const path = limitPath(work, found, { programmeId, product: 'bill_discount' });
    for (const id of path) checkRoom(work.get(limitNodes, id), totals.face, offered.valueDate);
  });
  if (room instanceof Refusal) return bankQuoteAnswer(asked, null, [...findings, findingOf(room, '/items', null)]);
  const quote = firmQuote(command, asked, { ...offered, lines, totals });
  work.insert(billQuotes, quote);
  return bankQuoteAnswer(asked, quote, findings);
}

function firmQuote(
  { actor, input, now }: Command<Question>,
  { programmeId, bookId, requestId }: Asked,
  offered: Offered & Readonly<{ lines: readonly QuotedLine[]; totals: ReturnType<typeof totalsOf> }>,
): BillQuoteRow {
  const { terms, pricing, totals } = offered;
  return {
    id: uuidv7(),
    requestId,
    chainId: input.chainId,
    bookId,
    programmeId,
    programmeVersion: offered.versionNumber,
    sellerId: actor.orgId,
    kind: input.kind,
    redemptionFrom: input.redemptionFrom,
    redemptionUntil: input.redemptionUntil,
    rate: pricing.rate,
    referenceRate: pricing.referenceRate,
    referenceOn: pricing.referenceOn,
    vatRate: offered.vatRate,
    valueDate: offered.valueDate,
    ...totals,
    annualYield: totals.annualYield.toDecimalPlaces(6),
    lines: offered.lines,
    expiresAt: new Date(now.getTime() + terms.section.firmForMinutes * 60_000).toISOString(),
    discountId: null,
    version: 1,
    createdAt: now.toISOString(),
  };
}
