import { Type } from '@fastify/type-provider-typebox';
import { Contact, RegistrationBody } from '../identity/schemas.ts';
import {
  Count,
  component,
  Day,
  Digest,
  Id,
  Instant,
  Money,
  Name,
  Note,
  nullable,
  object,
  oneOf,
  PositiveMoney,
  Reference,
  Uscc,
  Version,
} from '../platform/http/schemas.ts';
import { importColumns } from './import-row.ts';
import { admissionLifecycle, chainLifecycle, documentLifecycle, memberLifecycle } from './lifecycle.ts';
import { DEEPEST_TIER } from './rules.ts';

export const InChain = object({ chainId: Id });
export const OfBank = object({ chainId: Id, bankId: Id });
export const OfMember = object({ chainId: Id, memberId: Id });
export const OfDocument = object({ chainId: Id, documentId: Id });
export const OfImport = object({ chainId: Id, importId: Id });

export const ChainStatus = oneOf(chainLifecycle.states);
export const MemberStatus = oneOf(memberLifecycle.states);
export const Side = oneOf(['upstream', 'downstream'], {
  description: 'Upstream sells towards the core enterprise, downstream buys from it.',
});
export const Tier = Type.Integer({
  minimum: 1,
  maximum: DEEPEST_TIER,
  description: '1 trades with the core enterprise, n + 1 with a member of tier n.',
  examples: [1],
});
const PaymentTermDays = Type.Integer({
  minimum: 0,
  maximum: 720,
  description: 'Days from the acceptance of goods to payment that the two have agreed on.',
  examples: [60],
});

export const Chain = component(
  'Chain',
  object({
    id: Id,
    coreId: Id,
    coreName: Name,
    name: Name,
    status: ChainStatus,
    version: Version,
    createdAt: Instant,
  }),
);

export const ChainBody = object({ coreId: Id, name: Name });

export const AdmissionStatus = oneOf(admissionLifecycle.states, {
  description: 'A withdrawn bank takes no new business on the chain and runs off what it has.',
});
export const ChainBank = component(
  'ChainBank',
  object({ chainId: Id, bankId: Id, status: AdmissionStatus, version: Version, createdAt: Instant }),
);
export const AdmissionBody = object({ bankId: Id });

export const Member = component(
  'Member',
  object(
    {
      id: Id,
      chainId: Id,
      organizationId: Id,
      legalName: Name,
      uscc: Uscc,
      side: Side,
      tier: Tier,
      parentMemberId: nullable(Id),
      counterpartyId: Id,
      status: MemberStatus,
      paymentTermDays: nullable(PaymentTermDays),
      contact: nullable(Contact),
      settlementAccountId: nullable(Id),
      version: Version,
      createdAt: Instant,
    },
    { description: 'A place in a chain. To the tier above or below, terms, contact and account are null.' },
  ),
);

const { industry, employees, annualRevenue, totalAssets, tags } = RegistrationBody.properties;

export const InvitationBody = object(
  {
    uscc: Uscc,
    legalName: Name,
    side: Side,
    tier: Tier,
    parentMemberId: Type.Optional(nullable(Id)),
    paymentTermDays: Type.Optional(nullable(PaymentTermDays)),
    contact: Type.Optional(nullable(Contact)),
    ...{ industry, employees, annualRevenue, totalAssets, tags },
  },
  { description: 'Contact, industry and figures are needed for an organization that is new to the platform.' },
);

export const MemberChange = Type.Object(
  {
    place: Type.Optional(object({ tier: Tier, parentMemberId: nullable(Id) })),
    paymentTermDays: Type.Optional(nullable(PaymentTermDays)),
    contact: Type.Optional(nullable(Contact)),
    settlementAccountId: Type.Optional(nullable(Id)),
  },
  { additionalProperties: false, minProperties: 1 },
);

export const RegisterBody = object({
  settlementAccountId: Type.Optional(nullable(Id)),
  ...{ industry, employees, annualRevenue, totalAssets },
});
export const ReasonBody = object({ reason: Type.Optional(nullable(Note)) });

