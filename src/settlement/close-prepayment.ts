import { followQuotations, matureOrders, remindParties } from '../prepayment/maturity.ts';
import { after, type Step } from './close-step.ts';

/** Orders paid for in advance: what is due is paid before anything falls overdue; then who has not answered is told. */
export const closePrepayment: Step = async ({ work, run, book, now, requestId }) => {
  const day = { bookId: book.id, on: run.businessDate, now, requestId };
  const done =
    (await matureOrders(work, day)) || (await followQuotations(work, day)) || (await remindParties(work, day));
  return done > 0 ? {} : after('prepayment');
};
