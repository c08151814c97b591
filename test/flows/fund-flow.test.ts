import t from 'tap';
import { appearBank, demoUscc, growBranch, joinChain } from '../../src/demo/cast.ts';
import type { Json } from '../../src/demo/client.ts';
import { financingScene } from '../harness/financing-scene.ts';

const scene = await financingScene(t, '2025-06-17');
const { bank, core, supplier, sql, position } = scene;
const stranger = await joinChain({
  stage: scene.stage,
  core,
  chainId: scene.chainId,
  legalName: '济源示范轴承有限公司',
  tier: 1,
});
const [tree] = await sql("select id from limit_node where kind = 'programme'");
await growBranch({
  bank,
  treeId: tree.id,
  orgId: stranger.id,
  products: ['pledge_loan'],
  expiresOn: '2099-12-31',
  amount: '10000000.00',
});
const other = await appearBank(scene.stage, '外地银行股份有限公司', '2025-06-17');
const dueDate = '2025-09-17';
const evidence = [{ name: '回单', sha256: 'c'.repeat(64) }];

const flow = (reference: string, amount: string, changes: Json = {}): Json => ({
  reference,
  holderUscc: supplier.uscc,
  direction: 'out',
  amount,
  bookedOn: '2025-06-17',
  counterpartyName: '济源示范物流有限公司',
  ...changes,
});
const tell = (items: readonly Json[], by = bank.operator) =>
  by.call('POST', `${scene.books}/account-transactions`, { body: { items } });
const alertsOf = async (financingId: string): Promise<Json[]> =>
  (await bank.maker.get(`/v1/alerts?financingId=${financingId}&sort=oldest`)).items;
const conclude = (alert: Json, body: Json) =>
  bank.maker.call('POST', `/v1/alerts/${alert.id}/conclusion`, { body, version: alert.version });
const decide = (alert: Json, verdict: string, by = bank.checker) =>
  by.call('POST', `/v1/alerts/${alert.id}/decision`, {
    body: { verdict, ...(verdict === 'reject' && { reason: '证据不足' }) },
    version: alert.version,
  });

const loan = await scene.finance({ product: 'pledge_loan', dueDate });
const purchase = await scene.finance({ product: 'nonrecourse_factoring', face: '100000.00', dueDate });
const waiting = await scene.apply({ product: 'pledge_loan', face: '10000.00', dueDate });
const approved = await scene.approve(waiting.application);
await scene.settle();
const draw = () => bank.maker.call('POST', `${waiting.path}/disbursement`, { version: approved.version });

void t.test('Movements are recorded once and followed from the oldest loan on; each line stands alone', async (t) => {
  const told = [
    flow('TX-1', '200000.00'),
    flow('TX-2', '50000.00', { counterpartyUscc: stranger.uscc, counterpartyName: stranger.name }),
    flow('TX-3', '1.00', { holderUscc: demoUscc(8_888) }),
    flow('TX-4', '1.00', { bookedOn: '2025-06-18' }),
    flow('TX-5', '9.00', { direction: 'in' }),
  ];
  const { status, json } = await tell(told);
  t.match({ status, ...json }, { status: 200, recorded: 3, refused: 2, known: 0, alerts: 0 });
  t.same(
    json.results.map(({ outcome, class: of, code }: Json) => `${outcome} ${of ?? code}`),
    ['recorded other', 'recorded partner', 'refused not-found', 'refused invalid-input', 'recorded other'],
  );
  t.match((await tell(told.slice(0, 2))).json, { recorded: 0, known: 2, refused: 0 });
  const [clash] = (await tell([flow('TX-1', '200000.01')])).json.results;
  t.match(clash, { outcome: 'refused', code: 'duplicate-bank-reference', field: '/items/0/reference' });
  t.match(await bank.maker.get(`${loan.path}/fund-flow`), {
    paidOut: '800000.00',
    traced: '250000.00',
    untraced: '550000.00',
    classes: [
      { class: 'other', movements: 1, amount: '200000.00' },
      { class: 'partner', movements: 1, amount: '50000.00' },
    ],
  });
  t.same(await alertsOf(loan.application.id), []);
});

