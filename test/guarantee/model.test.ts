import fc from 'fast-check';
import t from 'tap';
import type { Json } from '../../src/demo/client.ts';
import { defaultScene, divide, type Loan, yuan } from '../fund/scene.ts';

t.setTimeout(240_000);
const scene = await defaultScene(t);
const { bank, supplier, treasury, guarantor, reguarantor, financing, onDeposit } = scene;
const RUNS = 10;

/** Guarantor 40 %, re-guarantor 30 %, treasury 10 %, bank 20 %. */
const guarantors = [guarantor, reguarantor, treasury];
const weights = [40n, 30n, 10n, 20n];
const drafted = await bank.maker.post('/v1/guarantee-agreements', {
  guarantorId: guarantor.id,
  shares: [...guarantors, bank].map(({ id }, line) => ({ partyId: id, share: `0.${weights[line]}0000` })),
  cap: '1000000.00',
  financingCap: '400000.00',
  feeRate: '0.010000',
  waitingDays: 1,
  stopLoss: '1.000000',
  settles: ['principal'],
  persons: 'one',
  expiresOn: '2026-12-31',
});
const path = `/v1/guarantee-agreements/${drafted.id}`;
const offered = await bank.checker.post(`${path}/approval`, {}, drafted.version);
await guarantor.checker.post(`${path}/acceptance`, {}, offered.version);

async function approveWithGuarantor({ id, version }: Json): Promise<void> {
  const body = { agreementId: drafted.id };
  const asked = await bank.maker.post(`/v1/financings/${id}/guarantee-requests`, body, version);
  await guarantor.checker.post(`/v1/guarantees/${asked.id}/approval`, {}, asked.version);
  const requested = await financing(id);
  const proposed = await bank.maker.post(`/v1/financings/${id}/proposal`, undefined, requested.version);
  await bank.checker.post(`/v1/financings/${id}/approval`, {}, proposed.version);
}
const loans: Loan[] = [];
for (let i = 0; i < RUNS; i += 1) loans.push(await scene.lend(scene.someAmount() + 100_000n, approveWithGuarantor));
await scene.settle();
await scene.closeUntil('2025-06-21');
await scene.deposit(supplier.id, '500000.00');

type Part = { due: bigint; paid: bigint; back: bigint };
type OnPaper = { loanId: string; claimId: string; state: string; owed: bigint; parts: Part[] };
const spent = { byBorrower: 0n, toGuarantors: 0n };

/** The guarantors are called on for a loan that nobody has paid anything of. */
async function called({ id, lent }: Loan): Promise<OnPaper> {
  const { version } = await financing(id);
  const claim = await bank.maker.post(`/v1/financings/${id}/guarantee-claims`, { evidence: '逾期通知书' }, version);
  const sent = await bank.checker.post(`/v1/guarantee-claims/${claim.id}/call`, {}, claim.version);
  await guarantor.checker.post(`/v1/guarantee-claims/${claim.id}/acceptance`, {}, sent.version);
  const parts = divide(lent, weights).slice(0, 3);
  const due = parts.map((part): Part => ({ due: part, paid: 0n, back: 0n }));
  return { loanId: id, claimId: claim.id, state: 'accepted', owed: lent, parts: due };
}

/** Shares what came back by the weights, nobody beyond its room; what one cannot take the others share. */
function share(amount: bigint, rooms: readonly bigint[]): bigint[] {
  const given = rooms.map(() => 0n);
  for (let left = amount; left > 0n; ) {
    const open = [...rooms.keys()].filter((i) => (given[i] as bigint) < (rooms[i] as bigint));
    const parts = divide(
      left,
      open.map((i) => weights[i] as bigint),
    );
    for (const [line, i] of open.entries()) {
      const room = (rooms[i] as bigint) - (given[i] as bigint);
      const part = (parts[line] as bigint) > room ? room : (parts[line] as bigint);
      given[i] = (given[i] as bigint) + part;
      left -= part;
    }
  }
  return given;
}

/** What each has to pay yet: its share of the loss as it stands, less what it bears of it already. */
function due({ owed, parts }: OnPaper): bigint[] {
  const borne = parts.map(({ paid, back }) => paid - back);
  const shares = divide(
    borne.reduce((a, b) => a + b, owed),
    weights,
  );
  return parts.map((part, line) => {
    const wanted = (shares[line] as bigint) - (borne[line] as bigint);
    const [least = 0n] = [wanted, part.due - part.paid, owed].sort((a, b) => Number(a - b));
    return least > 0n ? least : 0n;
  });
}

