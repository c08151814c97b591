import type { Test } from 'tap';
import { appear } from '../../src/demo/cast.ts';
import type { Json } from '../../src/demo/client.ts';
import { creditScene, creditTerms, figures } from '../harness/credit-scene.ts';

// At a rate that never makes a fen a loss is principal alone, so that paper needs no calendar.
const pricing = {
  reference: 'fixed',
  spreadBp: 0,
  fixedRate: '0.000001',
  debtorShare: '0.000000',
  feeRate: '0.000000',
} as const;
const authority = [
  { upTo: '1000.00', approval: 'auto', tag: null },
  { upTo: null, approval: 'one', tag: null },
];

export const yuan = (fen: bigint): string => `${fen / 100n}.${String(fen % 100n).padStart(2, '0')}`;
const fen = (text: string): bigint => BigInt(text.replace('.', ''));

const total = (amounts: readonly bigint[]): bigint => amounts.reduce((a, b) => a + b, 0n);

/** Whole parts first; the fen left over go to the largest remainders, the earlier line first. */
export function divide(amount: bigint, weights: readonly bigint[]): bigint[] {
  const whole = total(weights);
  const parts = weights.map((weight) => (amount * weight) / whole);
  const remainders = weights.map((weight, line) => ({ line, rest: (amount * weight) % whole }));
  remainders.sort((a, b) => (a.rest === b.rest ? a.line - b.line : Number(b.rest - a.rest)));
  for (const { line } of remainders.slice(0, Number(amount - total(parts)))) parts[line] = (parts[line] as bigint) + 1n;
  return parts;
}

export type Loan = Readonly<{ id: string; lent: bigint }>;

/** A scene in which credit loans, small ones by the matrix alone, fall overdue and make a loss. */
export async function defaultScene(t: Pick<Test, 'teardown'>) {
  const scene = await creditScene(t, '2025-06-17');
  const { bank, supplier, programmeId, accountId, stage } = scene;
  const treasury = await appear(stage, { kind: 'guarantor', legalName: '济源示范区财政金融局' });
  const guarantor = await appear(stage, { kind: 'guarantor', legalName: '济源示范融资担保有限公司' });
  const reguarantor = await appear(stage, { kind: 'guarantor', legalName: '河南示范再担保有限公司' });
  await scene.newTerms({ credit_loan: creditTerms({ pricing }, { referBelow: '0.300000' }) }, authority);
  await scene.grantCredit(bank, programmeId, supplier.id);
  for (const [from, to] of [
    ['2025-03-10', '2025-09-10'],
    ['2025-04-10', '2025-10-10'],
    ['2025-05-12', '2025-11-12'],
  ] as const) {
    await scene.traded('5000000.00', from, to);
  }
  await supplier.maker.post('/v1/credit-declarations', { year: 2024, figures: figures() });

  const financing = async (id: string): Promise<Json> => (await bank.maker.get(`/v1/financings/${id}`)).financing;
  let seed = 7n;
  /** 100.00 to 999.99, like any other amount. */
  const someAmount = (): bigint => {
    seed = (seed * 48_271n) % 2_147_483_647n;
    return 10_000n + (seed % 90_000n);
  };

  /** A loan due the next day; what has to hold before its approval is done by `before`. */
  async function lend(lent: bigint, before?: (loan: Json) => Promise<void>): Promise<Loan> {
    const body = { programmeId, dueDate: '2025-06-18', amount: yuan(lent), payeeAccountId: accountId };
    const loan = await supplier.maker.post('/v1/credit-loans', body);
    await before?.(loan);
    await bank.maker.post(`/v1/financings/${loan.id}/disbursement`, undefined, (await financing(loan.id)).version);
    return { id: loan.id, lent };
  }

  /** What stands on the deposit of a party. */
  async function onDeposit(partyId: string): Promise<bigint> {
    const text = "select round(-posted, 2)::text as amount from balance where book_id = $1 and path = '2001/' || $2";
    const [row] = await scene.sql(text, [bank.id, partyId]);
    return row === undefined ? 0n : fen(row.amount);
  }

  return { ...scene, treasury, guarantor, reguarantor, financing, someAmount, lend, onDeposit };
}
