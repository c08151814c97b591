import { type OrganizationRow, organizations } from '../identity/store.ts';
import type { IsoDate } from '../money/dates.ts';
import { Refusal } from '../platform/refusal.ts';
import type { Command } from '../platform/unit-of-work.ts';
import type { Workspace } from '../platform/workspace.ts';
import { claimKey, invoiceKey, pairOf, tradeKey } from './document-rules.ts';
import {
  type Claims,
  claimNumbers,
  type DocumentKind,
  type TradeDocumentRow,
  tradeDocuments,
} from './document-store.ts';
import { partyTo, type Standing } from './party.ts';
import { banksOf, type ChainRow, chains, type MemberRow, membersOf } from './store.ts';

/** A document as it is sent in; money is text in yuan. */
export type NewDocument = Readonly<{
  kind: DocumentKind;
  number: string;
  invoiceCode?: string;
  sellerId: string;
  buyerId: string;
  amount?: string;
  taxAmount?: string;
  netAmount?: string;
  issuedOn: IsoDate;
  contractId?: string;
  /** Of the file the document is kept in. */
  sha256: string;
  /** Where the sender keeps that file. */
  storageReference?: string;
}>;

export type Recording = Readonly<{ chainId: string; items: readonly NewDocument[] }>;

export type LoadedRecordings = Readonly<{
  chains: ReadonlyMap<string, ChainRow>;
  /** Places in these chains by whom they let trade with each other; see tradeKey. */
  trades: ReadonlyMap<string, MemberRow>;
  standing: Standing;
  organizations: ReadonlyMap<string, OrganizationRow>;
  contracts: ReadonlyMap<string, TradeDocumentRow>;
  claims: Claims;
}>;

const byId = <Row extends { readonly id: string }>(rows: readonly Row[]): Map<string, Row> =>
  new Map(rows.map((row) => [row.id, row]));

/** Claims the numbers of all documents of the batch, and reads who trades with whom. */
export async function loadRecordings(
  work: Workspace,
  commands: readonly Command<Recording>[],
): Promise<LoadedRecordings> {
  const items = commands.flatMap(({ input }) => input.items);
  const chainIds = [...new Set(commands.map(({ input }) => input.chainId))];
  const parties = new Set(items.flatMap(({ sellerId, buyerId }) => [sellerId, buyerId]));
  const orgIds = new Set([...parties, ...commands.map(({ actor }) => actor.orgId)]);
  const present = byId(await work.read(chains, 'id', chainIds));
  const places = await membersOf(work, { chainIds, orgIds });
  const sellers = byId(
    await work.read(
      organizations,
      'id',
      items.map(({ sellerId }) => sellerId),
    ),
  );
  const contractIds = items.flatMap(({ contractId }) => contractId ?? []);
  const contracts = byId(await work.lock(tradeDocuments, contractIds));
  const chainOfKey = new Map<string, string>();
  for (const { input } of commands) {
    for (const item of input.items) {
      const key = keyOf(item, input.chainId, sellers);
      if (key !== undefined) chainOfKey.set(key, input.chainId);
    }
  }
  return {
    chains: present,
    trades: new Map(places.map((place) => [tradeKey(place.chainId, pairOf(place)), place])),
    standing: { banks: await banksOf(work, chainIds), places },
    organizations: sellers,
    contracts,
    claims: await claimNumbers(work, chainOfKey),
  };
}

/** The key to claim; none for a document whose number will be refused anyway. */
function keyOf(item: NewDocument, chainId: string, sellers: ReadonlyMap<string, OrganizationRow>): string | undefined {
  try {
    return claimKey({ ...item, chainId, invoiceKey: keyOfInvoice(item, sellers) });
  } catch (error) {
    if (error instanceof Refusal) return undefined;
    throw error;
  }
}

/** The key of an invoice, null for other documents. */
export const keyOfInvoice = (item: NewDocument, sellers: ReadonlyMap<string, OrganizationRow>): string | null =>
  item.kind === 'invoice'
    ? invoiceKey({
        number: item.number,
        code: item.invoiceCode ?? null,
        sellerUscc: sellers.get(item.sellerId)?.uscc ?? item.sellerId,
      })
    : null;

/** The chain, for who sees it: a chain of others is answered like none. */
export function chainFor(
  { actor, input }: Command<Recording>,
  { chains: present, standing }: LoadedRecordings,
): ChainRow {
  const chain = present.get(input.chainId);
  if (chain === undefined || partyTo(actor, chain, { standing }) === undefined) {
    throw new Refusal('not-found', `there is no chain ${input.chainId}`);
  }
  return chain;
}
