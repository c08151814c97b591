import { uuidv7 } from 'uuidv7';
import { requireActiveChain } from '../chain/rules.ts';
import { banksOf, chains } from '../chain/store.ts';
import { books, requireOpenBook } from '../ledger/book-store.ts';
import type { IsoDate } from '../money/dates.ts';
import { Refusal, require } from '../platform/refusal.ts';
import { nextState } from '../platform/state-machine.ts';
import type { UseCase } from '../platform/unit-of-work.ts';
import { requireVersion } from '../platform/version.ts';
import type { Workspace } from '../platform/workspace.ts';
import type { Reference } from '../reference/store.ts';
import { programmeAnswer, tellOfProgramme, tellOfVersion, versionAnswer } from './answers.ts';
import { lockProgrammes, lockVersions } from './loading.ts';
import { checkTerms, versionLifecycle } from './rules.ts';
import { type ProgrammeRow, type ProgrammeVersionRow, programmes, programmeVersions } from './store.ts';
import type { Terms } from './terms.ts';

type ProgrammeAnswer = ReturnType<typeof programmeAnswer>;
type VersionAnswer = ReturnType<typeof versionAnswer>;

export type NewProgramme = Readonly<{ chainId: string; name: string }>;

type LoadedChains = Readonly<{ present: readonly ProgrammeRow[]; admitted: ReadonlySet<string> }>;

/**
 * A bank opens its programme for a chain; it has no terms yet. One programme of a bank on a chain at a time. A chain
 * that the core enterprise has not admitted the bank to does not exist for it (404).
 */
export const createProgramme: UseCase<NewProgramme, ProgrammeAnswer, LoadedChains> = {
  name: 'programme.create',
  status: 201,
  lane: ({ actor }) => actor.orgId,
  scope: ({ input }) => [input.chainId],
  load: async (work, commands) => {
    const chainIds = commands.map(({ input }) => input.chainId);
    await work.lock(chains, chainIds);
    await work.lock(
      books,
      commands.map(({ actor }) => actor.orgId),
    );
    return { present: await work.read(programmes, 'chainId', chainIds), admitted: await banksOf(work, chainIds) };
  },
  decide: (work, { actor, input, now }, { present, admitted }) => {
    requireOpenBook(work, actor.orgId);
    if (!admitted.has(`${input.chainId} ${actor.orgId}`)) {
      throw new Refusal('not-found', `there is no chain ${input.chainId}`, { field: '/chainId' });
    }
    const chain = work.get(chains, input.chainId);
    requireActiveChain(chain);
    const others = [...present, ...work.all(programmes)];
    const live = others.some(
      ({ bookId, chainId, status }) => bookId === actor.orgId && chainId === chain.id && status !== 'closed',
    );
    require(!live, 'already-exists', 'the bank has a programme for this chain', { field: '/chainId' });
    const row: ProgrammeRow = {
      id: uuidv7(),
      bookId: actor.orgId,
      chainId: chain.id,
      coreId: chain.coreId,
      name: input.name,
      status: 'draft',
      currentVersion: null,
      approvalId: null,
      version: 1,
      createdAt: now.toISOString(),
    };
    work.insert(programmes, row);
    tellOfProgramme(work, 'created', row);
    return programmeAnswer(row);
  },
};

export type NewVersion = Readonly<{ programmeId: string; effectiveFrom: IsoDate; terms: Terms }>;

/** A maker draws up the next version of the terms. One version at a time is worked on. */
export const draftVersion: UseCase<NewVersion, VersionAnswer, Reference> = {
  name: 'programme.draft_version',
  status: 201,
  lane: ({ actor }) => actor.orgId,
  scope: () => [],
  load: (work, commands) =>
    lockProgrammes(
      work,
      commands,
      commands.map(({ input }) => input.programmeId),
    ),
  decide: (work, { actor, input, now }, reference) => {
    const { businessDate } = requireOpenBook(work, actor.orgId);
    const programme = work.get(programmes, input.programmeId);
    requireLiving(programme);
    const versions = versionsOf(work, programme.id);
    require(!versions.some(isWorkedOn), 'already-exists', 'another version is being worked on', {
      accepted: 'a change of that version, or its end',
    });
    checkDraft(input, businessDate, reference);
    const row: ProgrammeVersionRow = {
      id: uuidv7(),
      programmeId: programme.id,
      bookId: programme.bookId,
      chainId: programme.chainId,
      coreId: programme.coreId,
      number: versions.reduce((most, { number }) => Math.max(most, number), 0) + 1,
      effectiveFrom: input.effectiveFrom,
      terms: input.terms,
      status: 'draft',
      makerPerson: actor.personId,
      authors: [actor.personId],
      checkerPerson: null,
      reason: null,
      approvalId: null,
      version: 1,
      createdAt: now.toISOString(),
    };
    work.insert(programmeVersions, row);
    tellOfVersion(work, 'drafted', row);
    return versionAnswer(row);
  },
};

export type VersionChange = Readonly<{
  versionId: string;
  expectedVersion: number;
  change: Readonly<{ effectiveFrom?: IsoDate; terms?: Terms }>;
}>;

/** A maker changes a draft, and is its maker from then on; whoever wrote it before stays one of its authors. */
export const changeVersion: UseCase<VersionChange, VersionAnswer, Reference> = {
  name: 'programme.change_version',
  lane: ({ actor }) => actor.orgId,
  scope: () => [],
  load: lockVersions,
  decide: (work, { actor, input }, reference) => {
    const { businessDate } = requireOpenBook(work, actor.orgId);
    const before = work.get(programmeVersions, input.versionId);
    requireVersion(before.version, input.expectedVersion);
    nextState(versionLifecycle, before.status, 'change');
    checkDraft({ ...before, ...input.change }, businessDate, reference);
    const after = work.update(programmeVersions, before.id, {
      ...input.change,
      makerPerson: actor.personId,
      authors: [...new Set([...before.authors, actor.personId])],
    });
    tellOfVersion(work, 'changed', after);
    return versionAnswer(after);
  },
};

/** Refuses (409) what concerns a closed programme. */
export function requireLiving({ status }: ProgrammeRow): void {
  if (status === 'closed') throw new Refusal('illegal-transition', 'the programme is closed', { state: status });
}

export const versionsOf = (work: Workspace, programmeId: string): ProgrammeVersionRow[] =>
  work.all(programmeVersions).filter((each) => each.programmeId === programmeId);

const isWorkedOn = ({ status }: ProgrammeVersionRow): boolean => status === 'draft' || status === 'submitted';

/** Refuses terms that cannot be approved: contradicting, unlawful, or in effect before the book's business date. */
export function checkDraft(
  { terms, effectiveFrom }: Readonly<{ terms: Terms; effectiveFrom: IsoDate }>,
  businessDate: IsoDate,
  reference: Reference,
): void {
  require(effectiveFrom >= businessDate, 'effective-date-past', `the book is at ${businessDate}`, {
    field: '/effectiveFrom',
    accepted: `${businessDate} or later`,
  });
  checkTerms(terms, effectiveFrom, reference);
}
