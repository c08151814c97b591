import { registrationsOf } from '../collateral/store.ts';
import { type SettlementAccountRow, settlementAccounts } from '../identity/store.ts';
import { requireOpenBook } from '../ledger/book-store.ts';
import { ledgerOf } from '../ledger/ledger.ts';
import type { Hold } from '../ledger/records.ts';
import type { IsoDate } from '../money/dates.ts';
import { type Impediment, impedimentsTo } from '../oversight/alert-store.ts';
import { requireNoImpediment } from '../oversight/alerts.ts';
import { requireCheck } from '../oversight/checks.ts';
import type { Database } from '../platform/database.ts';
import { Refusal } from '../platform/refusal.ts';
import { refusals } from '../platform/refusals.ts';
import { nextState } from '../platform/state-machine.ts';
import type { Command } from '../platform/unit-of-work.ts';
import { rehearse, type Workspace } from '../platform/workspace.ts';
import type { Reference } from '../reference/store.ts';
import type { CollateralKeeper } from './keeper.ts';
import { financingLifecycle } from './lifecycle.ts';
import { itemsFor, type LoadedFinancings, type Located, loadFinancings, scopeOf } from './loading.ts';
import { payeeOf, type Quote, quote } from './quote.ts';
import { loadStandings, requireGoodStanding, type Standings } from './standing.ts';
import { type FinancingRow, financings } from './store.ts';

/** What a disbursement turns on, beside what every decision on a financing has before it. */
export type Readiness = LoadedFinancings &
  Readonly<{
    standings: Standings;
    impediments: ReadonlyMap<string, Impediment>;
    payees: ReadonlyMap<string, SettlementAccountRow>;
  }>;

/** Locks financings that are to be paid out, with all that their conditions look at. */
export async function loadReadiness(
  work: Workspace,
  targets: readonly Located[],
  keeper: CollateralKeeper,
): Promise<Readiness> {
  const payees = await loadPayees(
    work,
    targets.map(({ financingId }) => financingId),
  );
  const standings = await loadStandings(work, targets);
  const loaded = await loadFinancings(work, targets, keeper);
  return { ...loaded, payees, standings, impediments: await impedimentsTo(work, targets) };
}

async function loadPayees(work: Workspace, financingIds: readonly string[]) {
  const rows = await work.read(financings, 'id', financingIds);
  const accountIds = rows.map((row) => row.payeeAccountId).filter((id): id is string => id !== null);
  const accounts = await work.read(settlementAccounts, 'id', accountIds);
  return new Map(accounts.map((account) => [account.id, account]));
}

/** The verified account that is to be paid. Refusal `account-not-verified`. */
export function payeeAccountOf(financing: FinancingRow, { payees }: Pick<Readiness, 'payees'>): SettlementAccountRow {
  const account = payees.get(financing.payeeAccountId ?? '');
  if (account?.orgId === payeeOf(financing) && account.status === 'verified') return account;
  throw new Refusal('account-not-verified', 'the account to be paid has not been verified', {
    accepted: 'a verified settlement account of whoever is paid',
  });
}

/** Refuses until the register has recorded all that the approval has filed. */
function requirePerfected(work: Workspace, { id }: FinancingRow): void {
  const filed = registrationsOf(work, id);
  const recorded = new Set(filed.filter(({ registeredAt }) => registeredAt !== null).map(({ subjectId }) => subjectId));
  // What was refused may have been recorded by a later filing.
  const missing = filed.find(({ subjectId }) => !recorded.has(subjectId));
  if (missing === undefined) return;
  throw new Refusal('security-not-registered', 'the security is not registered yet', {
    accepted: 'a registration in state registered',
    registrationId: missing.id,
    registrationState: missing.state,
  });
}

/** The figures of a financing when it is paid on this day: the same function that quoted it. */
export const quoteOf = (financing: FinancingRow, on: IsoDate, reference: Reference): Quote =>
  quote(
    {
      product: financing.product,
      terms: financing.terms,
      face: financing.face,
      amount: financing.amount,
      valueDate: on,
      dueDate: financing.dueDate,
      vatRate: financing.vatRate,
    },
    reference,
  );

