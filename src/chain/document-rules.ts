import type { IsoDate } from '../money/dates.ts';
import type { Decimal } from '../money/decimal.ts';
import { parseInvoiceNumber } from '../money/identifiers.ts';
import { Refusal, require } from '../platform/refusal.ts';
import type { DocumentKind, TradeDocumentRow } from './document-store.ts';
import type { MemberRow } from './store.ts';

export type Numbered = Readonly<{ number: string; code: string | null; sellerUscc: string }>;

/**
 * What makes an invoice the same wherever and however it is shown: the 20 digits of a digital invoice, else seller,
 * code and number. Wide digits and spaces do not count, nor does a digital number given as code and number.
 */
export function invoiceKey({ number, code, sellerUscc }: Numbered): string {
  const digits = plain(number);
  const form = parseInvoiceNumber(digits);
  require(form.valid, 'invalid-input', 'this is not the number of a VAT invoice', {
    field: '/number',
    accepted: '20 digits, or 8 digits with a code of 10 or 12',
  });
  if (form.kind === 'DIGITAL_20') {
    require(code === null, 'invalid-input', 'an invoice number of 20 digits has no code', {
      field: '/invoiceCode',
      accepted: 'nothing',
    });
    return digits;
  }
  const codeDigits = plain(code ?? '');
  require(/^(\d{10}|\d{12})$/.test(codeDigits), 'invalid-input', 'an invoice number of 8 digits goes with its code', {
    field: '/invoiceCode',
    accepted: '10 or 12 digits',
  });
  const joined = `${codeDigits}${digits}`;
  return isDigital(joined) ? joined : `${sellerUscc}|${codeDigits}|${digits}`;
}

const plain = (text: string): string => text.normalize('NFKC').replace(/\s/g, '');

// Digital invoices exist since December 2021 and begin with the year; codes of 12 digits begin with 0 or 1.
const isDigital = (digits: string): boolean => /^(2[1-9]|[3-9]\d)\d{18}$/.test(digits);

/** The key under which a document's number is taken: an invoice's on the whole platform, others' between the two. */
export const claimKey = (
  row: Pick<TradeDocumentRow, 'chainId' | 'kind' | 'sellerId' | 'buyerId' | 'number' | 'invoiceKey'>,
) =>
  row.invoiceKey === null
    ? [row.kind, row.chainId, row.sellerId, row.buyerId, row.number].join('|')
    : `invoice|${row.invoiceKey}`;

/** Amounts in yuan: gross, and of an invoice its tax and net. */
export type Amounts = Readonly<{ amount: Decimal | null; taxAmount: Decimal | null; netAmount: Decimal | null }>;

/** Refuses amounts that a kind of document lacks or does not have, and an invoice whose parts miss its sum by a fen. */
export function requireAmounts(kind: DocumentKind, { amount, taxAmount, netAmount }: Amounts): void {
  const missing = (field: string) =>
    new Refusal('invalid-input', `${field.slice(1)} of an ${kind} is missing`, { field, accepted: 'yuan to the fen' });
  if (amount === null && (kind === 'invoice' || kind === 'order')) throw missing('/amount');
  if (kind !== 'invoice') {
    const extra = taxAmount !== null ? '/taxAmount' : netAmount !== null ? '/netAmount' : undefined;
    if (extra === undefined) return;
    throw new Refusal('invalid-input', 'only an invoice has tax and net', { field: extra, accepted: 'nothing' });
  }
  if (taxAmount === null) throw missing('/taxAmount');
  if (netAmount === null) throw missing('/netAmount');
  const gross = taxAmount.plus(netAmount);
  require(amount?.equals(gross) === true, 'invoice-does-not-add-up', 'tax and net do not make the amount', {
    field: '/amount',
    accepted: gross.toFixed(2),
  });
}

/** Refuses a document of a day to come. */
export function requireIssued(issuedOn: IsoDate, today: IsoDate): void {
  require(issuedOn <= today, 'invalid-input', 'the document is dated in the future', {
    field: '/issuedOn',
    accepted: `a day up to ${today}`,
  });
}

type Pair = Readonly<{ sellerId: string; buyerId: string }>;

/** Who sells to whom by a place in a chain: a supplier to its counterparty, the counterparty to a distributor. */
export const pairOf = ({ side, orgId, counterpartyId }: MemberRow): Pair =>
  side === 'upstream' ? { sellerId: orgId, buyerId: counterpartyId } : { sellerId: counterpartyId, buyerId: orgId };

/** Identifies the trade of a seller with a buyer on a chain. */
export const tradeKey = (chainId: string, { sellerId, buyerId }: Pair): string => `${chainId} ${sellerId} ${buyerId}`;

/** Refuses a pair that does not trade with each other, and a member that has not consented, is suspended or has left. */
export function requireTrade(place: MemberRow | undefined): MemberRow {
  if (place === undefined) {
    throw new Refusal('no-trade-between', 'the two do not trade with each other on this chain', {
      field: '/buyerId',
      accepted: 'the organization one tier nearer to the core enterprise, or further from it',
    });
  }
  require(place.status === 'registered' ||
    place.status === 'verified', 'member-not-active', `the member is ${place.status}`, {
    field: place.side === 'upstream' ? '/sellerId' : '/buyerId',
    accepted: 'a registered or verified member',
  });
  return place;
}

/** Refuses a reference that is not a contract in force between the same two. */
export function requireContract(
  contract: TradeDocumentRow | undefined,
  { sellerId, buyerId }: Pair,
  chainId: string,
): void {
  const binds =
    contract?.kind === 'contract' &&
    contract.status === 'recorded' &&
    contract.chainId === chainId &&
    contract.sellerId === sellerId &&
    contract.buyerId === buyerId;
  require(binds, 'invalid-input', 'there is no such contract between the two', {
    field: '/contractId',
    accepted: 'the id of a recorded contract of the same seller and buyer',
  });
}
