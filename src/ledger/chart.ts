/** The side an account must stay on: 1 debit, -1 credit, 0 either. */
type Guard = 1 | -1 | 0;
type Heading = Readonly<{ name: string; kind: 'asset' | 'liability' | 'income' | 'expense' | 'memo'; guard: Guard }>;

const heading = (name: string, kind: Heading['kind'], guard: Guard): Heading => ({ name, kind, guard });

/** The chart of accounts of every bank book. Accounts of a party are `code/party`. */
export const chart = {
  '1001': heading('Clearing account', 'asset', 0),
  '1101': heading('Loans against receivables', 'asset', 1),
  '1102': heading('Factored receivables without recourse, face', 'asset', 1),
  '1103': heading('Unearned factoring discount', 'asset', -1),
  '1104': heading('Prepayment loans', 'asset', 1),
  '1105': heading('Inventory loans', 'asset', 1),
  '1106': heading('Warehouse receipt loans', 'asset', 1),
  '1107': heading('Discounted bills, face', 'asset', 1),
  '1108': heading('Discounted bills, interest adjustment', 'asset', -1),
  '1109': heading('Advances on acceptances', 'asset', 1),
  '1110': heading('Unsecured loans', 'asset', 1),
  '1111': heading('Loans against bills', 'asset', 1),
  '1120': heading('Overdue principal', 'asset', 1),
  '1131': heading('Interest receivable', 'asset', 1),
  '1132': heading('Penalty receivable', 'asset', 1),
  '1133': heading('Recourse claims', 'asset', 1),
  '1139': heading('Recoverable costs', 'asset', 1),
  '1190': heading('Loan loss allowance', 'asset', -1),
  '2001': heading('Deposits', 'liability', -1),
  '2002': heading('Margin', 'liability', -1),
  '2003': heading('Collections in trust', 'liability', -1),
  '2004': heading('Unapplied receipts', 'liability', -1),
  '2005': heading('Rediscounted bills, face', 'liability', -1),
  '2006': heading('Rediscounted bills, interest adjustment', 'liability', 1),
  '2011': heading('Output VAT payable', 'liability', 0),
  '2013': heading('Refunds payable', 'liability', -1),
  '4001': heading('Interest income', 'income', 0),
  '4002': heading('Discount income', 'income', 0),
  '4003': heading('Penalty income', 'income', 0),
  '4004': heading('Fee income', 'income', 0),
  '4005': heading('Acceptance fee income', 'income', 0),
  '4006': heading('Recoveries', 'income', 0),
  '5001': heading('Rediscount interest expense', 'expense', 0),
  '5002': heading('Impairment', 'expense', 0),
  '9001': heading('Receivables held as security', 'memo', 1),
  '9002': heading('Acceptances outstanding', 'memo', 1),
  '9003': heading('Goods held as security', 'memo', 1),
  '9004': heading('Warehouse receipts held as security', 'memo', 1),
  '9005': heading('Bills held as security', 'memo', 1),
  '9006': heading('Undrawn commitments', 'memo', 1),
  '9007': heading('Suspended interest', 'memo', 1),
  '9008': heading('Loans written off', 'memo', 1),
  '9999': heading('Memo counterpart', 'memo', 0),
} as const satisfies Record<string, Heading>;

export type AccountCode = keyof typeof chart;
/** `1101`, or `2001/<organization id>`. */
export type AccountPath = AccountCode | `${AccountCode}/${string}`;

// Deposits, margin and collections in trust are kept for each party.
const PARTY_CODES: readonly string[] = ['2001', '2002', '2003'] satisfies AccountCode[];

/** The accounts that a book has from its first day: one for each code that is not kept for parties. */
export const ownAccounts = (Object.keys(chart) as AccountCode[]).filter((code) => !PARTY_CODES.includes(code));

// What each loan owes, the security behind it and money that waits for a purpose are kept one by one: these accounts are
// the sums.
const CONTROL_CODES: readonly string[] = [
  '1101',
  '1102',
  '1103',
  '1104',
  '1105',
  '1106',
  '1107',
  '1108',
  '1109',
  '1120',
  '1131',
  '1132',
  '2003',
  '2004',
  '2013',
  '1133',
  '9001',
  '9008',
] satisfies AccountCode[];

/** Whether an account is the sum of what is kept one by one: only an event that moves that as well may move it. */
export const isControlAccount = (path: AccountPath): boolean => CONTROL_CODES.includes(path.slice(0, 4));

export const codeOf = (path: AccountPath): AccountCode => path.slice(0, 4) as AccountCode;
export const partyOf = (path: AccountPath): string | null => path.slice(5) || null;
