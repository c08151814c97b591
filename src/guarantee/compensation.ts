import { uuidv7 } from 'uuidv7';
import { journalAnswer } from '../financing/answer.ts';
import type { CollateralKeeper } from '../financing/keeper.ts';
import { type Backing, type Located, loadForPayment, scopeOf } from '../financing/loading.ts';
import { duesAt, totalDue } from '../financing/meters.ts';
import { applyPayment } from '../financing/repayment.ts';
import { financings } from '../financing/store.ts';
import { books, requireOpenBook, requireOwnBook } from '../ledger/book-store.ts';
import type { AccountPath } from '../ledger/chart.ts';
import { ledgerOf } from '../ledger/ledger.ts';
import type { PostedJournal } from '../ledger/store.ts';
import { type Decimal, formatMoney } from '../money/decimal.ts';
import { require } from '../platform/refusal.ts';
import { nextState } from '../platform/state-machine.ts';
import type { Command, UseCase } from '../platform/unit-of-work.ts';
import type { Workspace } from '../platform/workspace.ts';
import { claimAnswer } from './answer.ts';
import { coveredOf, tellClaim } from './claim.ts';
import { claimLifecycle } from './lifecycle.ts';
import { isWhole, partsOf, withPaid, withRecovered } from './parts.ts';
import { recoveryShared } from './postings.ts';
import { type AgreementRow, agreements, claims, guaranteePayments, knownReceipts } from './store.ts';

type OnClaim = Located & Readonly<{ claimId: string; amount: Decimal }>;
type Compensation = OnClaim & Readonly<{ partyId: string; bankReference: string }>;
type Recovery = OnClaim & Readonly<{ bankReference?: undefined }>;
type Loaded = Backing & Readonly<{ agreed: ReadonlyMap<string, AgreementRow>; known: Set<string> }>;
type Answer = Readonly<{
  claim: ReturnType<typeof claimAnswer>;
  shared: readonly Readonly<{ partyId: string; amount: string }>[];
  journals: readonly ReturnType<typeof journalAnswer>[];
}>;

/** Locks claims with their loans and the accounts of everybody who shares them. */
async function load(
  work: Workspace,
  keeper: CollateralKeeper,
  inputs: readonly (Compensation | Recovery)[],
): Promise<Loaded> {
  await work.lock(
    books,
    inputs.map(({ bookId }) => bookId),
  );
  const locked = await work.lock(
    claims,
    inputs.map(({ claimId }) => claimId),
  );
  const agreed = await work.read(
    agreements,
    'id',
    locked.map(({ agreementId }) => agreementId),
  );
  const known = await knownReceipts(
    work,
    inputs.flatMap(({ bookId, bankReference }) => (bankReference === undefined ? [] : { bookId, bankReference })),
  );
  const backing = await loadForPayment(work, inputs, keeper);
  for (const { bookId, partyIds } of locked) {
    await ledgerOf(work).lock(
      bookId,
      partyIds.map((party): AccountPath => `2001/${party}`),
    );
  }
  return { ...backing, agreed: new Map(agreed.map((each) => [each.id, each])), known };
}

function requireNew(work: Workspace, known: Set<string>, bookId: string, bankReference: string): void {
  const key = `${bookId} ${bankReference}`;
  require(!known.has(key), 'duplicate-bank-reference', 'this payment of the bank has been booked already', {
    field: '/bankReference',
    accepted: 'the reference of a payment not booked yet',
  });
  known.add(key);
  work.onUndo(() => known.delete(key));
}

