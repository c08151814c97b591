import { uuidv7 } from 'uuidv7';
import { type ChainRow, chains, type MemberRow, membersOf } from '../chain/store.ts';
import { lotClaims } from '../goods/lifecycle.ts';
import { changeLot, claimLot, freeLot, lotInStock } from '../goods/lots.ts';
import { lots, warehouses } from '../goods/store.ts';
import { books, requireOpenBook } from '../ledger/book-store.ts';
import { Decimal } from '../money/decimal.ts';
import { Refusal, require } from '../platform/refusal.ts';
import { nextState } from '../platform/state-machine.ts';
import type { Command, UseCase } from '../platform/unit-of-work.ts';
import { requireVersion } from '../platform/version.ts';
import type { Workspace } from '../platform/workspace.ts';
import { versionInForce } from '../programme/rules.ts';
import { loadProgrammes, type ProgrammeWithVersions } from '../programme/store.ts';
import { pledgeAnswer, tell } from './answer.ts';
import { pledgeLifecycle } from './lifecycle.ts';
import { type LoadedPledges, type LocatedPledge, loadStood, lockPledges, pledgeIn, scopeOf } from './loading.ts';
import { isFresh, revalue } from './revaluation.ts';
import { goodsOf } from './standing.ts';
import { type PledgeRow, pledges, type Supervision } from './store.ts';

type Answer = ReturnType<typeof pledgeAnswer>;
type Open = Readonly<{
  programmeId: string;
  bookId: string;
  chainId: string;
  mode: 'static' | 'floating';
  purchaseMoney: boolean;
}>;
type Frame = Readonly<{
  programmes: ReadonlyMap<string, ProgrammeWithVersions>;
  chains: readonly ChainRow[];
  members: readonly MemberRow[];
}>;

/** A member of the chain sets up a pledge with the bank of the programme; lots are offered to it next. */
export const openPledge: UseCase<Open, Answer, Frame> = {
  name: 'inventory.open',
  status: 201,
  lane: ({ input }) => input.bookId,
  scope: ({ input }) => [input.bookId, input.chainId],
  load: async (work, commands) => {
    const inputs = commands.map(({ input }) => input);
    const chainIds = inputs.map(({ chainId }) => chainId);
    const frame = {
      programmes: await loadProgrammes(
        work,
        inputs.map(({ programmeId }) => programmeId),
      ),
      chains: await work.read(chains, 'id', chainIds),
      members: await membersOf(work, { chainIds, orgIds: commands.map(({ actor }) => actor.orgId) }),
    };
    await work.lock(
      books,
      inputs.map(({ bookId }) => bookId),
    );
    return frame;
  },
  decide: (work, { actor, input, now }, frame) => {
    const { businessDate } = requireOpenBook(work, input.bookId);
    const programme = frame.programmes.get(input.programmeId);
    if (programme?.programme.chainId !== input.chainId) {
      throw new Refusal('not-found', 'there is no such programme', { field: '/programmeId' });
    }
    const version = versionInForce(programme.versions, businessDate);
    const terms = version.terms.products.inventory_loan;
    if (!terms?.enabled || terms.inventory === undefined) {
      throw new Refusal('product-not-offered', 'the programme does not lend on goods', { field: '/programmeId' });
    }
    require(terms.inventory.modes.includes(input.mode), 'product-not-offered', `no ${input.mode} pledge is offered`, {
      field: '/mode',
      accepted: terms.inventory.modes.join(', '),
    });
    const chain = frame.chains.find(({ id }) => id === input.chainId);
    require(chain?.status === 'active', 'chain-suspended', 'the chain takes no new business');
    const member = frame.members.find((each) => each.orgId === actor.orgId && each.chainId === input.chainId);
    require(member?.status ===
      'verified', 'not-a-verified-supplier', 'only a verified member of the chain pledges goods', {
      accepted: 'a verified member',
    });
    const row: PledgeRow = {
      ...input,
      id: uuidv7(),
      programmeVersion: version.number,
      pledgorId: actor.orgId,
      status: 'setup',
      outbound: 'free',
      terms: { ...terms.inventory, initial: terms.advanceRatio },
      value: new Decimal(0),
      margin: new Decimal(0),
      valuedAt: null,
      supervisorId: null,
      supervision: null,
      controlledFrom: null,
      appointedBy: null,
      confirmedBy: null,
      note: null,
      version: 1,
      createdAt: now.toISOString(),
    };
    work.insert(pledges, row);
    tell(work, 'opened', row, { mode: row.mode });
    return pledgeAnswer(row);
  },
};

