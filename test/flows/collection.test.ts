import t from 'tap';
import {
  appearBank,
  growBranch,
  growTree,
  joinChain,
  offerProgramme,
  openAccount,
  ordinaryTerms,
} from '../../src/demo/cast.ts';
import type { Answer, Json } from '../../src/demo/client.ts';
import { type Confirmed, held, OPENED, post, receivableBench, refused, yuan } from '../receivable/bench.ts';

t.setTimeout(300_000);

const bench = await receivableBench(t);
const { apply, closeUntil, collect, confirmed, credit, financed, financing, handedOn, holdingsOf, moved, scene, sql } =
  bench;
const { stage, standing } = bench;
const { bank, chainId, core, secondTier, supplier } = scene;
const third = await joinChain({
  ...{ stage, core, chainId, legalName: '济源示范砂型有限公司', tier: 3 },
  parentMemberId: secondTier.memberId,
});
const names = { [supplier.id]: 'first', [secondTier.id]: 'second', [third.id]: 'third' };

const pays = ({ receivable }: Confirmed, amount: string): Json => ({ receivableId: receivable.id, amount });
const deposits = [`2001/${supplier.id}`, `2001/${secondTier.id}`, `2001/${third.id}`];

void t.test('The debtor pays in full: financing first, the rest to the holder', async (t) => {
  const sale = await confirmed({ face: '1000.00' });
  const loan = await financed([sale.item('1000.00')]);
  t.match(loan, { status: 'active', principal: '800.00' });
  let answer: Answer | undefined;
  const changes = await moved([...deposits, '1101', `2003/${core.id}`, '9001'], async () => {
    answer = await collect([pays(sale, '1000.00')], 'IN-full');
  });
  t.match(answer, {
    status: 201,
    json: {
      ...{ kind: 'collection', partyId: core.id, amount: '1000.00', receivedOn: OPENED, bankReference: 'IN-full' },
      applied: [
        {
          ...{ receivableId: sale.receivable.id, amount: '1000.00' },
          toFinancings: [{ financingId: loan.id, amount: '800.00' }],
          toHolders: [{ holderId: supplier.id, amount: '200.00' }],
        },
      ],
    },
  });
  t.same(changes, [20_000n, 0n, 0n, 80_000n, 0n, 100_000n], 'nothing stays in trust, the memo of the security ends');
  t.match(await financing(loan.id), { status: 'settled', principal: '0.00' });
  t.match(await standing(sale.receivable.id), { payment: 'paid', outstanding: '0.00', parts: '0', live: [] });
  const [node] = await sql('select coalesce(sum(used + reserved), 0)::text as used from limit_node');
  t.equal(node.used, '0.00', 'the limits are free');
  t.match((await bank.maker.get('/v1/receipts-of-funds')).items, [{ bankReference: 'IN-full' }]);
  t.match(await collect([pays(sale, '0.01')]), refused(409, 'amount-exceeds-outstanding', '/items'), 'nothing is left');
});

void t.test('A part payment is shared among the holders in proportion, to the fen', async (t) => {
  const sale = await confirmed({ face: '1000.00' });
  const second = await handedOn(supplier, sale.holding, secondTier, '666.67');
  await handedOn(secondTier, second, third, '333.34');
  const { id } = sale.receivable;
  t.same(held((await standing(id)).live, names), ['first 333.33', 'second 333.33', 'third 333.34']);
  let answer: Answer | undefined;
  const shares = await moved(deposits, async () => {
    answer = await collect([pays(sale, '100.00')]);
  });
  t.same(shares, [3333n, 3333n, 3334n], 'the odd fen to the largest remainder');
  t.same(answer?.json.applied[0].toHolders, [
    { holderId: supplier.id, amount: '33.33' },
    { holderId: secondTier.id, amount: '33.33' },
    { holderId: third.id, amount: '33.34' },
  ]);
  t.match(await standing(id), { payment: 'part_paid', outstanding: '900.00', parts: '900.00' });
  t.same(await moved(deposits, () => collect([pays(sale, '0.01')])), [1n, 0n, 0n]);
  t.same(await moved(deposits, () => collect([pays(sale, '899.99')])), [29_999n, 30_000n, 30_000n]);
  t.match(await standing(id), { payment: 'paid', outstanding: '0.00', live: [] });
});

