import { uuidv7 } from 'uuidv7';
import { limitPath, reserveLimit } from '../limit/path.ts';
import { addDays, earliest, type IsoDate } from '../money/dates.ts';
import { Decimal, formatMoney } from '../money/decimal.ts';
import { openBeforehand } from '../oversight/checks.ts';
import { nextState } from '../platform/state-machine.ts';
import type { Command } from '../platform/unit-of-work.ts';
import type { Workspace } from '../platform/workspace.ts';
import { authorityFor } from '../programme/rules.ts';
import type { ProductTerms, Terms } from '../programme/terms.ts';
import type { Reference } from '../reference/store.ts';
import { financingAnswer, tell } from './answer.ts';
import type { LoadedApplicants, Request } from './applicant.ts';
import { approved, askForApproval } from './decisions.ts';
import { financingLifecycle } from './lifecycle.ts';
import { isPurchase, type Quote } from './quote.ts';
import { type FinancingItemRow, type FinancingRow, financings } from './store.ts';

/** What the assessment of an application fixes. */
export type Assessed = Readonly<{
  version: number;
  terms: ProductTerms;
  authority: Terms;
  face: Decimal;
  quote: Quote;
  dueDate: IsoDate;
  debtorId: string | null;
}>;

/** The figures of the assessment; disbursement fixes those of its own day. */
export function priced({ product }: Request, { quote: figures, dueDate }: Assessed) {
  const purchase = isPurchase(product);
  return {
    rate: figures.rate,
    referenceRate: figures.referenceRate,
    referenceOn: figures.referenceOn,
    penaltyRate: figures.penaltyRate,
    vatRate: figures.vatRate,
    fee: figures.fee,
    discount: purchase ? figures.interest : new Decimal(0),
    debtorDiscount: figures.debtorInterest,
    dueDate,
    maturityDate: figures.maturityDate,
    overdueFrom: figures.overdueFrom,
  };
}

/** The identity of a financing that is new now. */
export function born(now: Date) {
  const id = uuidv7();
  const number = `LR-${id.slice(0, 8)}-${id.slice(-12)}`.toUpperCase();
  return { id, number, version: 1, createdAt: now.toISOString() };
}

const zero = new Decimal(0);

/** What every financing begins with: nothing accrued, paid, changed or asked for. */
export const untouched = {
  accruing: 'none',
  segmentFrom: null,
  interestNumerator: 0n,
  penaltyNumerator: 0n,
  compoundNumerator: 0n,
  compoundBase: zero,
  interestPaid: zero,
  penaltyPaid: zero,
  compoundPaid: zero,
  riskClass: 'normal',
  overdueSince: null,
  technicalSlip: false,
  extensions: 0,
  shortfall: zero,
  misused: zero,
  misuseRate: zero,
  pending: null,
  reservedUntil: null,
  approvalLevel: null,
  approvalRule: null,
  approvalId: null,
  guaranteeTaskId: null,
  registrationId: null,
  paymentId: null,
  settledOn: null,
  note: null,
} as const satisfies Partial<FinancingRow>;

/** A financing as its application draws it up, not submitted yet. */
export const drawUp = ({ actor, input, now }: Command<Request>, assessed: Assessed): FinancingRow => ({
  ...untouched,
  ...born(now),
  ...priced(input, assessed),
  bookId: input.bookId,
  chainId: input.chainId,
  programmeId: input.programmeId,
  programmeVersion: assessed.version,
  product: input.product,
  borrowerId: actor.orgId,
  debtorId: assessed.debtorId,
  status: 'draft',
  face: assessed.face,
  amount: assessed.quote.amount,
  terms: assessed.terms,
  valueDate: null,
  principal: zero,
  payeeAccountId: input.payeeAccountId,
  limitPath: [],
});

export type Submission<R extends Request> = Readonly<{
  command: Command<R>;
  loaded: LoadedApplicants<R>;
  assessed: Assessed;
  businessDate: IsoDate;
  financing: FinancingRow;
  items: readonly FinancingItemRow[];
  /** Marks the collateral, so that nothing of it can back another financing. */
  reserve: () => void;
}>;

/** A reservation stands for the days that the platform sets, and never past the due date. */
const lastDayReserved = ({ dueDate }: FinancingRow, on: IsoDate, reference: Reference): IsoDate =>
  earliest([dueDate, addDays(on, reference.requireParameter('financing.reservationDays', on).value.toNumber())]);

/**
 * Submits a financing that has been drawn up or returned: collateral and limits on the whole path are reserved, and
 * the authority matrix says who has to approve. Where it says nobody, the approval follows at once.
 */
export function submitApplication<R extends Request>(
  work: Workspace,
  { command, loaded, assessed, businessDate, financing, items, reserve }: Submission<R>,
): ReturnType<typeof financingAnswer> {
  const { actor, input, now } = command;
  const tags = loaded.organizations.get(actor.orgId)?.tags ?? [];
  const { approval: level, rule } = authorityFor(assessed.authority, financing.amount, tags);
  const path = limitPath(work, loaded.limitPaths.get(input) ?? [], {
    programmeId: input.programmeId,
    product: input.product,
  });
  reserveLimit(work, path, financing.amount, { financingId: financing.id, on: businessDate, now });
  reserve();
  const submitted = work.update(financings, financing.id, {
    status: nextState(financingLifecycle, financing.status, 'submit'),
    limitPath: path,
    reservedUntil: lastDayReserved(financing, businessDate, loaded.reference),
    approvalLevel: level,
    approvalRule: `programme version ${financing.programmeVersion}: ${rule}`,
  });
  tell(work, 'submitted', submitted, { amount: formatMoney(submitted.amount) });
  openBeforehand(work, submitted, 'pre_loan', { on: businessDate, now, reference: loaded.reference });
  // What has to be looked into first waits for a person to propose it, whoever approves.
  if (level !== 'auto' || submitted.terms.checks?.preLoan !== undefined) return financingAnswer(submitted);
  const proposed = askForApproval(work, submitted, { maker: actor, now });
  return financingAnswer(approved(work, proposed, { ...loaded, items: new Map([[submitted.id, items]]) }, now));
}