type Offer = LocatedPledge & Readonly<{ expectedVersion: number; lotIds: readonly string[] }>;

const lockWithLots = async (work: Workspace, commands: readonly Command<Offer>[]): Promise<void> => {
  await work.lock(
    books,
    commands.map(({ input }) => input.bookId),
  );
  await lockPledges(
    work,
    commands.map(({ input }) => input.pledgeId),
  );
  await work.lock(
    lots,
    commands.flatMap(({ input }) => input.lotIds),
  );
};

function offering(event: 'offer' | 'withdraw'): UseCase<Offer, Answer> {
  return {
    name: `inventory.${event}`,
    lane: ({ input }) => input.bookId,
    scope: scopeOf,
    load: lockWithLots,
    decide: (work, { actor, input, now }) => {
      const pledge = pledgeIn(work, input);
      requireVersion(pledge.version, input.expectedVersion);
      require(actor.orgId === pledge.pledgorId, 'not-a-party', 'only the pledgor offers its goods');
      nextState(pledgeLifecycle, pledge.status, event);
      for (const [index, lotId] of input.lotIds.entries()) {
        const field = `/lotIds/${index}`;
        const lot = lotInStock(work, lotId, field);
        require(lot.ownerId === actor.orgId, 'not-found', `there is no lot ${lotId}`, { field });
        if (event === 'withdraw') {
          require(lot.pledgeId === pledge.id, 'not-found', `lot ${lotId} is not offered to this pledge`, { field });
          freeLot(work, lot, 'withdraw', now);
          continue;
        }
        require(pledge.supervisorId === null ||
          pledge.supervisorId ===
            lot.operatorId, 'another-supervisor', 'the lot lies with another than the supervisor of the pledge', {
          field,
        });
        const claimant = { event, pledgeId: pledge.id, bookId: pledge.bookId };
        claimLot(work, lot, claimant, { now, field });
      }
      const after = work.update(pledges, pledge.id, {});
      tell(work, event === 'offer' ? 'lots_offered' : 'lots_withdrawn', after, { lotIds: input.lotIds });
      return pledgeAnswer(after);
    },
  };
}

/** The pledgor offers lots of its own, free of any claim; the bank's confirmation pledges them. */
export const offerLots = offering('offer');
/** The pledgor takes lots back before the supervisor has attested them. */
export const withdrawLots = offering('withdraw');

type Appoint = LocatedPledge &
  Readonly<{ expectedVersion: number; warehouseId: string; supervision: Omit<Supervision, 'evidence'> }>;

/** The bank appoints the supervisor, and records its search of the register: both before it lends. */
export const appointSupervisor: UseCase<Appoint, Answer, ReadonlyMap<string, string>> = {
  name: 'inventory.appoint',
  lane: ({ input }) => input.bookId,
  scope: scopeOf,
  load: async (work, commands) => {
    const rows = await work.read(
      warehouses,
      'id',
      commands.map(({ input }) => input.warehouseId),
    );
    await work.lock(
      books,
      commands.map(({ input }) => input.bookId),
    );
    await lockPledges(
      work,
      commands.map(({ input }) => input.pledgeId),
    );
    await work.lockBy(
      lots,
      'pledgeId',
      commands.map(({ input }) => input.pledgeId),
      "state = 'in_stock'",
    );
    return new Map(rows.map(({ id, operatorId }) => [id, operatorId]));
  },
  decide: (work, { actor, input }, operators) => {
    const pledge = pledgeIn(work, input);
    requireVersion(pledge.version, input.expectedVersion);
    require(actor.orgId === pledge.bookId, 'not-a-party', 'the lender appoints the supervisor');
    const status = nextState(pledgeLifecycle, pledge.status, 'appoint');
    const supervisorId = operators.get(input.warehouseId);
    if (supervisorId === undefined) {
      throw new Refusal('not-found', 'there is no such warehouse', { field: '/warehouseId' });
    }
    const elsewhere = work.all(lots).find((lot) => lot.pledgeId === pledge.id && lot.operatorId !== supervisorId);
    require(elsewhere ===
      undefined, 'another-supervisor', `lot ${elsewhere?.id} lies with another warehouse operator`, {
      field: '/warehouseId',
    });
    const supervision = { ...input.supervision, evidence: [] };
    const after = work.update(pledges, pledge.id, { status, supervisorId, supervision, appointedBy: actor.personId });
    tell(work, 'supervisor_appointed', after, { agreementNumber: supervision.agreementNumber });
    return pledgeAnswer(after);
  },
};