void t.test('The deposit of the debtor pays what it has, to the fen', async (t) => {
  const sale = await confirmed({ face: '1000.00' });
  const bought = await financed([sale.item('1000.00')], { product: 'nonrecourse_factoring' });
  const deposit = `2001/${core.id}`;
  const has = await credit(deposit);
  t.ok(has < 99_999n, 'less than it owes');
  await post(bank.maker, `/v1/books/${bank.id}/deposits`, {
    ...{ partyId: core.id, amount: yuan(99_999n - has), bankReference: 'IN-core' },
  });
  const pay = (amount: string) =>
    post(bank.maker, `/v1/books/${bank.id}/collections`, {
      ...{ bankReference: `DD-${amount}`, from: 'deposit', items: [pays(sale, amount)] },
    });
  t.match(await pay('1000.00'), { ...refused(409, 'insufficient-funds'), json: { missing: '0.01' } });
  t.same(await moved([deposit, '1001', '1102'], () => pay('999.99')), [-99_999n, 0n, 99_999n]);
  t.same(await moved([deposit, '1001', '1102'], () => collect([pays(sale, '0.01')])), [0n, -1n, 1n]);
  t.match(await financing(bought.id), { status: 'settled' });
});

void t.test('What backs a financing and what is free each get their share', async (t) => {
  const sale = await confirmed({ face: '1000.00' });
  await handedOn(supplier, sale.holding, secondTier, '500.00');
  const own = (await holdingsOf(sale.receivable.id)).find((h) => h.holderId === supplier.id && h.state === 'live');
  const loan = await financed([{ ...sale.item('500.00'), holdingId: own.id }]);
  const shares = await moved([...deposits, '1101'], () => collect([pays(sale, '600.00')]));
  t.same(shares, [0n, 30_000n, 0n, 30_000n]);
  t.match(await financing(loan.id), { status: 'active', principal: '100.00' });
  t.match(await standing(sale.receivable.id), { outstanding: '400.00', parts: '400.00', live: [{}, {}] });
  const rest = await moved([...deposits, '1101'], () => collect([pays(sale, '400.00')]));
  t.same(rest, [10_000n, 20_000n, 0n, 10_000n]);
  t.match(await financing(loan.id), { status: 'settled' });
});

void t.test('One payment of the bank is booked once, even when it comes ten times at once', async (t) => {
  const sale = await confirmed({ face: '1000.00' });
  const answers = await Promise.all(Array.from({ length: 10 }, () => collect([pays(sale, '100.00')], 'IN-once')));
  t.equal(answers.filter(({ status }) => status === 201).length, 1);
  t.equal(answers.filter(({ json }) => json.code === 'duplicate-bank-reference').length, 9);
  t.match(await standing(sale.receivable.id), { outstanding: '900.00', parts: '900.00' });
  const asDeposit = { partyId: supplier.id, amount: '1.00', bankReference: 'IN-once' };
  t.match(
    await post(bank.maker, `/v1/books/${bank.id}/deposits`, asDeposit),
    refused(409, 'duplicate-bank-reference', '/bankReference'),
    'nor as a deposit',
  );
});

