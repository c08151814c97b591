import { uuidv7 } from 'uuidv7';
import { books, requireOpenBook } from '../ledger/book-store.ts';
import type { AccountPath } from '../ledger/chart.ts';
import { ledgerOf } from '../ledger/ledger.ts';
import { freeLimit } from '../limit/path.ts';
import { limitNodes } from '../limit/store.ts';
import type { IsoDate } from '../money/dates.ts';
import type { Decimal } from '../money/decimal.ts';
import { require } from '../platform/refusal.ts';
import { nextState } from '../platform/state-machine.ts';
import type { Command, UseCase } from '../platform/unit-of-work.ts';
import type { Workspace } from '../platform/workspace.ts';
import { discharge } from './acceptance.ts';
import type { LocatedClaim } from './claim.ts';
import { claimAnswer, claimPaymentAnswer, tellClaim } from './claim-answer.ts';
import { claimLifecycle } from './claim-lifecycle.ts';
import { claimPaid, claimPaidBetween } from './claim-postings.ts';
import { afterPayment, claimDue, spread } from './claim-rules.ts';
import { billClaims, type ClaimPaymentRow, type ClaimRow, claimPayments } from './claim-store.ts';
import { discountedAs, freeDiscounted, lockDiscounted } from './discount-ending.ts';
import { billStandings } from './lifecycle.ts';
import { lockMarket, marketDay } from './market.ts';
import { marginOf } from './payment-rules.ts';
import { acceptors, BILL_MARKET, type BillRow, billHoldings, billOverdueEvents, bills } from './store.ts';

type PayClaim = LocatedClaim &
  Readonly<{
    payerId: string;
    /** Null pays all that is due. */
    amount: Decimal | null;
    /** The bank's number of money from outside; null when the payer's deposit at the bank pays. */
    bankReference: string | null;
  }>;
type Loaded = Readonly<{ bills: ReadonlyMap<string, BillRow> }>;
type Answer = Readonly<{
  claim: ReturnType<typeof claimAnswer>;
  payment: ReturnType<typeof claimPaymentAnswer>;
}>;

async function load(work: Workspace, commands: readonly Command<PayClaim>[]): Promise<Loaded> {
  const inputs = commands.map(({ input }) => input);
  const found = await work.read(
    bills,
    'id',
    inputs.map(({ billId }) => billId),
  );
  await lockMarket(work);
  await work.lock(
    books,
    inputs.map(({ settlesIn }) => settlesIn),
  );
  await work.lock(
    acceptors,
    found.map(({ acceptorId }) => acceptorId),
  );
  const holdingIds = inputs.map(({ holdingId }) => holdingId);
  await work.lock(billHoldings, holdingIds);
  await work.lockBy(billOverdueEvents, 'holdingId', holdingIds, 'settled_on is null');
  await work.lock(
    billClaims,
    inputs.map(({ claimId }) => claimId),
  );
  const paths = await lockDiscounted(work, holdingIds);
  await work.lock(limitNodes, [...paths, ...found.flatMap(({ limitPath }) => limitPath)]);
  for (const { settlesIn, payerId, claimantId } of inputs) {
    const parties: AccountPath[] = [`2001/${payerId}`, `2001/${claimantId}`];
    await ledgerOf(work).lock(settlesIn, [...parties, '1001', '1109', '1132', '1133', '1139']);
  }
  return { bills: new Map(found.map((bill) => [bill.id, bill])) };
}

/**
 * One of those pursued pays a claim, from its deposit, or from outside as the claimant bank records it. Drawer and
 * acceptor may pay a part; anyone else pays all, takes the bill and pursues those before it (票据法 art. 71). Costs are
 * paid first, then interest, then the bill.
 */
