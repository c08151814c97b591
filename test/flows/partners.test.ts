import t from 'tap';
import { readAs } from '../../src/platform/database.ts';
import { chainBench } from '../chain/bench.ts';

t.setTimeout(120_000);

void t.test('An organization knows those it shares a chain with, and looks for them as a set', async (t) => {
  const { admit, bank, core, database, join, must, operator, organization, owner } = await chainBench(t);
  const [first, second, third] = [
    await organization('甲公司'),
    await organization('乙公司'),
    await organization('丙公司'),
  ];
  const foreign = await organization('外地银行', 'bank');
  const one = await join(first);
  const two = await join(second, { tier: 2, parentMemberId: one.id });
  await join(third, { tier: 3, parentMemberId: two.id });
  await admit(bank);
  const other = await must('POST', '', { by: operator, body: { coreId: third.id, name: '丙链' } });
  await must('POST', `/${other.id}/banks`, { by: third, body: { bankId: foreign.id } });
  await owner.query(
    `insert into organization (id, kind, legal_name, uscc, industry, employees, scale, figures, tags, contact, status, created_at)
     select gen_random_uuid(), 'enterprise', 'org ' || n, '91419001MB' || lpad(n::text, 8, '0'), 'industry', 1, 'micro',
            'confirmed', '[]', '{}', 'active', now() from generate_series(1, 3000) n`,
  );
  await owner.query('vacuum analyze organization, member, chain, chain_bank');

  const known = async ({ id, kind }: typeof core) =>
    readAs(database, { orgId: id, orgKind: kind }, async (db) => {
      const all = db.selectFrom('organization').select('id').orderBy('id', 'desc').limit(51);
      const plan = JSON.stringify(await all.explain('json'));
      t.match(plan, /hashed SubPlan/, 'not once for each organization');
      return (await all.execute()).map((row) => row.id).sort();
    });
  const ids = (...parties: (typeof core)[]) => parties.map(({ id }) => id).sort();
  t.same(await known(core), ids(core, first, second, third));
  t.same(await known(bank), ids(bank, core, first, second, third));
  t.same(await known(first), ids(core, first, second));
  t.same(await known(second), ids(core, first, second, third));
  t.same(await known(third), ids(core, second, third));
  t.same(await known(foreign), ids(foreign, third));
});
