import type { IsoDate } from '../money/dates.ts';
import type { Decimal } from '../money/decimal.ts';
import { Refusal, require } from '../platform/refusal.ts';
import type { UseCase } from '../platform/unit-of-work.ts';
import { disclosureAnswer } from './answer.ts';
import { lockMarket, marketDay } from './market.ts';
import { atItem, billScope, laneOf } from './selection.ts';
import { acceptors, type BillRow, billDisclosures, bills, type DisclosureRow } from './store.ts';

/** What an acceptor makes public about a bill by the workday after acceptance (人民银行公告〔2020〕19号). */
export type Disclosed = Readonly<{
  billId: string;
  chainId: string;
  acceptorId: string;
  number: string;
  issueDate: IsoDate;
  acceptedOn: IsoDate;
  dueDate: IsoDate;
  drawerName: string;
  acceptorName: string;
  acceptorUscc: string;
  amount: Decimal;
}>;
type Disclose = Readonly<{ items: readonly Disclosed[] }>;

/** The acceptor discloses a list of bills, or corrects what it disclosed. What is disclosed is not compared here. */
export const discloseBills: UseCase<
  Disclose,
  { disclosures: ReturnType<typeof disclosureAnswer>[] },
  ReadonlyMap<string, BillRow>
> = {
  name: 'bill.disclose',
  lane: ({ input }) => laneOf(input.items),
  scope: ({ input }) => billScope(input.items),
  load: async (work, commands) => {
    const ids = commands.flatMap(({ input }) => input.items.map(({ billId }) => billId));
    const found = await work.read(bills, 'id', ids);
    await lockMarket(work);
    // Its acceptor's row stands for the bill: two disclosures of one bill at once come one after the other.
    await work.lock(
      acceptors,
      found.map(({ acceptorId }) => acceptorId),
    );
    await work.lock(billDisclosures, ids);
    return new Map(found.map((bill) => [bill.id, bill]));
  },
  decide: (work, { actor, input, now }, loaded) => {
    const disclosedOn = marketDay(work);
    const rows = input.items.map((item, place) =>
      atItem(`/items/${place}`, () => {
        const bill = loaded.get(item.billId);
        if (bill === undefined) throw new Refusal('not-found', `there is no bill ${item.billId}`);
        require(bill.acceptorId === actor.orgId, 'not-a-party', 'only its acceptor discloses a bill');
        require(bill.acceptedOn !== null, 'illegal-transition', 'the bill has not been accepted', {
          accepted: 'an accepted bill',
        });
        const told = { ...item, disclosedOn };
        if (work.find(billDisclosures, item.billId) !== undefined)
          return work.update(billDisclosures, item.billId, told);
        const row: DisclosureRow = { ...told, version: 1, createdAt: now.toISOString() };
        work.insert(billDisclosures, row);
        return row;
      }),
    );
    return { disclosures: rows.map(disclosureAnswer) };
  },
};
