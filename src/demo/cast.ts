import { isUscc } from '../money/identifiers.ts';
import { type Client, type Credentials, createClient, type Json, type Send } from './client.ts';

/** An organization with a client for each of its people, by the role they have. */
export type Party = Readonly<{ id: string; name: string; uscc: string; maker: Client; checker: Client; admin: Client }>;
export type Bank = Party & Readonly<{ second: Client; operator: Client }>;

export type Stage = Readonly<{
  send: Send;
  operator: Client;
  now?: () => number;
  /** Makes codes and account numbers that differ from run to run on one database. */
  serial: () => number;
  /** Told of whoever has a part to go on with by hand. */
  introduce?: (role: string, party: Party) => void;
}>;

const CHECKS = '0123456789ABCDEFGHJKLMNPQRTUWXY';

/** A well-formed unified social credit code with this serial number, of no real organization. */
export function demoUscc(serial: number): string {
  const body = `91419001MA${String(serial).padStart(7, '0')}`;
  return [...CHECKS].map((check) => body + check).find(isUscc) ?? demoUscc(serial + 1);
}

const contact = { name: '财务部', phone: '0391-6630000' };

/** A person of an organization with a client of its own. */
export async function enrol(
  stage: Stage,
  admin: Client,
  orgId: string,
  name: string,
  roles: readonly string[],
): Promise<Client> {
  const person = await admin.post(`/v1/organizations/${orgId}/people`, { name, roles });
  const client = await admin.post(`/v1/organizations/${orgId}/clients`, {
    personId: person.id,
    name: roles.join(' '),
    scopes: ['read', 'write'],
  });
  const credentials: Credentials = { clientId: client.id, clientSecret: client.clientSecret };
  return createClient(stage.send, credentials, stage.now);
}

type Profile = Readonly<{
  kind: string;
  legalName: string;
  uscc?: string;
  figures?: Readonly<Record<string, unknown>>;
}>;

/** Registers an organization, unless a chain has registered it already, and enrols its people. */
export async function appear(
  stage: Stage,
  { kind, legalName, uscc, figures = {} }: Profile,
  knownId?: string,
): Promise<Party> {
  const code = uscc ?? demoUscc(stage.serial());
  const id: string =
    knownId ??
    (await stage.operator.post('/v1/organizations', { kind, legalName, uscc: code, contact, ...figures })).id;
  const admin = await enrol(stage, stage.operator, id, '管理员', ['admin']);
  const maker = await enrol(stage, admin, id, '经办', ['maker']);
  const checker = await enrol(stage, admin, id, '复核', ['checker']);
  return { id, name: legalName, uscc: code, admin, maker, checker };
}

/** A regulator, with a client that reads. */
export async function appearRegulator(stage: Stage, legalName: string): Promise<Client> {
  const body = { kind: 'regulator', legalName, uscc: demoUscc(stage.serial()), contact };
  const { id } = await stage.operator.post('/v1/organizations', body);
  const admin = await enrol(stage, stage.operator, id, '管理员', ['admin']);
  return enrol(stage, admin, id, '监管员', ['regulator']);
}

/** A bank with a second checker and an operator of its book, which is opened on a business date. */
export async function appearBank(stage: Stage, legalName: string, businessDate: string): Promise<Bank> {
  const bank = await appear(stage, { kind: 'bank', legalName, figures: { cnaps: '102451000019' } });
  const second = await enrol(stage, bank.admin, bank.id, '复核二', ['checker']);
  const operator = await enrol(stage, bank.admin, bank.id, '运营', ['operator']);
  await stage.operator.post('/v1/books', { bankId: bank.id, name: `${legalName}账簿`, businessDate });
  return { ...bank, second, operator };
}

/** A verified account of a party, proposed by one person and verified by another. */
export async function openAccount(stage: Stage, party: Party, accountNumber?: string): Promise<Json> {
  const path = `/v1/organizations/${party.id}/settlement-accounts`;
  const proposed = await party.maker.post(path, {
    holderName: party.name,
    accountNumber: accountNumber ?? `16020010090${String(stage.serial()).padStart(8, '0')}88`,
    bankName: '济源示范银行',
    cnaps: '102451000019',
    purpose: 'payout',
  });
  return party.checker.post(`${path}/${proposed.id}/verify`, undefined, proposed.version);
}

type Joining = Readonly<{
  stage: Stage;
  core: Party;
  chainId: string;
  legalName: string;
  tier: number;
  parentMemberId?: string;
  figures?: Readonly<Record<string, unknown>>;
}>;

export type Supplier = Party & Readonly<{ memberId: string }>;

/** A supplier is invited by the core enterprise, registers itself and is verified. */
export async function joinChain({
  stage,
  core,
  chainId,
  legalName,
  tier,
  parentMemberId,
  figures,
}: Joining): Promise<Supplier> {
  const uscc = demoUscc(stage.serial());
  const member = await core.maker.post(`/v1/chains/${chainId}/members`, {
    uscc,
    legalName,
    side: 'upstream',
    tier,
    contact,
    ...(parentMemberId === undefined ? {} : { parentMemberId }),
    industry: 'industry',
    employees: 80,
    annualRevenue: '18000000.00',
    ...figures,
  });
  const party = await appear(stage, { kind: 'enterprise', legalName, uscc }, member.organizationId);
  const registered = await party.maker.post(`/v1/chains/${chainId}/members/${member.id}/register`, {}, member.version);
  await stage.operator.post(`/v1/chains/${chainId}/members/${member.id}/verify`, {}, registered.version);
  return { ...party, memberId: member.id };
}