void t.test(
  'Money for securities, real estate or the group of the debtor alarms, and keeps the firm from new money',
  async (t) => {
    const csv = [
      'reference,holder_uscc,direction,amount,booked_on,counterparty_name,counterparty_account,counterparty_uscc,counterparty_industry',
      `TX-10,${supplier.uscc},out,300000.00,2025-06-17,示范证券营业部,62220001,,J6710`,
      `TX-11,${supplier.uscc},out,20000.00,2025-06-17,济源示范置业有限公司,,,`,
      `TX-12,${supplier.uscc},out,30000.00,2025-06-17,${core.name},,${core.uscc},C3311`,
      `TX-13,${supplier.uscc},out,1e5,2025-06-17,示范证券营业部,,,`,
    ].join('\r\n');
    const { json } = await bank.operator.call('POST', `${scene.books}/account-transaction-files`, { body: { csv } });
    t.match(json, { recorded: 3, refused: 1, alerts: 3 });
    t.match(json.results[3], { line: 4, outcome: 'refused', code: 'malformed-row', field: 'amount' });
    t.match(await alertsOf(loan.application.id), [
      { kind: 'securities', amount: '300000.00', state: 'open', raisedOn: '2025-06-17', dueOn: '2025-06-18' },
      { kind: 'real_estate', amount: '20000.00' },
      { kind: 'debtor_group', amount: '30000.00' },
    ]);
    t.match((await tell([flow('TX-14', '5000.00', { counterpartyName: '示范证券营业部' })])).json, { alerts: 1 });
    const [securities] = await alertsOf(loan.application.id);
    t.equal(securities.amount, '305000.00', 'more of the same adds to the alert that is open');
    const behind = (await bank.maker.get(`/v1/alerts/${securities.id}/movements`)).items;
    t.same(
      behind.map(({ reference, amount }: Json) => `${reference} ${amount}`),
      ['TX-14 5000.00', 'TX-10 300000.00'],
    );
    t.match(await draw(), { status: 409, json: { code: 'alert-standing' } });
    const { conditions } = await bank.checker.get(`${waiting.path}/readiness`);
    t.match(
      conditions.find(({ condition }: Json) => condition === 'alerts'),
      { passed: false, code: 'alert-standing' },
    );
  },
);

void t.test('Only the bank sees its alerts and movements, and only its own', async (t) => {
  const [alert] = await alertsOf(loan.application.id);
  t.match(await supplier.maker.call('GET', '/v1/alerts'), { status: 403 });
  t.match(await supplier.maker.call('GET', `${loan.path}/fund-flow`), { status: 403 });
  t.match(await other.maker.call('GET', `/v1/alerts/${alert.id}`), { status: 404 });
  t.match(await other.maker.call('GET', `${loan.path}/fund-flow`), { status: 404 });
  t.same((await other.maker.get('/v1/account-transactions')).items, []);
  t.match(await tell([flow('TX-99', '1.00')], other.operator), { status: 404 });
  const conclusion = { verdict: 'dismiss', reason: '误报', evidence };
  t.match(
    await other.maker.call('POST', `/v1/alerts/${alert.id}/conclusion`, { body: conclusion, version: alert.version }),
    {
      status: 404,
    },
  );
  const [{ told }] = await sql(
    "select count(*)::int as told from event where kind like 'risk_alert.%' and $1 = any (parties)",
    [supplier.id],
  );
  t.equal(told, 0, 'the firm is not told');
});

void t.test(
  'Confirmed by two people, what was misused bears the misuse rate from that day, and nothing else does',
  async (t) => {
    await scene.closeUntil('2025-06-27');
    const [found] = await alertsOf(loan.application.id);
    t.match(found, { missed: true });
    t.match(await conclude(found, { verdict: 'confirm', reason: '挪用', amount: '305000.01' }), {
      status: 400,
      json: { field: '/amount', accepted: 'at most 305000.00' },
    });
    t.match(await conclude(found, { verdict: 'dismiss', reason: '误报' }), {
      status: 400,
      json: { field: '/evidence' },
    });
    const proposed = (
      await conclude(found, { verdict: 'confirm', reason: '贷款资金转入证券账户', amount: '300000.00' })
    ).json;
    t.match(proposed, { state: 'proposed', conclusion: { verdict: 'confirm', amount: '300000.00' } });
    t.match(await decide(proposed, 'approve', bank.maker), { status: 403 });
    const returned = (await decide(proposed, 'reject')).json;
    t.match(returned, { state: 'open' });
    const again = (
      await conclude(returned, { verdict: 'confirm', reason: '贷款资金转入证券账户', amount: '300000.00' })
    ).json;
    const outcomes = await Promise.all([decide(again, 'approve'), decide(again, 'approve', bank.second)]);
    t.same(outcomes.map(({ status }) => status).sort(), [200, 412], 'decided once');
    t.match((await position(loan.path)).financing, {
      misused: '300000.00',
      misuseRate: '0.063000',
      riskClass: 'special_mention',
      status: 'active',
    });
    await scene.closeUntil('2025-07-17');
    t.match((await position(loan.path)).due, { interest: '2800.00', penalty: '350.00' });
    t.same(
      await sql(
        `select min(accrued_on)::text as "from", sum(interest)::numeric(20,2)::text as interest, sum(penalty)::numeric(20,2)::text as penalty,
              sum(penalty_tax)::numeric(20,2)::text as tax from accrual where financing_id = $1 and penalty > 0`,
        [loan.application.id],
      ),
      [{ from: '2025-06-27', interest: '1866.67', penalty: '350.00', tax: '19.81' }],
      '800,000.00 at 4.2 % for 30 days, 300,000.00 at 2.1 % more for 20 of them',
    );
    t.ok(await scene.proof());
    t.match(
      await bank.maker.call('POST', `${loan.path}/changes`, {
        body: { action: 'reclassify', riskClass: 'normal' },
        version: (await position(loan.path)).financing.version,
      }),
      { status: 409, json: { code: 'class-above-days' } },
    );
  },
);

