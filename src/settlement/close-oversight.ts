import { missedAlerts, riskAlerts } from '../oversight/alert-store.ts';
import { tellMissedAlert } from '../oversight/alerts.ts';
import { loanChecks, missedChecks } from '../oversight/check-store.ts';
import { lapseCheck, tellMissed } from '../oversight/checks.ts';
import { after, type Step } from './close-step.ts';
import { checksOfEnded } from './close-store.ts';

const AT_A_TIME = 500;

/**
 * Loans that have ended are checked no more; what was to be checked or answered by the end of the day and was not is
 * told of, once. Each page is a transaction, and finds no more of what the one before has changed.
 */
export const closeOversight: Step = async ({ work, book, run }) => {
  const ended = await checksOfEnded(work, book.id, run.businessDate, AT_A_TIME);
  const alerts = await missedAlerts(work, book.id, run.businessDate, AT_A_TIME);
  const missed = await missedChecks(work, book.id, run.businessDate, AT_A_TIME);
  const ids = (rows: readonly Readonly<{ id: string }>[]) => rows.map(({ id }) => id);
  await work.lock(riskAlerts, ids(alerts));
  await work.lock(loanChecks, [...ids(ended), ...ids(missed)]);
  const over = new Set(ids(ended));
  for (const id of over) lapseCheck(work, work.get(loanChecks, id));
  for (const { id } of missed) if (!over.has(id)) tellMissed(work, work.get(loanChecks, id));
  for (const { id } of alerts) tellMissedAlert(work, work.get(riskAlerts, id));
  const full = [ended, alerts, missed].some((page) => page.length === AT_A_TIME);
  return full ? {} : after('oversight');
};