type Attest = LocatedPledge &
  Readonly<{ expectedVersion: number; controlledFrom: string; evidence: Supervision['evidence'] }>;

const lockOnly = async (work: Workspace, commands: readonly Command<LocatedPledge>[]): Promise<void> => {
  await work.lock(
    books,
    commands.map(({ input }) => input.bookId),
  );
  await lockPledges(
    work,
    commands.map(({ input }) => input.pledgeId),
  );
};

/** The supervisor attests that it controls the goods, since when, with its evidence: what makes the pledge one in law. */
export const attestControl: UseCase<Attest, Answer> = {
  name: 'inventory.attest',
  lane: ({ input }) => input.bookId,
  scope: scopeOf,
  load: lockOnly,
  decide: (work, { actor, input, now }) => {
    const pledge = pledgeIn(work, input);
    requireVersion(pledge.version, input.expectedVersion);
    require(actor.orgId === pledge.supervisorId, 'not-a-party', 'the supervisor attests that it controls the goods');
    const status = nextState(pledgeLifecycle, pledge.status, 'attest');
    require(input.controlledFrom <= now.toISOString(), 'invalid-input', 'control has begun when it is attested', {
      field: '/controlledFrom',
      accepted: `a moment up to ${now.toISOString()}`,
    });
    const supervision = { ...(pledge.supervision as Supervision), evidence: input.evidence };
    const after = work.update(pledges, pledge.id, { status, supervision, controlledFrom: input.controlledFrom });
    tell(work, 'control_attested', after, { controlledFrom: input.controlledFrom });
    return pledgeAnswer(after);
  },
};

type Decide = LocatedPledge & Readonly<{ expectedVersion: number }>;

/**
 * Another person of the bank confirms the list: the lots are pledged, the goods stand off the balance sheet, and may
 * be drawn upon. Refuses while a lot has no fresh quotation.
 */
export const confirmPledge: UseCase<Decide, Answer, LoadedPledges> = {
  name: 'inventory.confirm',
  lane: ({ input }) => input.bookId,
  scope: scopeOf,
  load: async (work, commands) => {
    await lockOnly(work, commands);
    const ids = commands.map(({ input }) => input.pledgeId);
    await work.lockBy(lots, 'pledgeId', ids, "state = 'in_stock'");
    return loadStood(work, ids, (commands[0] as Command<Decide>).now);
  },
  decide: (work, { actor, input, now }, { standings, reference }) => {
    const pledge = pledgeIn(work, input);
    requireVersion(pledge.version, input.expectedVersion);
    require(actor.orgId === pledge.bookId, 'not-a-party', 'the lender confirms the pledge');
    require(actor.personId !== pledge.appointedBy, 'same-person', 'who appointed the supervisor does not confirm');
    const status = nextState(pledgeLifecycle, pledge.status, 'confirm');
    require(goodsOf(standings, pledge.id).lots > 0, 'nothing-pledged', 'no lot is offered to the pledge');
    require(isFresh(pledge, standings, now), 'price-stale', 'a lot has no fresh quotation');
    for (const lot of work.all(lots)) {
      if (lot.pledgeId === pledge.id) changeLot(work, lot, { claim: nextState(lotClaims, lot.claim, 'pledge') }, now);
    }
    const confirmed = work.update(pledges, pledge.id, { status, confirmedBy: actor.personId });
    tell(work, 'confirmed', confirmed);
    const { businessDate } = work.get(books, input.bookId);
    const occasion = {
      standings,
      reference,
      businessDate,
      now,
      requestId: actor.requestId,
      cause: 'confirmed',
    } as const;
    return pledgeAnswer(revalue(work, confirmed, occasion));
  },
};
