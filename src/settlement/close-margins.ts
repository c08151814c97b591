import { payFromMargin } from '../bill/pledge-loan-collection.ts';
import { after, type Step } from './close-step.ts';
import { keeper } from './keepers.ts';

/** Loans on bills that are due are paid from what their bills have brought in, before anything falls overdue. */
export const closeMargins: Step = async ({ work, run, book, now, requestId }) => {
  const done = await payFromMargin(work, keeper, { bookId: book.id, on: run.businessDate, now, requestId });
  return done > 0 ? {} : after('margins');
};
