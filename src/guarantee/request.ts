import { uuidv7 } from 'uuidv7';
import { decideTask, openTask } from '../approval/commands.ts';
import { approvalTasks, lockTasks } from '../approval/store.ts';
import { approved } from '../financing/decisions.ts';
import type { CollateralKeeper } from '../financing/keeper.ts';
import { financingLifecycle } from '../financing/lifecycle.ts';
import { type LoadedFinancings, type Located, loadFinancings, loadForPayment, scopeOf } from '../financing/loading.ts';
import { type FinancingRow, financings } from '../financing/store.ts';
import { books, requireOpenBook, requireOwnBook } from '../ledger/book-store.ts';
import { ledgerOf } from '../ledger/ledger.ts';
import type { IsoDate } from '../money/dates.ts';
import { Decimal, formatMoney } from '../money/decimal.ts';
import { Refusal, require } from '../platform/refusal.ts';
import { nextState } from '../platform/state-machine.ts';
import type { UseCase } from '../platform/unit-of-work.ts';
import { requireVersion } from '../platform/version.ts';
import type { Workspace } from '../platform/workspace.ts';
import { guaranteeAnswer, tellGuarantee } from './answer.ts';
import { agreementLifecycle } from './lifecycle.ts';
import { guaranteeFeePaid } from './postings.ts';
import { coverOf, guaranteeFee } from './rules.ts';
import {
  type AgreementRow,
  type AgreementUse,
  type AgreementUses,
  addUse,
  agreements,
  type GuaranteeRow,
  guarantees,
  usesOf,
} from './store.ts';

type Answer = ReturnType<typeof guaranteeAnswer>;
type Request = Located & Readonly<{ agreementId: string; expectedVersion: number }>;
type LoadedRequest = LoadedFinancings & Readonly<{ uses: AgreementUses }>;

export const sharesOf = ({ shares }: AgreementRow) =>
  shares.map(({ partyId, share }) => ({ party: partyId, share: new Decimal(share) }));

/**
 * A maker of the bank asks a guarantor to approve a submitted financing. From here the two decide side by side
 * (并行审批): whoever approves last completes the approval.
 */
export const requestGuarantee = (keeper: CollateralKeeper): UseCase<Request, Answer, LoadedRequest> => ({
  name: 'guarantee.request',
  status: 201,
  lane: ({ input }) => input.bookId,
  scope: scopeOf,
  load: async (work, commands) => {
    const targets = commands.map(({ input }) => input);
    await work.lock(
      books,
      targets.map(({ bookId }) => bookId),
    );
    const locked = await work.lock(
      agreements,
      targets.map(({ agreementId }) => agreementId),
    );
    const loaded = await loadFinancings(work, targets, keeper);
    const on = work.all(books)[0]?.businessDate ?? '';
    return {
      ...loaded,
      uses: await usesOf(
        work,
        locked.map(({ id }) => id),
        on,
      ),
    };
  },
  decide: (work, { actor, input, now }, { uses }) => {
    requireOwnBook(actor, input.bookId);
    const { businessDate } = requireOpenBook(work, input.bookId);
    const financing = work.get(financings, input.financingId);
    requireVersion(financing.version, input.expectedVersion);
    nextState(financingLifecycle, financing.status, 'propose');
    requireNobodyAsked(work, financing);
    const agreement = work.get(agreements, input.agreementId);
    require(agreement.bookId === input.bookId, 'not-found', 'there is no such agreement', { field: '/agreementId' });
    const cover = coverOf(financing.amount, sharesOf(agreement), agreement.bookId);
    checkAgreement(agreement, financing, { cover, on: businessDate, use: uses.get(agreement.id) as AgreementUse });
    const id = uuidv7();
    const task = openTask(work, {
      bookId: input.bookId,
      deciderId: agreement.guarantorId,
      subjectKind: 'financing',
      subjectId: financing.id,
      action: 'guarantee',
      amount: cover,
      level: agreement.persons,
      rule: `guarantee agreement ${agreement.id}`,
      maker: actor,
      subjectVersion: financing.version + 1,
      payload: { guaranteeId: id },
      now,
    });
    const row: GuaranteeRow = {
      id,
      agreementId: agreement.id,
      bookId: input.bookId,
      guarantorId: agreement.guarantorId,
      financingId: financing.id,
      chainId: financing.chainId,
      borrowerId: financing.borrowerId,
      debtorId: financing.debtorId,
      product: financing.product,
      number: financing.number,
      amount: financing.amount,
      cover,
      rate: financing.rate,
      maturityDate: financing.maturityDate,
      taskId: task.id,
      fee: null,
      version: 1,
      createdAt: now.toISOString(),
    };
    work.insert(guarantees, row);
    addUse(work, uses, agreement.id, { liability: cover });
    work.update(financings, financing.id, { guaranteeTaskId: task.id });
    tell(work, 'requested', row, { cover: formatMoney(cover) });
    return guaranteeAnswer(row, task);
  },
});