void t.test('What cannot be booked is refused, and then nothing of the payment is booked', async (t) => {
  const [one, two] = [await confirmed({ face: '1000.00' }), await confirmed({ face: '500.00' })];
  const registered = await bench.register();
  const rows = () => sql('select id, version, paid::text from receivable order by id');
  const before = await rows();
  const changes = await moved([...deposits, '1001', `2003/${core.id}`], async () => {
    t.match(await collect([pays(one, '1000.00'), pays(two, '500.01')]), {
      ...refused(409, 'amount-exceeds-outstanding', '/items'),
      json: { accepted: '0.01 to 500.00', receivableId: two.receivable.id },
    });
    t.match(await collect([pays(one, '1.00'), { receivableId: registered.id, amount: '1.00' }]), {
      ...refused(409, 'illegal-transition'),
      json: { allowed: ['confirm', 'reject', 'cancel'] },
    });
    t.match(await collect([pays(one, '1.00'), pays(one, '1.00')]), refused(400, 'invalid-input', '/items'));
    t.match(await collect([pays(one, '0.00')]), refused(400, 'invalid-input', '/items/0/amount'));
    t.match(await collect([pays(one, '1.00'), { receivableId: chainId, amount: '1.00' }]), refused(404, 'not-found'));
    const body = { bankReference: 'IN-foreign', items: [pays(one, '1.00')] };
    t.match(
      await post(bank.maker, `/v1/books/${core.id}/collections`, body),
      refused(404, 'not-found'),
      'no such book',
    );
    t.match(await post(core.maker, `/v1/books/${bank.id}/collections`, body), refused(403, 'forbidden'));
    t.match(await post(bank.checker, `/v1/books/${bank.id}/collections`, body), refused(403, 'forbidden'));
  });
  t.same(changes, [0n, 0n, 0n, 0n, 0n]);
  t.same(await rows(), before);
  const second = await secondTier.maker.post(bench.at, {
    ...bench.draft({ debtorId: supplier.id, creditorId: secondTier.id }),
  });
  await supplier.checker.post(`/v1/receivables/${second.id}/confirmation`, {}, second.version);
  t.match(
    await collect([pays(one, '1.00'), { receivableId: second.id, amount: '1.00' }]),
    refused(400, 'invalid-input', '/items'),
    'two debtors in one payment',
  );
});

void t.test('Two receivables that back one financing are paid at once', async (t) => {
  const [one, two] = [await confirmed({ face: '1000.00' }), await confirmed({ face: '500.00' })];
  const loan = await financed([one.item('1000.00'), two.item('500.00')]);
  t.match(loan, { principal: '1200.00' });
  const changes = await moved([...deposits, '1101'], () => collect([pays(one, '1000.00'), pays(two, '500.00')]));
  t.same(changes, [30_000n, 0n, 0n, 120_000n]);
  t.match(await financing(loan.id), { status: 'settled' });

  const [three, four] = [await confirmed({ face: '1000.00' }), await confirmed({ face: '500.00' })];
  const early = await financed([three.item('1000.00'), four.item('500.00')], { amount: '700.00' });
  t.same(await moved([...deposits, '1101'], () => collect([pays(three, '1000.00')])), [30_000n, 0n, 0n, 70_000n]);
  t.match(await financing(early.id), { status: 'settled' });
  t.match(
    await standing(four.receivable.id),
    { live: [{ legal: 'none', amount: '500.00' }] },
    'the other is free again',
  );
  t.same(await moved(deposits, () => collect([pays(four, '500.00')])), [50_000n, 0n, 0n]);
});

void t.test('A financing on its way to be paid out stands in the way of a collection', async (t) => {
  const sale = await confirmed({ face: '1000.00' });
  const applied = await apply([sale.item('600.00')]);
  t.match(await collect([pays(sale, '1000.00')]), {
    ...refused(409, 'financing-pending'),
    json: { financingId: applied.id },
  });
  await supplier.maker.post(`/v1/financings/${applied.id}/cancellation`, { reason: '改期' }, applied.version);
  t.same(await moved(deposits, () => collect([pays(sale, '1000.00')])), [100_000n, 0n, 0n]);
});

