import type { Decimal } from '../money/decimal.ts';
import { Refusal, require } from '../platform/refusal.ts';
import type { Command, UseCase } from '../platform/unit-of-work.ts';
import type { Workspace } from '../platform/workspace.ts';
import { confirmOne, rejectOne } from './confirmation.ts';
import type { RejectionCode } from './lifecycle.ts';
import { lockReceivables, receivables } from './store.ts';

type Line = Readonly<{
  receivableId: string;
  expectedVersion: number;
  /** What is confirmed; null for the whole face. */
  amount: Decimal | null;
  /** Why it is not owed; null for a confirmation. */
  reject: RejectionCode | null;
  reason: string | null;
}>;
type Answers = Readonly<{ chainId: string; items: readonly Line[] }>;

type Result = Readonly<{ line: number; receivableId: string }> &
  Readonly<
    | { outcome: 'confirmed' | 'rejected'; version: number }
    | { outcome: 'refused'; code: string; message: string; field?: string; accepted?: string }
  >;

function answerOne(work: Workspace, { actor, input, now }: Command<Answers>, item: Line) {
  require(work.find(receivables, item.receivableId)?.chainId ===
    input.chainId, 'not-found', `there is no receivable ${item.receivableId} on the chain`, { field: '/receivableId' });
  const on = { ...item, chainId: input.chainId };
  if (item.reject === null) return { outcome: 'confirmed', row: confirmOne(work, { actor, input: on, now }) } as const;
  require(item.amount === null, 'invalid-input', 'a line confirms an amount or rejects, not both', {
    field: '/amount',
  });
  return { outcome: 'rejected', row: rejectOne(work, { actor, input: { ...on, code: item.reject } }) } as const;
}

/** A debtor answers a whole list: each line is confirmed, rejected or refused on its own, results in its order. */
export const answerReceivables: UseCase<
  Answers,
  { confirmed: number; rejected: number; refused: number; results: Result[] }
> = {
  name: 'receivable.answer_many',
  lane: ({ input }) => input.chainId,
  scope: ({ input }) => [input.chainId],
  load: (work, commands) =>
    lockReceivables(
      work,
      commands.flatMap(({ input }) => input.items.map(({ receivableId }) => receivableId)),
    ),
  decide: (work, command) => {
    const results = command.input.items.map((item, line): Result => {
      const { receivableId } = item;
      try {
        const { outcome, row } = answerOne(work, command, item);
        return { line, receivableId, outcome, version: row.version };
      } catch (error) {
        if (!(error instanceof Refusal)) throw error;
        const { field, accepted } = error.detail;
        return {
          ...{ line, receivableId, outcome: 'refused', code: error.code, message: error.message },
          ...(field === undefined ? {} : { field: `/items/${line}${field}` }),
          ...(accepted === undefined ? {} : { accepted }),
        };
      }
    });
    const count = (wanted: Result['outcome']) => results.filter(({ outcome }) => outcome === wanted).length;
    return { confirmed: count('confirmed'), rejected: count('rejected'), refused: count('refused'), results };
  },
};
