import type { AccountPath } from '../ledger/chart.ts';
import { credit, debit, type Line, lines } from '../ledger/journal.ts';
import type { Decimal } from '../money/decimal.ts';

const deposit = (party: string): AccountPath => `2001/${party}`;
/** Margin is one account per distributor and book; the order keeps how much of it is its own. */
export const marginOf = (party: string): AccountPath => `2002/${party}`;
/** What a seller refunds lies in trust until the debt has taken its part. */
export const trustOf = (party: string): AccountPath => `2003/${party}`;

type Paid = { buyer: string; amount: Decimal };

/** From the distributor's deposit into the margin account: first margin, cash for release, extra margin. */
export const marginDeposited = ({ buyer, amount }: Paid): Line[] =>
  lines(debit(deposit(buyer), amount), credit(marginOf(buyer), amount));

/** Margin given back when the order ends. */
export const marginReturned = ({ buyer, amount }: Paid): Line[] =>
  lines(debit(marginOf(buyer), amount), credit(deposit(buyer), amount));

/** The distributor's own part of the price, passed on to the seller with the bank's when the loan is paid out. */
export const marginPassedOn = ({ buyer, seller, amount }: Paid & { seller: string }): Line[] =>
  lines(debit(marginOf(buyer), amount), credit(deposit(seller), amount));

/** The bank accepts a bill: its fee, VAT inside, and its promise off the balance sheet. */
export const acceptanceFee = (p: { buyer: string; net: Decimal; tax: Decimal }): Line[] =>
  lines(debit(deposit(p.buyer), p.net.plus(p.tax)), credit('4005', p.net), credit('2011', p.tax));
export const billAccepted = (face: Decimal): Line[] => lines(debit('9002', face), credit('9999', face));

/** The bill is paid at maturity: from the margin, and what that lacks as an advance of the bank (垫款). */
export const billPaid = (p: { buyer: string; fromMargin: Decimal; advanced: Decimal }): Line[] =>
  lines(
    debit(marginOf(p.buyer), p.fromMargin),
    debit('1109', p.advanced),
    credit('1001', p.fromMargin.plus(p.advanced)),
  );
export const acceptanceEnded = (face: Decimal): Line[] => lines(debit('9999', face), credit('9002', face));

/** The seller refunds, or buys back, what it has not delivered: from outside, or from its deposit. */
export const refundReceived = (p: { seller: string; amount: Decimal; from: 'outside' | 'deposit' }): Line[] =>
  lines(debit(p.from === 'outside' ? '1001' : deposit(p.seller), p.amount), credit(trustOf(p.seller), p.amount));

/** What of a refund the debt has not taken is the distributor's. */
export const refundResidual = (p: { seller: string; buyer: string; amount: Decimal }): Line[] =>
  lines(debit(trustOf(p.seller), p.amount), credit(deposit(p.buyer), p.amount));

/** The bank claims from the seller what it is owed: principal moves from where it stood. */
export const refundClaimed = (p: { from: AccountPath; principal: Decimal }): Line[] =>
  lines(debit('1133', p.principal), credit(p.from, p.principal));

/** The seller has paid all it owed, and the distributor owes on: what is left stands where it stood before the claim. */
export const claimEnded = (p: { to: AccountPath; principal: Decimal }): Line[] =>
  lines(debit(p.to, p.principal), credit('1133', p.principal));

/** Goods in a supervised warehouse come on, or go off, the list of what the bank holds. */
export const goodsHeld = (amount: Decimal): Line[] => lines(debit('9003', amount), credit('9999', amount));
export const goodsReleased = (amount: Decimal): Line[] => lines(debit('9999', amount), credit('9003', amount));

/** All goods have arrived: what was lent on a promise is lent on goods from here (先票后货, 现货入库). */
export const convertedToInventory = (principal: Decimal): Line[] =>
  lines(debit('1105', principal), credit('1104', principal));
