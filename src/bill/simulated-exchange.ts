import { hasMod1110Check } from '../money/identifiers.ts';
import type { Clock } from '../platform/clock.ts';
import type { Database, Tx } from '../platform/database.ts';
import { asWorker } from '../platform/worker.ts';
import type { BillExchange, ExchangeAnswer, ExchangeMessage } from './exchange.ts';

/** Messages about exactly this amount are refused with the code; every other one is confirmed. */
export type ExchangeRule = Readonly<{ amount: string; code: string }>;

/** "09:00-17:00" in Shanghai, taken apart into minutes of the day. */
export type ExchangeHours = Readonly<{ from: number; to: number }>;

export type SimulatedExchangeSettings = Readonly<{
  clock: Clock;
  /** From a message to its answer. */
  answerAfterMs: number;
  hours: ExchangeHours;
  rules?: readonly ExchangeRule[];
}>;

const defaultRules: readonly ExchangeRule[] = [
  { amount: '444444.01', code: 'SU01' },
  { amount: '444444.02', code: 'SU02' },
];

const reasons: Readonly<Record<string, string>> = {
  SU01: '拒绝: the exchange refuses this',
  SU02: '清分失败: the exchange could not clear this',
  NUMBER: 'the exchange has no bill of this number',
  CNAPS: 'the bank of the drawer takes no part in the exchange',
};

type Row = {
  message_id: string;
  kind: string;
  number: string | null;
  refusal_code: string | null;
  answers_at: string;
};

const MINUTE_MS = 60_000;
const DAY_MINUTES = 1440;

/** Whether the exchange takes messages at this moment. Hours that end before they begin run over midnight. */
export function isOpen({ from, to }: ExchangeHours, now: Date): boolean {
  const minute = Math.floor(now.getTime() / MINUTE_MS + 8 * 60) % DAY_MINUTES;
  return from <= to ? from <= minute && minute < to : minute >= from || minute < to;
}

/** The number of a bill: kind, the drawer's bank, the day, the serial of the day, and the check digit that fits. */
export function billNumber({
  kind,
  cnaps,
  day,
  serial,
}: Readonly<{ kind: unknown; cnaps: string; day: string; serial: number }>): string {
  const body = `${kind === 'bank' ? 8 : 7}${cnaps}${day.replaceAll('-', '')}${String(serial).padStart(8, '0')}`;
  const check = '0123456789'.split('').find((digit) => hasMod1110Check(`${body}${digit}`));
  return `${body}${check}`;
}

async function serials(tx: Tx, messages: readonly ExchangeMessage[]): Promise<Map<string, number>> {
  const days = new Map<string, string[]>();
  for (const { messageId, payload } of messages) {
    const day = String(payload.issueDate);
    days.set(day, [...(days.get(day) ?? []), messageId]);
  }
  const given = new Map<string, number>();
  for (const [day, ids] of [...days].sort()) {
    const [row] = await tx.query<{ last: number }>(
      'bill_exchange.serial',
      `insert into bill_exchange_serial (day, last) values ($1, $2)
       on conflict (day) do update set last = bill_exchange_serial.last + excluded.last returning last`,
      [day, ids.length],
    );
    for (const [place, id] of ids.entries()) given.set(id, (row?.last ?? 0) - ids.length + place + 1);
  }
  return given;
}

function judge(message: ExchangeMessage, rules: readonly ExchangeRule[], known: ReadonlySet<string>): string | null {
  const ruled = rules.find(({ amount }) => amount === message.amount);
  if (ruled !== undefined) return ruled.code;
  if (message.kind === 'registration') return /^\d{12}$/.test(String(message.payload.cnaps)) ? null : 'CNAPS';
  return message.number !== null && known.has(message.number) ? null : 'NUMBER';
}

async function take(tx: Tx, messages: readonly ExchangeMessage[], settings: SimulatedExchangeSettings): Promise<void> {
  const held = await heldOf(tx, messages);
  const fresh = messages.filter(({ messageId }) => !held.has(messageId));
  if (fresh.length === 0) return;
  const known = await tx.query<{ number: string }>(
    'bill_exchange.known',
    "select number from bill_exchange_simulation where kind = 'registration' and number = any($1::text[])",
    [fresh.flatMap(({ number }) => number ?? [])],
  );
  const numbers = new Set(known.map(({ number }) => number));
  const judged = fresh.map((message) => ({ message, code: judge(message, settings.rules ?? defaultRules, numbers) }));
  const registered = judged.filter(({ message, code }) => message.kind === 'registration' && code === null);
  const given = await serials(
    tx,
    registered.map(({ message }) => message),
  );
  const now = settings.clock.now();
  const answersAt = new Date(now.getTime() + settings.answerAfterMs).toISOString();
  await tx.query(
    'bill_exchange.take',
    `insert into bill_exchange_simulation (message_id, kind, number, refusal_code, answers_at, told_at)
     select u.*, $5::timestamptz, $6::timestamptz
       from unnest($1::uuid[], $2::text[], $3::text[], $4::text[]) as u
     on conflict (message_id) do nothing`,
    [
      judged.map(({ message }) => message.messageId),
      judged.map(({ message }) => message.kind),
      judged.map(({ message }) => numberFor(message, given.get(message.messageId))),
      judged.map(({ code }) => code),
      answersAt,
      now.toISOString(),
    ],
  );
}

const numberFor = ({ number, payload }: ExchangeMessage, serial: number | undefined): string | null =>
  serial === undefined
    ? number
    : billNumber({ kind: payload.kind, cnaps: String(payload.cnaps), day: String(payload.issueDate), serial });

async function heldOf(tx: Tx, messages: readonly ExchangeMessage[]): Promise<Map<string, Row>> {
  const rows = await tx.query<Row>(
    'bill_exchange.held',
    `select message_id, kind, number, refusal_code, answers_at from bill_exchange_simulation
      where message_id = any($1::uuid[])`,
    [messages.map(({ messageId }) => messageId)],
  );
  return new Map(rows.map((row) => [row.message_id, row]));
}

function answerOf(row: Row | undefined, now: string): ExchangeAnswer {
  if (row === undefined) return 'unknown';
  if (now < row.answers_at) return 'pending';
  if (row.refusal_code === null) {
    return { state: 'confirmed', code: 'SU00', number: row.kind === 'registration' ? row.number : null };
  }
  return { state: 'rejected', code: row.refusal_code, reason: reasons[row.refusal_code] ?? row.refusal_code };
}

/**
 * An exchange for demonstrations and tests, with a record of its own in the same database: it takes messages in its
 * hours only, gives bills their numbers, answers after a while and refuses by amount.
 */
export function simulatedExchange(database: Database, settings: SimulatedExchangeSettings): BillExchange {
  return {
    tell: async (messages) => {
      const now = settings.clock.now();
      const rows = await asWorker(database, async (tx) => {
        if (isOpen(settings.hours, now)) await take(tx, messages, settings);
        return heldOf(tx, messages);
      });
      return messages.map(({ messageId }) => answerOf(rows.get(messageId), now.toISOString()));
    },
  };
}
