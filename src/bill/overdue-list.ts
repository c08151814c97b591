import { addDays, addMonths, type IsoDate } from '../money/dates.ts';
import { Decimal } from '../money/decimal.ts';
import type { Clock } from '../platform/clock.ts';
import type { Database } from '../platform/database.ts';
import type { UnitOfWork, UseCase } from '../platform/unit-of-work.ts';
import { asWorker, runAsSystem, systemCommand } from '../platform/worker.ts';
import type { Workspace } from '../platform/workspace.ts';
import { loadReference, type Reference } from '../reference/store.ts';
import { isPersistentlyOverdue, type OverdueRecord } from './acceptance-rules.ts';
import { acceptors, type OverdueEventRow } from './store.ts';

type Event = Pick<OverdueEventRow, 'amount' | 'occurredOn' | 'settledOn'>;

/** How an acceptor stood at the end of a month: events in six months and in the month, and what was still overdue. */
function overdueRecord(events: readonly Event[], monthEnd: IsoDate): OverdueRecord {
  const since = addMonths(monthEnd, -6);
  const recent = events.filter(({ occurredOn }) => occurredOn > since && occurredOn <= monthEnd);
  const open = events.filter(
    ({ occurredOn, settledOn }) => occurredOn <= monthEnd && (settledOn === null || settledOn > monthEnd),
  );
  return {
    events: recent.length,
    eventsInMonth: recent.filter(({ occurredOn }) => occurredOn.slice(0, 7) === monthEnd.slice(0, 7)).length,
    balanceAtMonthEnd: open.reduce((sum, { amount }) => sum.plus(amount), new Decimal(0)),
  };
}

/** The last days of six months, the one given first. */
const monthEnds = (monthEnd: IsoDate): IsoDate[] =>
  [0, 1, 2, 3, 4, 5].map((back) => addDays(addMonths(`${monthEnd.slice(0, 7)}-01`, 1 - back), -1));

export type Verdict = Readonly<{ listed: boolean; sustained: boolean }>;

/**
 * Whether an acceptor is on the list from the next month, and whether it was listed so often in six months that no
 * institution serves it for two years (令〔2022〕4号 arts. 22, 36).
 */
export function judgeOverdue(
  events: readonly Event[],
  monthEnd: IsoDate,
  limits: Readonly<{ least: number; listings: number }>,
): Verdict {
  const listed = monthEnds(monthEnd).map((end) => isPersistentlyOverdue(overdueRecord(events, end), limits.least));
  return { listed: listed[0] === true, sustained: listed.filter(Boolean).length >= limits.listings };
}

type Month = Readonly<{ acceptorId: string; chainIds: readonly string[]; monthEnd: IsoDate }>;
type Loaded = Readonly<{ reference: Reference; events: ReadonlyMap<string, readonly Event[]> }>;

async function eventsOf(work: Workspace, acceptorIds: readonly string[]) {
  const rows = await work.query<{
    acceptor_id: string;
    amount: string;
    occurred_on: string;
    settled_on: string | null;
  }>(
    'bill_overdue_event.of',
    'select acceptor_id, amount, occurred_on, settled_on from bill_overdue_event where acceptor_id = any($1::uuid[])',
    [acceptorIds],
  );
  const events = new Map<string, Event[]>();
  for (const row of rows) {
    const event = { amount: new Decimal(row.amount), occurredOn: row.occurred_on, settledOn: row.settled_on };
    events.set(row.acceptor_id, [...(events.get(row.acceptor_id) ?? []), event]);
  }
  return events;
}

/** At the end of a month the list of the persistently overdue is drawn up anew. */
const listAcceptor: UseCase<Month, Verdict, Loaded> = {
  name: 'bill_acceptor.list',
  lane: ({ input }) => input.acceptorId,
  scope: ({ input }) => [input.acceptorId, ...input.chainIds],
  load: async (work, commands) => {
    const ids = commands.map(({ input }) => input.acceptorId);
    const reference = await loadReference(work);
    await work.lock(acceptors, ids);
    return { reference, events: await eventsOf(work, ids) };
  },
  decide: (work, { input }, { reference, events }) => {
    const { acceptorId, monthEnd } = input;
    const numberOf = (code: string): number => reference.requireParameter(code, monthEnd).value.toNumber();
    const limits = { least: numberOf('bill.overdueListEvents'), listings: numberOf('bill.sustainedListings') };
    const verdict = judgeOverdue(events.get(acceptorId) ?? [], monthEnd, limits);
    const acceptor = work.get(acceptors, acceptorId);
    const nextMonth = addMonths(`${monthEnd.slice(0, 7)}-01`, 1);
    const listedFrom = verdict.listed ? (acceptor.listedFrom ?? nextMonth) : null;
    const until = addMonths(monthEnd, 12 * numberOf('bill.sustainedYears'));
    const sustainedUntil = verdict.sustained ? until : acceptor.sustainedUntil;
    if (listedFrom === acceptor.listedFrom && sustainedUntil === acceptor.sustainedUntil) return verdict;
    work.update(acceptors, acceptorId, { listedFrom, sustainedUntil });
    work.emit({
      kind: verdict.listed ? 'bill_acceptor.listed' : 'bill_acceptor.unlisted',
      objectKind: 'bill_acceptor',
      objectId: acceptorId,
      scopeId: acceptorId,
      parties: [acceptorId],
      data: { listedFrom, sustainedUntil },
    });
    return verdict;
  },
};

/** Draws the list up at the end of a month for every acceptor that was ever overdue. */
export async function refreshOverdueList(
  { database, unitOfWork, clock }: Readonly<{ database: Database; unitOfWork: UnitOfWork; clock: Clock }>,
  monthEnd: IsoDate,
): Promise<void> {
  const found = await asWorker(database, (tx) =>
    tx.query<{ acceptor_id: string; chains: string[] }>(
      'bill_overdue_event.acceptors',
      'select acceptor_id, array_agg(distinct chain_id)::text[] as chains from bill_overdue_event group by acceptor_id',
    ),
  );
  for (const { acceptor_id: acceptorId, chains: chainIds } of found) {
    await runAsSystem(
      unitOfWork,
      listAcceptor,
      systemCommand(
        { orgId: acceptorId, orgKind: 'enterprise' },
        {
          key: `bill acceptor ${acceptorId} ${monthEnd} listed`,
          input: { acceptorId, chainIds, monthEnd },
          now: clock.now(),
        },
      ),
    );
  }
}
