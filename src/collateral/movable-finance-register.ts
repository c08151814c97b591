export type FilingKind = 'registration' | 'amendment' | 'discharge';

/** One request to the public register of movable finance. */
export type Filing = Readonly<{
  /** Ours; a filing of the same id is taken once and asking again answers how it stands. */
  filingId: string;
  kind: FilingKind;
  /** Number of the record to amend or discharge; null for a new one. */
  number: string | null;
  securityKind: 'pledge' | 'assignment';
  securedPartyId: string;
  pledgorId: string;
  subjectId: string;
  /** The claim secured, yuan to the fen, such as "1000000.00". */
  amount: string;
  /** The whole term from registration; an amendment asks for a longer one. */
  termMonths: number;
}>;

export type FilingAnswer =
  | Readonly<{
      state: 'recorded';
      number: string;
      /** ISO 8601 in UTC. An amendment keeps the instant, and with it the rank, of the record. */
      registeredAt: string;
      expiresOn: string;
      termMonths: number;
    }>
  | Readonly<{ state: 'refused'; code: string; reason: string }>
  | 'pending'
  /** No answer came; the same filing may be made again. */
  | 'unknown';

/**
 * The public register (动产融资统一登记公示系统, kept by the credit reference centre under PBOC order 7 of 2021). It
 * records what it is told without examining the transaction; its number and time decide the rank of claims.
 */
export type MovableFinanceRegister = Readonly<{
  /** Files, or asks about what was filed; answers in the order of the filings. A throw counts as no answer. */
  file: (filings: readonly Filing[]) => Promise<readonly FilingAnswer[]>;
}>;
