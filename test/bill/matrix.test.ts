import t from 'tap';
import { type BillStanding, billStandings, standingAxes } from '../../src/bill/lifecycle.ts';
import type { Client, Json } from '../../src/demo/client.ts';
import { billScene } from '../harness/bill-scene.ts';

t.setTimeout(300_000);

const scene = await billScene(t);
const { bank, core, first, guarantor, second, sql, holding } = scene;
const { billId, holdingId: rest } = await scene.issue({ face: '10000.00' });
await scene.disclose(billId);

/** features.md 2.5 and rules.md B5: from where each act may be begun, and where consent leads. */
type Act = Readonly<{
  name: string;
  by: Client;
  holder: string;
  path: string;
  body?: object;
  from: readonly BillStanding[];
  consent: BillStanding;
}>;
const offered: readonly Act[] = [
  {
    ...{ name: 'acceptance', by: core.maker, holder: core.id, path: '/v1/bill-acceptances' },
    ...{ from: ['issued.awaiting_receipt'], consent: 'accepted.awaiting_receipt' },
  },
  {
    ...{ name: 'receipt', by: core.maker, holder: core.id, path: '/v1/bill-receipts' },
    ...{ from: ['accepted.awaiting_receipt'], consent: 'received.circulating' },
  },
  {
    ...{ name: 'endorsement', by: first.maker, holder: first.id, path: '/v1/bill-endorsements' },
    ...{ body: { toId: second.id, evidence: 'HT-1' }, from: ['received.circulating'], consent: 'received.circulating' },
  },
  {
    ...{ name: 'endorsement, not transferable', by: first.maker, holder: first.id, path: '/v1/bill-endorsements' },
    ...{ body: { toId: second.id, evidence: 'HT-1', transferable: false } },
    ...{ from: ['received.circulating'], consent: 'received.not_transferable' },
  },
  {
    ...{ name: 'restoration', by: first.maker, holder: first.id, path: '/v1/bill-restorations' },
    ...{ from: ['received.not_transferable'], consent: 'received.circulating' },
  },
  {
    ...{ name: 'pledge', by: first.maker, holder: first.id, path: '/v1/bill-pledges' },
    ...{ body: { toId: bank.id, purpose: '履约' }, from: ['received.circulating'], consent: 'received.pledged' },
  },
  {
    ...{ name: 'release', by: guarantor.maker, holder: first.id, path: '/v1/bill-pledge-releases' },
    ...{ from: ['received.pledged'], consent: 'received.circulating' },
  },
  {
    ...{ name: 'release after maturity', by: guarantor.maker, holder: first.id, path: '/v1/bill-pledge-releases' },
    ...{ from: ['matured.pledged'], consent: 'matured.in_collection' },
  },
  {
    ...{ name: 'guarantee', by: first.maker, holder: first.id, path: '/v1/bill-guarantees' },
    ...{ body: { toId: guarantor.id }, from: ['received.circulating'], consent: 'received.circulating' },
  },
];
const everywhere: Readonly<Record<string, readonly BillStanding[]>> = {
  release: ['received.pledged', 'matured.pledged'],
  'release after maturity': ['received.pledged', 'matured.pledged'],
  guarantee: [
    'issued.awaiting_receipt',
    'accepted.awaiting_receipt',
    'received.circulating',
    'received.not_transferable',
  ],
};
const answerers = new Map<string, Client>(
  [core, first, second, bank, guarantor].map((party) => [party.id, party.checker]),
);

/** One unit in a hand and a standing that the owner of the database puts it in: some are months away. */
async function forge(standing: BillStanding, holder: string): Promise<string> {
  const { offers } = await first.maker.post('/v1/bill-endorsements', {
    ...{ items: [{ holdingId: rest, amount: '1.00' }], toId: second.id, evidence: 'HT-0' },
  });
  await first.maker.post('/v1/bill-offers/withdrawals', { offerIds: [offers[0].id] });
  await sql('update bill_holding set standing = $2, holder_id = $3, pledgee_id = $4 where id = $1', [
    ...[offers[0].holdingId, standing, holder, guarantor.id],
  ]);
  return offers[0].holdingId;
}

const standingOf = async (id: string): Promise<string> =>
  (await sql('select standing from bill_holding where id = $1', [id]))[0].standing;

const begin = (act: Act, holdingId: string, more: object = {}) =>
  act.by.call('POST', act.path, { body: { items: [{ holdingId }], ...act.body, ...more } });

/** Standings that only an offer under way leads to. */
const locked: ReadonlySet<BillStanding> = new Set([
  'issued.locked',
  'accepted.locked',
  'received.locked',
  'matured.locked',
]);
const open = billStandings.states.filter((standing) => !locked.has(standing));

void t.test('Every act is possible from the standings of the table and from no other', async (t) => {
  for (const act of offered) {
    const allowed = everywhere[act.name] ?? act.from;
    for (const standing of open) {
      const id = await forge(standing, act.holder);
      const { status, json } = await begin(act, id);
      const what = `${act.name} from ${standing}`;
      if (!allowed.includes(standing)) {
        t.match({ status, json }, { status: 409, json: { code: 'illegal-transition', state: standing } }, what);
        continue;
      }
      t.equal(status, 201, what);
      t.equal(json.holdings[0].circulation, 'locked', `${what} locks it`);
      t.match(
        await begin(act, id),
        { status: 409, json: { code: 'bill-offer-pending', field: '/items/0' } },
        `${what} cannot be offered twice`,
      );
      await act.by.post('/v1/bill-offers/withdrawals', { offerIds: [json.offers[0].id] });
      t.equal(await standingOf(id), standing, `${what}, withdrawn, leaves it as it was`);
    }
  }
});

