import { uuidv7 } from 'uuidv7';
import { books, requireOpenBook } from '../ledger/book-store.ts';
import { ledgerOf } from '../ledger/ledger.ts';
import type { IsoDate } from '../money/dates.ts';
import { Decimal } from '../money/decimal.ts';
import { Refusal, require } from '../platform/refusal.ts';
import { nextState } from '../platform/state-machine.ts';
import type { Command, UseCase } from '../platform/unit-of-work.ts';
import { requireVersion } from '../platform/version.ts';
import type { Workspace } from '../platform/workspace.ts';
import { loadReference, type Reference } from '../reference/store.ts';
import { type ClaimAnswer, claimAnswer, tellClaim } from './claim-answer.ts';
import { claimLifecycle } from './claim-lifecycle.ts';
import { claimInterestAccrued, costIncurred } from './claim-postings.ts';
import { claimDue, reachable } from './claim-rules.ts';
import { billClaims, type ClaimRow, paidBy } from './claim-store.ts';
import { billStandings } from './lifecycle.ts';
import { lockMarket, marketDay } from './market.ts';
import { requireFree } from './offers.ts';
import { payingBook } from './payment-rules.ts';
import { BILL_MARKET, type BillHoldingRow, type BillRow, billHoldings, bills } from './store.ts';

export type LocatedHolding = Readonly<{
  holdingId: string;
  billId: string;
  chainId: string;
  parties: readonly string[];
}>;
type OpenClaim = LocatedHolding &
  Readonly<{
    /** Whom the claimant pursues; null pursues everyone it can reach. */
    targets: readonly string[] | null;
    costs: Decimal;
  }>;
type Paid = Awaited<ReturnType<typeof paidBy>>;
type Loaded = Readonly<{ bills: ReadonlyMap<string, BillRow>; paid: ReadonlyMap<string, Paid>; reference: Reference }>;

async function load(work: Workspace, commands: readonly Command<OpenClaim>[]): Promise<Loaded> {
  const inputs = commands.map(({ input }) => input);
  const found = await work.read(
    bills,
    'id',
    inputs.map(({ billId }) => billId),
  );
  const reference = await loadReference(work);
  await lockMarket(work);
  await work.lock(
    books,
    commands.map(({ actor }) => actor.orgId),
  );
  await work.lock(
    billHoldings,
    inputs.map(({ holdingId }) => holdingId),
  );
  await work.lockBy(
    billClaims,
    'holdingId',
    inputs.map(({ holdingId }) => holdingId),
    'closed_on is null',
  );
  const paid = new Map<string, Paid>();
  for (const { input, actor } of commands) {
    paid.set(`${input.holdingId} ${actor.orgId}`, await paidBy(work, input.holdingId, actor.orgId));
  }
  for (const { actor } of commands) {
    if (work.find(books, actor.orgId) !== undefined)
      await ledgerOf(work).lock(actor.orgId, ['1001', '1132', '1139', '4003']);
  }
  return { bills: new Map(found.map((bill) => [bill.id, bill])), paid, reference };
}

/**
 * Whoever holds a dishonoured bill claims its amount, interest and costs of those before it, jointly (票据法 arts. 61,
 * 68, 70); who has paid claims all it paid of those before itself (art. 71). The rate is that of working-capital loans
 * (法释票据规定 art. 21). Everyone named is given notice.
 */
export const openClaim: UseCase<OpenClaim, ClaimAnswer, Loaded> = {
  name: 'bill_claim.open',
  status: 201,
  lane: ({ input, actor }) => `${input.chainId} ${actor.orgId}`,
  scope: ({ input }) => [BILL_MARKET, input.chainId, ...input.parties],
  load,
  decide: (work, command, loaded) => {
    const { actor, input, now } = command;
    const today = marketDay(work);
    const bill = loaded.bills.get(input.billId);
    const holding = work.find(billHoldings, input.holdingId);
    if (bill === undefined || holding?.live !== true) {
      throw new Refusal('not-found', `there is no holding ${input.holdingId}`, { field: '/holdingId' });
    }
    requireClaimant(work, actor.orgId, holding);
    const paid = loaded.paid.get(`${holding.id} ${actor.orgId}`) as Paid;
    const again = paid.paidOn !== null;
    const reach = reachable(bill, holding, {
      today,
      dishonouredOn: holding.dishonouredOn as IsoDate,
      maturityDate: bill.maturityDate,
      paidOn: paid.paidOn,
    });
    const claim = drawClaim(command, { bill, holding, today, paid, reach, reference: loaded.reference });
    work.insert(billClaims, claim);
    if (!again || holding.standing !== 'matured.in_recourse') {
      work.update(billHoldings, holding.id, { standing: nextState(billStandings, holding.standing, 'claim_recourse') });
    }
    bookOpening(work, claim, { requestId: actor.requestId, now });
    tellClaim(work, claim, 'opened', { targets: claim.targets });
    return claimAnswer(claim, today);
  },
};

