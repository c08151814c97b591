import { type Check, finding } from '../financing/eligibility.ts';
import { isStale } from '../goods/rules.ts';
import type { Cover } from '../goods/valuation-store.ts';
import type { OrganizationRow } from '../identity/store.ts';
import type { IsoDate } from '../money/dates.ts';
import type { ProductTerms } from '../programme/terms.ts';
import type { ReceiptRow } from './store.ts';

type Candidate = Readonly<{
  terms: ProductTerms | null;
  applicant: OrganizationRow;
  receipt: ReceiptRow;
  cover: Cover;
  maturity: IsoDate;
  now: Date;
}>;
const AT = '/receiptIds';

/** Whether a receipt can be pledged now, for a loan that runs to the maturity. */
export const receiptChecks: readonly Check<Candidate>[] = [
  ({ receipt, applicant }) =>
    receipt.holderId === applicant.id
      ? null
      : finding('not-a-party', 'the applicant does not hold this receipt', AT, 'a receipt of the applicant'),
  ({ receipt }) =>
    receipt.state === 'registered'
      ? null
      : finding('receipt-not-free', `the receipt is ${receipt.state}`, AT, 'a registered receipt that secures nothing'),
  ({ receipt }) =>
    receipt.standing === 'clear'
      ? null
      : finding('receipt-frozen', `the receipt is frozen: ${receipt.note}`, AT, 'a receipt that is clear'),
  // A receipt that ends before the debt has to be collected before it is due (Civil Code art. 442).
  ({ receipt, maturity }) =>
    receipt.storageTo >= maturity
      ? null
      : finding('storage-ended', `storage ends on ${receipt.storageTo}`, AT, `storage until ${maturity} at least`),
  ({ receipt, maturity }) =>
    receipt.insuredTo === null || receipt.insuredTo >= maturity
      ? null
      : finding('insurance-ends', `insurance ends on ${receipt.insuredTo}`, AT, `insurance until ${maturity} at least`),
  ({ terms, cover, now }) => {
    const hours = terms?.receipt?.staleAfterHours;
    if (hours === undefined) return null;
    const fresh =
      cover.lots > 0 && cover.unpriced === 0 && cover.oldestQuote !== null && !isStale(cover.oldestQuote, now, hours);
    return fresh
      ? null
      : finding(
          'price-stale',
          'the bank has no fresh quotation of the goods',
          AT,
          `a quotation not older than ${hours} hours`,
        );
  },
];
