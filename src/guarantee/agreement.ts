import { uuidv7 } from 'uuidv7';
import { decideTask, openTask } from '../approval/commands.ts';
import { approvalTasks, lockTasks } from '../approval/store.ts';
import { books, requireOpenBook } from '../ledger/book-store.ts';
import { Decimal, formatMoney } from '../money/decimal.ts';
import { Refusal, require } from '../platform/refusal.ts';
import { type EventOf, nextState } from '../platform/state-machine.ts';
import type { Command, UseCase } from '../platform/unit-of-work.ts';
import { requireVersion } from '../platform/version.ts';
import type { Workspace } from '../platform/workspace.ts';
import { agreementAnswer, tellGuarantee } from './answer.ts';
import { agreementLifecycle } from './lifecycle.ts';
import { type AgreementRow, agreements, guarantorsAmong } from './store.ts';

type Answer = ReturnType<typeof agreementAnswer>;

export type Proposal = Pick<
  AgreementRow,
  | 'guarantorId'
  | 'shares'
  | 'cap'
  | 'financingCap'
  | 'feeRate'
  | 'waitingDays'
  | 'stopLoss'
  | 'settles'
  | 'persons'
  | 'expiresOn'
>;

/** A maker of the bank proposes what bank and guarantors shall bear; it waits for a second person of the bank. */
export const proposeAgreement: UseCase<Proposal, Answer, ReadonlySet<string>> = {
  name: 'guarantee_agreement.propose',
  status: 201,
  lane: ({ actor }) => actor.orgId,
  scope: ({ input }) => input.shares.map(({ partyId }) => partyId),
  load: async (work, commands) => {
    await work.lock(
      books,
      commands.map(({ actor }) => actor.orgId),
    );
    return guarantorsAmong(
      work,
      commands.flatMap(({ input }) => input.shares.map(({ partyId }) => partyId)),
    );
  },
  decide: (work, { actor, input, now }, guarantors) => {
    const { businessDate } = requireOpenBook(work, actor.orgId);
    checkShares(input, actor.orgId, guarantors);
    require(input.financingCap.lessThanOrEqualTo(input.cap), 'invalid-input', 'one financing would exceed the whole', {
      field: '/financingCap',
      accepted: `at most ${formatMoney(input.cap)}`,
    });
    require(input.expiresOn > businessDate, 'effective-date-past', 'the agreement would have ended', {
      field: '/expiresOn',
      accepted: `a day after ${businessDate}`,
    });
    const id = uuidv7();
    const task = openTask(work, {
      bookId: actor.orgId,
      subjectKind: 'guarantee_agreement',
      subjectId: id,
      action: 'offer',
      amount: input.cap,
      level: 'one',
      rule: null,
      maker: actor,
      subjectVersion: 1,
      now,
    });
    const row: AgreementRow = {
      ...input,
      id,
      bookId: actor.orgId,
      partyIds: input.shares.map(({ partyId }) => partyId).filter((partyId) => partyId !== actor.orgId),
      state: 'proposed',
      approvalId: task.id,
      version: 1,
      createdAt: now.toISOString(),
    };
    work.insert(agreements, row);
    tell(work, 'proposed', row);
    return agreementAnswer(row);
  },
};

/** Refuses shares that do not make a whole, a party twice, and parties that are no guarantors. */
function checkShares({ shares, guarantorId }: Proposal, bank: string, guarantors: ReadonlySet<string>): void {
  const total = shares.reduce((sum, { share }) => sum.plus(share), new Decimal(0));
  require(total.equals(1), 'invalid-input', `the shares sum to ${total.toFixed()}`, {
    field: '/shares',
    accepted: 'shares that sum to 1',
  });
  for (const [index, { partyId, share }] of shares.entries()) {
    const field = `/shares/${index}/partyId`;
    const first = shares.findIndex((each) => each.partyId === partyId) === index;
    require(first, 'invalid-input', 'a party bears two shares', { field, accepted: 'each party once' });
    if (partyId === bank) continue;
    require(guarantors.has(partyId), 'not-found', `there is no guarantor ${partyId}`, { field });
    require(!new Decimal(share).isZero(), 'invalid-input', 'a guarantor would bear nothing', {
      field: `/shares/${index}/share`,
      accepted: 'a share above zero',
    });
  }
  const bears = shares.some(({ partyId }) => partyId === guarantorId) && guarantorId !== bank;
  require(bears, 'invalid-input', 'the guarantor bears no share', {
    field: '/guarantorId',
    accepted: 'a guarantor among the shares',
  });
}

type Decision = Readonly<{ agreementId: string; bookId: string; expectedVersion: number; reason: string | null }>;

const onAgreement = (
  event: EventOf<typeof agreementLifecycle>,
  act: (work: Workspace, row: AgreementRow, command: Command<Decision>) => void,
): UseCase<Decision, Answer> => ({
  name: `guarantee_agreement.${event}`,
  lane: ({ input }) => input.bookId,
  scope: ({ input }) => [input.bookId],
  load: async (work, commands) => {
    const ids = commands.map(({ input }) => input.agreementId);
    const unlocked = await work.read(agreements, 'id', ids);
    await work.lock(
      books,
      commands.map(({ input }) => input.bookId),
    );
    await work.lock(agreements, ids);
    await lockTasks(
      work,
      unlocked.map(({ approvalId }) => approvalId),
    );
  },
  decide: (work, command) => {
    const { input } = command;
    requireOpenBook(work, input.bookId);
    const row = work.get(agreements, input.agreementId);
    requireVersion(row.version, input.expectedVersion);
    const state = nextState(agreementLifecycle, row.state, event);
    act(work, row, command);
    const after = work.update(agreements, row.id, { state });
    tell(work, after.state, after, input.reason === null ? {} : { reason: input.reason });
    return agreementAnswer(after);
  },
});

const byBank =
  (verdict: 'approve' | 'reject') =>
  (work: Workspace, row: AgreementRow, { actor, input, now }: Command<Decision>): void => {
    decideTask(work, work.get(approvalTasks, row.approvalId), { actor, verdict, reason: input.reason, now });
  };

const byGuarantor = (_work: Workspace, row: AgreementRow, { actor }: Command<Decision>): void => {
  require(actor.orgId === row.guarantorId, 'not-a-party', 'only the guarantor answers');
};

/** Another person of the bank offers the agreement or drops it; the guarantor accepts or declines; either side ends it. */
export const agreementDecisions = {
  approve: onAgreement('approve', byBank('approve')),
  reject: onAgreement('reject', byBank('reject')),
  accept: onAgreement('accept', byGuarantor),
  decline: onAgreement('decline', byGuarantor),
  end: onAgreement('end', (_work, row, { actor }) => {
    if (actor.orgId === row.bookId || actor.orgId === row.guarantorId) return;
    throw new Refusal('not-a-party', 'only the bank or the guarantor ends the agreement');
  }),
};

const tell = (work: Workspace, kind: string, row: AgreementRow, data: Record<string, unknown> = {}): void =>
  tellGuarantee(
    work,
    `guarantee_agreement.${kind}`,
    { objectKind: 'guarantee_agreement', objectId: row.id, bookId: row.bookId, parties: row.partyIds },
    { state: row.state, version: row.version, ...data },
  );
