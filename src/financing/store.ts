import {
  bool,
  date,
  decimal,
  defineTable,
  instant,
  int,
  json,
  money,
  nullable,
  oneOf,
  type RowOf,
  text,
  uuid,
  wholeNumber,
} from '../platform/table.ts';
import type { FinancedProduct, ProductTerms } from '../programme/terms.ts';
import type { FinancingStatus } from './lifecycle.ts';
import type { RiskClass } from './loan-rules.ts';

/** A change that waits for a second person: an extension, a write-off, a better risk class. */
export type PendingChange = Readonly<{
  action: 'extend' | 'write_off' | 'reclassify' | 'declare_slip';
  taskId: string;
  dueDate?: string;
  riskClass?: RiskClass;
}>;

const financingColumns = {
  id: uuid,
  bookId: uuid,
  chainId: uuid,
  programmeId: uuid,
  programmeVersion: int,
  product: oneOf<FinancedProduct>(),
  number: text,
  borrowerId: uuid,
  debtorId: nullable(uuid),
  status: oneOf<FinancingStatus>(),
  face: money,
  amount: money,
  terms: json<ProductTerms>(),
  rate: decimal,
  referenceRate: nullable(decimal),
  referenceOn: nullable(date),
  penaltyRate: decimal,
  vatRate: decimal,
  fee: money,
  discount: money,
  debtorDiscount: money,
  valueDate: nullable(date),
  dueDate: date,
  maturityDate: date,
  overdueFrom: date,
  principal: money,
  accruing: oneOf<'none' | 'contract' | 'penalty' | 'discount'>(),
  segmentFrom: nullable(date),
  interestNumerator: wholeNumber,
  penaltyNumerator: wholeNumber,
  compoundNumerator: wholeNumber,
  compoundBase: money,
  interestPaid: money,
  penaltyPaid: money,
  compoundPaid: money,
  riskClass: oneOf<RiskClass>(),
  overdueSince: nullable(date),
  /** Two people have declared the delay a technical slip. */
  technicalSlip: bool,
  extensions: int,
  shortfall: money,
  /** What of the principal was put to another use, and the rate that this bears until it is put right. */
  misused: money,
  misuseRate: decimal,
  pending: json<PendingChange | null>(),
  payeeAccountId: nullable(uuid),
  limitPath: json<readonly string[]>(),
  /** The last day on which collateral and limits stay reserved for it, unless it is paid out. */
  reservedUntil: nullable(date),
  approvalLevel: nullable(oneOf<'auto' | 'one' | 'two'>()),
  /** The rule of the authority matrix that set the level. */
  approvalRule: nullable(text),
  approvalId: nullable(uuid),
  /** The approval asked of a guarantor, which the financing waits for beside that of the bank. */
  guaranteeTaskId: nullable(uuid),
  registrationId: nullable(uuid),
  paymentId: nullable(uuid),
  settledOn: nullable(date),
  note: nullable(text),
  version: int,
  createdAt: instant,
} as const;

export type FinancingRow = RowOf<typeof financingColumns>;

/** A financing changes in these columns only: who, what and for how much are fixed when it is drawn up. */
export const financings = defineTable('financing', {
  rank: 50,
  key: 'id',
  columns: financingColumns,
  changeable: [
    'status',
    'rate',
    'referenceRate',
    'referenceOn',
    'penaltyRate',
    'vatRate',
    'discount',
    'debtorDiscount',
    'fee',
    'valueDate',
    'dueDate',
    'maturityDate',
    'overdueFrom',
    'principal',
    'accruing',
    'segmentFrom',
    'interestNumerator',
    'penaltyNumerator',
    'compoundNumerator',
    'compoundBase',
    'interestPaid',
    'penaltyPaid',
    'compoundPaid',
    'riskClass',
    'overdueSince',
    'technicalSlip',
    'extensions',
    'shortfall',
    'misused',
    'misuseRate',
    'pending',
    'limitPath',
    'reservedUntil',
    'approvalLevel',
    'approvalRule',
    'approvalId',
    'guaranteeTaskId',
    'registrationId',
    'paymentId',
    'settledOn',
    'note',
    'version',
  ],
});

/** What may back a financing. */
export type ItemKind = 'holding' | 'bill_holding' | 'lot' | 'receipt' | 'order';

const itemColumns = {
  financingId: uuid,
  itemId: uuid,
  bookId: uuid,
  borrowerId: uuid,
  kind: oneOf<ItemKind>(),
  receivableId: nullable(uuid),
  amount: money,
} as const;
export type FinancingItemRow = RowOf<typeof itemColumns>;
export const financingItems = defineTable('financing_item', {
  rank: 51,
  key: 'itemId',
  columns: itemColumns,
  changeable: [],
});

/** Whose money repays. */
export const repaymentSources = [
  'borrower',
  'collection',
  'recourse',
  'recovery',
  'top_up',
  'guarantee',
  'risk_pool',
  'rollover',
] as const;
export type RepaymentSource = (typeof repaymentSources)[number];

const repaymentColumns = {
  id: uuid,
  bookId: uuid,
  financingId: uuid,
  borrowerId: uuid,
  source: oneOf<RepaymentSource>(),
  paidOn: date,
  amount: money,
  fees: money,
  penalty: money,
  compound: money,
  interest: money,
  principal: money,
  journalId: uuid,
  createdAt: instant,
} as const;
export type RepaymentRow = RowOf<typeof repaymentColumns>;
export const repayments = defineTable('repayment', { rank: 53, key: 'id', columns: repaymentColumns, changeable: [] });
