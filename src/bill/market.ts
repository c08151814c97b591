import type { IsoDate } from '../money/dates.ts';
import { Refusal, require } from '../platform/refusal.ts';
import type { UseCase } from '../platform/unit-of-work.ts';
import type { Workspace } from '../platform/workspace.ts';
import { marketAnswer } from './answer.ts';
import { BILL_MARKET, type MarketRow, markets, marketsForUpdate } from './store.ts';

/** Holds the exchange's business day still for a batch: the first lock of every command about bills. */
export const lockMarket = (work: Workspace): Promise<MarketRow[]> => work.lock(markets, [BILL_MARKET]);

/**
 * The business day of the exchange, by which bills are judged. Refusals `market-not-open` before its first day and
 * `market-closing` (passing) while it closes one.
 */
export function marketDay(work: Workspace): IsoDate {
  const market = work.find(markets, BILL_MARKET);
  if (market === undefined) throw new Refusal('market-not-open', 'the bill exchange has no business day yet');
  if (market.closing) throw new Refusal('market-closing', `the bill exchange is closing ${market.businessDate}`);
  return market.businessDate;
}

type Opening = Readonly<{ businessDate: IsoDate }>;

/** The platform operator opens the bill exchange on its first business day. */
export const openMarket: UseCase<Opening, ReturnType<typeof marketAnswer>> = {
  name: 'bill_market.open',
  status: 201,
  lane: () => BILL_MARKET,
  scope: () => [BILL_MARKET],
  load: async (work) => {
    await work.lock(marketsForUpdate, [BILL_MARKET]);
  },
  decide: (work, { actor, input, now }) => {
    require(work.find(marketsForUpdate, BILL_MARKET) ===
      undefined, 'already-exists', 'the bill exchange has been opened');
    const market: MarketRow = {
      id: BILL_MARKET,
      businessDate: input.businessDate,
      closing: false,
      step: 'open',
      place: null,
      version: 1,
      createdAt: now.toISOString(),
    };
    work.insert(marketsForUpdate, market);
    work.emit({
      kind: 'bill_market.opened',
      objectKind: 'bill_market',
      objectId: market.id,
      parties: [actor.orgId],
      scopeId: BILL_MARKET,
      data: { businessDate: market.businessDate },
    });
    return marketAnswer(market);
  },
};