/** Another guarantor may be asked once the one before has declined. */
function requireNobodyAsked(work: Workspace, { guaranteeTaskId }: FinancingRow): void {
  if (guaranteeTaskId === null) return;
  const { state } = work.get(approvalTasks, guaranteeTaskId);
  require(state !== 'open' && state !== 'approved', 'already-exists', 'a guarantor has been asked already', {
    accepted: 'another guarantor after this one has declined',
  });
}

type Circumstances = Readonly<{ cover: Decimal; on: IsoDate; use: AgreementUse }>;

/** Refuses an agreement that takes no new business, bears less than the programme wants, or has no room for the cover. */
function checkAgreement(
  agreement: AgreementRow,
  { terms, amount }: FinancingRow,
  { cover, on, use }: Circumstances,
): void {
  nextState(agreementLifecycle, agreement.state, 'guarantee');
  require(on <= agreement.expiresOn, 'limit-expired', `the agreement ended on ${agreement.expiresOn}`);
  const own = sharesOf(agreement).find(({ party }) => party === agreement.bookId)?.share ?? new Decimal(0);
  const borne = new Decimal(1).minus(own);
  require(borne.greaterThanOrEqualTo(
    terms.guarantee?.minShare ?? 0,
  ), 'guarantee-share-too-low', `the guarantors would bear ${borne.toFixed(6)} of a loss`, {
    field: '/agreementId',
    accepted: `an agreement under which they bear ${terms.guarantee?.minShare} or more`,
  });
  const room = Decimal.min(agreement.cap.minus(use.liability), agreement.financingCap);
  if (cover.lessThanOrEqualTo(room)) return;
  throw new Refusal('guarantee-cap-reached', `the guarantors would stand for ${formatMoney(cover)} of ${amount}`, {
    field: '/agreementId',
    accepted: `at most ${formatMoney(Decimal.max(room, 0))}`,
    available: formatMoney(Decimal.max(room, 0)),
  });
}

type Answering = Located & Readonly<{ guaranteeId: string; expectedVersion: number; reason: string | null }>;

const answerRequest = (
  keeper: CollateralKeeper,
  verdict: 'approve' | 'reject',
): UseCase<Answering, Answer, LoadedFinancings> => ({
  name: `guarantee.${verdict}`,
  lane: ({ input }) => input.bookId,
  scope: scopeOf,
  load: async (work, commands) => {
    const targets = commands.map(({ input }) => input);
    await work.lock(
      books,
      targets.map(({ bookId }) => bookId),
    );
    const locked = await work.lock(
      guarantees,
      targets.map(({ guaranteeId }) => guaranteeId),
    );
    await lockTasks(work, await taskIdsOf(work, locked));
    return loadFinancings(work, targets, keeper);
  },
  decide: (work, { actor, input, now }, loaded) => {
    requireOpenBook(work, input.bookId);
    const row = work.get(guarantees, input.guaranteeId);
    const before = work.get(approvalTasks, row.taskId);
    requireVersion(before.version, input.expectedVersion);
    const task = decideTask(work, before, { actor, verdict, reason: input.reason, now });
    tell(work, task.state === 'open' ? 'approved_in_part' : verdict === 'approve' ? 'granted' : 'declined', row, {
      reason: input.reason,
    });
    if (task.state === 'approved') approved(work, work.get(financings, row.financingId), loaded, now);
    return guaranteeAnswer(row, task);
  },
});

