import { uuidv7 } from 'uuidv7';
import { cleanName } from '../identity/names.ts';
import { type OrganizationRow, organizations } from '../identity/store.ts';
import type { Actor } from '../platform/actor.ts';
import { Refusal, require } from '../platform/refusal.ts';
import { nextState } from '../platform/state-machine.ts';
import type { Command, UseCase } from '../platform/unit-of-work.ts';
import { requireVersion } from '../platform/version.ts';
import type { Workspace } from '../platform/workspace.ts';
import { chainAnswer } from './answers.ts';
import { tellChain } from './events.ts';
import { type ChainEvent, chainEventParties, chainLifecycle } from './lifecycle.ts';
import { loadStanding, partyTo, requireParty, type Standing } from './party.ts';
import { type ChainRow, chains } from './store.ts';

export type ChainAnswer = ReturnType<typeof chainAnswer>;

type Creation = Readonly<{ coreId: string; name: string }>;

/** An enterprise founds a chain of its own, or the platform operator one for an enterprise. */
export const createChain: UseCase<Creation, ChainAnswer, { present: readonly ChainRow[] }> = {
  name: 'chain.create',
  status: 201,
  lane: ({ input }) => input.coreId,
  scope: ({ actor, input }) => (actor.orgKind === 'operator' ? [input.coreId] : []),
  load: async (work, commands) => {
    const coreIds = commands.map(({ input }) => input.coreId);
    await work.lock(organizations, coreIds);
    return { present: await work.read(chains, 'coreId', coreIds) };
  },
  decide: (work, { actor, input, now }, { present }) => {
    const core = coreOf(work, actor, input.coreId);
    const name = cleanName(input.name, '/name');
    requireFreeName([...present, ...work.all(chains)], { coreId: core.id, name });
    const chain: ChainRow = {
      id: uuidv7(),
      coreId: core.id,
      name,
      status: 'active',
      version: 1,
      createdAt: now.toISOString(),
    };
    work.insert(chains, chain);
    tellChain(work, 'chain.created', chain);
    return chainAnswer(chain, core);
  },
};

function coreOf(work: Workspace, actor: Actor, coreId: string): OrganizationRow {
  require(actor.orgId === coreId ||
    actor.orgKind === 'operator', 'not-a-party', 'an enterprise founds its own chains', {
    field: '/coreId',
    accepted: 'your own organization',
  });
  const core = work.find(organizations, coreId);
  if (core === undefined || core.kind !== 'enterprise') {
    throw new Refusal('invalid-input', 'there is no such enterprise', { field: '/coreId', accepted: 'an enterprise' });
  }
  require(core.status === 'active', 'organization-suspended', 'the enterprise is suspended', { field: '/coreId' });
  return core;
}

function requireFreeName(rows: readonly ChainRow[], { coreId, name }: Creation, except?: string): void {
  const taken = rows.some((row) => row.coreId === coreId && row.name === name && row.id !== except);
  require(!taken, 'already-exists', 'the enterprise has a chain of this name', {
    field: '/name',
    accepted: 'another name',
  });
}

type OfChain = Readonly<{ chainId: string; expectedVersion: number }>;
type Loaded = Readonly<{
  standing: Standing;
  cores: ReadonlyMap<string, OrganizationRow>;
  siblings: readonly ChainRow[];
}>;

async function load(work: Workspace, commands: readonly Command<OfChain>[]): Promise<Loaded> {
  const rows = await work.lock(
    chains,
    commands.map(({ input }) => input.chainId),
  );
  const coreIds = rows.map(({ coreId }) => coreId);
  const cores = await work.read(organizations, 'id', coreIds);
  return {
    standing: await loadStanding(work, commands),
    cores: new Map(cores.map((core) => [core.id, core])),
    siblings: await work.read(chains, 'coreId', coreIds),
  };
}

const shape = {
  lane: ({ input }: Command<OfChain>) => input.chainId,
  scope: ({ input }: Command<OfChain>) => [input.chainId],
  load,
} as const;

/** The chain, for parties that may change it so; refuses everyone else, and who decided on a state that has passed. */
function chainFor(work: Workspace, { actor, input }: Command<OfChain>, event: ChainEvent | 'rename', loaded: Loaded) {
  const chain = work.get(chains, input.chainId);
  const allowed = event === 'rename' ? (['core'] as const) : chainEventParties[event];
  requireParty(partyTo(actor, chain, { standing: loaded.standing }), allowed, `chain ${chain.id}`);
  requireVersion(chain.version, input.expectedVersion);
  return { chain, core: loaded.cores.get(chain.coreId) as OrganizationRow };
}

/** The core enterprise renames its chain. */
export const renameChain: UseCase<OfChain & Readonly<{ name: string }>, ChainAnswer, Loaded> = {
  ...shape,
  name: 'chain.rename',
  decide: (work, command, loaded) => {
    const { chain, core } = chainFor(work, command, 'rename', loaded);
    const name = cleanName(command.input.name, '/name');
    requireFreeName([...loaded.siblings, ...work.all(chains)], { coreId: core.id, name }, chain.id);
    const next = work.update(chains, chain.id, { name });
    tellChain(work, 'chain.renamed', next, { formerName: chain.name });
    return chainAnswer(next, core);
  },
};

const pastTense: Readonly<Record<ChainEvent, string>> = { suspend: 'suspended', resume: 'resumed', close: 'closed' };

/** Suspends, resumes or closes a chain. */
export const chainTransition = (event: ChainEvent): UseCase<OfChain, ChainAnswer, Loaded> => ({
  ...shape,
  name: `chain.${event}`,
  decide: (work, command, loaded) => {
    const { chain, core } = chainFor(work, command, event, loaded);
    const next = work.update(chains, chain.id, { status: nextState(chainLifecycle, chain.status, event) });
    tellChain(work, `chain.${pastTense[event]}`, next);
    return chainAnswer(next, core);
  },
});