export const DocumentKind = oneOf(['contract', 'order', 'invoice', 'logistics']);
export const DocumentStatus = oneOf(documentLifecycle.states);
const InvoiceCode = Type.String({
  pattern: '^(\\d{10}|\\d{12})$',
  description: 'Code of an invoice with a number of 8 digits.',
  examples: ['3700204130'],
});
const StorageReference = Type.String({
  pattern: '^[!-~]{1,500}$',
  description: 'Where the sender keeps the file; the platform keeps its hash.',
  examples: ['oss://contracts/2026/JN-0815.pdf'],
});

export const DocumentBody = object({
  kind: DocumentKind,
  number: Reference,
  invoiceCode: Type.Optional(InvoiceCode),
  sellerId: Id,
  buyerId: Id,
  amount: Type.Optional(PositiveMoney),
  taxAmount: Type.Optional(Money),
  netAmount: Type.Optional(Money),
  issuedOn: Day,
  contractId: Type.Optional(Id),
  sha256: Digest,
  storageReference: Type.Optional(StorageReference),
});

export const MAX_DOCUMENTS = 10_000;
export const DocumentsBody = object({
  items: Type.Array(component('NewTradeDocument', DocumentBody), { minItems: 1, maxItems: MAX_DOCUMENTS }),
});

export const TradeDocument = component(
  'TradeDocument',
  object({
    id: Id,
    chainId: Id,
    memberId: Id,
    kind: DocumentKind,
    number: Reference,
    invoiceCode: nullable(InvoiceCode),
    sellerId: Id,
    buyerId: Id,
    amount: nullable(Money),
    taxAmount: nullable(Money),
    netAmount: nullable(Money),
    issuedOn: Day,
    contractId: nullable(Id),
    sha256: Digest,
    storageReference: nullable(StorageReference),
    status: DocumentStatus,
    voidReason: nullable(Note),
    recordedBy: Id,
    version: Version,
    createdAt: Instant,
  }),
);

const Line = Type.Integer({ minimum: 1, description: 'Place in the input, from 1.', examples: [1] });
const Complaint = {
  code: Type.String({ description: 'Why it was refused; stable.', examples: ['duplicate-invoice'] }),
  message: Type.String({ examples: ['this invoice is recorded already'] }),
  field: nullable(Type.String({ examples: ['/items/0/number'] })),
  accepted: nullable(Type.String({ examples: ['an invoice that is not recorded on the platform yet'] })),
};

export const DocumentResults = component(
  'TradeDocumentResults',
  object({
    recorded: Count,
    refused: Count,
    results: Type.Array(
      Type.Union([
        object({ line: Line, outcome: Type.Literal('recorded'), id: Id }),
        object({ line: Line, outcome: Type.Literal('refused'), ...Complaint }),
      ]),
    ),
  }),
);

export const ImportFile = object({
  file: Type.String({
    format: 'binary',
    description:
      `CSV in UTF-8, or an XLSX workbook with the members on its first sheet. Header: ${importColumns.join(', ')}; ` +
      'the first three are needed. Amounts are yuan with at most two decimals, tags are parted by semicolons.',
  }),
});

export const MemberImport = component(
  'MemberImport',
  object({
    id: Id,
    chainId: Id,
    fileSha256: Digest,
    format: oneOf(['csv', 'xlsx']),
    dryRun: Type.Boolean(),
    status: oneOf(['running', 'done']),
    total: Count,
    done: Count,
    created: Count,
    linked: Count,
    unchanged: Count,
    refused: Count,
    createdAt: Instant,
    finishedAt: nullable(Instant),
  }),
);

export const RowOutcome = oneOf(['created', 'linked', 'unchanged', 'refused']);
export const ImportedRow = component(
  'ImportedRow',
  object({
    line: Type.Integer({ minimum: 2, description: 'Line of the file, the header being 1.', examples: [2] }),
    outcome: nullable(RowOutcome),
    memberId: nullable(Id),
    uscc: nullable(Type.String({ description: 'As it stands in the file.', examples: ['91350100M000100Y43'] })),
    legalName: nullable(Type.String({ description: 'As it stands in the file.', examples: ['济南示范机械有限公司'] })),
    code: nullable(Complaint.code),
    message: nullable(Complaint.message),
    field: nullable(Type.String({ description: 'Column at fault.', examples: ['uscc'] })),
    accepted: Complaint.accepted,
  }),
);
