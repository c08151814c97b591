import { decideTask, endTask, openTask } from '../approval/commands.ts';
import { approvalTasks } from '../approval/store.ts';
import { requireOpenBook } from '../ledger/book-store.ts';
import { Refusal, require } from '../platform/refusal.ts';
import { nextState } from '../platform/state-machine.ts';
import type { Command, UseCase } from '../platform/unit-of-work.ts';
import { requireVersion } from '../platform/version.ts';
import type { Workspace } from '../platform/workspace.ts';
import { discountAnswer, tellDiscount } from './discount-answer.ts';
import { discountLifecycle } from './discount-lifecycle.ts';
import { type LoadedDeals, type LocatedDiscount, linesOf, locatedScope, lockDiscounts } from './discount-loading.ts';
import { instructPayment, undoDiscount } from './discount-payment.ts';
import { billDiscounts, type DiscountRow } from './discount-store.ts';
import { marketDay } from './market.ts';

type Decision = LocatedDiscount & Readonly<{ expectedVersion: number; reason: string | null }>;
type Answer = ReturnType<typeof discountAnswer>;
type Decide = (work: Workspace, discount: DiscountRow, command: Command<Decision>, loaded: LoadedDeals) => DiscountRow;

const useCase = (
  name: 'propose' | 'approve' | 'reject' | 'cancel',
  decide: Decide,
): UseCase<Decision, Answer, LoadedDeals> => ({
  name: `bill_discount.${name}`,
  lane: ({ input }) => input.bookId,
  scope: ({ input }) => locatedScope(input),
  load: (work, commands) =>
    lockDiscounts(
      work,
      commands.map(({ input }) => input),
    ),
  decide: (work, command, loaded) => {
    requireOpenBook(work, command.input.bookId);
    const discount = work.get(billDiscounts, command.input.discountId);
    requireVersion(discount.version, command.input.expectedVersion);
    nextState(discountLifecycle, discount.status, name);
    return discountAnswer(decide(work, discount, command, loaded));
  },
});

const taskOf = (work: Workspace, { approvalId }: DiscountRow) => work.get(approvalTasks, approvalId ?? '');

/** A maker of the bank proposes a discount that the authority matrix does not leave to its rule. */
export const proposeDiscount = useCase('propose', (work, discount, { actor, now }) => {
  require(actor.orgId === discount.bookId, 'not-a-party', 'the bank proposes');
  const task = openTask(work, {
    bookId: discount.bookId,
    subjectKind: 'bill_discount',
    subjectId: discount.id,
    action: 'approve',
    amount: discount.face,
    level: discount.approvalLevel,
    rule: null,
    maker: actor,
    subjectVersion: discount.version + 1,
    now,
  });
  const after = work.update(billDiscounts, discount.id, { status: 'proposed', approvalId: task.id });
  tellDiscount(work, 'proposed', after);
  return after;
});

/** Other people of the bank approve: when enough have, the payment goes out. */
export const approveDiscount = useCase('approve', (work, discount, { actor, input, now }, loaded) => {
  const task = decideTask(work, taskOf(work, discount), { actor, verdict: 'approve', reason: input.reason, now });
  if (task.state !== 'approved') return work.update(billDiscounts, discount.id, {});
  return instructPayment(work, { discount, lines: linesOf(work, loaded, discount.id), now }, loaded);
});

/** A person of the bank rejects: bills, limits and holds are free again. */
export const rejectDiscount = useCase('reject', (work, discount, { actor, input, now }, loaded) => {
  decideTask(work, taskOf(work, discount), { actor, verdict: 'reject', reason: input.reason, now });
  return undone(work, discount, { event: 'reject', note: input.reason, now, loaded });
});

/** The seller, or the bank, takes a discount back before it is paid. */
export const cancelDiscount = useCase('cancel', (work, discount, { actor, input, now }, loaded) => {
  const isParty = actor.orgId === discount.sellerId || actor.orgId === discount.bookId;
  if (!isParty) throw new Refusal('not-a-party', 'only the seller or the bank may cancel a discount');
  if (discount.approvalId !== null) endTask(work, taskOf(work, discount), now);
  return undone(work, discount, { event: 'cancel', note: input.reason, now, loaded });
});

type Undone = Readonly<{ event: 'reject' | 'cancel'; note: string | null; now: Date; loaded: LoadedDeals }>;

const undone = (work: Workspace, discount: DiscountRow, { event, note, now, loaded }: Undone): DiscountRow =>
  undoDiscount(work, {
    discount,
    lines: linesOf(work, loaded, discount.id),
    event,
    on: marketDay(work),
    businessDate: requireOpenBook(work, discount.bookId).businessDate,
    endedHolds: loaded.endedHolds,
    note,
    now,
  });
