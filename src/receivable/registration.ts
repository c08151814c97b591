import { uuidv7 } from 'uuidv7';
import { invoiceKey } from '../chain/document-rules.ts';
import type { ChainRow, MemberRow } from '../chain/store.ts';
import { chains, membersOf } from '../chain/store.ts';
import { type OrganizationRow, organizations } from '../identity/store.ts';
import { addDays, addMonths, type IsoDate } from '../money/dates.ts';
import { Decimal, formatMoney } from '../money/decimal.ts';
import type { Actor } from '../platform/actor.ts';
import { shanghaiDate } from '../platform/clock.ts';
import { Refusal } from '../platform/refusal.ts';
import type { Command, UseCase } from '../platform/unit-of-work.ts';
import type { Workspace } from '../platform/workspace.ts';
import { loadReference, type Reference } from '../reference/store.ts';
import { receivableAnswer } from './answer.ts';
import { checkCertificateTenor } from './rules.ts';
import { knownInvoices, type ReceivableRow, receivables } from './store.ts';

export type NewReceivable = Readonly<{
  debtorId: string;
  creditorId: string;
  /** The creditor's own number for the claim. */
  reference: string;
  /** VAT invoice: 20 digits, or 8 with the code of 10 or 12 digits. */
  invoiceNumber: string | null;
  invoiceCode: string | null;
  face: Decimal;
  issueDate: IsoDate;
  dueDate: IsoDate;
  /** The day the goods were accepted, from which a large buyer's payment term to a small firm counts. */
  goodsAcceptedOn: IsoDate | null;
}>;

type Register = Readonly<{ chainId: string; items: readonly NewReceivable[] }>;

type Loaded = Readonly<{
  chains: ReadonlyMap<string, ChainRow>;
  /** By chain and organization. */
  members: ReadonlyMap<string, MemberRow>;
  organizations: ReadonlyMap<string, OrganizationRow>;
  reference: Reference;
  /** Invoices that stand for a receivable already, this batch's own included. */
  invoices: Set<string>;
}>;

/** What makes two claims the same: the invoice, wherever and however it is shown; without one, seller and reference. */
function claimKey(item: NewReceivable, seller: OrganizationRow | undefined): string {
  const sellerUscc = seller?.uscc ?? item.creditorId;
  if (item.invoiceNumber !== null)
    return invoiceKey({ number: item.invoiceNumber, code: item.invoiceCode, sellerUscc });
  if (item.invoiceCode === null) return `${sellerUscc} ${item.reference}`;
  throw new Refusal('invalid-input', 'an invoice code goes with its number', {
    field: '/invoiceNumber',
    accepted: '8 digits',
  });
}

/** The key, or nothing when the invoice is malformed: its line is refused when it is decided on. */
function claimKeyOrNone(item: NewReceivable, seller: OrganizationRow | undefined): string[] {
  try {
    return [claimKey(item, seller)];
  } catch {
    return [];
  }
}

async function load(work: Workspace, commands: readonly Command<Register>[]): Promise<Loaded> {
  const chainIds = commands.map(({ input }) => input.chainId);
  const parties = new Set(commands.flatMap(({ input }) => input.items.flatMap((i) => [i.debtorId, i.creditorId])));
  const orgs = new Map((await work.read(organizations, 'id', parties)).map((org) => [org.id, org]));
  const keys = commands.flatMap(({ input }) =>
    input.items.flatMap((item) => claimKeyOrNone(item, orgs.get(item.creditorId))),
  );
  const memberRows = await membersOf(work, { chainIds, orgIds: parties });
  return {
    chains: new Map((await work.read(chains, 'id', chainIds)).map((chain) => [chain.id, chain])),
    members: new Map(
      memberRows
        .filter(({ side }) => side === 'upstream')
        .map((member) => [`${member.chainId} ${member.orgId}`, member]),
    ),
    organizations: orgs,
    reference: await loadReference(work),
    invoices: new Set(await knownInvoices(work, keys)),
  };
}

/** Refuses unless the two trade on this chain: the debtor is the core enterprise, or the verified member that the creditor supplies. */
function requireTrade(chain: ChainRow, item: NewReceivable, { members: byOrg }: Loaded): void {
  const creditor = byOrg.get(`${chain.id} ${item.creditorId}`);
  if (creditor?.status !== 'verified') {
    throw new Refusal('not-a-verified-supplier', 'the creditor is not a verified supplier of this chain', {
      field: '/creditorId',
      accepted: 'a verified upstream member of the chain',
    });
  }
  const known = item.debtorId === chain.coreId || byOrg.get(`${chain.id} ${item.debtorId}`)?.status === 'verified';
  if (!known || creditor.counterpartyId !== item.debtorId) {
    throw new Refusal('no-trade-between', 'the creditor does not supply the debtor on this chain', {
      field: '/debtorId',
      accepted: 'the organization that the supplier trades with on the chain, verified',
    });
  }
}