void t.test('Each bank collects what is free and what it finances itself', async (t) => {
  const other = await appearBank(stage, '外地示范银行股份有限公司', OPENED);
  const otherProgramme = await offerProgramme({
    ...{ bank: other, core, chainId, effectiveFrom: OPENED },
    products: { pledge_loan: ordinaryTerms() },
  });
  const means = { expiresOn: '2099-12-31', amount: '1000000.00' };
  const treeId = await growTree({ bank: other, coreId: core.id, programmeId: otherProgramme, ...means });
  await growBranch({ bank: other, treeId, orgId: supplier.id, products: ['pledge_loan'], ...means });
  const sale = await confirmed({ face: '1000.00' });
  const pledged = await apply([sale.item('600.00')], { programmeId: otherProgramme });
  t.equal(pledged.bookId, other.id);
  t.match(await collect([pays(sale, '400.01')]), {
    ...refused(409, 'amount-exceeds-outstanding'),
    json: { accepted: '0.01 to 400.00' },
  });
  t.same(await moved(deposits, () => collect([pays(sale, '400.00')])), [40_000n, 0n, 0n]);
  t.match(await standing(sale.receivable.id), { payment: 'part_paid', outstanding: '600.00', parts: '600.00' });
  t.match(await collect([pays(sale, '0.01')]), refused(409, 'amount-exceeds-outstanding'));
  await supplier.maker.post(`/v1/financings/${pledged.id}/cancellation`, { reason: '改期' }, pledged.version);
  const { status } = await post(other.maker, `/v1/books/${other.id}/collections`, {
    ...{ bankReference: 'IN-other', items: [pays(sale, '600.00')] },
  });
  t.equal(status, 201);
  t.match(await standing(sale.receivable.id), { payment: 'paid', parts: '0' });
});

void t.test('What is paid while it is on offer goes to its holder, and the offer ends', async (t) => {
  const sale = await confirmed({ face: '1000.00' });
  const offered = await supplier.maker.post(`/v1/receivables/${sale.receivable.id}/transfers`, {
    ...{ holdingId: sale.holding.id, toId: secondTier.id, amount: '400.00', evidence: '采购合同' },
  });
  t.same(await moved(deposits, () => collect([pays(sale, '500.00')])), [50_000n, 0n, 0n]);
  const [known] = (await supplier.maker.get('/v1/transfers?side=made')).items;
  t.match(known, { id: offered.id, state: 'withdrawn', amount: '400.00' });
  t.match(
    await post(secondTier.maker, `/v1/transfers/${offered.id}/acceptance`, undefined, known.version),
    refused(409, 'illegal-transition'),
    'nobody accepts 400.00 of which 200.00 are left',
  );
  t.match(await standing(sale.receivable.id), { outstanding: '500.00', parts: '500.00' });
  const last = (await standing(sale.receivable.id)).live;
  t.same(held(last, names), ['first 200.00', 'first 300.00']);
  t.same(await moved(deposits, () => collect([pays(sale, '500.00')])), [50_000n, 0n, 0n]);
});

void t.test('A transfer accepted while a payment is being booked is paid to its new holder', async (t) => {
  const sales = await Promise.all(Array.from({ length: 6 }, () => confirmed({ face: '1000.00' })));
  const offers = await Promise.all(
    sales.map(({ receivable, holding }) =>
      supplier.maker.post(`/v1/receivables/${receivable.id}/transfers`, {
        ...{ holdingId: holding.id, toId: secondTier.id, amount: '1000.00', evidence: '采购合同' },
      }),
    ),
  );
  let answers: Answer[] = [];
  const [first, second] = await moved(deposits, async () => {
    answers = await Promise.all(
      sales.flatMap((sale, i) => [
        collect([pays(sale, '1000.00')]),
        post(secondTier.maker, `/v1/transfers/${offers[i].id}/acceptance`, undefined, 1),
      ]),
    );
  });
  t.same(
    answers.filter(({ status }) => status >= 500),
    [],
  );
  t.equal((first as bigint) + (second as bigint), 600_000n);
});

