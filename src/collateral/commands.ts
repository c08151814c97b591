import type { IsoDate } from '../money/dates.ts';
import { require } from '../platform/refusal.ts';
import { nextState } from '../platform/state-machine.ts';
import type { UseCase } from '../platform/unit-of-work.ts';
import type { Workspace } from '../platform/workspace.ts';
import type { FilingAnswer, FilingKind } from './movable-finance-register.ts';
import { registrationLifecycle } from './registration-rules.ts';
import { type RegistrationRow, registrations } from './store.ts';

const WAKE = 'registrations';

function tell(work: Workspace, kind: string, row: RegistrationRow): void {
  work.emit({
    kind: `registration.${kind}`,
    objectKind: 'registration',
    objectId: row.id,
    parties: [row.bookId, row.pledgorId],
    scopeId: row.bookId,
    data: {
      subjectId: row.subjectId,
      financingId: row.financingId,
      ...(row.registerNumber === null ? {} : { registerNumber: row.registerNumber }),
      ...(row.reasonCode === null ? {} : { reasonCode: row.reasonCode }),
    },
  });
}

/**
 * Ends a locked registration when its claim is paid or given up, and has the register told, unless it was never
 * filed. One that the register has not answered yet is discharged there as soon as it has. The refusal `illegal-transition` when it has ended already.
 */
export function dischargeRegistration(work: Workspace, id: string, now: Date): RegistrationRow {
  const before = work.get(registrations, id);
  const row = work.update(registrations, id, {
    state: nextState(registrationLifecycle, before.state, 'discharge'),
    awaiting: before.filedAt === null ? null : 'discharge',
    requestedTermMonths: null,
    dischargedAt: now.toISOString(),
  });
  tell(work, 'discharged', row);
  work.wakes.add(WAKE);
  return row;
}

/**
 * Asks the register for a longer term, counted in whole months from registration; the term changes when it agrees.
 * Only before the present term ends (PBOC order 7 of 2021: an extension is filed before expiry).
 */
export function amendRegistration(
  work: Workspace,
  id: string,
  { termMonths, today }: Readonly<{ termMonths: number; today: IsoDate }>,
): RegistrationRow {
  const before = work.get(registrations, id);
  nextState(registrationLifecycle, before.state, 'amend');
  require(before.awaiting ===
    null, 'registration-unanswered', `registration ${id} waits for an answer of the register`);
  require(before.expiresOn !== null &&
    today <= before.expiresOn, 'registration-expired', `registration ${id} ended on ${before.expiresOn}`);
  require(termMonths > before.termMonths, 'invalid-input', 'an extension makes the term longer', {
    field: '/termMonths',
    accepted: `more than ${before.termMonths}`,
  });
  work.wakes.add(WAKE);
  return work.update(registrations, id, {
    awaiting: 'amendment',
    requestedTermMonths: termMonths,
    reasonCode: null,
    reason: null,
  });
}

/** Ends a locked registration whose term is over: the claim loses its rank. */
export function lapseRegistration(work: Workspace, id: string): RegistrationRow {
  const before = work.get(registrations, id);
  const row = work.update(registrations, id, {
    state: nextState(registrationLifecycle, before.state, 'lapse'),
    awaiting: null,
    requestedTermMonths: null,
  });
  tell(work, 'lapsed', row);
  return row;
}

/** How many days before a registration ends its bank is told, so that it can be extended without losing its rank. */
export const ALERT_DAYS = 30;

/** Tells that a locked registration is about to end: extended before that it keeps its rank (人民银行令〔2021〕7号). */
export const alertExpiry = (work: Workspace, id: string): void => tell(work, 'expiring', work.get(registrations, id));

export type RegisterAnswer = Exclude<FilingAnswer, string>;

/** Takes the register's answer to what a locked registration was waiting for. */
function recordRegisterAnswer(work: Workspace, id: string, asked: FilingKind, answer: RegisterAnswer): RegistrationRow {
  const before = work.get(registrations, id);
  if (asked === 'registration' && before.state === 'discharged') return overtaken(work, before, answer);
  if (before.awaiting !== asked) return before;
  if (asked === 'discharge') return work.update(registrations, id, { awaiting: null });
  if (answer.state === 'refused') return refuse(work, before, answer);
  const event = asked === 'registration' ? 'register' : 'amend';
  const row = work.update(registrations, id, {
    state: nextState(registrationLifecycle, before.state, event),
    awaiting: null,
    requestedTermMonths: null,
    ...recorded(answer),
  });
  tell(work, row.state, row);
  return row;
}

const recorded = (answer: Extract<RegisterAnswer, { state: 'recorded' }>) => ({
  registerNumber: answer.number,
  registeredAt: answer.registeredAt,
  expiresOn: answer.expiresOn,
  termMonths: answer.termMonths,
});

/** The register recorded what was meanwhile discharged here: it has to be told again, now with its number. */
function overtaken(work: Workspace, before: RegistrationRow, answer: RegisterAnswer): RegistrationRow {
  if (before.registerNumber !== null) return before;
  if (answer.state === 'refused') return work.update(registrations, before.id, { awaiting: null });
  work.wakes.add(WAKE);
  return work.update(registrations, before.id, { awaiting: 'discharge', ...recorded(answer) });
}

function refuse(
  work: Workspace,
  before: RegistrationRow,
  { code, reason }: Extract<RegisterAnswer, { state: 'refused' }>,
): RegistrationRow {
  const state =
    before.awaiting === 'registration' ? nextState(registrationLifecycle, before.state, 'refuse') : before.state;
  const row = work.update(registrations, before.id, {
    state,
    awaiting: null,
    requestedTermMonths: null,
    reasonCode: code,
    reason,
  });
  tell(work, before.awaiting === 'registration' ? 'refused' : 'amendment_refused', row);
  return row;
}

type Filed = Readonly<{ registrationId: string; bookId: string }>;

const loadFiled: UseCase<Filed, unknown>['load'] = async (work, commands) => {
  await work.lock(
    registrations,
    commands.map(({ input }) => input.registrationId),
  );
};

/** Notes that the register is about to be told, before it is; `proceed` is false when the claim has ended meanwhile. */
export const markRegistrationFiled: UseCase<Filed, { proceed: boolean }> = {
  name: 'registration.file',
  lane: ({ input }) => input.bookId,
  scope: ({ input }) => [input.bookId],
  load: loadFiled,
  decide: (work, { input, now }) => {
    const row = work.get(registrations, input.registrationId);
    if (row.awaiting !== 'registration') return { proceed: false };
    work.update(registrations, row.id, { filedAt: now.toISOString() });
    return { proceed: true };
  },
};

type Answered = Filed & Readonly<{ asked: FilingKind; answer: RegisterAnswer }>;

/** Records an answer of the register. */
export const takeRegisterAnswer: UseCase<Answered, { state: string }> = {
  name: 'registration.answer',
  lane: ({ input }) => input.bookId,
  scope: ({ input }) => [input.bookId],
  load: loadFiled,
  decide: (work, { input }) => ({
    state: recordRegisterAnswer(work, input.registrationId, input.asked, input.answer).state,
  }),
};