function requireClaimant(work: Workspace, orgId: string, holding: BillHoldingRow): void {
  require((holding.pledgeeId ?? holding.holderId) ===
    orgId, 'not-a-party', 'its holder, or its pledgee, has recourse', {
    field: '/holdingId',
  });
  requireFree(holding);
  require(holding.dishonouredOn !== null, 'not-dishonoured', 'the bill has not been refused', {
    field: '/holdingId',
    accepted: 'a bill whose payment was refused at or after maturity',
  });
  const open = work.all(billClaims).find((claim) => claim.holdingId === holding.id && claim.closedOn === null);
  require(open === undefined, 'already-exists', 'the bill is claimed on already', { claimId: open?.id });
}

type Drawing = Readonly<{
  bill: BillRow;
  holding: BillHoldingRow;
  today: IsoDate;
  paid: Paid;
  reach: ReturnType<typeof reachable>;
  reference: Reference;
}>;

function drawClaim({ actor, input, now }: Command<OpenClaim>, drawing: Drawing): ClaimRow {
  const { bill, holding, today, paid, reach, reference } = drawing;
  const targets = input.targets ?? reach.targets;
  const beyond = targets.find((id) => !reach.targets.includes(id));
  require(beyond === undefined && targets.length > 0, 'recourse-not-possible', 'the claimant cannot reach them', {
    field: '/targets',
    accepted: reach.targets.join(', ') || 'nobody: the claim is barred by time, or the bill was presented too late',
  });
  const again = paid.paidOn !== null;
  const interestFrom = paid.paidOn ?? bill.maturityDate;
  const bankClaim = holding.bookId === actor.orgId && holding.holderId === actor.orgId;
  const amount = again ? paid.amount : holding.amount;
  const spread = reference.requireParameter('bill.recourseSpread', interestFrom).value;
  return {
    id: uuidv7(),
    chainId: bill.chainId,
    billId: bill.id,
    acceptorId: bill.acceptorId,
    holdingId: holding.id,
    kind: again ? 're_recourse' : 'recourse',
    claimantId: actor.orgId,
    bookId: bankClaim ? actor.orgId : null,
    settlesIn: bankClaim ? actor.orgId : payingBook(bill),
    targets,
    primaryTargets: reach.primary.filter((id) => targets.includes(id)),
    amount,
    rate: reference.rate('lpr_1y', interestFrom).rate.plus(spread),
    interestFrom,
    costs: input.costs,
    principal: amount,
    costsLeft: input.costs,
    interestNumerator: 0n,
    segmentFrom: interestFrom,
    interestPaid: new Decimal(0),
    status: 'opened',
    reason: null,
    openedOn: today,
    expiresOn: reach.expiresOn,
    closedOn: null,
    version: 1,
    createdAt: now.toISOString(),
  };
}

/** A bank's claim goes on its books: what it has spent, and the interest since the bill was due. */
function bookOpening(work: Workspace, claim: ClaimRow, context: Readonly<{ requestId: string; now: Date }>): void {
  if (claim.bookId === null) return;
  const { bookId } = claim;
  const { businessDate } = requireOpenBook(work, bookId);
  const journals = [
    { kind: 'bill_claim.cost', lines: costIncurred(claim.costs) },
    { kind: 'bill_claim.interest', lines: claimInterestAccrued(claimDue(claim, businessDate).interest) },
  ];
  for (const { kind, lines } of journals.filter(({ lines }) => lines.length > 0)) {
    ledgerOf(work).post({ bookId, kind, businessDate, subjectId: claim.id, lines }, context);
  }
}

export type LocatedClaim = Readonly<{
  claimId: string;
  holdingId: string;
  billId: string;
  chainId: string;
  claimantId: string;
  settlesIn: string;
  parties: readonly string[];
}>;
type Respond = LocatedClaim &
  Readonly<{ expectedVersion: number; event: 'acknowledge' | 'contest'; reason: string | null }>;

/** A target acknowledges a claim, or contests it with its reason; it may pay all the same. */
export const respondToClaim: UseCase<Respond, ClaimAnswer> = {
  name: 'bill_claim.respond',
  lane: ({ input }) => input.chainId,
  scope: ({ input }) => [BILL_MARKET, input.chainId],
  load: async (work, commands) => {
    await lockMarket(work);
    await work.lock(
      billClaims,
      commands.map(({ input }) => input.claimId),
    );
  },
  decide: (work, { actor, input }) => {
    const claim = work.get(billClaims, input.claimId);
    requireVersion(claim.version, input.expectedVersion);
    require(claim.targets.includes(actor.orgId), 'not-a-party', 'only whom it is made on answers a claim');
    const status = nextState(claimLifecycle, claim.status, input.event);
    const after = work.update(billClaims, claim.id, { status, reason: input.reason });
    tellClaim(work, after, status, { by: actor.orgId });
    return claimAnswer(after, marketDay(work));
  },
};
