import { createHash } from 'node:crypto';
import type { Clock } from '../platform/clock.ts';
import type { Database, Tx } from '../platform/database.ts';
import type { UnitOfWork } from '../platform/unit-of-work.ts';
import { asWorker, type Faults, keepFaults, runAsSystem, systemCommand } from '../platform/worker.ts';
import type { BillExchange, ExchangeAnswer, ExchangeMessage } from './exchange.ts';
import { markTold, takeExchangeAnswer } from './exchange-answer.ts';
import type { MessageKind } from './store.ts';

export type BillPump = Readonly<{ database: Database; unitOfWork: UnitOfWork; exchange: BillExchange; clock: Clock }>;

const AT_A_TIME = 200;
const FIRST_ID = '00000000-0000-0000-0000-000000000000';

type Unanswered = {
  id: string;
  chain_id: string;
  org_id: string;
  kind: MessageKind;
  state: 'created' | 'sent';
  payload: Record<string, unknown>;
  number: string | null;
  amount: string;
  acceptor_id: string;
  drawer_id: string;
  from_id: string | null;
  to_id: string | null;
};

const unansweredAfter = (tx: Tx, after: string): Promise<Unanswered[]> =>
  tx.query<Unanswered>(
    'bill_message.unanswered',
    `select m.id, m.chain_id, m.org_id, m.kind, m.state, m.payload, b.number, b.acceptor_id, b.drawer_id,
            coalesce(o.amount, b.face)::text as amount, o.from_id, o.to_id
       from bill_message m join bill b on b.id = m.bill_id left join bill_offer o on o.id = m.offer_id
      where m.state in ('created', 'sent') and m.id > $1 order by m.id limit $2`,
    [after, AT_A_TIME],
  );

type Round = BillPump & Readonly<{ faults: Faults }>;

/**
 * One round of the message pump: tells the exchange what is waiting and records what it answers. Safe to run in two
 * processes at once and to break off anywhere: messages have ids of their own, the exchange takes each once, and each
 * answer is recorded under its message's key. Throws at the end what failed for single messages.
 */
export async function pumpBillMessages(pump: BillPump): Promise<void> {
  const round = { ...pump, faults: keepFaults('bill messages') };
  for (let after = FIRST_ID; ; ) {
    const page = await asWorker(pump.database, (tx) => unansweredAfter(tx, after));
    if (page.length > 0) {
      await round.faults.attempt(() => mark(round, page));
      await tell(round, page);
    }
    if (page.length < AT_A_TIME) break;
    after = page.at(-1)?.id ?? after;
  }
  round.faults.raise();
}

async function mark({ unitOfWork, clock }: Round, page: readonly Unanswered[]): Promise<void> {
  const fresh = page.filter(({ state }) => state === 'created');
  const chains = new Map<string, Unanswered[]>();
  for (const message of fresh) chains.set(message.chain_id, [...(chains.get(message.chain_id) ?? []), message]);
  for (const [chainId, messages] of chains) {
    const messageIds = messages.map(({ id }) => id);
    const key = `bill messages ${createHash('sha256').update(messageIds.join(' ')).digest('hex')} told`;
    await runAsSystem(
      unitOfWork,
      markTold,
      systemCommand(asParty(messages[0] as Unanswered), { key, input: { chainId, messageIds }, now: clock.now() }),
    );
  }
}

async function tell(round: Round, page: readonly Unanswered[]): Promise<void> {
  const answers = await round.exchange.tell(page.map(messageOf)).catch(() => page.map((): ExchangeAnswer => 'unknown'));
  await Promise.all(
    page.map((message, i) => round.faults.attempt(() => record(round, message, answers[i] ?? 'unknown'))),
  );
}

async function record({ unitOfWork, clock }: Round, message: Unanswered, answer: ExchangeAnswer): Promise<void> {
  if (answer === 'pending' || answer === 'unknown') return;
  const parties = [message.acceptor_id, message.drawer_id, message.from_id, message.to_id];
  await runAsSystem(
    unitOfWork,
    takeExchangeAnswer,
    systemCommand(asParty(message), {
      key: `bill message ${message.id} ${answer.state}`,
      input: {
        messageId: message.id,
        chainId: message.chain_id,
        parties: parties.filter((id): id is string => id !== null),
        answer,
      },
      now: clock.now(),
    }),
  );
}

const messageOf = ({ id, kind, number, amount, payload }: Unanswered): ExchangeMessage => ({
  messageId: id,
  kind,
  number: kind === 'registration' ? null : number,
  amount,
  payload,
});

const asParty = ({ org_id }: Unanswered) => ({ orgId: org_id, orgKind: 'enterprise' as const });
