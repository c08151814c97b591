import { books } from '../ledger/book-store.ts';
import { require } from '../platform/refusal.ts';
import type { UseCase } from '../platform/unit-of-work.ts';
import { requireVersion } from '../platform/version.ts';
import { pledgeAnswer, tell } from './answer.ts';
import { type LocatedPledge, lockPledges, pledgeIn, scopeOf } from './loading.ts';
import { pledges } from './store.ts';

type Thaw = LocatedPledge & Readonly<{ expectedVersion: number; reason: string }>;

/** The bank has looked into a variance: goods may leave again. The next valuation freezes what is stale. */
export const thawPledge: UseCase<Thaw, ReturnType<typeof pledgeAnswer>> = {
  name: 'inventory.thaw',
  lane: ({ input }) => input.bookId,
  scope: scopeOf,
  load: async (work, commands) => {
    await work.lock(
      books,
      commands.map(({ input }) => input.bookId),
    );
    await lockPledges(
      work,
      commands.map(({ input }) => input.pledgeId),
    );
  },
  decide: (work, { actor, input }) => {
    const pledge = pledgeIn(work, input);
    requireVersion(pledge.version, input.expectedVersion);
    require(actor.orgId === pledge.bookId, 'not-a-party', 'the lender thaws a pledge');
    require(pledge.outbound === 'variance', 'nothing-to-thaw', 'no variance freezes the pledge');
    const after = work.update(pledges, pledge.id, { outbound: 'free', note: input.reason });
    tell(work, 'thawed', after, { reason: input.reason });
    return pledgeAnswer(after);
  },
};
