import { uuidv7 } from 'uuidv7';
import { parseMoney } from '../money/decimal.ts';
import { shanghaiDate } from '../platform/clock.ts';
import { Refusal } from '../platform/refusal.ts';
import type { Command, UseCase } from '../platform/unit-of-work.ts';
import type { Workspace } from '../platform/workspace.ts';
import { tradeDocumentAnswer } from './answers.ts';
import {
  chainFor,
  keyOfInvoice,
  type LoadedRecordings,
  loadRecordings,
  type NewDocument,
  type Recording,
} from './document-loading.ts';
import { claimKey, requireAmounts, requireContract, requireIssued, requireTrade, tradeKey } from './document-rules.ts';
import { type TradeDocumentRow, tradeDocuments } from './document-store.ts';
import { tellDocument } from './events.ts';
import { requireActiveChain } from './rules.ts';

export type TradeDocumentAnswer = ReturnType<typeof tradeDocumentAnswer>;

const amountOf = (text: string | undefined) => (text === undefined ? null : parseMoney(text));

/** Records one document. Everything is checked before anything changes. */
function recordOne(
  work: Workspace,
  command: Command<Recording>,
  item: NewDocument,
  loaded: LoadedRecordings,
): TradeDocumentRow {
  const { actor, now } = command;
  const chain = chainFor(command, loaded);
  if (actor.orgId !== item.sellerId && actor.orgId !== item.buyerId) {
    throw new Refusal('not-a-party', 'only the seller or the buyer records a document', {
      field: '/sellerId',
      accepted: 'your own organization as seller or buyer',
    });
  }
  requireActiveChain(chain);
  const place = requireTrade(loaded.trades.get(tradeKey(chain.id, item)));
  const amounts = {
    amount: amountOf(item.amount),
    taxAmount: amountOf(item.taxAmount),
    netAmount: amountOf(item.netAmount),
  };
  requireAmounts(item.kind, amounts);
  requireIssued(item.issuedOn, shanghaiDate(now));
  if (item.kind !== 'invoice' && item.invoiceCode !== undefined) {
    throw new Refusal('invalid-input', 'only an invoice has a code', { field: '/invoiceCode', accepted: 'nothing' });
  }
  if (item.contractId !== undefined) requireContract(loaded.contracts.get(item.contractId), item, chain.id);
  const row: TradeDocumentRow = {
    ...amounts,
    id: uuidv7(),
    chainId: chain.id,
    coreId: chain.coreId,
    memberId: place.id,
    kind: item.kind,
    number: item.number,
    invoiceCode: item.invoiceCode ?? null,
    invoiceKey: keyOfInvoice(item, loaded.organizations),
    sellerId: item.sellerId,
    buyerId: item.buyerId,
    issuedOn: item.issuedOn,
    contractId: item.contractId ?? null,
    sha256: item.sha256,
    storageReference: item.storageReference ?? null,
    status: 'recorded',
    voidReason: null,
    recordedBy: actor.orgId,
    version: 1,
    createdAt: now.toISOString(),
  };
  if (!loaded.claims.take(claimKey(row))) throw numberTaken(row);
  work.insert(tradeDocuments, row);
  tellDocument(work, 'trade_document.recorded', row);
  return row;
}

/** The same answer whosever the document with this number is. */
const numberTaken = ({ kind }: TradeDocumentRow): Refusal =>
  kind === 'invoice'
    ? new Refusal('duplicate-invoice', 'this invoice is recorded already', {
        field: '/number',
        accepted: 'an invoice that is not recorded on the platform yet',
      })
    : new Refusal('already-exists', `the two have recorded this ${kind} already`, {
        field: '/number',
        accepted: 'another number',
      });

const shape = {
  lane: ({ input }: Command<Recording>) => input.chainId,
  scope: ({ input }: Command<Recording>) => [input.chainId],
  load: loadRecordings,
} as const;

/** Seller or buyer records a contract, an order, an invoice or a logistics document of their trade. */
export const recordDocument: UseCase<Recording, TradeDocumentAnswer, LoadedRecordings> = {
  ...shape,
  name: 'trade-document.record',
  status: 201,
  decide: (work, command, loaded) =>
    tradeDocumentAnswer(recordOne(work, command, command.input.items[0] as NewDocument, loaded)),
};

export type RecordResult = Readonly<
  | { line: number; outcome: 'recorded'; id: string }
  | { line: number; outcome: 'refused'; code: string; message: string; field: string | null; accepted: string | null }
>;
export type RecordResults = Readonly<{ recorded: number; refused: number; results: RecordResult[] }>;

/** Many at once: each is recorded or refused on its own, results in the order of the input. */
export const recordDocuments: UseCase<Recording, RecordResults, LoadedRecordings> = {
  ...shape,
  name: 'trade-document.record-many',
  decide: (work, command, loaded) => {
    chainFor(command, loaded);
    const results = command.input.items.map((item, index): RecordResult => {
      try {
        const { id } = recordOne(work, command, item, loaded);
        return { line: index + 1, outcome: 'recorded', id };
      } catch (error) {
        if (!(error instanceof Refusal)) throw error;
        const { code, message, detail } = error;
        const field = detail.field === undefined ? null : `/items/${index}${detail.field}`;
        return { line: index + 1, outcome: 'refused', code, message, field, accepted: detail.accepted ?? null };
      }
    });
    const recorded = results.filter(({ outcome }) => outcome === 'recorded').length;
    return { recorded, refused: results.length - recorded, results };
  },
};