void t.test('A paid part is disputed no longer', async (t) => {
  const sale = await confirmed({ face: '1000.00' });
  const { id } = sale.receivable;
  await core.checker.post(`/v1/receivables/${id}/dispute`, { amount: '600.00', reason: '少货' }, 2);
  await collect([pays(sale, '700.00')]);
  t.match(await supplier.maker.get(`/v1/receivables/${id}`), { outstanding: '300.00', disputed: '300.00' });
  await collect([pays(sale, '300.00')]);
  t.match(await supplier.maker.get(`/v1/receivables/${id}`), { payment: 'paid', disputed: '0.00' });
});

void t.test(
  'What comes in for a loan written off is income up to what was lost, the rest the supplier’s',
  async (t) => {
    const sale = await confirmed({ face: '1000.00', dueDate: '2026-07-02' });
    const loan = await financed([sale.item('1000.00')], { product: 'recourse_factoring' });
    await closeUntil('2026-07-04');
    const path = `/v1/financings/${loan.id}/changes`;
    const { version } = await financing(loan.id);
    const lost = await bank.maker.post(path, { action: 'reclassify', riskClass: 'loss' }, version);
    const asked = await bank.maker.post(path, { action: 'write_off' }, lost.version);
    await bank.checker.post(`${path}/decision`, { verdict: 'approve' }, asked.version);
    const claim = -(await credit('9008'));
    t.ok(claim > 80_000n, 'principal and what has accrued');
    const accounts = ['4006', '9008', ...deposits];
    const half = await moved(accounts, () => collect([pays(sale, '500.00')]));
    t.same(half, [50_000n, 50_000n, 0n, 0n, 0n]);
    let answer: Answer | undefined;
    const rest = await moved([...accounts, '9001'], async () => {
      answer = await collect([pays(sale, '500.00')]);
    });
    t.same(rest, [claim - 50_000n, claim - 50_000n, 100_000n - claim, 0n, 0n, 100_000n]);
    t.match(answer?.json.applied, [
      {
        toFinancings: [{ financingId: loan.id, amount: yuan(claim - 50_000n) }],
        toHolders: [{ holderId: supplier.id, amount: yuan(100_000n - claim) }],
      },
    ]);
    t.match(await financing(loan.id), { status: 'written_off', principal: '0.00' });
    const told = await sql('select source, amount::text from repayment where financing_id = $1 order by id', [loan.id]);
    t.match(told, [
      { source: 'recovery', amount: '500.00' },
      { source: 'recovery', amount: yuan(claim - 50_000n) },
    ]);
    await closeUntil('2026-07-05');
  },
);

void t.test('After all of it the book is proven from every row', async (t) => {
  const proof = await bank.maker.get(`/v1/books/${bank.id}/verification`);
  t.equal(proof.ok, true, JSON.stringify(proof.checks.filter(({ ok }: Json) => !ok)));
  const off = await sql(
    `select r.id from receivable r
      where confirmed - credited - paid <> (select coalesce(sum(amount), 0) from holding where receivable_id = r.id and state = 'live')`,
  );
  t.same(off, []);
});

void t.test('A holder of the second tier finances its part like any other', async (t) => {
  const sale = await confirmed({ face: '1000.00' });
  const part = await handedOn(supplier, sale.holding, secondTier, '400.00');
  const account = await openAccount(stage, secondTier);
  const applied = await secondTier.maker.post('/v1/financings', {
    ...bench.application([{ receivableId: sale.receivable.id, holdingId: part.id, amount: '400.00' }]),
    payeeAccountId: account.id,
  });
  t.match(applied, { status: 'submitted', borrowerId: secondTier.id, amount: '320.00' });
  t.match(await bank.maker.get(`/v1/receivables/${sale.receivable.id}`), { id: sale.receivable.id });
  t.match(await supplier.maker.call('GET', `/v1/financings/${applied.id}`), refused(404, 'not-found'));
});
