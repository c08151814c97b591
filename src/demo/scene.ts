import type { IsoDate } from '../money/dates.ts';
import {
  appear,
  appearBank,
  appearRegulator,
  type Bank,
  discountSection,
  discountTerms,
  growBranch,
  growTree,
  joinChain,
  offerProgramme,
  openAccount,
  ordinaryTerms,
  type Party,
  type Stage,
  type Supplier,
} from './cast.ts';
import type { Client } from './client.ts';

/** Who plays in the demo, and where. */
export type Scene = Readonly<{
  bank: Bank;
  core: Party;
  supplier: Supplier;
  secondTier: Supplier;
  thirdTier: Supplier;
  operator: Client;
  regulator: Client;
  chainId: string;
  programmeId: string;
  accountId: string;
}>;

const FAR = '2099-12-31';
const all = [
  'pledge_loan',
  'recourse_factoring',
  'nonrecourse_factoring',
  'payables_finance',
  'bill_pledge_loan',
  'bill_discount',
] as const;

/** The demo chain: a core enterprise, suppliers of two tiers, a bank with a programme and limits, and a regulator. */
export async function setScene(stage: Stage, openedOn: IsoDate): Promise<Scene> {
  const core = await appear(stage, {
    kind: 'enterprise',
    legalName: '济源示范钢铁集团有限公司',
    figures: { industry: 'industry', employees: 4200, annualRevenue: '9800000000.00', totalAssets: '12000000000.00' },
  });
  const chain = await core.maker.post('/v1/chains', { coreId: core.id, name: '示范钢铁供应链' });
  const supplier = await joinChain({ stage, core, chainId: chain.id, legalName: '济源示范机械有限公司', tier: 1 });
  const secondTier = await joinChain({
    stage,
    core,
    chainId: chain.id,
    legalName: '济源示范铸件有限公司',
    tier: 2,
    parentMemberId: supplier.memberId,
  });
  const thirdTier = await joinChain({
    stage,
    core,
    chainId: chain.id,
    legalName: '济源示范模具有限公司',
    tier: 3,
    parentMemberId: secondTier.memberId,
  });
  const bank = await appearBank(stage, '济源示范银行股份有限公司', openedOn);
  const regulator = await appearRegulator(stage, '济源示范区金融监管局');
  const programmeId = await offerProgramme({
    bank,
    core,
    chainId: chain.id,
    effectiveFrom: openedOn,
    products: {
      ...Object.fromEntries(all.map((product) => [product, ordinaryTerms()])),
      bill_discount: discountTerms(),
    },
    billDiscount: discountSection(),
  });
  const treeId = await growTree({ bank, coreId: core.id, programmeId, expiresOn: FAR, amount: '50000000.00' });
  for (const { id } of [supplier, secondTier]) {
    await growBranch({ bank, treeId, orgId: id, products: all, expiresOn: FAR, amount: '10000000.00' });
  }
  const account = await openAccount(stage, supplier);
  const { operator } = stage;
  return {
    bank,
    core,
    supplier,
    secondTier,
    thirdTier,
    operator,
    regulator,
    chainId: chain.id,
    programmeId,
    accountId: account.id,
  };
}
