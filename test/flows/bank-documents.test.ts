import { randomBytes } from 'node:crypto';
import t from 'tap';
import { appearBank, joinChain, type Party } from '../../src/demo/cast.ts';
import { financingScene } from '../harness/financing-scene.ts';

t.setTimeout(120_000);

const scene = await financingScene(t, '2026-07-01');
const { bank, chainId, core, secondTier, stage, supplier } = scene;
const documents = `/v1/chains/${chainId}/documents`;

const record = async (by: Party, seller: Party, buyer: Party, number: string): Promise<string> => {
  const sha256 = randomBytes(32).toString('hex');
  const body = { kind: 'contract', number, sellerId: seller.id, buyerId: buyer.id, issuedOn: '2026-06-01', sha256 };
  return (await by.maker.post(documents, body)).id;
};
const readBy = async ({ maker }: Party): Promise<string[]> =>
  (await maker.get(documents)).items.map(({ id }: { id: string }) => id).sort();

void t.test('A bank reads the trade behind what it finances, and nothing else', async (t) => {
  const sold = await record(supplier, supplier, core, 'HT-1');
  const bought = await record(supplier, secondTier, supplier, 'HT-2');
  const stranger = await joinChain({ stage, core, chainId, legalName: '济源示范轴承有限公司', tier: 1 });
  await record(stranger, stranger, core, 'HT-3');
  t.same(await readBy(bank), [], 'being a bank of the chain shows no document');
  const { application } = await scene.apply({ face: '1000.00', dueDate: '2026-09-15' });
  const theirs = [sold, bought].sort();
  t.same(await readBy(bank), theirs, 'what its applicant sold and bought, before it decides');
  t.equal((await bank.checker.get(`${documents}/${bought}`)).number, 'HT-2');
  t.equal((await bank.maker.call('POST', documents, { body: {} })).status, 403, 'it records none');

  const second = await core.maker.post('/v1/chains', { coreId: core.id, name: '备件链' });
  await core.maker.post(`/v1/chains/${second.id}/banks`, { bankId: bank.id });
  t.same((await bank.maker.get(`/v1/chains/${second.id}/documents`)).items, [], 'on this chain only');
  const other = await appearBank(stage, '外地示范银行股份有限公司', '2026-07-01');
  t.equal((await other.maker.call('GET', documents)).status, 404);
  await core.maker.post(`/v1/chains/${chainId}/banks`, { bankId: other.id });
  t.same(await readBy(other), [], 'a bank that finances nobody here reads nothing');

  await supplier.maker.post(
    `/v1/financings/${application.id}/cancellation`,
    { reason: '不再需要' },
    application.version,
  );
  t.same(await readBy(bank), [], 'what was given up shows nothing any more');
});
