import type { Test } from 'tap';
import {
  appearBank,
  type Bank,
  growTree,
  offerProgramme,
  ordinaryTerms,
  type Party,
  type ProductTerms,
} from '../../src/demo/cast.ts';
import type { Json } from '../../src/demo/client.ts';
import { financingScene } from './financing-scene.ts';

/** The formula of the examples: 30 % of annual volume at a full score. */
export const creditTerms = (changes: Json = {}, credit: Json = {}): ProductTerms =>
  ordinaryTerms({
    credit: {
      observedMonths: 12,
      volumeShare: '0.300000',
      maxAmount: '3000000.00',
      factors: [
        { input: 'monthsOfTrade', weight: '0.300000', worst: '0', best: '6' },
        { input: 'disputeRate', weight: '0.200000', worst: '0.100000', best: '0' },
        { input: 'dilutionRate', weight: '0.200000', worst: '0.200000', best: '0' },
        { input: 'onTimeRate', weight: '0.200000', worst: '0.500000', best: '1' },
        { input: 'concentration', weight: '0.100000', worst: '1', best: '0.500000' },
      ],
      declineBelow: '0.300000',
      referBelow: '0.600000',
      declarationMonths: 12,
      ...credit,
    },
    ...changes,
  });

/** Figures whose need of working capital is 6,600,000.00, of which loans must cover 2,500,000.00. */
export const figures = (changes: Json = {}): Json => ({
  sales: '30000000.00',
  profitMargin: '0.120000',
  growth: '0',
  inventoryDays: '45',
  receivableDays: '75',
  payableDays: '40',
  prepaidDays: '15',
  advanceReceivedDays: '5',
  ownFunds: '3000000.00',
  otherFunds: '1100000.00',
  outsideLoans: '0.00',
  ...changes,
});

/** The demo chain where a supplier has a record of trade, and banks that lend on it. */
export async function creditScene(t: Pick<Test, 'teardown'>, openedOn: string) {
  const scene = await financingScene(t, openedOn);
  const { core, supplier, chainId, sql, stage } = scene;
  let references = 0;

  /** A confirmed receivable of some day in the past. */
  async function traded(face: string, issueDate: string, dueDate: string, creditor: Party = supplier): Promise<Json> {
    references += 1;
    const row = await core.maker.post(`/v1/chains/${chainId}/receivables`, {
      debtorId: core.id,
      creditorId: creditor.id,
      reference: `TR-${references}`,
      face,
      issueDate,
      dueDate,
    });
    return core.checker.post(`/v1/receivables/${row.id}/confirmation`, {}, row.version);
  }

  async function limitFor(bank: Bank, parentId: string, place: Json, amount: string): Promise<string> {
    const node = await bank.maker.post('/v1/limits', {
      amount,
      expiresOn: '2099-12-31',
      revolving: true,
      reason: '年度授信',
      parentId,
      ...place,
    });
    await bank.checker.post(`/v1/limits/${node.id}/approve`, {}, node.version);
    return node.id;
  }

  /** Room for credit loans of a member under a programme of a bank. */
  async function grantCredit(bank: Bank, programmeId: string, orgId: string, amount = '10000000.00'): Promise<void> {
    const nodes = await sql('select id, kind, org_id from limit_node where programme_id = $1', [programmeId]);
    const programme = nodes.find(({ kind }) => kind === 'programme');
    const member =
      nodes.find((node) => node.kind === 'member' && node.org_id === orgId)?.id ??
      (await limitFor(bank, programme.id, { kind: 'member', orgId }, amount));
    await limitFor(bank, member, { kind: 'product', product: 'credit_loan' }, amount);
  }

  /** Another bank that offers credit on the same chain. */
  async function secondBank(terms: ProductTerms, authority?: readonly Json[]) {
    const bank = await appearBank(stage, '外地银行股份有限公司', openedOn);
    const programmeId = await offerProgramme({
      bank,
      core,
      chainId,
      effectiveFrom: openedOn,
      products: { credit_loan: terms },
      ...(authority === undefined ? {} : { authority }),
    });
    await growTree({ bank, coreId: core.id, programmeId, expiresOn: '2099-12-31', amount: '50000000.00' });
    return { bank, programmeId };
  }

  return { ...scene, traded, grantCredit, secondBank };
}
