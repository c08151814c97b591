import { organizations } from '../identity/store.ts';
import type { Decimal } from '../money/decimal.ts';
import { Refusal, require } from '../platform/refusal.ts';
import type { UseCase } from '../platform/unit-of-work.ts';
import { requireVersion } from '../platform/version.ts';
import type { Workspace } from '../platform/workspace.ts';
import { acceptorAnswer } from './answer.ts';
import { type AcceptorRow, acceptors } from './store.ts';

/** What the exchange knows of an acceptor: how much it may accept, and for a bank what its caps are measured by. */
export type AcceptorFigures = Readonly<{
  acceptanceLimit: Decimal;
  totalAssets: Decimal | null;
  deposits: Decimal | null;
}>;
type Record = AcceptorFigures & Readonly<{ orgId: string }>;

/** Total assets and deposits of a bank, which the caps are parts of, are both known; of an enterprise neither is. */
function requireFigures(isBank: boolean, { totalAssets, deposits }: AcceptorFigures): void {
  const fits = isBank ? totalAssets !== null && deposits !== null : totalAssets === null && deposits === null;
  require(fits, 'invalid-input', isBank ? 'the caps of a bank need its figures' : 'only a bank has these caps', {
    field: totalAssets === null ? '/totalAssets' : '/deposits',
    accepted: isBank ? 'total assets and deposits' : 'neither total assets nor deposits',
  });
}

function tell(work: Workspace, acceptor: AcceptorRow): void {
  work.emit({
    kind: 'bill_acceptor.recorded',
    objectKind: 'bill_acceptor',
    objectId: acceptor.orgId,
    scopeId: acceptor.orgId,
    parties: [acceptor.orgId],
    data: { acceptanceLimit: acceptor.acceptanceLimit.toFixed(2) },
  });
}

/** The platform operator records who may accept bills, and up to how much. */
export const recordAcceptor: UseCase<Record, ReturnType<typeof acceptorAnswer>, ReadonlyMap<string, string>> = {
  name: 'bill_acceptor.record',
  status: 201,
  lane: ({ input }) => input.orgId,
  scope: ({ input }) => [input.orgId],
  load: async (work, commands) => {
    const ids = commands.map(({ input }) => input.orgId);
    const found = await work.read(organizations, 'id', ids);
    await work.lock(acceptors, ids);
    return new Map(found.map(({ id, kind }) => [id, kind]));
  },
  decide: (work, { input, now }, kinds) => {
    const kind = kinds.get(input.orgId);
    if (kind === undefined) {
      throw new Refusal('not-found', `there is no organization ${input.orgId}`, { field: '/orgId' });
    }
    require(work.find(acceptors, input.orgId) === undefined, 'already-exists', 'the acceptor has a profile already', {
      field: '/orgId',
    });
    requireFigures(kind === 'bank', input);
    const { orgId, acceptanceLimit, totalAssets, deposits } = input;
    const acceptor: AcceptorRow = {
      orgId,
      acceptanceLimit,
      accepted: acceptanceLimit.times(0),
      margin: acceptanceLimit.times(0),
      totalAssets,
      deposits,
      listedFrom: null,
      sustainedUntil: null,
      version: 1,
      createdAt: now.toISOString(),
    };
    work.insert(acceptors, acceptor);
    tell(work, acceptor);
    return acceptorAnswer(acceptor);
  },
};

type Change = Record & Readonly<{ expectedVersion: number }>;

/** New figures of an acceptor. A limit is never set below what has been accepted (`limit-below-use`). */
export const changeAcceptor: UseCase<Change, ReturnType<typeof acceptorAnswer>> = {
  name: 'bill_acceptor.change',
  lane: ({ input }) => input.orgId,
  scope: ({ input }) => [input.orgId],
  load: async (work, commands) => {
    await work.lock(
      acceptors,
      commands.map(({ input }) => input.orgId),
    );
  },
  decide: (work, { input }) => {
    const acceptor = work.get(acceptors, input.orgId);
    requireVersion(acceptor.version, input.expectedVersion);
    requireFigures(acceptor.totalAssets !== null, input);
    const { acceptanceLimit, totalAssets, deposits } = input;
    require(acceptanceLimit.greaterThanOrEqualTo(acceptor.accepted), 'limit-below-use', 'more has been accepted', {
      field: '/acceptanceLimit',
      accepted: `at least ${acceptor.accepted.toFixed(2)}`,
    });
    const after = work.update(acceptors, acceptor.orgId, { acceptanceLimit, totalAssets, deposits });
    tell(work, after);
    return acceptorAnswer(after);
  },
};
