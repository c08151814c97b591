import type { Client, Json } from '../demo/client.ts';
import { Decimal } from '../money/decimal.ts';
import type { LoanFigures } from './expectation.ts';
import { inParallel } from './parallel.ts';
import type { World } from './world.ts';

/** What the service says at the end, read through its API. */
export type Figures = Readonly<{
  receivables: readonly Readonly<{ face: Decimal; paid: Decimal; payment: string }>[];
  /** By id of the financing. */
  loans: ReadonlyMap<string, LoanFigures & Readonly<{ status: string }>>;
  receipts: readonly Readonly<{ amount: Decimal; toLoans: Decimal; toHolders: Decimal }>[];
  daysClosed: number;
  /** Debits less credits of every account of the chart. */
  balanceOf: (code: string) => Decimal;
  proof: Readonly<{ ok: boolean; checks: readonly Readonly<{ name: string; ok: boolean; detail: string | null }>[] }>;
}>;

const sum = (amounts: readonly string[]): Decimal =>
  amounts.reduce((total, amount) => total.plus(amount), new Decimal(0));

/** Every item of a list, page by page. */
async function all(client: Client, path: string): Promise<Json[]> {
  const items: Json[] = [];
  for (let cursor: string | null = ''; cursor !== null; ) {
    const page: Json = await client.get(`${path}${cursor === '' ? '' : `&cursor=${cursor}`}`);
    items.push(...page.items);
    cursor = page.nextCursor;
  }
  return items;
}

/** Reads what the bank and the core enterprise see of the whole run. */
export async function readFigures({ bank, core }: World): Promise<Figures> {
  await Promise.all([bank.maker.token(), core.maker.token()]);
  const book = `/v1/books/${bank.id}`;
  const financings = await all(bank.maker, '/v1/financings?limit=200');
  const loans = await inParallel(financings, async ({ id }) => [id, await readLoan(bank.maker, id)] as const);
  const { lines } = await bank.maker.get(`${book}/trial-balance`);
  const balances = new Map<string, Decimal>(
    lines.map((line: Json) => [line.code, new Decimal(line.debit).minus(line.credit)]),
  );
  const closes = await all(bank.maker, `${book}/day-closes?limit=200`);
  return {
    receivables: (await all(core.maker, '/v1/receivables?role=debtor&limit=200')).map((each) => ({
      face: new Decimal(each.face),
      paid: new Decimal(each.paid),
      payment: each.payment,
    })),
    loans: new Map(loans),
    receipts: (await all(bank.maker, '/v1/receipts-of-funds?kind=collection&limit=200')).map((receipt) => ({
      amount: new Decimal(receipt.amount),
      toLoans: new Decimal(receipt.toFinancings),
      toHolders: new Decimal(receipt.toHolders),
    })),
    daysClosed: closes.filter(({ state }) => state === 'done').length,
    balanceOf: (code) => balances.get(code) ?? new Decimal(0),
    proof: await bank.maker.get(`${book}/verification`),
  };
}

async function readLoan(client: Client, id: string): Promise<LoanFigures & Readonly<{ status: string }>> {
  const { financing, repayments } = await client.get(`/v1/financings/${id}`);
  const by = (source: string) => repayments.filter((each: Json) => each.source === source);
  const part = (name: string, of: Json[] = repayments) => sum(of.map((each) => each[name]));
  return {
    advance: new Decimal(financing.amount),
    fee: new Decimal(financing.fee),
    interest: part('interest'),
    penalty: part('penalty'),
    maturityDate: financing.maturityDate,
    fellOverdue: financing.overdueSince !== null,
    fromDebtor: part('amount', by('collection')),
    fromSupplier: part('amount', by('borrower')),
    status: financing.status,
  };
}
