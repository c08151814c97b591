/** What the bank is told: a credit transfer of ISO 20022 pain.001. */
export type PaymentInstruction = Readonly<{
  /** Our payment id. The bank takes an instruction of the same id once and repeats its first answer. */
  endToEndId: string;
  payeeName: string;
  payeeAccount: string;
  payeeBank: string;
  /** Yuan to the fen, such as "1000000.00". */
  amount: string;
}>;

export type SendAnswer =
  | Readonly<{ accepted: true; reference: string }>
  | Readonly<{ accepted: false; reference: string; code: string; at: string }>
  /** No answer came: the bank may have taken it. */
  | 'unknown';

export type BankStatus =
  | Readonly<{ state: 'pending'; reference: string }>
  | Readonly<{ state: 'settled'; reference: string; at: string }>
  | Readonly<{ state: 'rejected' | 'returned'; reference: string; code: string; at: string }>
  /** The bank is sure that it never took the instruction: only now may it be sent again. */
  | Readonly<{ state: 'not_received' }>
  | 'unknown';

export type BankReturn = Readonly<{ endToEndId: string; reference: string; code: string; at: string }>;

/**
 * The bank as the payment pump sees it; lists, as its files are. A method that throws counts as no answer. The bank is
 * asked by our own id, because an answer that was lost took its reference with it.
 */
export type BankGateway = Readonly<{
  /** Answers in the order of the instructions. */
  send: (instructions: readonly PaymentInstruction[]) => Promise<readonly SendAnswer[]>;
  /** Answers in the order of the ids. */
  status: (endToEndIds: readonly string[]) => Promise<readonly BankStatus[]>;
  /** Payments given back at or after an instant (ISO 8601 in UTC) although they had settled. */
  returns: (since: string) => Promise<readonly BankReturn[]>;
}>;
