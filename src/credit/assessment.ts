import { uuidv7 } from 'uuidv7';
import {
  type Applicant,
  applicantOf,
  type LoadedApplicants,
  loadApplicants,
  type Request,
  vatRateFor,
} from '../financing/applicant.ts';
import type { Assessed } from '../financing/application.ts';
import { unsecuredKeeper } from '../financing/keeper.ts';
import { quote } from '../financing/quote.ts';
import { type FinancingRow, financings } from '../financing/store.ts';
import { books } from '../ledger/book-store.ts';
import { addMonths, type IsoDate } from '../money/dates.ts';
import { Decimal } from '../money/decimal.ts';
import type { Database } from '../platform/database.ts';
import { Refusal } from '../platform/refusal.ts';
import type { Command } from '../platform/unit-of-work.ts';
import { rehearse, type Workspace } from '../platform/workspace.ts';
import { versionInForce } from '../programme/rules.ts';
import type { ProductTerms, Terms } from '../programme/terms.ts';
import { explain } from './answer.ts';
import { type CreditBasis, creditTermsOf, type Judgement, judge, reasonsOf } from './judgement.ts';
import type { TradeRecord } from './limit-rules.ts';
import {
  type AssessmentRow,
  drawnCredit,
  drawnKey,
  type GroupCredit,
  groupCredits,
  lockGroupCredit,
  tradeRecords,
} from './store.ts';

export type CreditApplication = Request &
  Readonly<{
    product: 'credit_loan';
    /** Null asks for the most the record and the need allow. */
    amount: Decimal | null;
    dueDate: IsoDate;
  }>;

export type LoadedCredit = LoadedApplicants<CreditApplication> &
  Readonly<{
    records: ReadonlyMap<CreditApplication, TradeRecord>;
    groups: ReadonlyMap<string, GroupCredit>;
    drawn: ReadonlyMap<string, Decimal>;
  }>;

/** Reads and locks what applications for credit are judged on, the group of each firm included. */
export async function loadCredit(
  work: Workspace,
  commands: readonly Command<CreditApplication>[],
  financingIds: readonly string[] = [],
): Promise<LoadedCredit> {
  const orgIds = commands.map(({ actor }) => actor.orgId);
  const loaded = await loadApplicants(work, commands, {
    keeper: unsecuredKeeper,
    lockCollateral: () => lockGroupCredit(work, orgIds),
    financingIds,
  });
  const questions = commands.map(({ actor, input }) => {
    const on = work.get(books, input.bookId).businessDate;
    const terms = termsIfAny(loaded, input, on);
    return {
      ...input,
      orgId: actor.orgId,
      on,
      observedMonths: terms?.credit?.observedMonths ?? 1,
      graceDays: terms?.graceDays ?? 0,
      since: addMonths(on, -(terms?.credit?.declarationMonths ?? 1)),
    };
  });
  const records = await tradeRecords(work, questions);
  return {
    ...loaded,
    records: new Map(commands.map(({ input }, i) => [input, records[i] as TradeRecord])),
    groups: await groupCredits(work, questions),
    drawn: await drawnCredit(
      work,
      questions.map(({ programmeId }) => programmeId),
      orgIds,
    ),
  };
}

/** The terms of credit, or null for a programme without: what is wrong with that is for the decision to say. */
function termsIfAny({ programmes }: LoadedApplicants, { programmeId }: Request, on: IsoDate): ProductTerms | null {
  const programme = programmes.get(programmeId);
  const begun = programme?.versions.some(({ effectiveFrom }) => effectiveFrom <= on);
  return programme !== undefined && begun ? creditTermsOf({ programme, on }) : null;
}

/** What one application is judged on: the record in the chain, and all that was lent by now, in this batch too. */
export function basisOf(
  work: Workspace,
  command: Command<CreditApplication>,
  loaded: LoadedCredit,
  on: IsoDate,
): CreditBasis {
  const { actor, input } = command;
  const applicant = placeOf(work, command, loaded, on);
  const group = loaded.groups.get(actor.orgId) as GroupCredit;
  const asked = work.all(financings).filter(({ status }) => countsAlready(status));
  const ofGroup = asked.filter(({ borrowerId }) => loaded.groups.get(borrowerId)?.headId === group.headId);
  const ofFirm = asked.filter((f) => f.borrowerId === actor.orgId && f.programmeId === input.programmeId);
  const before = loaded.drawn.get(drawnKey(input.programmeId, actor.orgId)) ?? new Decimal(0);
  return {
    ...applicant,
    record: loaded.records.get(input) as TradeRecord,
    group: { ...group, borrowed: group.borrowed.plus(sumOf(ofGroup)) },
    drawn: before.plus(sumOf(ofFirm)),
    amount: input.amount,
  };
}