/** What the debtor bears of a purchase's interest is set aside on its deposit until the payment has settled, or null. */
export function shareHeld(financing: FinancingRow, share: Quote['debtorInterest'], paymentId: string): Hold | null {
  if (share.isZero() || financing.debtorId === null) return null;
  return {
    bookId: financing.bookId,
    id: paymentId,
    account: `2001/${financing.debtorId}`,
    amount: share,
    reason: `interest of financing ${financing.number}`,
    expiresOn: null,
  };
}

const conditionNames = ['approval', 'standing', 'alerts', 'check', 'registration', 'collateral', 'payee'] as const;
type Condition = (work: Workspace, financing: FinancingRow, loaded: Readiness) => void;

/** What has to hold before a financing is paid out, in the order in which a disbursement asks; each refuses by itself. */
const conditions: Readonly<Record<(typeof conditionNames)[number], Condition>> = {
  approval: (_, { status }) => nextState(financingLifecycle, status, 'disburse'),
  standing: (_, financing, { standings }) => requireGoodStanding(standings, financing),
  alerts: (_, financing, { impediments }) => requireNoImpediment(impediments, financing),
  check: (work, financing) => requireCheck(work, financing, 'in_loan'),
  registration: requirePerfected,
  collateral: (work, financing, loaded) => loaded.keeper.requireSound(work, financing, itemsFor(loaded, financing)),
  payee: (_, financing, loaded) => void payeeAccountOf(financing, loaded),
};

/** Refuses a financing that cannot be paid out, for the first reason. */
export function requireReady(work: Workspace, financing: FinancingRow, loaded: Readiness): void {
  for (const name of conditionNames) conditions[name](work, financing, loaded);
}

/** The debtor's share of the interest is set aside with the instruction itself. Refusal `insufficient-funds`. */
function holdShare(work: Workspace, financing: FinancingRow, on: IsoDate, { reference }: Readiness): void {
  const share = shareHeld(financing, quoteOf(financing, on, reference).debtorInterest, financing.id);
  if (share !== null) ledgerOf(work).hold(share);
}

export const readinessNames = [...conditionNames, 'debtor_share'] as const;
export type ReadinessAnswer = Readonly<{
  ready: boolean;
  conditions: readonly Readonly<{
    condition: (typeof readinessNames)[number];
    passed: boolean;
    code?: string;
    message?: string;
    accepted?: string;
    who?: string;
    remedy?: string;
  }>[];
}>;

/** Every condition of a disbursement, as the disbursement itself would find it now. Changes nothing. */
export const readinessOf = (
  database: Database,
  command: Command<Located>,
  keeper: CollateralKeeper,
): Promise<ReadinessAnswer> =>
  rehearse(database, [command.actor.orgId, ...scopeOf(command)], async (work) => {
    const loaded = await loadReadiness(work, [command.input], keeper);
    const { businessDate } = requireOpenBook(work, command.input.bookId);
    const financing = work.get(financings, command.input.financingId);
    const judge = (condition: (typeof readinessNames)[number]) =>
      condition === 'debtor_share'
        ? work.attempt(command, () => holdShare(work, financing, businessDate, loaded))
        : conditions[condition](work, financing, loaded);
    const found = readinessNames.map((condition) => ({ condition, ...faultOf(() => judge(condition)) }));
    return { ready: found.every(({ passed }) => passed), conditions: found };
  });

function faultOf(condition: () => void): Omit<ReadinessAnswer['conditions'][number], 'condition'> {
  try {
    condition();
    return { passed: true };
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    const { code, message, detail } = error;
    const { who, remedy } = refusals[code];
    return {
      passed: false,
      code,
      message,
      who,
      remedy,
      ...(detail.accepted !== undefined && { accepted: detail.accepted }),
    };
  }
}
