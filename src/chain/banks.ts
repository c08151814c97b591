import { uuidv7 } from 'uuidv7';
import { type OrganizationRow, organizations, PLATFORM_SCOPE } from '../identity/store.ts';
import { Refusal, require } from '../platform/refusal.ts';
import { nextState } from '../platform/state-machine.ts';
import type { Command, UseCase } from '../platform/unit-of-work.ts';
import { requireVersion } from '../platform/version.ts';
import type { Workspace } from '../platform/workspace.ts';
import { admissionAnswer } from './answers.ts';
import { tellAdmission } from './events.ts';
import { admissionLifecycle, admissionParties } from './lifecycle.ts';
import { loadStanding, partyTo, requireParty, type Standing } from './party.ts';
import { requireActiveChain } from './rules.ts';
import { type AdmissionRow, admissions, type ChainRow, chains } from './store.ts';

type AdmissionAnswer = ReturnType<typeof admissionAnswer>;
type OfBank = Readonly<{ chainId: string; bankId: string }>;
type Loaded = Readonly<{ standing: Standing; banks: ReadonlyMap<string, OrganizationRow> }>;

async function load(work: Workspace, commands: readonly Command<OfBank>[]): Promise<Loaded> {
  const chainIds = commands.map(({ input }) => input.chainId);
  await work.lock(chains, chainIds);
  await work.lockBy(admissions, 'chainId', chainIds, 'true');
  const named = await work.read(
    organizations,
    'id',
    commands.map(({ input }) => input.bankId),
  );
  const banks = named.filter(({ kind }) => kind === 'bank');
  return { standing: await loadStanding(work, commands), banks: new Map(banks.map((row) => [row.id, row])) };
}

const shape = {
  lane: ({ input }: Command<OfBank>) => input.chainId,
  // The core enterprise does not see the bank before it has admitted it.
  scope: ({ input }: Command<OfBank>) => [input.chainId, PLATFORM_SCOPE],
  load,
} as const;

/** The chain, for those who say which banks finance on it, and what they have said of this bank. */
function placeFor(work: Workspace, { actor, input }: Command<OfBank>, { standing }: Loaded) {
  const chain = work.get(chains, input.chainId);
  requireParty(partyTo(actor, chain, { standing }), admissionParties, `chain ${chain.id}`);
  const present = work.all(admissions).find(({ chainId, bankId }) => chainId === chain.id && bankId === input.bankId);
  return { chain, present };
}

/** The core enterprise, or the operator for it, admits a bank to its chain, so that it may offer its programme there. */
export const admitBank: UseCase<OfBank, AdmissionAnswer, Loaded> = {
  ...shape,
  name: 'chain.admit_bank',
  status: 201,
  decide: (work, command, loaded) => {
    const { chain, present } = placeFor(work, command, loaded);
    requireActiveChain(chain);
    const bank = loaded.banks.get(command.input.bankId);
    if (bank === undefined) {
      throw new Refusal('invalid-input', 'there is no such bank', { field: '/bankId', accepted: 'a bank' });
    }
    require(bank.status === 'active', 'organization-suspended', 'the bank is suspended', { field: '/bankId' });
    require(present?.status !== 'admitted', 'already-exists', 'the bank is admitted', { field: '/bankId' });
    const row = present === undefined ? admitted(work, chain, command) : admittedAgain(work, present);
    tellAdmission(work, 'chain.bank_admitted', row);
    return admissionAnswer(row);
  },
};

function admitted(work: Workspace, chain: ChainRow, { input, now }: Command<OfBank>): AdmissionRow {
  const row: AdmissionRow = {
    id: uuidv7(),
    chainId: chain.id,
    coreId: chain.coreId,
    bankId: input.bankId,
    status: 'admitted',
    version: 1,
    createdAt: now.toISOString(),
  };
  work.insert(admissions, row);
  return row;
}

const admittedAgain = (work: Workspace, { id, status }: AdmissionRow): AdmissionRow =>
  work.update(admissions, id, { status: nextState(admissionLifecycle, status, 'admit') });

/** Takes the admission of a bank back: it takes no new business on the chain, and runs off what it has. */
export const withdrawBank: UseCase<OfBank & Readonly<{ expectedVersion: number }>, AdmissionAnswer, Loaded> = {
  ...shape,
  name: 'chain.withdraw_bank',
  decide: (work, command, loaded) => {
    const { present } = placeFor(work, command, loaded);
    const { bankId, expectedVersion } = command.input;
    if (present === undefined) throw new Refusal('not-found', `there is no bank ${bankId} on the chain`);
    requireVersion(present.version, expectedVersion);
    const row = work.update(admissions, present.id, {
      status: nextState(admissionLifecycle, present.status, 'withdraw'),
    });
    tellAdmission(work, 'chain.bank_withdrawn', row);
    return admissionAnswer(row);
  },
};
