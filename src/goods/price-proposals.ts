import { uuidv7 } from 'uuidv7';
import { decideTask, openTask } from '../approval/commands.ts';
import { approvalTasks, lockTasks } from '../approval/store.ts';
import { books, requireOpenBook } from '../ledger/book-store.ts';
import { Decimal } from '../money/decimal.ts';
import { require } from '../platform/refusal.ts';
import { nextState } from '../platform/state-machine.ts';
import type { UseCase } from '../platform/unit-of-work.ts';
import { requireVersion } from '../platform/version.ts';
import type { Workspace } from '../platform/workspace.ts';
import { proposalLifecycle } from './lifecycle.ts';
import { type KnownQuotations, knownQuotations, type Quotation, quotationOf, recordQuotation } from './prices.ts';
import { type PriceProposalRow, type ProposedPrice, priceProposals } from './store.ts';

function tellProposal(work: Workspace, kind: string, row: PriceProposalRow): void {
  work.emit({
    kind: `price_proposal.${kind}`,
    objectKind: 'price_proposal',
    objectId: row.id,
    scopeId: row.bookId,
    parties: [row.bookId],
    data: { source: row.source, lines: row.lines.length, state: row.state },
  });
}

/** The lines of a proposal as a feed would tell them. */
const quotationsOf = (lines: readonly ProposedPrice[]): Quotation[] =>
  lines.map((line, index) => ({ ...line, line: index + 1, price: new Decimal(line.price) }));

type Propose = Readonly<{ bookId: string; source: string; reason: string; lines: readonly ProposedPrice[] }>;

/**
 * A person of the bank types quotations where no feed tells them. They are checked as those of a feed are, all or none,
 * and value nothing yet.
 */
export const proposePrices: UseCase<Propose, PriceProposalRow, KnownQuotations> = {
  name: 'goods.propose_prices',
  status: 201,
  lane: ({ input }) => input.bookId,
  scope: ({ input }) => [input.bookId],
  load: async (work, commands) => {
    const asked = commands.flatMap(({ input }) => quotationsOf(input.lines).map((line) => ({ ...input, ...line })));
    return knownQuotations(work, asked, () =>
      work.lock(
        books,
        commands.map(({ input }) => input.bookId),
      ),
    );
  },
  decide: (work, { actor, input, now }, known) => {
    requireOpenBook(work, input.bookId);
    requireDistinct(quotationsOf(input.lines).map((line) => quotationOf(line, input.bookId, known, now)));
    const id = uuidv7();
    const task = openTask(work, {
      bookId: input.bookId,
      subjectKind: 'price_proposal',
      subjectId: id,
      action: 'quote',
      amount: null,
      level: 'one',
      rule: null,
      maker: actor,
      subjectVersion: 1,
      payload: { source: input.source, lines: input.lines },
      now,
    });
    const row: PriceProposalRow = {
      ...input,
      id,
      state: 'proposed',
      proposedBy: actor.personId,
      decidedBy: null,
      approvalId: task.id,
      version: 1,
      createdAt: now.toISOString(),
    };
    work.insert(priceProposals, row);
    tellProposal(work, 'proposed', row);
    return row;
  },
};

/** Of one moment a grade has one price. */
function requireDistinct(quoted: readonly Readonly<{ gradeId: string; quotedAt: string }>[]): void {
  const seen = new Set<string>();
  for (const [index, { gradeId, quotedAt }] of quoted.entries()) {
    const moment = `${gradeId} ${quotedAt}`;
    require(!seen.has(moment), 'invalid-input', 'the grade is quoted twice for this moment', {
      field: `/items/${index}/quotedAt`,
    });
    seen.add(moment);
  }
}

type Decide = Readonly<{
  proposalId: string;
  bookId: string;
  expectedVersion: number;
  verdict: 'approve' | 'reject';
  reason: string | null;
}>;

/** Another person decides. Approved quotations are recorded, all or none, and the goods looked at anew. */
export const decidePrices: UseCase<Decide, PriceProposalRow, KnownQuotations> = {
  name: 'goods.decide_prices',
  lane: ({ input }) => input.bookId,
  scope: ({ input }) => [input.bookId],
  load: async (work, commands) => {
    const ids = commands.map(({ input }) => input.proposalId);
    const read = await work.read(priceProposals, 'id', ids);
    const asked = read.flatMap(({ bookId, lines }) => quotationsOf(lines).map((line) => ({ bookId, ...line })));
    return knownQuotations(work, asked, async () => {
      await work.lock(
        books,
        commands.map(({ input }) => input.bookId),
      );
      await lockTasks(
        work,
        read.map(({ approvalId }) => approvalId),
      );
      await work.lock(priceProposals, ids);
    });
  },
  decide: (work, { actor, input, now }, known) => {
    requireOpenBook(work, input.bookId);
    const row = work.get(priceProposals, input.proposalId);
    requireVersion(row.version, input.expectedVersion);
    const { verdict, reason } = input;
    const state = nextState(proposalLifecycle, row.state, verdict);
    decideTask(work, work.get(approvalTasks, row.approvalId), { actor, verdict, reason, now });
    const after = work.update(priceProposals, row.id, { state, decidedBy: actor.personId });
    if (state === 'approved') {
      const { bookId, source } = row;
      const about = { bookId, source, recordedBy: row.proposedBy, proposalId: row.id, now };
      const outcomes = quotationsOf(row.lines).map((line) => recordQuotation(work, line, about, known).outcome);
      require(outcomes.some((outcome) => outcome !== 'unchanged'), 'price-recorded', 'all of it is recorded already');
      work.wakes.add('revaluations');
    }
    tellProposal(work, state, after);
    return after;
  },
};
