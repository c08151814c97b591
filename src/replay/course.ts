import { createHash } from 'node:crypto';
import { addDays, type IsoDate } from '../money/dates.ts';
import type { Invoice } from './reading.ts';
import { terms } from './terms.ts';

export type Product = (typeof terms.products)[number];

/** One invoice on its way through the service. */
export type Course = {
  readonly invoice: Invoice;
  /** How it is to be financed; null when it is not in the declared share. */
  readonly product: Product | null;
  readonly dispute: Dispute | null;
  /** Null until the service has registered it. */
  receivableId: string | null;
  isConfirmed: boolean;
  isPaid: boolean;
  financingId: string | null;
};

/** When the debtor contests the invoice, and when it gives in. */
type Dispute = Readonly<{ opensOn: IsoDate; endsOn: IsoDate }>;

export const courseOf = (invoice: Invoice, share: number): Course => ({
  invoice,
  product: productFor(invoice, share),
  dispute: invoice.disputed ? disputeOf(invoice) : null,
  receivableId: null,
  isConfirmed: false,
  isPaid: false,
  financingId: null,
});

/** Whether and how an invoice is financed: decided by its customer and number alone, so the same in every run. */
function productFor({ customer, number }: Invoice, share: number): Product | null {
  const digest = createHash('sha256').update(`${customer}\n${number}`).digest();
  if (digest.readUInt32BE(0) / 2 ** 32 >= share) return null;
  return terms.products[digest.readUInt8(4) % terms.products.length] as Product;
}

/**
 * The file says whether an invoice was disputed, not when. Declared: from the third day after the invoice to the day
 * before settlement; what is settled sooner is disputed and cleared on the day of settlement.
 */
function disputeOf({ issueDate, settledOn }: Invoice): Dispute {
  const [opensOn = settledOn] = [addDays(issueDate, terms.disputeAfterDays), settledOn].sort();
  const [, endsOn = opensOn] = [addDays(settledOn, -1), opensOn].sort();
  return { opensOn, endsOn };
}
