import { uuidv7 } from 'uuidv7';
import { decideTask, openTask } from '../approval/commands.ts';
import { approvalTasks, lockTasks } from '../approval/store.ts';
import type { CollateralKeeper } from '../financing/keeper.ts';
import { financingLifecycle } from '../financing/lifecycle.ts';
import { type LoadedFinancings, type Located, loadFinancings, scopeOf } from '../financing/loading.ts';
import { duesAt } from '../financing/meters.ts';
import { type FinancingRow, financings } from '../financing/store.ts';
import { books, requireOpenBook, requireOwnBook } from '../ledger/book-store.ts';
import { daysBetween, type IsoDate } from '../money/dates.ts';
import { Decimal, floorToFen, formatMoney } from '../money/decimal.ts';
import type { Bucket, Dues } from '../money/waterfall.ts';
import { Refusal, require } from '../platform/refusal.ts';
import { type EventOf, nextState } from '../platform/state-machine.ts';
import type { Command, UseCase } from '../platform/unit-of-work.ts';
import { requireVersion } from '../platform/version.ts';
import type { Workspace } from '../platform/workspace.ts';
import { claimAnswer, tellGuarantee } from './answer.ts';
import { claimLifecycle } from './lifecycle.ts';
import { sharesOf } from './request.ts';
import { callShares } from './rules.ts';
import {
  type AgreementRow,
  type AgreementUse,
  type AgreementUses,
  addUse,
  agreements,
  type ClaimRow,
  claims,
  type GuaranteeRow,
  guarantees,
  usesOf,
} from './store.ts';

type Answer = ReturnType<typeof claimAnswer>;
type Opening = Located & Readonly<{ guaranteeId: string; expectedVersion: number; evidence: string }>;
type LoadedOpening = LoadedFinancings & Readonly<{ uses: AgreementUses; present: readonly ClaimRow[] }>;

/**
 * A maker of the bank draws up the call on the guarantors of a loan in default: what it owes today of what the
 * agreement covers, in the agreed shares and within the stop-loss. A second person of the bank sends it.
 */
export const openClaim = (keeper: CollateralKeeper): UseCase<Opening, Answer, LoadedOpening> => ({
  name: 'guarantee_claim.open',
  status: 201,
  lane: ({ input }) => input.bookId,
  scope: scopeOf,
  load: async (work, commands) => {
    const targets = commands.map(({ input }) => input);
    const ids = targets.map(({ guaranteeId }) => guaranteeId);
    const agreementIds = (await work.read(guarantees, 'id', ids)).map(({ agreementId }) => agreementId);
    await work.lock(
      books,
      targets.map(({ bookId }) => bookId),
    );
    await work.lock(agreements, agreementIds);
    await work.lock(guarantees, ids);
    const loaded = await loadFinancings(work, targets, keeper);
    const present = await work.read(
      claims,
      'financingId',
      targets.map(({ financingId }) => financingId),
    );
    return { ...loaded, present, uses: await usesOf(work, agreementIds, work.all(books)[0]?.businessDate ?? '') };
  },
  decide: (work, { actor, input, now }, { uses, present }) => {
    requireOwnBook(actor, input.bookId);
    const { businessDate } = requireOpenBook(work, input.bookId);
    const guarantee = work.get(guarantees, input.guaranteeId);
    const agreement = work.get(agreements, guarantee.agreementId);
    const financing = work.get(financings, input.financingId);
    requireVersion(financing.version, input.expectedVersion);
    const stands = [...present, ...work.all(claims)].some(
      ({ financingId, state }) => financingId === financing.id && state !== 'withdrawn',
    );
    require(!stands, 'already-exists', 'the guarantors have been called on for this loan already');
    requireDefault(work, financing, { guarantee, agreement, on: businessDate });
    const owed = coveredOf(duesAt(financing, businessDate), agreement.settles);
    require(!owed.loss.isZero(), 'not-guaranteed', 'nothing is owed of what the guarantors cover');
    const { parts, bankBears, bankWeight } = callShares(
      owed.loss,
      sharesOf(agreement),
      agreement.bookId,
      roomIn(agreement, uses.get(agreement.id) as AgreementUse),
    );
    const id = uuidv7();
    const task = openTask(work, {
      bookId: input.bookId,
      subjectKind: 'guarantee_claim',
      subjectId: id,
      action: 'call',
      amount: owed.loss.minus(bankBears),
      level: 'one',
      rule: null,
      maker: actor,
      subjectVersion: 1,
      now,
    });
    const row: ClaimRow = {
      ...owed,
      id,
      guaranteeId: guarantee.id,
      agreementId: agreement.id,
      bookId: input.bookId,
      guarantorId: guarantee.guarantorId,
      partyIds: agreement.partyIds,
      financingId: financing.id,
      chainId: financing.chainId,
      borrowerId: financing.borrowerId,
      state: 'opened',
      parts: parts.map(({ party, weight, amount }) => ({
        partyId: party,
        weight: weight.toFixed(),
        amount: formatMoney(amount),
        paid: '0.00',
        recovered: '0.00',
      })),
      bankWeight,
      bankBears,
      openedOn: businessDate,
      evidence: input.evidence,
      note: null,
      approvalId: task.id,
      version: 1,
      createdAt: now.toISOString(),
    };
    work.insert(claims, row);
    addUse(work, uses, agreement.id, { called: owed.loss.minus(bankBears) });
    tellClaim(work, 'opened', row, { loss: formatMoney(row.loss) });
    return claimAnswer(row);
  },
});

