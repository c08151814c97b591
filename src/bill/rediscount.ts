import { uuidv7 } from 'uuidv7';
import { openTask } from '../approval/commands.ts';
import { books, requireOpenBook } from '../ledger/book-store.ts';
import { Decimal } from '../money/decimal.ts';
import { Refusal } from '../platform/refusal.ts';
import type { UseCase } from '../platform/unit-of-work.ts';
import { loadReference, type Reference } from '../reference/store.ts';
import { discountLines, type RediscountPurpose } from './discount-store.ts';
import { rediscountAnswer, tellRediscount } from './rediscount-answer.ts';
import { rediscountLine, requireDistinct } from './rediscount-rules.ts';
import { billRediscounts, type RediscountLineRow, type RediscountRow, rediscountLines } from './rediscount-store.ts';

type Propose = Readonly<{ bookId: string; purpose: RediscountPurpose; lineIds: readonly string[] }>;
type Answer = ReturnType<typeof rediscountAnswer>;

/**
 * A maker of the bank proposes to rediscount bills with the central bank, at its rate in force on the business day: each
 * must be on the eligibility list for the purpose.
 */
export const proposeRediscount: UseCase<Propose, Answer, Reference> = {
  name: 'bill_rediscount.propose',
  status: 201,
  lane: ({ input }) => input.bookId,
  scope: ({ input }) => [input.bookId],
  load: async (work, commands) => {
    const inputs = commands.map(({ input }) => input);
    const reference = await loadReference(work);
    await work.lock(
      books,
      inputs.map(({ bookId }) => bookId),
    );
    await work.lock(
      discountLines,
      inputs.flatMap(({ lineIds }) => lineIds),
    );
    return reference;
  },
  decide: (work, { actor, input, now }, reference) => {
    const { bookId, purpose, lineIds } = input;
    const { businessDate: on } = requireOpenBook(work, bookId);
    requireDistinct(lineIds, '/lineIds');
    const { value: rate } = reference.requireParameter('bill.rediscountRate', on);
    const id = uuidv7();
    const lines = lineIds.map((lineId, place): RediscountLineRow => {
      const line = work.find(discountLines, lineId);
      if (line?.bookId !== bookId) {
        throw new Refusal('not-found', `there is no discounted bill ${lineId}`, { field: `/lineIds/${place}` });
      }
      const { interest } = rediscountLine(line, { purpose, rate, on });
      work.update(discountLines, line.id, { rediscountId: id });
      return {
        id: uuidv7(),
        rediscountId: id,
        bookId,
        discountLineId: line.id,
        amount: line.amount,
        interest,
        earnsFrom: on,
        earnsUntil: line.maturityDate,
        state: 'pending',
        endedOn: null,
        version: 1,
        createdAt: now.toISOString(),
      };
    });
    const sum = (pick: (line: RediscountLineRow) => Decimal) =>
      lines.reduce((total, line) => total.plus(pick(line)), new Decimal(0));
    const face = sum(({ amount }) => amount);
    const interest = sum((line) => line.interest);
    const task = openTask(work, {
      bookId,
      subjectKind: 'bill_rediscount',
      subjectId: id,
      action: 'approve',
      amount: face,
      level: 'one',
      rule: null,
      maker: actor,
      subjectVersion: 1,
      now,
    });
    const rediscount: RediscountRow = {
      ...{ id, bookId, purpose, rate, face, interest },
      status: 'proposed',
      valueDate: on,
      proceeds: face.minus(interest),
      approvalId: task.id,
      note: null,
      version: 1,
      createdAt: now.toISOString(),
    };
    work.insert(billRediscounts, rediscount);
    for (const line of lines) work.insert(rediscountLines, line);
    tellRediscount(work, 'proposed', rediscount);
    return rediscountAnswer(rediscount);
  },
};
