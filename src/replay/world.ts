import {
  appear,
  appearBank,
  type Bank,
  growBranch,
  growTree,
  joinChain,
  offerProgramme,
  openAccount,
  ordinaryTerms,
  type Party,
  type Stage,
} from '../demo/cast.ts';
import { type Client, createClient } from '../demo/client.ts';
import type { IsoDate } from '../money/dates.ts';
import { permitPenalty } from './law.ts';
import { inParallel } from './parallel.ts';
import type { ReplayService } from './service.ts';
import { terms } from './terms.ts';

/** A customer of the file, as a supplier of the chain. */
export type Partner = Readonly<{ id: string; maker: Client; accountId: string }>;

export type World = Readonly<{
  bank: Bank;
  core: Party;
  chainId: string;
  programmeId: string;
  partners: ReadonlyMap<string, Partner>;
}>;

const LAST_DAY = '2999-12-31';

/**
 * Sets up, through the API, what the file needs: one core enterprise with a chain, its customers as verified suppliers
 * of the first tier with an account each, and a bank with a book opened on the first day, a programme that decides by
 * rule, and limits.
 */
export async function setWorld(
  { stage, operatorId }: Pick<ReplayService, 'stage' | 'operatorId'>,
  { firstDay, customers, limit }: Readonly<{ firstDay: IsoDate; customers: readonly string[]; limit: string }>,
): Promise<World> {
  await permitPenalty(stage, operatorId, firstDay);
  const core = await appear(stage, {
    kind: 'enterprise',
    legalName: '重放示范核心企业有限公司',
    figures: { industry: 'industry', employees: 4200, annualRevenue: '9800000000.00', totalAssets: '12000000000.00' },
  });
  const chain = await core.maker.post('/v1/chains', { coreId: core.id, name: '重放示范供应链' });
  const bank = await appearBank(stage, '重放示范银行股份有限公司', firstDay);
  const programmeId = await offerProgramme({
    bank,
    core,
    chainId: chain.id,
    effectiveFrom: firstDay,
    products: Object.fromEntries(terms.products.map((product) => [product, productTerms()])),
    authority: [{ upTo: null, approval: 'auto', tag: null }],
  });
  const treeId = await growTree({ bank, coreId: core.id, programmeId, expiresOn: LAST_DAY, amount: limit });
  const partners = await inParallel(customers, (legalName) =>
    join(stage, { bank, core, chainId: chain.id, treeId, legalName, limit }),
  );
  return {
    bank,
    core,
    chainId: chain.id,
    programmeId,
    partners: new Map(customers.map((customer, index) => [customer, partners[index] as Partner])),
  };
}

const productTerms = () =>
  ordinaryTerms({
    advanceRatio: terms.advanceRatio.toFixed(6),
    maxTenorDays: terms.maxTenorDays,
    pricing: {
      reference: 'fixed',
      spreadBp: 0,
      fixedRate: terms.rate.toFixed(6),
      debtorShare: '0.000000',
      feeRate: terms.feeRate.toFixed(6),
    },
    penaltyUplift: terms.penaltyUplift.toFixed(6),
  });

type Joining = Pick<World, 'bank' | 'core' | 'chainId'> &
  Readonly<{ treeId: string; legalName: string; limit: string }>;

async function join(stage: Stage, { bank, core, chainId, treeId, legalName, limit }: Joining): Promise<Partner> {
  const supplier = await joinChain({ stage, core, chainId, legalName, tier: 1 });
  const account = await openAccount(stage, supplier);
  await growBranch({
    bank,
    treeId,
    orgId: supplier.id,
    products: terms.products,
    expiresOn: LAST_DAY,
    amount: limit,
  });
  return { id: supplier.id, maker: supplier.maker, accountId: account.id };
}

const CLIENT_DAYS = 365;

/**
 * The same world with the next secret for every client that is still used: secrets end after a year at most, a replay
 * may last longer. `renewals` says how often that was done before.
 */
export async function renewSecrets(stage: Stage, world: World, renewals: number): Promise<World> {
  const renewed = async (orgId: string, client: Client): Promise<Client> => {
    const path = `/v1/organizations/${orgId}/clients/${client.credentials.clientId}/rotate`;
    const { id, clientSecret } = await client.post(path, { expiresInDays: CLIENT_DAYS }, renewals + 1);
    return createClient(stage.send, { clientId: id, clientSecret }, stage.now);
  };
  const { bank, core } = world;
  const partners = await inParallel([...world.partners], async ([customer, partner]) => {
    return [customer, { ...partner, maker: await renewed(partner.id, partner.maker) }] as const;
  });
  return {
    ...world,
    bank: {
      ...bank,
      maker: await renewed(bank.id, bank.maker),
      operator: await renewed(bank.id, bank.operator),
    },
    core: {
      ...core,
      maker: await renewed(core.id, core.maker),
      checker: await renewed(core.id, core.checker),
    },
    partners: new Map(partners),
  };
}
