import { claimInterestAccrued } from '../bill/claim-postings.ts';
import { accrueClaims } from '../bill/claim-store.ts';
import { ledgerOf } from '../ledger/ledger.ts';
import { after, type Step } from './close-step.ts';

/** Claims on bills that are assets of the book earn their day (票据法 art. 70, 支付结算办法 art. 91). */
export const closeClaims: Step = async ({ work, book, run, now, requestId }) => {
  const interest = await accrueClaims(work, book.id, run.businessDate);
  const lines = claimInterestAccrued(interest);
  if (lines.length > 0) {
    await ledgerOf(work).lock(book.id, ['1132', '4003']);
    ledgerOf(work).post(
      { bookId: book.id, kind: 'accrual.bill_claim', businessDate: run.businessDate, subjectId: null, lines },
      { requestId, now },
    );
  }
  return after('claims');
};