void t.test('A bill is void before it has been received and not after', async (t) => {
  for (const standing of open) {
    const id = await forge(standing, core.id);
    const { status, json } = await core.maker.call('POST', '/v1/bill-voids', { body: { items: [{ holdingId: id }] } });
    const may = standing === 'issued.awaiting_receipt' || standing === 'accepted.awaiting_receipt';
    if (!may) t.match({ status, json }, { status: 409, json: { code: 'illegal-transition' } }, standing);
  }
});

async function offer(act: Act): Promise<Json> {
  const standing = act.from[0] as BillStanding;
  const id = await forge(standing, act.holder);
  const { status, json } = await begin(act, id);
  if (status !== 201) throw new Error(`${act.name}: ${JSON.stringify(json)}`);
  return { ...json.offers[0], standing };
}

void t.test('Consent leads where the table says, once the exchange has confirmed it', async (t) => {
  for (const act of offered) {
    const made = await offer(act);
    const path = made.kind === 'acceptance' ? '/v1/bill-acceptances/answers' : '/v1/bill-offers/acceptances';
    const answerer = answerers.get(made.toId) as Client;
    const { offers } = await answerer.post(path, { offerIds: [made.id] });
    t.equal(offers[0].state, 'clearing', act.name);
    t.match(await standingOf(made.holdingId), /locked$/, `${act.name} waits for the exchange`);
    const again = await answerer.call('POST', path, { body: { offerIds: [made.id] } });
    t.match(again, { status: 409, json: { code: 'illegal-transition', state: 'clearing' } });
    await scene.exchange();
    t.equal(await standingOf(made.holdingId), act.consent, act.name);
    const done = await act.by.get(`/v1/bill-offers/${made.id}`);
    t.match(done, { state: 'done', code: 'SU00' }, act.name);
  }
});

void t.test('A refusal leaves everything as it was, and only the other side may give it', async (t) => {
  for (const act of offered) {
    const made = await offer(act);
    const body = { offerIds: [made.id], reason: '金额不符' };
    const wrong = made.toId === second.id ? core.checker : second.checker;
    t.match(await wrong.call('POST', '/v1/bill-offers/refusals', { body }), { status: 404 }, act.name);
    const { offers } = await (answerers.get(made.toId) as Client).post('/v1/bill-offers/refusals', body);
    t.match(offers[0], { state: 'refused', code: 'SU01', reason: '金额不符' }, act.name);
    t.equal(await standingOf(made.holdingId), made.standing, act.name);
  }
});

void t.test('Frozen by a court, nothing is done with it; thawed, it stands where it stood', async (t) => {
  for (const act of offered) {
    const id = await forge(act.from[0] as BillStanding, act.holder);
    const order = { items: [{ holdingId: id }], order: '(2026)豫9001执保1号' };
    await scene.operator.post('/v1/bill-freezes', order);
    t.match(await begin(act, id), { status: 409, json: { code: 'bill-frozen' } }, act.name);
    t.match(await scene.operator.call('POST', '/v1/bill-freezes', { body: order }), { status: 409 }, 'twice');
    await scene.operator.post('/v1/bill-thaws', order);
    t.equal(await standingOf(id), act.from[0], act.name);
    const { status, json } = await begin(act, id);
    t.equal(status, 201, act.name);
    await scene.operator.post('/v1/bill-freezes', order);
    const offerIds = [json.offers[0].id];
    const frozen = { status: 409, json: { code: 'bill-frozen' } };
    t.match(await act.by.call('POST', '/v1/bill-offers/withdrawals', { body: { offerIds } }), frozen, 'nor withdrawn');
    await scene.operator.post('/v1/bill-thaws', order);
    await act.by.post('/v1/bill-offers/withdrawals', { offerIds });
  }
});

void t.test('An offer that nobody answers by its last day lapses when the exchange closes it', async (t) => {
  const made: Json[] = [];
  for (const act of offered) {
    const standing = act.from[0] as BillStanding;
    const id = await forge(standing, act.holder);
    const { json } = await begin(act, id, { expiresOn: '2026-07-01' });
    made.push({ ...json.offers[0], standing });
  }
  await scene.closeUntil('2026-07-02');
  for (const { id, kind, holdingId, standing } of made) {
    t.equal(await standingOf(holdingId), standing, kind);
    t.equal((await sql('select state from bill_offer where id = $1', [id]))[0].state, 'lapsed', kind);
  }
});

void t.test('Each pair of the two dimensions shows both codes', async (t) => {
  const pairs = billStandings.states.map((standing) => {
    const { billStateCode, circulationCode } = standingAxes(standing);
    return `${standing} ${billStateCode} ${circulationCode}`;
  });
  t.same(pairs, [
    'issued.awaiting_receipt CS01 TF0101',
    'issued.locked CS01 TF0302',
    'accepted.awaiting_receipt CS02 TF0101',
    'accepted.locked CS02 TF0302',
    'received.circulating CS03 TF0301',
    'received.locked CS03 TF0302',
    'received.not_transferable CS03 TF0303',
    'received.pledged CS03 TF0304',
    'received.awaiting_redemption CS03 TF0305',
    'matured.in_collection CS04 TF0401',
    'matured.pledged CS04 TF0304',
    'matured.locked CS04 TF0302',
    'matured.in_recourse CS04 TF0402',
    'settled.ended CS06 TF0501',
    'ended.ended CS05 TF0501',
  ]);
  t.match(await holding(first, rest), { billStateCode: 'CS03', circulationCode: 'TF0301' });
});
