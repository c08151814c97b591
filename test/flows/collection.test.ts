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
import type { Answer, Client, Json } from '../../src/demo/client.ts';
import { type Confirmed, held, OPENED, receivableBench } from '../receivable/bench.ts';

t.setTimeout(300_000);

const bench = await receivableBench(t);
const { apply, closeUntil, collect, confirmed, credit, deposit, financed, financing, handedOn } = bench;
const { holdingsOf, scene, sql, stage, standing } = bench;
const { bank, chainId, core, secondTier, supplier } = scene;
const third = await joinChain({
  ...{ stage, core, chainId, legalName: '济源示范砂型有限公司', tier: 3 },
  parentMemberId: secondTier.memberId,
});
const names = { [supplier.id]: 'first', [secondTier.id]: 'second', [third.id]: 'third' };

const post = (client: Client, path: string, body?: Json, version?: number): Promise<Answer> =>
  client.call('POST', path, { ...(body === undefined ? {} : { body }), ...(version === undefined ? {} : { version }) });
const refused = (status: number, code: string, field?: string): Json => ({
  status,
  json: { code, ...(field === undefined ? {} : { field }) },
});
const pays = ({ receivable }: Confirmed, amount: string): Json => ({ receivableId: receivable.id, amount });
const creditNote = async ({ receivable }: Confirmed, amount: string, number = 'CN-1'): Promise<Answer> => {
  const { version } = await supplier.maker.get(`/v1/receivables/${receivable.id}`);
  return post(supplier.maker, `/v1/receivables/${receivable.id}/credit-notes`, { number, amount }, version);
};

/** Fen by which each account of a book changes while something is done, credits positive. */
async function moved(paths: readonly string[], does: () => Promise<unknown>): Promise<number[]> {
  const before = await Promise.all(paths.map(credit));
  await does();
  const after = await Promise.all(paths.map(credit));
  return after.map((fen, i) => Number(fen - (before[i] as bigint)));
}
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
  t.same(changes, [20_000, 0, 0, 80_000, 0, 100_000], 'nothing stays in trust, the memo of the security ends');
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
  t.same(shares, [3333, 3333, 3334], 'the odd fen to the largest remainder');
  t.same(answer?.json.applied[0].toHolders, [
    { holderId: supplier.id, amount: '33.33' },
    { holderId: secondTier.id, amount: '33.33' },
    { holderId: third.id, amount: '33.34' },
  ]);
  t.match(await standing(id), { payment: 'part_paid', outstanding: '900.00', parts: '900.00' });
  t.same(await moved(deposits, () => collect([pays(sale, '0.01')])), [1, 0, 0]);
  t.same(await moved(deposits, () => collect([pays(sale, '899.99')])), [29_999, 30_000, 30_000]);
  t.match(await standing(id), { payment: 'paid', outstanding: '0.00', live: [] });
});

void t.test('What backs a financing and what is free each get their share', async (t) => {
  const sale = await confirmed({ face: '1000.00' });
  await handedOn(supplier, sale.holding, secondTier, '500.00');
  const own = (await holdingsOf(sale.receivable.id)).find((h) => h.holderId === supplier.id && h.state === 'live');
  const loan = await financed([{ ...sale.item('500.00'), holdingId: own.id }]);
  const shares = await moved([...deposits, '1101'], () => collect([pays(sale, '600.00')]));
  t.same(shares, [0, 30_000, 0, 30_000]);
  t.match(await financing(loan.id), { status: 'active', principal: '100.00' });
  t.match(await standing(sale.receivable.id), { outstanding: '400.00', parts: '400.00', live: [{}, {}] });
  const rest = await moved([...deposits, '1101'], () => collect([pays(sale, '400.00')]));
  t.same(rest, [10_000, 20_000, 0, 10_000]);
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
  t.same(changes, [0, 0, 0, 0, 0]);
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
  t.same(changes, [30_000, 0, 0, 120_000]);
  t.match(await financing(loan.id), { status: 'settled' });

  const [three, four] = [await confirmed({ face: '1000.00' }), await confirmed({ face: '500.00' })];
  const early = await financed([three.item('1000.00'), four.item('500.00')], { amount: '700.00' });
  t.same(await moved([...deposits, '1101'], () => collect([pays(three, '1000.00')])), [30_000, 0, 0, 70_000]);
  t.match(await financing(early.id), { status: 'settled' });
  t.match(
    await standing(four.receivable.id),
    { live: [{ legal: 'none', amount: '500.00' }] },
    'the other is free again',
  );
  t.same(await moved(deposits, () => collect([pays(four, '500.00')])), [50_000, 0, 0]);
});