void t.test(
  'A repayment settles the misuse interest before the contract’s, and what is repaid bears nothing more',
  async (t) => {
    await scene.deposit(supplier.id, '700000.00');
    const paid = await supplier.maker.post(`${loan.path}/repayments`, { amount: '603150.00' });
    t.match(paid, { penalty: '350.00', interest: '2800.00', principal: '600000.00' });
    await scene.closeUntil('2025-07-27');
    const { due, financing } = await position(loan.path);
    t.match(due, { principal: '200000.00', interest: '233.33', penalty: '116.67' }, 'all that is left was misused');
    t.equal(financing.misused, '300000.00');
  },
);

void t.test(
  'Put right and cleared by two people, the loan bears its own rate again and the firm draws again',
  async (t) => {
    const alerts = await alertsOf(loan.application.id);
    for (const alert of alerts.slice(1)) {
      const { json } = await conclude(alert, { verdict: 'dismiss', reason: '经核实为购买原料', evidence });
      t.match((await decide(json, 'approve')).json, { state: 'dismissed', closedOn: '2025-07-27' });
    }
    const next = await scene.apply({ product: 'pledge_loan', face: '10000.00', dueDate });
    const ready = await scene.approve(next.application);
    await scene.settle();
    const draw = () => bank.maker.call('POST', `${next.path}/disbursement`, { version: ready.version });
    t.match(await draw(), { json: { code: 'alert-standing' } }, 'confirmed misuse still stands');
    const [confirmed] = alerts;
    const clearing = (await conclude(confirmed, { verdict: 'clear', reason: '资金已转回并按约定使用', evidence })).json;
    t.match(clearing, { state: 'clearing' });
    t.match((await decide(clearing, 'approve')).json, { state: 'cleared', closedOn: '2025-07-27' });
    t.equal((await draw()).status, 202);
    await scene.closeUntil('2025-08-06');
    const { due, financing } = await position(loan.path);
    t.match({ due, financing }, { due: { interest: '466.67', penalty: '116.67' }, financing: { misused: '0.00' } });
    t.ok(await scene.proof());
  },
);

void t.test(
  'Misuse of a purchase bears no interest and is watched; an overdue loan bears the heavier rate, never both',
  async (t) => {
    await tell([flow('TX-20', '900000.00', { counterpartyName: '示范证券营业部', bookedOn: '2025-08-06' })]);
    const [bought] = await alertsOf(purchase.application.id);
    const proposed = (await conclude(bought, { verdict: 'confirm', reason: '挪用' })).json;
    await decide(proposed, 'approve');
    t.match((await position(purchase.path)).financing, { riskClass: 'special_mention', misused: '0.00' });

    const [rest] = (await alertsOf(loan.application.id)).filter(({ state }) => state === 'open');
    t.equal(rest.amount, '195000.00', 'what was left of 800,000.00');
    await decide((await conclude(rest, { verdict: 'confirm', reason: '挪用', amount: '50000.00' })).json, 'approve');
    await scene.closeUntil('2025-09-20');
    const before = await position(loan.path);
    t.match(before.financing, { status: 'overdue', penaltyRate: '0.063000', misuseRate: '0.063000' });
    await scene.closeUntil('2025-09-30');
    const after = await position(loan.path);
    t.equal(
      (Number(after.due.penalty) - Number(before.due.penalty)).toFixed(2),
      '350.00',
      '200,000.00 at 6.3 % for 10 days',
    );
    t.ok(await scene.proof());
  },
);

void t.test('Feeds told at once by many clients follow no fen of a loan twice', async (t) => {
  const fresh = await scene.finance({
    product: 'pledge_loan',
    face: '1000.00',
    dueDate: '2026-03-17',
    supplier: stranger,
  });
  const on = scene.today();
  const feeds = Array.from({ length: 16 }, (_, i) =>
    tell(
      Array.from({ length: 4 }, (_, j) =>
        flow(`CC-${i}-${j}`, '30.00', {
          holderUscc: stranger.uscc,
          counterpartyName: '示范置业有限公司',
          bookedOn: on,
        }),
      ),
    ),
  );
  for (const { json } of await Promise.all(feeds)) t.match(json, { recorded: 4 });
  t.match(await bank.maker.get(`${fresh.path}/fund-flow`), { traced: '800.00', untraced: '0.00' });
  t.match(await alertsOf(fresh.application.id), [{ kind: 'real_estate', amount: '800.00' }]);
});