export type ProductTerms = Readonly<Record<string, unknown>>;

/** Terms of a product that change little from bank to bank. */
export const ordinaryTerms = (changes: ProductTerms = {}): ProductTerms => ({
  enabled: true,
  advanceRatio: '0.800000',
  minTenorDays: 1,
  maxTenorDays: 365,
  graceDays: 0,
  pricing: { reference: 'lpr_1y', spreadBp: 120, fixedRate: null, debtorShare: '0.000000', feeRate: '0.001000' },
  penaltyUplift: '0.500000',
  compound: false,
  waterfall: ['fees', 'compoundInterest', 'penaltyInterest', 'interest', 'principal'],
  eligibility: { scales: [], maxTier: 5, requiredTags: [], minFace: '0.01' },
  extension: { allowed: true, maxDays: 90 },
  vatExemptSmallLoans: false,
  ...changes,
});

/** Terms of a programme that discounts bills at a fixed rate, outright or with redemption. */
export const discountTerms = (changes: ProductTerms = {}): ProductTerms =>
  ordinaryTerms({
    advanceRatio: '1.000000',
    pricing: { reference: 'fixed', spreadBp: 0, fixedRate: '0.021500', debtorShare: '0.000000', feeRate: '0.000000' },
    ...changes,
  });
export const discountSection = (changes: ProductTerms = {}): ProductTerms => ({
  acceptorKinds: ['commercial', 'bank'],
  mostBuyerShare: '1.000000',
  firmForMinutes: 30,
  repoAllowed: true,
  ...changes,
});

type Offer = Readonly<{
  bank: Bank;
  core: Party;
  chainId: string;
  effectiveFrom: string;
  products: Readonly<Record<string, ProductTerms>>;
  /** What the programme says about discounts of bills, when it offers them. */
  billDiscount?: ProductTerms;
  authority?: readonly Json[];
}>;

/** A bank that the core enterprise admits draws up a programme for its chain; a second person approves its terms. */
export async function offerProgramme(offer: Offer): Promise<string> {
  const { bank, core, chainId, effectiveFrom, products, billDiscount, authority } = offer;
  await core.maker.post(`/v1/chains/${chainId}/banks`, { bankId: bank.id });
  const programme = await bank.maker.post('/v1/programmes', { chainId, name: '综合金融服务方案' });
  const draft = await bank.maker.post(`/v1/programmes/${programme.id}/versions`, {
    effectiveFrom,
    terms: {
      products,
      ...(billDiscount === undefined ? {} : { billDiscount }),
      authority: authority ?? [{ upTo: null, approval: 'one', tag: null }],
    },
  });
  const submitted = await bank.maker.post(`/v1/programme-versions/${draft.id}/submit`, undefined, draft.version);
  await bank.checker.post(`/v1/programme-versions/${draft.id}/approve`, {}, submitted.version);
  return programme.id;
}

type Grant = Readonly<{
  bank: Bank;
  kind: string;
  amount: string;
  expiresOn: string;
  place: Readonly<Record<string, string>>;
}>;

/** A limit opened by one person of the bank and approved by another. */
async function grantLimit({ bank, kind, amount, expiresOn, place }: Grant): Promise<string> {
  const node = await bank.maker.post('/v1/limits', {
    kind,
    amount,
    expiresOn,
    revolving: true,
    reason: '年度授信',
    ...place,
  });
  await bank.checker.post(`/v1/limits/${node.id}/approve`, {}, node.version);
  return node.id;
}

type Tree = Readonly<{ bank: Bank; coreId: string; programmeId: string; expiresOn: string; amount: string }>;

/** The upper two levels of a limit tree: the group of the core enterprise, and the programme. */
export async function growTree({ bank, coreId, programmeId, expiresOn, amount }: Tree): Promise<string> {
  const group = await grantLimit({ bank, kind: 'group', amount, expiresOn, place: { orgId: coreId } });
  return grantLimit({ bank, kind: 'programme', amount, expiresOn, place: { parentId: group, programmeId } });
}

type Branch = Readonly<{
  bank: Bank;
  treeId: string;
  orgId: string;
  products: readonly string[];
  expiresOn: string;
  amount: string;
}>;

/** The lower two levels: a member and its products. */
export async function growBranch(branch: Branch): Promise<void> {
  const { bank, treeId, orgId, expiresOn, amount } = branch;
  const member = await grantLimit({ bank, kind: 'member', amount, expiresOn, place: { parentId: treeId, orgId } });
  for (const product of branch.products) {
    await grantLimit({ bank, kind: 'product', amount, expiresOn, place: { parentId: member, product } });
  }
}