export const payClaim: UseCase<PayClaim, Answer, Loaded> = {
  name: 'bill_claim.pay',
  status: 201,
  lane: ({ input }) => `${input.chainId} ${input.settlesIn}`,
  scope: ({ input }) => [BILL_MARKET, input.chainId, ...input.parties],
  load,
  decide: (work, command, loaded) => {
    const { actor, input, now } = command;
    const { businessDate } = requireOpenBook(work, input.settlesIn);
    const claim = work.get(billClaims, input.claimId);
    const today = marketDay(work);
    const on = claim.bookId === null ? today : businessDate;
    requirePayer(claim, command);
    const due = claimDue(claim, on);
    const amount = requirePart(claim, input, due.total);
    const parts = spread(claim, amount, on);
    const whole = amount.equals(due.total);
    const after = work.update(billClaims, claim.id, {
      ...afterPayment(claim, parts, on),
      status: nextState(claimLifecycle, claim.status, whole ? 'discharge' : 'pay'),
      closedOn: whole ? on : null,
    });
    const journal = ledgerOf(work).post(
      {
        bookId: claim.settlesIn,
        kind: 'bill_claim.paid',
        businessDate,
        subjectId: claim.id,
        lines: linesOf(claim, input, { ...parts, amount }),
      },
      { requestId: actor.requestId, now },
    );
    const payment: ClaimPaymentRow = {
      id: uuidv7(),
      claimId: claim.id,
      chainId: claim.chainId,
      claimantId: claim.claimantId,
      payerId: input.payerId,
      bankReference: input.bankReference,
      paidOn: on,
      amount,
      ...parts,
      journalId: journal.id,
      createdAt: now.toISOString(),
    };
    work.insert(claimPayments, payment);
    const ending = { businessDate, requestId: actor.requestId, now };
    if (claim.kind === 'advance') {
      const { limitPath } = loaded.bills.get(claim.billId) as BillRow;
      if (!parts.principal.isZero() && limitPath.length > 0) {
        freeLimit(work, limitPath, parts.principal, { financingId: claim.billId, on: businessDate, now });
      }
    } else if (whole) {
      passOn(work, after, { payerId: input.payerId, bill: loaded.bills.get(claim.billId) as BillRow, today, ending });
    }
    tellClaim(work, after, after.status, { payerId: input.payerId, paid: amount.toFixed(2) });
    return { claim: claimAnswer(after, on), payment: claimPaymentAnswer(payment) };
  },
};

function requirePayer(claim: ClaimRow, { actor, input }: Command<PayClaim>): void {
  require(claim.targets.includes(input.payerId), 'not-a-party', 'the claim is not made on this organization', {
    field: '/payerId',
    accepted: claim.targets.join(', '),
  });
  const outside = input.bankReference !== null;
  require(!outside ||
    claim.bookId !== null, 'invalid-input', 'money from outside is recorded by a bank for its own claim', {
    field: '/bankReference',
  });
  const payer = outside ? claim.claimantId : input.payerId;
  require(actor.orgId === payer, 'not-a-party', outside ? 'the claimant bank records what arrived' : 'the payer pays');
}

function requirePart(claim: ClaimRow, { payerId, amount }: PayClaim, due: Decimal): Decimal {
  const paid = amount ?? due;
  require(paid.lessThanOrEqualTo(due), 'amount-exceeds-due', `the claim comes to ${due.toFixed(2)}`, {
    field: '/amount',
    accepted: `at most ${due.toFixed(2)}`,
  });
  require(claim.primaryTargets.includes(payerId) ||
    paid.equals(due), 'recourse-in-full', 'an endorser or guarantor pays all, and takes the bill', {
    field: '/amount',
    accepted: due.toFixed(2),
  });
  return paid;
}

type Parts = ReturnType<typeof spread> & Readonly<{ amount: Decimal }>;

function linesOf(claim: ClaimRow, { payerId, bankReference }: PayClaim, { amount, ...parts }: Parts) {
  if (claim.bookId === null) return claimPaidBetween({ payer: payerId, claimant: claim.claimantId, amount });
  const from: AccountPath = bankReference === null ? `2001/${payerId}` : '1001';
  return claimPaid({ from, account: claim.kind === 'advance' ? '1109' : '1133', ...parts });
}

type Passing = Readonly<{
  payerId: string;
  bill: BillRow;
  today: IsoDate;
  ending: Readonly<{ businessDate: IsoDate; requestId: string; now: Date }>;
}>;

/** Paid in full: drawer or acceptor end the bill, anyone else has it now and may pursue those before it. */
function passOn(work: Workspace, claim: ClaimRow, { payerId, bill, today, ending }: Passing): void {
  const holding = work.get(billHoldings, claim.holdingId);
  const line = discountedAs(work, holding.id, 'claimed');
  if (line !== undefined && claim.bookId === line.bookId) freeDiscounted(work, line, ending);
  if (payerId === bill.drawerId || payerId === bill.acceptorId) {
    work.update(billHoldings, holding.id, {
      standing: nextState(billStandings, holding.standing, 'pay'),
      pledgeeId: null,
    });
    const margin = bill.kind === 'bank' ? marginOf(bill, holding) : holding.amount.minus(holding.amount);
    discharge(work, bill.acceptorId, { amount: holding.amount, margin });
    for (const event of work.all(billOverdueEvents).filter(({ holdingId }) => holdingId === holding.id)) {
      work.update(billOverdueEvents, event.id, { settledOn: today });
    }
    return;
  }
  const step = { kind: 'recourse', fromId: holding.holderId, toId: payerId, on: today, transferable: true } as const;
  work.update(billHoldings, holding.id, {
    standing: nextState(billStandings, holding.standing, 'pass_on'),
    holderId: payerId,
    fromId: holding.holderId,
    bookId: null,
    pledgeeId: null,
    title: { ...holding.title, steps: [...holding.title.steps, step] },
  });
}
