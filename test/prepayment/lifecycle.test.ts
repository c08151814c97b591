import t from 'tap';
import { Refusal } from '../../src/platform/refusal.ts';
import { type Lifecycle, nextState } from '../../src/platform/state-machine.ts';
import { acceptanceStates, callStates, noticeStates, orderStages } from '../../src/prepayment/lifecycle.ts';

// The tables written out a second time, from the specification: `state: event -> state`, everything else is refused.
const drawn: readonly Readonly<{ lifecycle: Lifecycle; finals: readonly string[]; arrows: string }>[] = [
  {
    lifecycle: orderStages,
    finals: ['declined', 'cancelled', 'closed'],
    arrows: `
      ordered: confirm -> confirmed, decline -> declined, cancel -> cancelled
      confirmed: apply -> confirmed, deposit -> confirmed, complete_margin -> margin_paid, cancel -> cancelled
      margin_paid: apply -> margin_paid, fund -> funded, cancel -> cancelled
      funded: pay -> funded, arrive -> funded, notice -> delivering, expire -> shortfall, close -> closed
      delivering: pay -> delivering, arrive -> delivering, notice -> delivering, receive -> delivering
      delivering: complete -> completed, expire -> shortfall, close -> closed
      completed: pay -> completed, close -> closed
      shortfall: receive -> shortfall, refund -> shortfall, resume -> delivering, claim -> claimed
      shortfall: refund_all -> refunded, repurchase_all -> repurchased
      claimed: receive -> claimed, refund -> claimed, resume -> delivering
      claimed: refund_all -> refunded, repurchase_all -> repurchased
      refunded: receive -> refunded, close -> closed
      repurchased: receive -> repurchased, close -> closed`,
  },
  {
    lifecycle: noticeStates,
    finals: ['received', 'rejected', 'withdrawn'],
    arrows: `
      requested: issue -> issued, reject -> rejected, withdraw -> withdrawn
      issued: acknowledge -> acknowledged, recall -> withdrawn
      acknowledged: ship -> shipped
      shipped: receive -> received`,
  },
  {
    lifecycle: acceptanceStates,
    finals: ['paid', 'advanced'],
    arrows: `
      submitted: approve -> approved, reject -> rejected, cancel -> cancelled
      approved: accept -> accepted, cancel -> cancelled
      accepted: pay -> paid, advance -> advanced
      rejected: submit -> submitted
      cancelled: submit -> submitted`,
  },
  {
    lifecycle: callStates,
    finals: [],
    arrows: `
      open: fall -> open, cure -> cured, lapse -> lapsed
      cured: fall -> open
      lapsed: fall -> lapsed, cure -> cured`,
  },
];

function tableOf(arrows: string): Map<string, string> {
  const lines = arrows.trim().split('\n');
  return new Map(
    lines.flatMap((line) => {
      const [state, rest] = line.trim().split(': ') as [string, string];
      return rest.split(', ').map((arrow) => {
        const [event, to] = arrow.split(' -> ') as [string, string];
        return [`${state} ${event}`, to] as const;
      });
    }),
  );
}

for (const { lifecycle, finals, arrows } of drawn) {
  const table = tableOf(arrows);
  const events = [...new Set(lifecycle.states.flatMap((state) => Object.keys(lifecycle.arrows[state] ?? {})))];

  void t.test(
    `A ${lifecycle.name}: every event in every state leads where the table says, or is refused`,
    async (t) => {
      t.same(new Set([...table.keys()].map((key) => key.split(' ')[1])), new Set(events), 'no event is missing');
      for (const state of lifecycle.states) {
        const allowed = [...table.keys()].filter((key) => key.startsWith(`${state} `)).map((key) => key.split(' ')[1]);
        for (const event of events) {
          const to = table.get(`${state} ${event}`);
          if (to !== undefined) t.equal(nextState(lifecycle, state, event), to, `${state} ${event}`);
          else {
            const refused = () => nextState(lifecycle, state, event);
            t.throws(
              refused,
              new Refusal('illegal-transition', `${event} is not possible for a ${lifecycle.name} that is ${state}`),
            );
          }
        }
        if (allowed.length === 0) t.ok(finals.includes(state), `${state} is final`);
        else t.notOk(finals.includes(state), `${state} is not final`);
      }
    },
  );
}
