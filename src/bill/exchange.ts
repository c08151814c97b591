import type { MessageKind } from './store.ts';

/** What the exchange is told: a bill is registered or void, or two parties have agreed on something about a range. */
export type ExchangeMessage = Readonly<{
  /** Ours; a message of the same id is taken once, and telling it again answers how it stands. */
  messageId: string;
  kind: MessageKind;
  /** The bill's number; null for one that asks for its own. */
  number: string | null;
  /** Yuan to the fen, such as "1000000.00". */
  amount: string;
  payload: Readonly<Record<string, unknown>>;
}>;

export type ExchangeAnswer =
  | Readonly<{
      state: 'confirmed';
      code: 'SU00';
      /** Of a registration: the number of 30 digits. */
      number: string | null;
    }>
  | Readonly<{
      state: 'rejected';
      /** SU01 refused, SU02 not cleared (清分失败). */
      code: string;
      reason: string;
    }>
  | 'pending'
  /** Not taken, because the exchange is closed or no answer came: the same message may be sent again. */
  | 'unknown';

/** The bill exchange (票据交易所), which keeps the register of bills and confirms every act on them. */
export type BillExchange = Readonly<{
  /** Tells, or asks about what was told; answers in the order of the messages. A throw counts as no answer. */
  tell: (messages: readonly ExchangeMessage[]) => Promise<readonly ExchangeAnswer[]>;
}>;
