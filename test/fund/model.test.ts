import fc from 'fast-check';
import t from 'tap';
import { defaultScene, divide, type Loan, yuan } from './scene.ts';

t.setTimeout(240_000);
const scene = await defaultScene(t);
const { bank, supplier, treasury, programmeId, financing, onDeposit } = scene;
const RUNS = 8;

const proposed = await bank.maker.post('/v1/risk-pools', {
  ownerId: treasury.id,
  sponsor: 'fiscal',
  name: '小微企业风险补偿资金池',
  programmeId,
  terms: { share: '0.400000', annualCap: '3000.00', stopLoss: '1.000000' },
});
const pool = await bank.checker.post(`/v1/funds/${proposed.id}/approval`, {}, proposed.version);
const loans: Loan[] = [];
for (let i = 0; i < 3 * RUNS; i += 1) loans.push(await scene.lend(scene.someAmount()));
await scene.settle();
await scene.closeUntil('2025-06-20');
await scene.deposit(supplier.id, '500000.00');

type Use = { id: string; state: 'requested' | 'paid'; loss: bigint; amount: bigint; recovered: bigint };
/** What the pool and the loans behind it would be on paper; the pool and its year go on from walk to walk. */
const paper = { pool: 0n, yearLeft: 300_000n, spent: 0n };

const acts = ['contribute', 'ask', 'ask', 'pay', 'pay', 'reject', 'repay', 'recover', 'recover'] as const;
const walk = fc.array(
  fc.record({
    act: fc.constantFrom(...acts),
    pick: fc.nat({ max: 2 }),
    size: fc.integer({ min: 1, max: 1200 }),
  }),
  { minLength: 10, maxLength: 25 },
);
type Step = Readonly<{ act: (typeof acts)[number]; pick: number; size: number }>;
type OnPaper = Loan & { owed: bigint; use: Use | null };

const part = (amount: bigint, size: number): bigint => (amount * BigInt(size)) / 1000n;
/** What the pool would pay on a loss now: two fifths, rounded half up, within its balance and its year. */
const compensation = (loss: bigint): bigint =>
  [(loss * 4n + 5n) / 10n, paper.pool, paper.yearLeft].sort((x, y) => Number(x - y))[0] as bigint;
let references = 0;

/** Takes a step with the service and on paper; answers whether each of them accepted it, and nothing if it was idle. */
async function take({ act, size }: Step, loan: OnPaper): Promise<readonly [boolean, boolean] | null> {
  const { use } = loan;
  const amount = (wanted: bigint) => ({ amount: yuan(wanted) });
  if (act === 'contribute') {
    const given = BigInt(size) * 20n;
    references += 1;
    const body = { partyId: treasury.id, bankReference: `FC-${references}`, ...amount(given) };
    const { status } = await bank.operator.call('POST', `/v1/funds/${pool.id}/contributions`, { body });
    paper.pool += given;
    return [status < 300, true];
  }
  if (act === 'ask') {
    const { version } = await financing(loan.id);
    const path = `/v1/financings/${loan.id}/compensations`;
    const { status, json } = await bank.maker.call('POST', path, { body: { fundId: pool.id }, version });
    const most = compensation(loan.owed);
    const expected = use === null && most > 0n;
    if (status < 300) loan.use = { id: json.id, state: 'requested', loss: loan.owed, amount: most, recovered: 0n };
    return [status < 300, expected];
  }
  if (act === 'repay') {
    const paid = part(loan.owed, size);
    if (paid === 0n) return null;
    const path = `/v1/financings/${loan.id}/repayments`;
    const { status } = await supplier.maker.call('POST', path, { body: amount(paid) });
    const expected = paid <= loan.owed;
    if (expected) {
      loan.owed -= paid;
      paper.spent += paid;
    }
    return [status < 300, expected];
  }
  if (use === null) return null;
  const path = `/v1/fund-uses/${use.id}`;
  if (act === 'recover') {
    const open = { pool: use.amount - use.recovered, bank: loan.owed };
    const back = part(use.amount + loan.owed, size);
    if (back === 0n) return null;
    const { status } = await bank.maker.call('POST', `${path}/recoveries`, { body: amount(back) });
    const expected = use.state === 'paid' && back <= open.pool + open.bank;
    if (expected) {
      const [agreed = 0n] = divide(back, [use.amount, use.loss - use.amount]);
      // Neither gets more than it is owed; what one cannot take is the other's.
      const inTurn = [agreed, open.pool, back - open.bank].sort((x, y) => Number(x - y));
      const toPool = inTurn[1] as bigint;
      use.recovered += toPool;
      paper.pool += toPool;
      loan.owed -= back - toPool;
      paper.spent += back;
    }
    return [status < 300, expected];
  }
  const { json: known } = await bank.maker.call('GET', path);
  if (act === 'reject') {
    const body = { reason: '材料不全' };
    const { status } = await bank.checker.call('POST', `${path}/rejection`, { body, version: known.version });
    const expected = use.state === 'requested';
    if (expected) loan.use = null;
    return [status < 300, expected];
  }
  const { status } = await bank.checker.call('POST', `${path}/payment`, { body: {}, version: known.version });
  const paid = compensation(loan.owed);
  const expected = use.state === 'requested' && paid > 0n;
  if (expected) {
    loan.use = { ...use, state: 'paid', loss: loan.owed, amount: paid };
    paper.pool -= paid;
    paper.yearLeft -= paid;
    loan.owed -= paid;
  }
  return [status < 300, expected];
}

void t.test(
  'Whatever is asked of a pool, paid and recovered, it and its loans are those of an independent reckoning',
  async () => {
    const before = await onDeposit(supplier.id);
    await fc.assert(
      fc.asyncProperty(walk, async (steps) => {
        const three = loans.splice(0, 3).map((loan): OnPaper => ({ ...loan, owed: loan.lent, use: null }));
        for (const step of steps) {
          const loan = three[step.pick] as OnPaper;
          const answer = await take(step, loan);
          if (answer !== null && answer[0] !== answer[1]) throw new Error(`${JSON.stringify(step)}: ${answer}`);
          const { balance } = await bank.maker.get(`/v1/funds/${pool.id}`);
          const { principal } = await financing(loan.id);
          const service = `pool ${balance}, owed ${principal}`;
          const reckoned = `pool ${yuan(paper.pool)}, owed ${yuan(loan.owed)}`;
          if (service !== reckoned) throw new Error(`${JSON.stringify(step)}: paper ${reckoned}, service ${service}`);
        }
      }),
      { numRuns: RUNS, endOnFailure: true },
    );
    const left = await onDeposit(supplier.id);
    if (before - left !== paper.spent)
      throw new Error(`the borrower has paid ${before - left}, on paper ${paper.spent}`);
    if (!(await scene.proof())) throw new Error('the books are not proven');
  },
);
