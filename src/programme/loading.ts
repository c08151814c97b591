import { lockTasks } from '../approval/store.ts';
import { books } from '../ledger/book-store.ts';
import type { Command } from '../platform/unit-of-work.ts';
import type { Workspace } from '../platform/workspace.ts';
import { loadReference, type Reference } from '../reference/store.ts';
import { programmes, programmeVersions } from './store.ts';

const present = (values: readonly (string | null)[]): string[] => values.filter((value) => value !== null);

/** Locks the actors' books, these programmes with all their versions, and the approvals these wait for. */
export async function lockProgrammes(
  work: Workspace,
  commands: readonly Command<unknown>[],
  programmeIds: readonly string[],
): Promise<Reference> {
  const reference = await loadReference(work);
  await work.lock(
    books,
    commands.map(({ actor }) => actor.orgId),
  );
  const locked = await work.lock(programmes, programmeIds);
  const versions = await work.read(
    programmeVersions,
    'programmeId',
    locked.map(({ id }) => id),
  );
  const lockedVersions = await work.lock(
    programmeVersions,
    versions.map(({ id }) => id),
  );
  await lockTasks(work, present([...locked, ...lockedVersions].map(({ approvalId }) => approvalId)));
  return reference;
}

/** The same for the programmes that these versions belong to. */
export async function lockVersions(
  work: Workspace,
  commands: readonly Command<Readonly<{ versionId: string }>>[],
): Promise<Reference> {
  const named = await work.read(
    programmeVersions,
    'id',
    commands.map(({ input }) => input.versionId),
  );
  return lockProgrammes(
    work,
    commands,
    named.map(({ programmeId }) => programmeId),
  );
}
