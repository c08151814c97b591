import { uuidv7 } from 'uuidv7';
import type { IsoDate } from '../money/dates.ts';
import type { Decimal } from '../money/decimal.ts';
import { Refusal } from '../platform/refusal.ts';
import type { Workspace } from '../platform/workspace.ts';
import { type Impediment, type RiskAlertRow, riskAlerts } from './alert-store.ts';

/** Records what happened to an alert for its bank; the firm is not told. */
export function tellAlert(work: Workspace, kind: string, alert: RiskAlertRow): void {
  work.emit({
    kind: `risk_alert.${kind}`,
    objectKind: 'risk_alert',
    objectId: alert.id,
    scopeId: alert.bookId,
    parties: [alert.bookId],
    data: {
      kind: alert.kind,
      financingId: alert.financingId,
      state: alert.state,
      amount: alert.amount?.toFixed(2) ?? null,
      dueOn: alert.dueOn,
      ownerPersonId: alert.ownerPerson,
      version: alert.version,
    },
  });
}

export type Cause = Readonly<
  Pick<RiskAlertRow, 'bookId' | 'kind' | 'financingId' | 'partyId' | 'cause' | 'dueOn'> & {
    amount: Decimal | null;
    on: IsoDate;
    now: Date;
  }
>;

/**
 * Raises an alert, or adds to the one of the same kind about the same financing that nobody has concluded on yet. The
 * open alerts of the financing must be locked.
 */
export function raiseAlert(work: Workspace, { on, now, ...raised }: Cause): RiskAlertRow {
  const before = work
    .allWith(riskAlerts, 'financingId', raised.financingId)
    .find(({ kind, state }) => kind === raised.kind && state === 'open');
  if (before !== undefined) {
    const amount = raised.amount === null ? before.amount : raised.amount.plus(before.amount ?? 0);
    const grown = work.update(riskAlerts, before.id, { amount, cause: raised.cause });
    tellAlert(work, 'grown', grown);
    return grown;
  }
  const alert: RiskAlertRow = {
    ...raised,
    id: uuidv7(),
    state: 'open',
    raisedOn: on,
    ownerPerson: null,
    conclusion: null,
    taskId: null,
    closedOn: null,
    missed: false,
    version: 1,
    createdAt: now.toISOString(),
  };
  work.insert(riskAlerts, alert);
  tellAlert(work, 'raised', alert);
  return alert;
}

/** Tells the bank, once, that an alert was not answered by the end of its day. */
export const tellMissedAlert = (work: Workspace, alert: RiskAlertRow): void =>
  tellAlert(work, 'missed', work.update(riskAlerts, alert.id, { missed: true }));

/** Refuses money to a firm while an alert about it stands or a check of one of its loans is overdue. */
export function requireNoImpediment(
  impediments: ReadonlyMap<string, Impediment>,
  { bookId, borrowerId }: Readonly<{ bookId: string; borrowerId: string }>,
): void {
  const found = impediments.get(`${bookId} ${borrowerId}`);
  if (found === undefined) return;
  if (found.kind === 'check') {
    throw new Refusal('check-overdue', `a check of a running loan of the firm was due on ${found.dueOn}`, {
      accepted: 'the check, passed',
      checkId: found.id,
      dueOn: found.dueOn,
    });
  }
  throw new Refusal('alert-standing', `an alert about the firm stands: ${found.what}`, {
    accepted: 'an alert dismissed or cleared',
    alertId: found.id,
  });
}
