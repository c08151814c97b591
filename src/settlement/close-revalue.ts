import { liveOf } from '../inventory/exposure-store.ts';
import { loadStood, lockPledges } from '../inventory/loading.ts';
import { enforce, openCall, revalue } from '../inventory/revaluation.ts';
import { pledges } from '../inventory/store.ts';
import { after, type Step } from './close-step.ts';

/**
 * Values the goods of every live pledge with the close of the day, all lots in one statement; a margin call whose day
 * ends unanswered becomes a close-out.
 */
export const revalueGoods: Step = async ({ work, run, book, now, requestId }) => {
  const ids = await liveOf(work, book.id);
  await lockPledges(work, ids);
  const { standings, reference } = await loadStood(work, ids, now);
  const occasion = { standings, reference, businessDate: run.businessDate, now, requestId, cause: 'close' } as const;
  for (const id of ids) {
    const pledge = revalue(work, work.get(pledges, id), occasion);
    const call = openCall(work, id);
    if (call !== undefined && call.dueOn <= run.businessDate) enforce(work, pledge, occasion, 'time_out');
  }
  return after('revalue');
};