/** Approvals of guarantees and of the banks of their financings, to be locked at once: in the order of their ids. */
async function taskIdsOf(work: Workspace, rows: readonly GuaranteeRow[]): Promise<string[]> {
  const behind = await work.read(
    financings,
    'id',
    rows.map(({ financingId }) => financingId),
  );
  const ofBank = behind.flatMap(({ approvalId, pending }) => [approvalId, pending?.taskId ?? null]);
  return [...rows.map(({ taskId }) => taskId), ...ofBank].filter((id) => id !== null);
}

/** Checkers of the guarantor approve or decline; the last approval of all completes that of the financing. */
export const guaranteeDecisions = (keeper: CollateralKeeper) => ({
  approve: answerRequest(keeper, 'approve'),
  decline: answerRequest(keeper, 'reject'),
});

type Charge = Located & Readonly<{ guaranteeId: string }>;

/** The bank collects the fee of a guarantee for the guarantor, once, when the loan has been paid out. */
export const chargeGuaranteeFee = (
  keeper: CollateralKeeper,
): UseCase<Charge, Answer, ReadonlyMap<string, AgreementRow>> => ({
  name: 'guarantee.charge_fee',
  lane: ({ input }) => input.bookId,
  scope: scopeOf,
  load: async (work, commands) => {
    const targets = commands.map(({ input }) => input);
    await work.lock(
      books,
      targets.map(({ bookId }) => bookId),
    );
    const locked = await work.lock(
      guarantees,
      targets.map(({ guaranteeId }) => guaranteeId),
    );
    await lockTasks(
      work,
      locked.map(({ taskId }) => taskId),
    );
    await loadForPayment(work, targets, keeper);
    for (const { bookId, guarantorId } of locked) await ledgerOf(work).lock(bookId, [`2001/${guarantorId}`]);
    const agreed = await work.read(
      agreements,
      'id',
      locked.map(({ agreementId }) => agreementId),
    );
    return new Map(agreed.map((agreement) => [agreement.id, agreement]));
  },
  decide: (work, { actor, input, now }, agreed) => {
    requireOwnBook(actor, input.bookId);
    const { businessDate } = requireOpenBook(work, input.bookId);
    const row = work.get(guarantees, input.guaranteeId);
    const task = work.get(approvalTasks, row.taskId);
    require(row.fee === null, 'already-exists', 'the fee has been charged already');
    const { valueDate, maturityDate, guaranteeTaskId } = work.get(financings, row.financingId);
    if (valueDate === null || guaranteeTaskId !== row.taskId) {
      throw new Refusal('financing-pending', 'the guaranteed loan is not paid out yet');
    }
    const { feeRate } = agreed.get(row.agreementId) as AgreementRow;
    const fee = guaranteeFee(row.amount, feeRate, valueDate, maturityDate);
    const after = work.update(guarantees, row.id, { fee });
    const lines = guaranteeFeePaid({ borrower: row.borrowerId, guarantor: row.guarantorId, fee });
    if (lines.length > 0) {
      ledgerOf(work).post(
        { bookId: row.bookId, kind: 'guarantee.fee_charged', businessDate, subjectId: row.financingId, lines },
        { requestId: actor.requestId, now },
      );
    }
    tell(work, 'fee_charged', after, { fee: formatMoney(fee) });
    return guaranteeAnswer(after, task);
  },
});

const tell = (work: Workspace, kind: string, row: GuaranteeRow, data: Record<string, unknown>): void =>
  tellGuarantee(
    work,
    `guarantee.${kind}`,
    { objectKind: 'guarantee', objectId: row.id, bookId: row.bookId, parties: [row.guarantorId] },
    { financingId: row.financingId, number: row.number, ...data },
  );
