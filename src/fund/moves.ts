import { uuidv7 } from 'uuidv7';
import { type Decimal, formatMoney } from '../money/decimal.ts';
import { require } from '../platform/refusal.ts';
import { nextState } from '../platform/state-machine.ts';
import type { Workspace } from '../platform/workspace.ts';
import { tellFund } from './answer.ts';
import { fundLifecycle } from './lifecycle.ts';
import { type FundRow, fundMoves, funds, type MoveKind } from './store.ts';

type Move = Readonly<{
  kind: MoveKind;
  /** Yuan to the fen, above zero. */
  amount: Decimal;
  partyId: string;
  useId: string | null;
  bankReference?: string;
  on: string;
  now: Date;
  /** Whether money that goes out is lent, or comes back from having been. */
  lends?: boolean;
}>;

const events = {
  contribute: 'contribute',
  compensate: 'use',
  draw: 'use',
  recover: 'take_back',
  return: 'take_back',
  fee: 'take_back',
  distribute: 'close',
} as const;

/** Moves money in or out of a locked fund, beside the journal that books it. Refuses (`fund-exhausted`) more than it has. */
export function moveFund(work: Workspace, fundId: string, move: Move): FundRow {
  const before = work.get(funds, fundId);
  const event = events[move.kind];
  const signed = event === 'use' || event === 'close' ? move.amount.negated() : move.amount;
  const balance = before.balance.plus(signed);
  require(!balance.isNegative(), 'fund-exhausted', `the fund has ${formatMoney(before.balance)}`, {
    accepted: `at most ${formatMoney(before.balance)}`,
  });
  const after = work.update(funds, fundId, {
    state: nextState(fundLifecycle, before.state, event),
    balance,
    lent: move.lends ? before.lent.minus(signed) : before.lent,
  });
  work.insert(fundMoves, {
    id: uuidv7(),
    fundId,
    bookId: before.bookId,
    ownerId: before.ownerId,
    kind: move.kind,
    partyId: move.partyId,
    useId: move.useId,
    amount: move.amount,
    balanceAfter: balance,
    bankReference: move.bankReference ?? null,
    movedOn: move.on,
    createdAt: move.now.toISOString(),
  });
  tellFund(work, move.kind, after, { amount: formatMoney(move.amount), useId: move.useId });
  return after;
}
