import { addDays, type IsoDate } from '../money/dates.ts';
import { formatMoney } from '../money/decimal.ts';
import { nextState } from '../platform/state-machine.ts';
import type { Workspace } from '../platform/workspace.ts';
import type { Reference } from '../reference/store.ts';
import { outstanding } from './answer.ts';
import { tell } from './confirmation.ts';
import { receivablePayments, receivableStages } from './lifecycle.ts';
import { holdings, lockReceivables, type ReceivableRow, receivables } from './store.ts';
import { endOffer } from './transfer.ts';

/** The day that ends on these chains, and how much is done at a time. */
export type Ageing = Readonly<{ chainIds: readonly string[]; on: IsoDate; reference: Reference; limit: number }>;

const CONFIRMATION_LATE = 'confirmation-late';

const PAST_DUE = `
select id from receivable r
 where chain_id = any($1::uuid[]) and due_date <= $2 and stage in ('registered', 'confirmed') and payment in ('open', 'part_paid')
   and not exists (select from holding h where h.receivable_id = r.id and h.state = 'live' and h.financing_id is not null)
 order by due_date, id limit $3`;

const UNANSWERED = `
select id from receivable
 where chain_id = any($1::uuid[]) and stage = 'registered' and created_at < ($2::date)::timestamp at time zone 'Asia/Shanghai'
   and not warnings ? '${CONFIRMATION_LATE}'
 order by created_at, id limit $3`;

const UNACCEPTED = `
select receivable_id as id, id as transfer_id from holding_transfer
 where chain_id = any($1::uuid[]) and state = 'offered' and expires_on <= $2 order by expires_on, id limit $3`;

/**
 * Lets a day end on chains: what is confirmed and due falls overdue, what nobody has confirmed by its due date expires,
 * a debtor that has not answered within the legal time (条例 art. 16) is named, offers not accepted end. What backs a
 * financing follows that, which may have days of grace. Answers how much was done: none when the day is through.
 */
export async function ageReceivables(work: Workspace, ageing: Ageing): Promise<number> {
  const { chainIds, on, reference, limit } = ageing;
  const find = (name: string, text: string, day: IsoDate) =>
    work.query<{ id: string; transfer_id: string }>(`receivable.${name}`, text, [chainIds, day, limit]);
  const due = await find('past_due', PAST_DUE, lastDueDate(on, reference));
  const days = reference.parameter('sme.confirmDays', on)?.value.toNumber();
  const unanswered = days === undefined ? [] : await find('unanswered', UNANSWERED, addDays(on, -days));
  const offers = await find('unaccepted', UNACCEPTED, on);
  await lockReceivables(
    work,
    [...due, ...unanswered, ...offers].map(({ id }) => id),
  );
  for (const { id } of due) fallDue(work, work.get(receivables, id));
  for (const { id } of unanswered) nameLateDebtor(work, work.get(receivables, id));
  for (const { transfer_id } of offers) expireOffer(work, transfer_id);
  return due.length + unanswered.length + offers.length;
}

/** The latest due date whose day of payment, moved off holidays, is over with this day. */
function lastDueDate(on: IsoDate, reference: Reference): IsoDate {
  let day = on;
  while (reference.rollForward(day).date > on) day = addDays(day, -1);
  return day;
}

function fallDue(work: Workspace, r: ReceivableRow): void {
  if (r.stage === 'registered') {
    const stage = nextState(receivableStages, r.stage, 'expire');
    tell(work, 'expired', work.update(receivables, r.id, { stage }));
    return;
  }
  const payment = nextState(receivablePayments, r.payment, 'fall_overdue');
  const after = work.update(receivables, r.id, { payment });
  tell(work, 'overdue', after, { outstanding: formatMoney(outstanding(after)), dueDate: after.dueDate });
}

function nameLateDebtor(work: Workspace, r: ReceivableRow): void {
  if (work.get(receivables, r.id).stage !== 'registered') return;
  const after = work.update(receivables, r.id, { warnings: [...r.warnings, CONFIRMATION_LATE] });
  tell(work, 'confirmation_late', after, { registeredOn: r.createdAt.slice(0, 10) });
}

function expireOffer(work: Workspace, transferId: string): void {
  endOffer(work, transferId, 'expire');
  for (const holding of work.allWith(holdings, 'transferId', transferId))
    work.update(holdings, holding.id, { transferId: null });
}