type Ground = Readonly<{ guarantee: GuaranteeRow; agreement: AgreementRow; on: IsoDate }>;

/** Refuses a loan that is not in default, not long enough, or not guaranteed by this guarantee. */
function requireDefault(work: Workspace, financing: FinancingRow, { guarantee, agreement, on }: Ground): void {
  nextState(financingLifecycle, financing.status, 'claim_recourse');
  const granted =
    financing.guaranteeTaskId === guarantee.taskId && work.get(approvalTasks, guarantee.taskId).state === 'approved';
  require(granted, 'not-guaranteed', 'the guarantee does not stand behind this financing');
  const overdueDays = daysBetween(financing.overdueSince as IsoDate, on);
  if (overdueDays >= agreement.waitingDays) return;
  throw new Refusal('waiting-period', `the loan is overdue for ${overdueDays} days`, {
    accepted: `${agreement.waitingDays} days or more`,
  });
}

/** What is owed of what guarantors cover, in yuan. */
export function coveredOf(dues: Dues, settles: readonly Bucket[]) {
  const of = (bucket: Bucket): Decimal => (settles.includes(bucket) ? dues[bucket] : new Decimal(0));
  const principal = of('principal');
  const interest = of('interest');
  const penalty = of('penaltyInterest').plus(of('compoundInterest'));
  return { loss: principal.plus(interest).plus(penalty), principal, interest, penalty };
}

/** What the stop-loss of the year leaves to be called for; refuses when that is nothing. */
function roomIn({ stopLoss }: AgreementRow, { guaranteed, called }: AgreementUse): Decimal {
  const room = floorToFen(guaranteed.times(stopLoss)).minus(called);
  require(room.greaterThan(0), 'stop-loss-reached', `${formatMoney(called)} has been called for in this year already`, {
    accepted: `claims of a year up to ${stopLoss.toFixed(6)} of ${formatMoney(guaranteed)} guaranteed`,
  });
  return room;
}

export type OnClaim = Located & Readonly<{ claimId: string; expectedVersion: number; reason: string | null }>;

const onClaim = (
  keeper: CollateralKeeper,
  event: EventOf<typeof claimLifecycle>,
  act: (work: Workspace, row: ClaimRow, command: Command<OnClaim>) => void,
): UseCase<OnClaim, Answer, LoadedFinancings> => ({
  name: `guarantee_claim.${event}`,
  lane: ({ input }) => input.bookId,
  scope: scopeOf,
  load: async (work, commands) => {
    const targets = commands.map(({ input }) => input);
    await work.lock(
      books,
      targets.map(({ bookId }) => bookId),
    );
    const locked = await work.lock(
      claims,
      targets.map(({ claimId }) => claimId),
    );
    const behind = await work.read(
      financings,
      'id',
      locked.map(({ financingId }) => financingId),
    );
    const tasks = behind.flatMap((f) => [f.approvalId, f.guaranteeTaskId, f.pending?.taskId ?? null]);
    await lockTasks(
      work,
      [...tasks, ...locked.map(({ approvalId }) => approvalId)].filter((id) => id !== null),
    );
    return loadFinancings(work, targets, keeper);
  },
  decide: (work, command) => {
    const { input } = command;
    requireOpenBook(work, input.bookId);
    const row = work.get(claims, input.claimId);
    requireVersion(row.version, input.expectedVersion);
    const state = nextState(claimLifecycle, row.state, event);
    act(work, row, command);
    const after = work.update(claims, row.id, { state, note: input.reason ?? row.note });
    tellClaim(work, after.state, after, input.reason === null ? {} : { reason: input.reason });
    return claimAnswer(after);
  },
});

const byGuarantor = (_work: Workspace, { guarantorId }: ClaimRow, { actor }: Command<OnClaim>): void => {
  require(actor.orgId === guarantorId, 'not-a-party', 'only the guarantor answers its call');
};

const byBank = (_work: Workspace, { bookId }: ClaimRow, { actor }: Command<OnClaim>): void =>
  requireOwnBook(actor, bookId);

/**
 * A second person of the bank sends the claim, and the loan is being recovered from then on; or drops it. The guarantor
 * accepts or contests it. When all have paid, the bank certifies that they stand in its place.
 */
export const claimDecisions = (keeper: CollateralKeeper) => ({
  call: onClaim(keeper, 'call', (work, row, { actor, input, now }) => {
    decideTask(work, work.get(approvalTasks, row.approvalId), { actor, verdict: 'approve', reason: input.reason, now });
    const { status } = work.get(financings, row.financingId);
    work.update(financings, row.financingId, { status: nextState(financingLifecycle, status, 'claim_recourse') });
  }),
  withdraw: onClaim(keeper, 'withdraw', (work, row, command) => {
    byBank(work, row, command);
    const task = work.get(approvalTasks, row.approvalId);
    const { actor, input, now } = command;
    if (task.state === 'open') decideTask(work, task, { actor, verdict: 'reject', reason: input.reason, now });
  }),
  accept: onClaim(keeper, 'accept', byGuarantor),
  contest: onClaim(keeper, 'contest', byGuarantor),
  subrogate: onClaim(keeper, 'subrogate', byBank),
});

export const tellClaim = (work: Workspace, kind: string, row: ClaimRow, data: Record<string, unknown> = {}): void =>
  tellGuarantee(
    work,
    `guarantee_claim.${kind}`,
    { objectKind: 'guarantee_claim', objectId: row.id, bookId: row.bookId, parties: row.partyIds },
    { financingId: row.financingId, state: row.state, version: row.version, ...data },
  );
