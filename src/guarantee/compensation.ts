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
import { Decimal, formatMoney } from '../money/decimal.ts';
import { Refusal, require } from '../platform/refusal.ts';
import { nextState } from '../platform/state-machine.ts';
import type { Command, UseCase } from '../platform/unit-of-work.ts';
import type { Workspace } from '../platform/workspace.ts';
import { claimAnswer } from './answer.ts';
import { tellClaim } from './claim.ts';
import { claimLifecycle } from './lifecycle.ts';
import { recoveryShared } from './postings.ts';
import { shareRecovery } from './rules.ts';
import {
  type AgreementRow,
  agreements,
  type ClaimPart,
  type ClaimRow,
  claims,
  guaranteePayments,
  knownReceipts,
} from './store.ts';

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

const yuan = (text: string): Decimal => new Decimal(text);

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
    const parts = withPaid(claim, input.partyId, input.amount);
    const applied = applyPayment(
      work,
      work.get(financings, claim.financingId),
      {
        amount: input.amount,
        source: 'guarantee',
        from: '1001',
        order: (loaded.agreed.get(claim.agreementId) as AgreementRow).settles,
        businessDate,
        requestId: actor.requestId,
        now,
      },
      loaded,
    );
    require(applied.unapplied.isZero(), 'amount-exceeds-due', 'the loan owes less of what the guarantors cover', {
      field: '/amount',
      accepted: `at most ${formatMoney(input.amount.minus(applied.unapplied))}`,
    });
    const whole = parts.every(({ amount, paid }) => yuan(paid).equals(amount));
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

/** The parts with one of them paid; refuses who bears no part and more than is left of it. */
function withPaid({ parts }: ClaimRow, partyId: string, amount: Decimal): ClaimPart[] {
  const part = parts.find((each) => each.partyId === partyId);
  if (part === undefined) {
    throw new Refusal('not-found', `${partyId} bears no part of this claim`, { field: '/partyId' });
  }
  const left = yuan(part.amount).minus(part.paid);
  require(amount.lessThanOrEqualTo(left), 'amount-exceeds-share', `${formatMoney(left)} is left of this share`, {
    field: '/amount',
    accepted: `at most ${formatMoney(left)}`,
  });
  return parts.map((each) => (each === part ? { ...each, paid: formatMoney(yuan(each.paid).plus(amount)) } : each));
}

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
    const after = work.update(claims, claim.id, { state, parts: withRecovered(claim, toParties) });
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

/** How a recovery is shared, the bank's part beside the others; refuses more than all are owed. */
function partsOf(claim: ClaimRow, owedToBank: Decimal, amount: Decimal) {
  const sharers = [
    ...claim.parts.map(({ weight, paid, recovered }) => ({ weight: yuan(weight), room: yuan(paid).minus(recovered) })),
    { weight: claim.bankWeight, room: owedToBank },
  ];
  const owed = sharers.reduce((sum, { room }) => sum.plus(room), new Decimal(0));
  require(amount.lessThanOrEqualTo(owed), 'amount-exceeds-due', `bank and guarantors are owed ${formatMoney(owed)}`, {
    field: '/amount',
    accepted: `at most ${formatMoney(owed)}`,
  });
  const parts = shareRecovery(amount, sharers);
  return {
    toParties: claim.parts.map(({ partyId }, line) => ({ party: partyId, amount: parts[line] as Decimal })),
    toBank: parts.at(-1) as Decimal,
  };
}

const withRecovered = (
  { parts }: ClaimRow,
  shared: readonly Readonly<{ party: string; amount: Decimal }>[],
): ClaimPart[] =>
  parts.map((part, line) => ({
    ...part,
    recovered: formatMoney(yuan(part.recovered).plus(shared[line]?.amount ?? 0)),
  }));

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