/** A guarantor's money has come in: it settles what is due in the order the agreement names. */
export const payCompensation = (keeper: CollateralKeeper): UseCase<Compensation, Answer, Loaded> => ({
  name: 'guarantee_claim.pay',
  status: 201,
  lane: ({ input }) => input.bookId,
  scope: scopeOf,
  load: (work, commands) =>
    load(
      work,
      keeper,
      commands.map(({ input }) => input),
    ),
  decide: (work, command, loaded) => {
    const { actor, input, now } = command;
    requireOwnBook(actor, input.bookId);
    const { businessDate } = requireOpenBook(work, input.bookId);
    const claim = work.get(claims, input.claimId);
    nextState(claimLifecycle, claim.state, 'pay_part');
    requireNew(work, loaded.known, input.bookId, input.bankReference);
    const { settles } = loaded.agreed.get(claim.agreementId) as AgreementRow;
    const financing = work.get(financings, claim.financingId);
    const parts = withPaid(claim, input, coveredOf(duesAt(financing, businessDate), settles).loss);
    const applied = applyPayment(
      work,
      financing,
      {
        amount: input.amount,
        source: 'guarantee',
        from: '1001',
        order: settles,
        businessDate,
        requestId: actor.requestId,
        now,
      },
      loaded,
    );
    const whole = isWhole({ ...claim, parts }, coveredOf(duesAt(applied.financing, businessDate), settles).loss);
    const after = work.update(claims, claim.id, {
      parts,
      state: nextState(claimLifecycle, claim.state, whole ? 'pay' : 'pay_part'),
    });
    record(work, command, { kind: 'compensation', partyId: input.partyId, amount: input.amount, on: businessDate });
    tellClaim(work, after.state, after, { partyId: input.partyId, amount: formatMoney(input.amount) });
    return {
      claim: claimAnswer(after),
      shared: [{ partyId: input.partyId, amount: formatMoney(input.amount) }],
      journals: applied.journals.map(journalAnswer),
    };
  },
});

/**
 * Something was recovered from the borrower after the guarantors had paid: bank and guarantors share it by the agreed
 * shares, to the last fen, each up to what it is still owed. It comes from the borrower's deposit.
 */
export const shareOutRecovery = (keeper: CollateralKeeper): UseCase<Recovery, Answer, Loaded> => ({
  name: 'guarantee_claim.recover',
  status: 201,
  lane: ({ input }) => input.bookId,
  scope: scopeOf,
  load: (work, commands) =>
    load(
      work,
      keeper,
      commands.map(({ input }) => input),
    ),
  decide: (work, command, loaded) => {
    const { actor, input, now } = command;
    requireOwnBook(actor, input.bookId);
    const { businessDate } = requireOpenBook(work, input.bookId);
    const claim = work.get(claims, input.claimId);
    const state = nextState(claimLifecycle, claim.state, 'recover');
    const financing = work.get(financings, claim.financingId);
    const { toParties, toBank } = partsOf(claim, totalDue(duesAt(financing, businessDate)), input.amount);
    const about = { businessDate, requestId: actor.requestId, now };
    const journals: PostedJournal[] = [];
    const parties = toParties.filter(({ amount }) => !amount.isZero());
    if (parties.length > 0) {
      const lines = recoveryShared({ borrower: claim.borrowerId, parts: parties });
      const shared = { bookId: claim.bookId, kind: 'guarantee.recovery_shared', subjectId: claim.financingId, lines };
      journals.push(ledgerOf(work).post({ ...shared, businessDate }, about));
    }
    if (!toBank.isZero()) {
      const from: AccountPath = `2001/${claim.borrowerId}`;
      const payment = { ...about, amount: toBank, source: 'recovery', from } as const;
      journals.push(...applyPayment(work, financing, payment, loaded).journals);
    }
    const parts = withRecovered(claim, toParties);
    const { settles } = loaded.agreed.get(claim.agreementId) as AgreementRow;
    const covered = coveredOf(duesAt(work.get(financings, financing.id), businessDate), settles).loss;
    // It may leave nothing to pay: the guarantors have then done their part.
    const whole = 'pay' in claimLifecycle.arrows[state] && isWhole({ ...claim, parts }, covered);
    const after = work.update(claims, claim.id, {
      state: whole ? nextState(claimLifecycle, state, 'pay') : state,
      parts,
    });
    for (const { party, amount } of parties) {
      record(work, command, { kind: 'recovery', partyId: party, amount, on: businessDate });
    }
    tellClaim(work, 'recovered', after, { amount: formatMoney(input.amount) });
    const shared = [...parties, { party: claim.bookId, amount: toBank }];
    return {
      claim: claimAnswer(after),
      shared: shared.map(({ party, amount }) => ({ partyId: party, amount: formatMoney(amount) })),
      journals: journals.map(journalAnswer),
    };
  },
});

type Received = Readonly<{ kind: 'compensation' | 'recovery'; partyId: string; amount: Decimal; on: string }>;

function record(work: Workspace, { input, now }: Command<Compensation | Recovery>, received: Received): void {
  work.insert(guaranteePayments, {
    id: uuidv7(),
    claimId: input.claimId,
    bookId: input.bookId,
    kind: received.kind,
    partyId: received.partyId,
    amount: received.amount,
    bankReference: input.bankReference ?? null,
    paidOn: received.on,
    createdAt: now.toISOString(),
  });
}