void t.test('A financing on its way to be paid out stands in the way of a collection', async (t) => {
  const sale = await confirmed({ face: '1000.00' });
  const applied = await apply([sale.item('600.00')]);
  t.match(await collect([pays(sale, '1000.00')]), {
    ...refused(409, 'financing-pending'),
    json: { financingId: applied.id },
  });
  await supplier.maker.post(`/v1/financings/${applied.id}/cancellation`, { reason: '改期' }, applied.version);
  t.same(await moved(deposits, () => collect([pays(sale, '1000.00')])), [100_000, 0, 0]);
});

void t.test('Each bank collects what is free and what it finances itself', async (t) => {
  const other = await appearBank(stage, '外地示范银行股份有限公司', OPENED);
  const otherProgramme = await offerProgramme({
    ...{ bank: other, chainId, effectiveFrom: OPENED },
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
  t.same(await moved(deposits, () => collect([pays(sale, '400.00')])), [40_000, 0, 0]);
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
  t.same(await moved(deposits, () => collect([pays(sale, '500.00')])), [50_000, 0, 0]);
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
  t.same(await moved(deposits, () => collect([pays(sale, '500.00')])), [50_000, 0, 0]);
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
  t.equal((first as number) + (second as number), 600_000);
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

void t.test('A credit note reduces the claim, once for each number, as far as its creditor holds it', async (t) => {
  const sale = await confirmed({ face: '1000.00' });
  const { id } = sale.receivable;
  await handedOn(supplier, sale.holding, secondTier, '300.00');
  const note = (client: Client, body: Json, version: number) =>
    post(client, `/v1/receivables/${id}/credit-notes`, body, version);
  t.match(await note(core.maker, { number: 'CN-1', amount: '1.00' }, 2), refused(403, 'not-a-party'));
  t.match(await note(secondTier.maker, { number: 'CN-1', amount: '1.00' }, 2), refused(403, 'not-a-party'));
  t.match(await note(supplier.maker, { number: 'CN-1', amount: '0.00' }, 2), refused(400, 'invalid-input', '/amount'));
  t.match(await note(supplier.maker, { number: 'CN-1', amount: '1.00' }, 1), refused(412, 'precondition-stale'));
  t.match(await note(supplier.maker, { number: 'CN-1', amount: '700.01' }, 2), {
    ...refused(409, 'amount-exceeds-holding', '/amount'),
    json: { accepted: '0.01 to 700.00' },
  });
  await core.checker.post(`/v1/receivables/${id}/dispute`, { amount: '150.00', reason: '少货' }, 2);
  t.match(await note(supplier.maker, { number: 'CN-1', amount: '100.00' }, 3), {
    status: 201,
    json: { credited: '100.00', outstanding: '900.00', disputed: '50.00', version: 4 },
  });
  t.match(await note(supplier.maker, { number: 'CN-1', amount: '1.00' }, 4), refused(409, 'already-exists', '/number'));
  const twins = await Promise.all([1, 2, 3].map(() => note(supplier.maker, { number: 'CN-2', amount: '1.00' }, 4)));
  t.same(twins.map(({ status }) => status).sort(), [201, 412, 412]);
  t.match(await standing(id), { outstanding: '899.00', parts: '899.00' });
  t.equal((await note(supplier.maker, { number: 'CN-3', amount: '599.00' }, 5)).status, 201);
  t.match(await collect([pays(sale, '300.00')]), { status: 201 });
  t.match(await standing(id), { payment: 'paid', outstanding: '0.00' });

  const whole = await confirmed({ face: '10.00' });
  t.match(await creditNote(whole, '10.00'), { json: { outstanding: '0.00', payment: 'paid' } });
});

void t.test('A credit note on what backs a loan leaves it short; free parts give way first', async (t) => {
  const sale = await confirmed({ face: '1000.00' });
  const pending = await apply([sale.item('700.00')]);
  t.equal((await creditNote(sale, '50.00', 'CN-a')).status, 201, 'the free part bears it');
  t.match(await creditNote(sale, '250.01', 'CN-b'), refused(409, 'financing-pending'));
  await supplier.maker.post(`/v1/financings/${pending.id}/cancellation`, { reason: '改期' }, pending.version);
  const parts = (await holdingsOf(sale.receivable.id)).filter(({ state }) => state === 'live');
  const backing = parts.find(({ amount }) => amount === '700.00');
  const loan = await financed([{ ...sale.item('700.00'), holdingId: backing.id }]);
  t.match(loan, { principal: '560.00', shortfall: '0.00' });
  t.equal((await creditNote(sale, '350.00', 'CN-c')).status, 201, '250.00 free, 100.00 of the pledged part');
  t.match(await financing(loan.id), { status: 'active', principal: '560.00', shortfall: '80.00' });
  t.match(await standing(sale.receivable.id), {
    outstanding: '600.00',
    live: [{ amount: '600.00', legal: 'pledged' }],
  });
  await supplier.maker.post(`/v1/financings/${loan.id}/repayments`, { amount: '80.00' });
  t.match(await financing(loan.id), { principal: '480.00', shortfall: '0.00' }, 'topped up');

  const [one, two] = [await confirmed({ face: '1000.00' }), await confirmed({ face: '1000.00' })];
  const both = await financed([one.item('1000.00'), two.item('1000.00')], { amount: '1200.00' });
  t.equal((await creditNote(one, '100.00')).status, 201);
  t.match(await financing(both.id), { principal: '1200.00', shortfall: '0.00' }, '1,900.00 carry 1,520.00');
  t.equal((await creditNote(two, '600.00')).status, 201);
  t.match(await financing(both.id), { shortfall: '160.00' }, '1,300.00 carry 1,040.00');
});

void t.test('A credit note on what was sold is made good by the seller, or claimed from it', async (t) => {
  const accounts = [`2001/${supplier.id}`, '1102', '1120', `1133/${supplier.id}`];
  const sale = await confirmed({ face: '1000.00' });
  const bought = await financed([sale.item('1000.00')], { product: 'nonrecourse_factoring' });
  t.match(bought, { status: 'active', principal: '1000.00' });
  t.match(await standing(sale.receivable.id), { live: [{ legal: 'sold' }] });
  t.same(await moved(accounts, () => creditNote(sale, '100.00')), [-10_000, 10_000, 0, 0]);
  t.match(await financing(bought.id), { status: 'active', principal: '900.00' });
  await closeUntil('2026-07-02');
  const left = await deposit(supplier.id);
  const large = await confirmed({ face: '9000000.00' });
  const dear = await financed([large.item('9000000.00')], { product: 'nonrecourse_factoring' });
  const price = await deposit(supplier.id);
  t.ok(price > left, 'the price is on its account');
  const all = [...accounts, '9001'];
  const [paid, principal, overdue, claim, security] = await moved(all, () => creditNote(large, '9000000.00'));
  t.equal(security, 900_000_000, 'the memo of the security ends');
  t.same([principal, overdue], [900_000_000, 0]);
  t.equal(paid, -Number(price), 'all it has');
  t.equal(claim, -(900_000_000 - Number(price)), 'the rest is a claim on it');
  t.match(await financing(dear.id), { status: 'settled', principal: '0.00' }, 'nothing is left to collect');
  t.match(await standing(large.receivable.id), { payment: 'paid', outstanding: '0.00', live: [] });
  const [row] = await sql(
    'select discount::text, (select sum(discount)::text from accrual where financing_id = f.id) as earned from financing f where id = $1',
    [dear.id],
  );
  t.ok(row.discount > '0.00', 'its discount is earned at once');
  t.equal(row.earned, null);
  t.same(await moved(['1102', '1103'], () => collect([pays(sale, '900.00')])).then(([face]) => face), 90_000);
  t.match(await financing(bought.id), { status: 'settled' });
  t.equal(await credit('1103'), 0n, 'no discount is left unearned');
  await closeUntil('2026-07-03');
});

void t.test('An overdue purchase is diluted where its principal stands', async (t) => {
  const sale = await confirmed({ face: '1000.00', dueDate: '2026-07-06' });
  const bought = await financed([sale.item('1000.00')], { product: 'nonrecourse_factoring' });
  const loanSale = await confirmed({ face: '1000.00', dueDate: '2026-07-06' });
  const loan = await financed([loanSale.item('1000.00')], { product: 'recourse_factoring' });
  await closeUntil('2026-07-07');
  t.match(await financing(bought.id), { status: 'overdue', principal: '1000.00' });
  t.match(await supplier.maker.get(`/v1/receivables/${sale.receivable.id}`), { payment: 'overdue' });
  const accounts = ['1102', '1120', `2001/${supplier.id}`, `1133/${supplier.id}`];
  const [performing, overdue, paid, claimed] = await moved(accounts, () => creditNote(sale, '100.00'));
  t.same([performing, overdue], [0, 10_000]);
  t.equal((paid as number) + (claimed as number), -10_000);
  await collect([pays(sale, '400.00'), pays(loanSale, '100.00')]);
  t.match(await supplier.maker.get(`/v1/receivables/${sale.receivable.id}`), { payment: 'overdue', paid: '400.00' });
  await collect([pays(sale, '500.00')]);
  t.match(await supplier.maker.get(`/v1/receivables/${sale.receivable.id}`), { payment: 'paid', outstanding: '0.00' });
  t.match(await financing(bought.id), { status: 'settled' });

  const { version } = await financing(loan.id);
  const lost = await bank.maker.post(
    `/v1/financings/${loan.id}/changes`,
    { action: 'reclassify', riskClass: 'loss' },
    version,
  );
  const asked = await bank.maker.post(`/v1/financings/${loan.id}/changes`, { action: 'write_off' }, lost.version);
  await bank.checker.post(`/v1/financings/${loan.id}/changes/decision`, { verdict: 'approve' }, asked.version);
  const owed = await financing(loan.id);
  t.match(owed, { status: 'written_off' });
  const { json, status } = await collect([pays(loanSale, '900.00')]);
  t.equal(status, 201);
  const [{ toFinancings, toHolders }] = json.applied;
  t.equal(toFinancings[0].financingId, loan.id);
  t.ok(
    Number(toFinancings[0].amount) >= Number(owed.principal) && Number(toFinancings[0].amount) < 710,
    'what was lost',
  );
  t.equal(toHolders[0]?.holderId, supplier.id, 'the rest is the supplier’s');
  t.equal(await credit('9008'), 0n, 'the claim off the balance sheet is gone');
  await closeUntil('2026-07-08');
});

void t.test('After all of it the book is proven from every row', async (t) => {
  const proof = await bank.maker.get(`/v1/books/${bank.id}/verification`);
  t.equal(proof.ok, true, JSON.stringify(proof.checks.filter(({ ok }: Json) => !ok)));
  const off = await sql(
    `select r.id from receivable r
      where confirmed - credited - paid <> (select coalesce(sum(amount), 0) from holding where receivable_id = r.id and state = 'live')`,
  );
  t.same(off, []);
});

// Accounts are only for those who borrow; the second tier has one as soon as it does.
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
