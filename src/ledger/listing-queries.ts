import { sql } from 'kysely';
import { Decimal } from '../money/decimal.ts';
import type { Reader } from '../platform/database.ts';
import { paginate } from '../platform/http/paging.ts';
import { accountSorts, accountsOf } from './account-queries.ts';

/**
 * Reads all accounts of a book page by page, as a caller of the API does, and compares them with what the entries make
 * by code: a page that skips or repeats an account, or shows a balance that no entries make, is found.
 */
export async function listingFault(db: Reader, bookId: string): Promise<string | null> {
  const listed = new Map<string, Decimal>();
  const seen = new Set<string>();
  for (let cursor: string | null | undefined; cursor !== null; ) {
    const page = { limit: 200, ...(cursor === undefined ? {} : { cursor }) };
    const { items, nextCursor } = await paginate(accountsOf(db, bookId), { page, sorts: accountSorts });
    for (const { path, code, posted } of items) {
      if (seen.has(path)) return `account ${path} is listed twice`;
      seen.add(path);
      listed.set(code, (listed.get(code) ?? new Decimal(0)).plus(posted));
    }
    cursor = nextCursor;
  }
  const { rows } = await sql<{ code: string; total: string; accounts: string }>`
    select a.code, coalesce(sum(e.total), 0) as total, count(*) as accounts
      from account a left join (select path, sum(amount) as total from entry where book_id = ${bookId} group by path) e
        on e.path = a.path
     where a.book_id = ${bookId} group by a.code order by a.code`.execute(db);
  const accounts = rows.reduce((sum, row) => sum + Number(row.accounts), 0);
  if (accounts !== seen.size) return `${seen.size} accounts are listed, the book has ${accounts}`;
  const wrong = rows.find(({ code, total }) => !listed.get(code)?.equals(total));
  return wrong === undefined
    ? null
    : `the accounts listed of code ${wrong.code} make ${listed.get(wrong.code)?.toFixed(2)}, their entries ${wrong.total}`;
}
