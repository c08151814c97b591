import { uuidv7 } from 'uuidv7';
import { decideTask, openTask } from '../approval/commands.ts';
import { approvalTasks, lockTasks } from '../approval/store.ts';
import { books, requireOpenBook, requireOwnBook } from '../ledger/book-store.ts';
import { ledgerOf } from '../ledger/ledger.ts';
import { Decimal } from '../money/decimal.ts';
import { require } from '../platform/refusal.ts';
import { nextState } from '../platform/state-machine.ts';
import type { UseCase } from '../platform/unit-of-work.ts';
import { requireVersion } from '../platform/version.ts';
import { programmes } from '../programme/store.ts';
import { fundAnswer, tellFund } from './answer.ts';
import { fundLifecycle } from './lifecycle.ts';
import { moveFund } from './moves.ts';
import { accountOf, contributed } from './postings.ts';
import { type FundRow, funds, knownContributions, organizationsAmong } from './store.ts';

type Answer = ReturnType<typeof fundAnswer>;
type Proposal = Pick<FundRow, 'kind' | 'ownerId' | 'sponsor' | 'name' | 'programmeId' | 'terms'>;
type LoadedProposal = Readonly<{
  owners: ReadonlySet<string>;
  programmeIds: ReadonlySet<string>;
  taken: readonly FundRow[];
}>;

/** A maker of the bank proposes to keep a fund for its sponsor; a second person of the bank opens it. */
export const proposeFund: UseCase<Proposal, Answer, LoadedProposal> = {
  name: 'fund.propose',
  status: 201,
  lane: ({ actor }) => actor.orgId,
  scope: ({ input }) => [input.ownerId],
  load: async (work, commands) => {
    await work.lock(
      books,
      commands.map(({ actor }) => actor.orgId),
    );
    const programmeIds = commands.flatMap(({ input }) => input.programmeId ?? []);
    const own = new Set(commands.map(({ actor }) => actor.orgId));
    const found = await work.read(programmes, 'id', programmeIds);
    return {
      owners: await organizationsAmong(
        work,
        commands.map(({ input }) => input.ownerId),
      ),
      programmeIds: new Set(found.filter(({ bookId }) => own.has(bookId)).map(({ id }) => id)),
      taken: await work.read(funds, 'programmeId', programmeIds),
    };
  },
  decide: (work, { actor, input, now }, { owners, programmeIds, taken }) => {
    requireOpenBook(work, actor.orgId);
    require(owners.has(input.ownerId), 'not-found', 'there is no such sponsor', { field: '/ownerId' });
    if (input.programmeId !== null) {
      require(programmeIds.has(input.programmeId), 'not-found', 'there is no such programme', {
        field: '/programmeId',
      });
      const present = [...taken, ...work.all(funds)].some(
        ({ programmeId, state }) =>
          programmeId === input.programmeId && (state === 'proposed' || 'use' in fundLifecycle.arrows[state]),
      );
      require(!present, 'already-exists', 'the programme has a pool already', { field: '/programmeId' });
    }
    const id = uuidv7();
    const task = openTask(work, {
      bookId: actor.orgId,
      subjectKind: 'fund',
      subjectId: id,
      action: 'open',
      amount: null,
      level: 'one',
      rule: null,
      maker: actor,
      subjectVersion: 1,
      now,
    });
    const row: FundRow = {
      ...input,
      id,
      bookId: actor.orgId,
      balance: new Decimal(0),
      lent: new Decimal(0),
      state: 'proposed',
      approvalId: task.id,
      closingTaskId: null,
      version: 1,
      createdAt: now.toISOString(),
    };
    work.insert(funds, row);
    tellFund(work, 'proposed', row);
    return fundAnswer(row);
  },
};

type Decision = Readonly<{ fundId: string; bookId: string; expectedVersion: number; reason: string | null }>;

/** Another person of the bank opens the fund, or drops the proposal. */
export const decideFund = (verdict: 'approve' | 'reject'): UseCase<Decision, Answer> => ({
  name: `fund.${verdict}`,
  lane: ({ input }) => input.bookId,
  scope: ({ input }) => [input.bookId],
  load: async (work, commands) => {
    await work.lock(
      books,
      commands.map(({ input }) => input.bookId),
    );
    const locked = await work.lock(
      funds,
      commands.map(({ input }) => input.fundId),
    );
    await lockTasks(
      work,
      locked.map(({ approvalId }) => approvalId),
    );
  },
  decide: (work, { actor, input, now }) => {
    requireOpenBook(work, input.bookId);
    const row = work.get(funds, input.fundId);
    requireVersion(row.version, input.expectedVersion);
    const state = nextState(fundLifecycle, row.state, verdict);
    decideTask(work, work.get(approvalTasks, row.approvalId), { actor, verdict, reason: input.reason, now });
    const after = work.update(funds, row.id, { state });
    tellFund(work, state, after);
    return fundAnswer(after);
  },
});

type Contribution = Readonly<{
  fundId: string;
  bookId: string;
  partyId: string;
  amount: Decimal;
  bankReference: string;
}>;

/** Money of a contributor has come in for a fund. */
export const contribute: UseCase<Contribution, Answer, Set<string>> = {
  name: 'fund.contribute',
  status: 201,
  lane: ({ input }) => input.bookId,
  scope: ({ input }) => [input.bookId],
  load: async (work, commands) => {
    const inputs = commands.map(({ input }) => input);
    await work.lock(
      books,
      inputs.map(({ bookId }) => bookId),
    );
    await work.lock(
      funds,
      inputs.map(({ fundId }) => fundId),
    );
    const known = await knownContributions(work, inputs);
    for (const { bookId, fundId } of inputs) await ledgerOf(work).lock(bookId, ['1001', accountOf(fundId)]);
    return known;
  },
  decide: (work, { actor, input, now }, known) => {
    requireOwnBook(actor, input.bookId);
    const { businessDate } = requireOpenBook(work, input.bookId);
    const reference = `${input.bookId} ${input.bankReference}`;
    require(!known.has(reference), 'duplicate-bank-reference', 'this payment of the bank has been booked already', {
      field: '/bankReference',
      accepted: 'the reference of a payment not booked yet',
    });
    known.add(reference);
    work.onUndo(() => known.delete(reference));
    const { fundId, partyId, amount, bankReference } = input;
    const move = { kind: 'contribute', partyId, amount, bankReference, useId: null, on: businessDate, now } as const;
    const after = moveFund(work, fundId, move);
    ledgerOf(work).post(
      {
        bookId: input.bookId,
        kind: 'fund.contributed',
        businessDate,
        subjectId: fundId,
        lines: contributed({ fund: fundId, amount }),
      },
      { requestId: actor.requestId, now },
    );
    return fundAnswer(after);
  },
};
