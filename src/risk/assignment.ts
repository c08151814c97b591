import { type PersonRow, persons } from '../identity/store.ts';
import { books, requireOpenBook } from '../ledger/book-store.ts';
import { riskAlerts } from '../oversight/alert-store.ts';
import { tellAlert } from '../oversight/alerts.ts';
import { alertAnswer } from '../oversight/answers.ts';
import { requireOwner } from '../oversight/check-commands.ts';
import { alertLifecycle } from '../oversight/lifecycle.ts';
import { nextState } from '../platform/state-machine.ts';
import type { UseCase } from '../platform/unit-of-work.ts';
import { requireVersion } from '../platform/version.ts';

type Assign = Readonly<{ alertId: string; bookId: string; expectedVersion: number; personId: string }>;

/** Gives an alert to one person of the bank, who answers for it. */
export const assignAlert: UseCase<Assign, ReturnType<typeof alertAnswer>, readonly PersonRow[]> = {
  name: 'risk_alert.assign',
  lane: ({ input }) => input.bookId,
  scope: ({ input }) => [input.bookId],
  load: async (work, commands) => {
    await work.lock(
      books,
      commands.map(({ input }) => input.bookId),
    );
    await work.lock(
      riskAlerts,
      commands.map(({ input }) => input.alertId),
    );
    return work.read(
      persons,
      'id',
      commands.map(({ input }) => input.personId),
    );
  },
  decide: (work, { input }, people) => {
    requireOpenBook(work, input.bookId);
    const alert = work.get(riskAlerts, input.alertId);
    requireVersion(alert.version, input.expectedVersion);
    nextState(alertLifecycle, alert.state, 'assign');
    requireOwner(people, input.personId, alert.bookId);
    const after = work.update(riskAlerts, alert.id, { ownerPerson: input.personId });
    tellAlert(work, 'assigned', after);
    return alertAnswer(after);
  },
};