// Of the financings in a batch of applications, those decided on a moment ago; what was read before has none of them.
const countsAlready = (status: FinancingRow['status']): boolean => status === 'submitted' || status === 'approved';
const sumOf = (rows: readonly FinancingRow[]): Decimal =>
  rows.reduce((sum, { amount }) => sum.plus(amount), new Decimal(0));

/** The applicant on the side of the chain where it is a member; credit is for suppliers and distributors alike. */
function placeOf(work: Workspace, command: Command<CreditApplication>, loaded: LoadedCredit, on: IsoDate): Applicant {
  const upstream = applicantOf(work, command, loaded, { on, side: 'upstream' });
  return upstream.member?.status === 'verified'
    ? upstream
    : { ...upstream, member: applicantOf(work, command, loaded, { on, side: 'downstream' }).member ?? upstream.member };
}

export type AssessedCredit = Readonly<{ assessed: Assessed; judgement: Judgement }>;

/** Refuses who is not to be lent to; otherwise the figures that disbursement on the business date would book. */
export function assess(basis: CreditBasis, dueDate: IsoDate): AssessedCredit {
  const judgement = judge(basis);
  const [first] = judgement.findings;
  if (first !== undefined) {
    const { code, message, field, accepted } = first;
    throw new Refusal(code, message, { field, accepted, findings: judgement.findings });
  }
  const version = versionInForce(basis.programme.versions, basis.on);
  const terms = version.terms.products.credit_loan as ProductTerms;
  const { amount } = judgement;
  const vatRate = vatRateFor(terms, basis);
  return {
    judgement,
    assessed: {
      version: version.number,
      terms,
      authority: judgement.decision === 'refer' ? withPeople(version.terms) : version.terms,
      face: amount,
      quote: quote(
        { product: 'credit_loan', terms, face: amount, amount, valueDate: basis.on, dueDate, vatRate },
        basis.reference,
      ),
      dueDate,
      debtorId: null,
    },
  };
}

/** What the score refers to a person is never approved by rule alone, green channel or not. */
const withPeople = (terms: Terms): Terms => ({
  ...terms,
  authority: terms.authority.map((band) => (band.approval === 'auto' ? { ...band, approval: 'one' } : band)),
});

type About = Readonly<{ financingId: string | null; batchId: string | null; now: Date }>;

/** A judgement as it is kept, so that a limit can be explained years later. */
export function assessmentOf(basis: CreditBasis, judgement: Judgement, about: About): AssessmentRow {
  const { programme, on, group, drawn, applicant } = basis;
  const version = versionInForce(programme.versions, on);
  const referBelow = version.terms.products.credit_loan?.credit?.referBelow ?? '1';
  return {
    id: uuidv7(),
    bookId: programme.programme.bookId,
    chainId: programme.programme.chainId,
    programmeId: programme.programme.id,
    programmeVersion: version.number,
    orgId: applicant.id,
    financingId: about.financingId,
    batchId: about.batchId,
    assessedOn: on,
    decision: judgement.decision,
    score: judgement.limit?.score ?? new Decimal(0),
    creditLimit: judgement.limit?.limit ?? new Decimal(0),
    drawn,
    borrowed: group.borrowed,
    needed: group.needed,
    amount: judgement.amount,
    explanation: judgement.limit === null ? {} : explain(judgement.limit),
    reasons: reasonsOf(judgement, referBelow),
    createdAt: about.now.toISOString(),
  };
}

/** Looks at an application as its submission would, and changes nothing. */
export async function inspect<T>(
  database: Database,
  command: Command<CreditApplication>,
  look: (basis: CreditBasis) => T,
): Promise<T> {
  const { actor, input } = command;
  return rehearse(database, [actor.orgId, input.bookId, input.chainId], async (work) => {
    const loaded = await loadCredit(work, [command]);
    return look(basisOf(work, command, loaded, work.get(books, input.bookId).businessDate));
  });
}