/** Warnings and refusals of the law on tenor (银发〔2025〕77号 art. 11) and payment terms (保障中小企业款项支付条例 art. 9). */
function lawfulTerms(item: NewReceivable, today: IsoDate, { reference, organizations: orgs }: Loaded): string[] {
  if (item.dueDate <= item.issueDate) {
    throw new Refusal('invalid-input', 'the due date is not after the issue date', {
      field: '/dueDate',
      accepted: `a day after ${item.issueDate}`,
    });
  }
  const warnings: string[] = [];
  const normal = reference.parameter('cert.normalTenorMonths', today)?.value.toNumber();
  const max = reference.parameter('cert.maxTenorMonths', today)?.value.toNumber();
  if (normal !== undefined && max !== undefined) {
    const verdict = checkCertificateTenor(item.issueDate, item.dueDate, normal, max);
    if (verdict === 'REJECT') {
      throw new Refusal('tenor-too-long', `a receivable certificate may run ${max} months at most`, {
        field: '/dueDate',
        accepted: `not after ${addMonths(item.issueDate, max)}`,
      });
    }
    if (verdict === 'REVIEW') warnings.push('tenor-above-normal');
  }
  const termDays = reference.parameter('sme.payDays.large', today)?.value.toNumber();
  const small = ['micro', 'small', 'medium'].includes(orgs.get(item.creditorId)?.scale ?? '');
  const large = orgs.get(item.debtorId)?.scale === 'large';
  const accepted = item.goodsAcceptedOn ?? item.issueDate;
  if (termDays !== undefined && small && large && item.dueDate > addDays(accepted, termDays))
    warnings.push('payment-term-too-long');
  return warnings;
}

function registerOne(work: Workspace, command: Command<Register>, item: NewReceivable, loaded: Loaded): ReceivableRow {
  const { actor, now, input } = command;
  const chain = loaded.chains.get(input.chainId);
  if (chain === undefined) throw new Refusal('not-found', 'there is no such chain', { field: '/chainId' });
  requireRegistrant(actor, item);
  if (chain.status !== 'active')
    throw new Refusal('chain-suspended', 'the chain takes no new business', { field: '/chainId' });
  requireTrade(chain, item, loaded);
  const warnings = lawfulTerms(item, shanghaiDate(now), loaded);
  const key = claimKey(item, loaded.organizations.get(item.creditorId));
  if (loaded.invoices.has(key)) {
    throw new Refusal('duplicate-invoice', 'this invoice stands for a receivable already', {
      field: item.invoiceNumber === null ? '/reference' : '/invoiceNumber',
      accepted: 'an invoice that is not registered on the platform yet',
    });
  }
  loaded.invoices.add(key);
  work.onUndo(() => loaded.invoices.delete(key));
  const zero = new Decimal(0);
  const row: ReceivableRow = {
    id: uuidv7(),
    chainId: chain.id,
    debtorId: item.debtorId,
    creditorId: item.creditorId,
    reference: item.reference,
    invoiceKey: key,
    stage: 'registered',
    payment: 'open',
    face: item.face,
    confirmed: zero,
    credited: zero,
    paid: zero,
    disputed: zero,
    issueDate: item.issueDate,
    dueDate: item.dueDate,
    goodsAcceptedOn: item.goodsAcceptedOn,
    warnings,
    note: null,
    rejectionCode: null,
    registeredBy: actor.personId,
    confirmedAt: null,
    version: 1,
    createdAt: now.toISOString(),
  };
  work.insert(receivables, row);
  work.emit({
    kind: 'receivable.registered',
    objectKind: 'receivable',
    objectId: row.id,
    scopeId: row.chainId,
    parties: [row.debtorId, row.creditorId],
    data: { reference: row.reference, face: formatMoney(row.face), dueDate: row.dueDate, warnings },
  });
  return row;
}

function requireRegistrant(actor: Actor, item: NewReceivable): void {
  if (actor.orgId === item.creditorId || actor.orgId === item.debtorId) return;
  throw new Refusal('not-a-party', 'only the creditor or the debtor registers a receivable', {
    field: '/creditorId',
    accepted: 'your own organization as creditor or debtor',
  });
}

const shape = {
  lane: ({ input }: Command<Register>) => input.chainId,
  scope: ({ input }: Command<Register>) => [input.chainId],
  load,
} as const;

/** A supplier registers one receivable, or its debtor uploads it. */
export const registerReceivable: UseCase<Register, ReturnType<typeof receivableAnswer>, Loaded> = {
  ...shape,
  name: 'receivable.register',
  status: 201,
  decide: (work, command, loaded) =>
    receivableAnswer(registerOne(work, command, command.input.items[0] as NewReceivable, loaded)),
};

export type ItemResult = Readonly<
  | { line: number; outcome: 'registered'; id: string; warnings: readonly string[] }
  | { line: number; outcome: 'refused'; code: string; message: string; field?: string; accepted?: string }
>;

/** Many at once: each line is registered or refused on its own, results in the order of the lines. */
export const registerReceivables: UseCase<
  Register,
  { registered: number; refused: number; results: ItemResult[] },
  Loaded
> = {
  ...shape,
  name: 'receivable.register_many',
  decide: (work, command, loaded) => {
    const results = command.input.items.map((item, line): ItemResult => {
      try {
        const { id, warnings } = registerOne(work, command, item, loaded);
        return { line, outcome: 'registered', id, warnings };
      } catch (error) {
        if (!(error instanceof Refusal)) throw error;
        const { field, accepted } = error.detail;
        return {
          line,
          outcome: 'refused',
          code: error.code,
          message: error.message,
          ...(field === undefined ? {} : { field: `/items/${line}${field}` }),
          ...(accepted === undefined ? {} : { accepted }),
        };
      }
    });
    const refused = results.filter(({ outcome }) => outcome === 'refused').length;
    return { registered: results.length - refused, refused, results };
  },
};
