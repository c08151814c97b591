import type { AccountPath } from '../ledger/chart.ts';
import { credit, debit, type Line, lines } from '../ledger/journal.ts';
import { Decimal } from '../money/decimal.ts';
import type { FinancedProduct } from '../programme/terms.ts';

/** Where a product's performing principal stands. */
export const principalAccounts = {
  pledge_loan: '1101',
  recourse_factoring: '1101',
  nonrecourse_factoring: '1102',
  payables_finance: '1102',
  bill_pledge_loan: '1111',
  prepayment: '1104',
  inventory_loan: '1105',
  receipt_loan: '1106',
  credit_loan: '1110',
  bill_acceptance: '1109',
} as const satisfies Record<FinancedProduct, AccountPath>;

/** Every account on which principal stands; overdue principal and what is claimed from a third party last. */
export const loanAccounts: readonly AccountPath[] = [...new Set(Object.values(principalAccounts)), '1120', '1133'];

const deposit = (party: string): AccountPath => `2001/${party}`;

/** A loan paid out: principal to the account of whoever it is paid to. */
export const loanDisbursed = (p: { product: FinancedProduct; payee: string; amount: Decimal }): Line[] =>
  lines(debit(principalAccounts[p.product], p.amount), credit(deposit(p.payee), p.amount));

/** A purchase without recourse: face on the books, interest unearned, its parts borne by debtor and seller. */
export const receivablePurchased = (p: {
  product: FinancedProduct;
  seller: string;
  debtor: string;
  face: Decimal;
  discount: Decimal;
  debtorDiscount: Decimal;
}): Line[] =>
  lines(
    debit(principalAccounts[p.product], p.face),
    debit(deposit(p.debtor), p.debtorDiscount),
    credit('1103', p.discount),
    credit(deposit(p.seller), p.face.minus(p.discount).plus(p.debtorDiscount)),
  );

/** A fee taken from the borrower's account, VAT inside. */
export const feeCharged = (p: { borrower: string; net: Decimal; tax: Decimal }): Line[] =>
  lines(debit(deposit(p.borrower), p.net.plus(p.tax)), credit('4004', p.net), credit('2011', p.tax));

/** What stands off the balance sheet for the collateral of a financing. */
export type Held = Readonly<{ account: AccountPath; amount: Decimal }>;
/** Collateral received, or given back, off the balance sheet; nothing for a loan without. */
export const collateralHeld = (held: Held | null): Line[] =>
  held === null ? [] : lines(debit(held.account, held.amount), credit('9999', held.amount));
export const collateralReleased = (held: Held | null): Line[] =>
  held === null ? [] : lines(debit('9999', held.amount), credit(held.account, held.amount));

type Accrued = { gross: Decimal; tax: Decimal };
/** Interest earned by loans, VAT inside. */
export const interestAccrued = ({ gross, tax }: Accrued): Line[] =>
  lines(debit('1131', gross), credit('4001', gross.minus(tax)), credit('2011', tax));
/** Penalty and compound interest earned by overdue loans, VAT inside. */
export const penaltyAccrued = ({ gross, tax }: Accrued): Line[] =>
  lines(debit('1132', gross), credit('4003', gross.minus(tax)), credit('2011', tax));
/** Discount earned by purchases, VAT inside. */
export const discountEarned = ({ gross, tax }: Accrued): Line[] =>
  lines(debit('1103', gross), credit('4002', gross.minus(tax)), credit('2011', tax));

/** A payment spread over what was due. `from` is the account that gives: a deposit, or collections in trust. */
export const repaid = (p: {
  from: AccountPath;
  principalAccount: AccountPath;
  penalty: Decimal;
  interest: Decimal;
  principal: Decimal;
}): Line[] =>
  lines(
    debit(p.from, p.penalty.plus(p.interest).plus(p.principal)),
    credit('1132', p.penalty),
    credit('1131', p.interest),
    credit(p.principalAccount, p.principal),
  );

/** Principal that fell overdue. */
export const fellOverdue = (from: AccountPath, principal: Decimal): Line[] =>
  lines(debit('1120', principal), credit(from, principal));

/** A loss: the allowance is built by what is lost, then used; the claim stays on record off the balance sheet. */
export const writtenOff = (p: {
  principalAccount: AccountPath;
  principal: Decimal;
  interest: Decimal;
  penalty: Decimal;
}): Line[][] => {
  const total = p.principal.plus(p.interest).plus(p.penalty);
  return [
    lines(debit('5002', total), credit('1190', total)),
    lines(
      debit('1190', total),
      credit(p.principalAccount, p.principal),
      credit('1131', p.interest),
      credit('1132', p.penalty),
    ),
    lines(debit('9008', total), credit('9999', total)),
  ];
};

/** What comes in for a loan written off is income; the claim on record off the balance sheet shrinks by it. */
export const recovered = (from: AccountPath, amount: Decimal): Line[] =>
  lines(debit(from, amount), credit('4006', amount), debit('9999', amount), credit('9008', amount));

/** Where the money of a collection comes from: outside, the debtor's own deposit, or what was unapplied. */
export type MoneySource = 'outside' | 'deposit' | 'unapplied';

/** Money of a debtor for its receivables; what they do not take stays unapplied. */
export const collected = (p: { debtor: string; amount: Decimal; excess: Decimal; from: MoneySource }): Line[] => {
  const giver = { outside: '1001', deposit: deposit(p.debtor), unapplied: '2004' } as const;
  return lines(
    debit(giver[p.from], p.amount.plus(p.excess)),
    credit(`2003/${p.debtor}`, p.amount),
    credit('2004', p.excess),
  );
};

/** Money of unknown purpose, what becomes of it, and its way back: ordered, paid, or come to nothing. */
export const unappliedReceived = (amount: Decimal): Line[] => lines(debit('1001', amount), credit('2004', amount));
export const unappliedToDeposit = (p: { party: string; amount: Decimal }): Line[] =>
  lines(debit('2004', p.amount), credit(deposit(p.party), p.amount));
export const refundOrdered = (amount: Decimal): Line[] => lines(debit('2004', amount), credit('2013', amount));
export const refundPaid = (amount: Decimal): Line[] => lines(debit('2013', amount), credit('1001', amount));
export const refundFailed = (amount: Decimal): Line[] => lines(debit('2013', amount), credit('2004', amount));

/** What remains of a collection belongs to the holders (尾款): one journal, a line for each of them. */
export const remaindersPaid = (debtor: string, amounts: ReadonlyMap<string, Decimal>): Line[] => {
  const total = [...amounts.values()].reduce((sum, amount) => sum.plus(amount), new Decimal(0));
  return lines(
    debit(`2003/${debtor}`, total),
    ...[...amounts].map(([holder, amount]) => credit(deposit(holder), amount)),
  );
};

/** Money from outside on a party's deposit. */
export const deposited = (p: { party: string; amount: Decimal }): Line[] =>
  lines(debit('1001', p.amount), credit(deposit(p.party), p.amount));