const acts = ['pay', 'pay', 'pay', 'repay', 'recover', 'recover', 'subrogate'] as const;
type Step = Readonly<{ act: (typeof acts)[number]; pick: number; size: number; whole: boolean }>;
const walk = fc.array(
  fc.record({
    act: fc.constantFrom(...acts),
    pick: fc.nat({ max: 2 }),
    size: fc.integer({ min: 1, max: 1200 }),
    whole: fc.boolean(),
  }),
  { minLength: 8, maxLength: 20 },
);
const of = (amount: bigint, size: number): bigint => (amount * BigInt(size)) / 1000n;
let references = 0;

/** Takes a step with the service and on paper; answers whether each accepted it, and nothing if it was idle. */
async function take({ act, pick, size, whole }: Step, paper: OnPaper): Promise<readonly [boolean, boolean] | null> {
  const claim = `/v1/guarantee-claims/${paper.claimId}`;
  const settled = paper.state === 'paid' || paper.state === 'subrogated';
  if (act === 'subrogate') {
    const { json } = await bank.maker.call('GET', claim);
    const { status } = await bank.checker.call('POST', `${claim}/subrogation`, { body: {}, version: json.version });
    const expected = paper.state === 'paid';
    if (expected) paper.state = 'subrogated';
    return [status < 300, expected];
  }
  if (act === 'repay') {
    const paid = of(paper.owed, size) / 4n;
    if (paid === 0n) return null;
    const body = { amount: yuan(paid) };
    const { status } = await supplier.maker.call('POST', `/v1/financings/${paper.loanId}/repayments`, { body });
    paper.owed -= paid;
    spent.byBorrower += paid;
    return [status < 300, true];
  }
  if (act === 'recover') {
    const rooms = [...paper.parts.map(({ paid, back }) => paid - back), paper.owed];
    const room = rooms.reduce((a, b) => a + b, 0n);
    const back = of(room, size);
    if (back === 0n) return null;
    const { status } = await bank.maker.call('POST', `${claim}/recoveries`, { body: { amount: yuan(back) } });
    const expected = (settled || paper.state === 'part_paid') && back <= room;
    if (expected) {
      const shared = share(back, rooms);
      for (const [line, part] of paper.parts.entries()) part.back += shared[line] as bigint;
      paper.owed -= shared[3] as bigint;
      spent.byBorrower += back;
      spent.toGuarantors += back - (shared[3] as bigint);
      if (paper.state === 'part_paid' && due(paper).every((left) => left === 0n)) paper.state = 'paid';
    }
    return [status < 300, expected];
  }
  const part = paper.parts[pick] as Part;
  const left = due(paper)[pick] as bigint;
  const paid = whole ? left : of(part.due, size);
  if (paid === 0n) return null;
  references += 1;
  const body = { partyId: guarantors[pick]?.id, amount: yuan(paid), bankReference: `DC-${references}` };
  const { status } = await bank.maker.call('POST', `${claim}/payments`, { body });
  const expected = !settled && paid <= left;
  if (expected) {
    part.paid += paid;
    paper.owed -= paid;
    paper.state = due(paper).every((each) => each === 0n) ? 'paid' : 'part_paid';
  }
  return [status < 300, expected];
}

void t.test(
  'Whatever guarantors pay and borrowers give back, shares and loan are those of an independent reckoning',
  async () => {
    const before = await onDeposit(supplier.id);
    await fc.assert(
      fc.asyncProperty(walk, async (steps) => {
        const paper = await called(loans.shift() as Loan);
        for (const step of steps) {
          const answer = await take(step, paper);
          if (answer !== null && answer[0] !== answer[1]) throw new Error(`${JSON.stringify(step)}: ${answer}`);
          const { state, parts } = await bank.maker.get(`/v1/guarantee-claims/${paper.claimId}`);
          const { principal } = await financing(paper.loanId);
          const told = parts.map(({ paid, recovered }: Json) => `${paid} ${recovered}`);
          const service = [state, principal, ...told].join(', ');
          const kept = paper.parts.map(({ paid, back }) => `${yuan(paid)} ${yuan(back)}`);
          const reckoned = [paper.state, yuan(paper.owed), ...kept].join(', ');
          if (service !== reckoned) throw new Error(`${JSON.stringify(step)}: paper ${reckoned}, service ${service}`);
        }
      }),
      { numRuns: RUNS, endOnFailure: true },
    );
    const left = before - (await onDeposit(supplier.id));
    if (left !== spent.byBorrower) throw new Error(`the borrower has paid ${left}, on paper ${spent.byBorrower}`);
    let received = 0n;
    for (const { id } of guarantors) received += await onDeposit(id);
    if (received !== spent.toGuarantors) throw new Error(`guarantors have ${received}, on paper ${spent.toGuarantors}`);
    if (!(await scene.proof())) throw new Error('the books are not proven');
  },
);
