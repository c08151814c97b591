import type { Located } from '../financing/loading.ts';
import type { IsoDate } from '../money/dates.ts';
import type { Workspace } from '../platform/workspace.ts';

type Place = { id: string; chain_id: string; borrower_id: string };

/** Loans on bills that are due by the end of a day, and for which bills have been paid into margin; the first `limit`. */
export async function dueWithMargin(work: Workspace, bookId: string, on: IsoDate, limit: number): Promise<Located[]> {
  const rows = await work.query<Place>(
    'bill_pledge_loan.due',
    `select f.id, f.chain_id, f.borrower_id from financing f
      where f.book_id = $1 and f.product = 'bill_pledge_loan' and f.status in ('active', 'overdue', 'recovering')
        and f.maturity_date <= $2
        and exists (select from bill_holding h where h.financing_id = f.id and h.live and h.standing = 'settled.ended')
      order by f.id limit $3`,
    [bookId, on, limit],
  );
  return rows.map((row) => ({
    financingId: row.id,
    bookId,
    chainId: row.chain_id,
    borrowerId: row.borrower_id,
    debtorId: null,
  }));
}
