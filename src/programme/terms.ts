import { type Static, Type } from '@fastify/type-provider-typebox';
import { defaultOrder } from '../money/waterfall.ts';
import { component, Money, Name, nullable, object, oneOf, Rate, Ratio } from '../platform/http/schemas.ts';
import { BillDiscountTerms } from './bill-schemas.ts';
import { CheckTerms } from './check-terms.ts';
import { CreditTerms } from './credit-terms.ts';
import { GuaranteeTerms } from './guarantee-terms.ts';
import { InventoryTerms } from './inventory-terms.ts';
import { PrepaymentTerms } from './prepayment-terms.ts';
import { ReceiptTerms } from './receipt-terms.ts';

/** What ends in a loan or a purchase with a financing of its own. */
export const financedProducts = [
  'pledge_loan',
  'recourse_factoring',
  'nonrecourse_factoring',
  'payables_finance',
  'bill_pledge_loan',
  'prepayment',
  'inventory_loan',
  'receipt_loan',
  'credit_loan',
  // An acceptance ends in a financing when the bank advances what the margin lacks at maturity (垫款).
  'bill_acceptance',
] as const;
export type FinancedProduct = (typeof financedProducts)[number];

/** Everything a programme can offer: the financed ones, and a bank's own purchases of bills. */
export const products = [...financedProducts, 'bill_discount'] as const;
export type Product = (typeof products)[number];

const enterpriseScales = ['micro', 'small', 'medium', 'large'] as const;

const wholeNumber = (minimum: number, maximum: number, description: string) =>
  Type.Integer({ minimum, maximum, description });

const Pricing = object({
  reference: oneOf(['fixed', 'lpr_1y', 'lpr_5y'], { description: 'What the spread is added to.' }),
  spreadBp: wholeNumber(-2_000, 5_000, 'Basis points on top of the reference rate, or of the fixed rate.'),
  fixedRate: nullable(Rate),
  debtorShare: Ratio,
  feeRate: Ratio,
});

const Eligibility = object({
  scales: Type.Array(oneOf(enterpriseScales), {
    uniqueItems: true,
    maxItems: 4,
    description: 'Enterprise scales that may apply; none named admits every scale.',
  }),
  maxTier: wholeNumber(1, 50, 'Farthest tier from the core enterprise that may apply.'),
  requiredTags: Type.Array(Name, { uniqueItems: true, maxItems: 20, description: 'Tags an applicant must all have.' }),
  minFace: Money,
});

/** What a programme grants for one product. Ratios and rates are fractions as text, tenors days. */
export const ProductTerms = component(
  'ProductTerms',
  object({
    enabled: Type.Boolean(),
    advanceRatio: Ratio,
    minTenorDays: wholeNumber(1, 3_650, 'Shortest tenor, from the value date to the maturity date.'),
    maxTenorDays: wholeNumber(1, 3_650, 'Longest tenor, from the value date to the maturity date.'),
    graceDays: wholeNumber(0, 30, 'Days after maturity before a financing is overdue.'),
    pricing: Pricing,
    penaltyUplift: Ratio,
    misuseUplift: Type.Optional(Ratio),
    compound: Type.Boolean({ description: 'Whether unpaid interest bears interest while overdue.' }),
    waterfall: Type.Array(oneOf(defaultOrder), {
      minItems: defaultOrder.length,
      maxItems: defaultOrder.length,
      uniqueItems: true,
      description: 'The order in which a payment settles what is due; each part once.',
    }),
    eligibility: Eligibility,
    extension: object({
      allowed: Type.Boolean(),
      maxDays: wholeNumber(0, 1_095, 'Longest extension beyond the maturity date.'),
    }),
    autoDebit: Type.Optional(
      Type.Boolean({
        description: 'What is due is taken from the borrower’s deposit at the end of the day, until nothing is.',
      }),
    ),
    vatExemptSmallLoans: Type.Boolean({
      description:
        'Interest on small loans to small and micro enterprises is booked free of VAT where the law exempts it.',
    }),
    checks: Type.Optional(CheckTerms),
    credit: Type.Optional(CreditTerms),
    guarantee: Type.Optional(GuaranteeTerms),
    prepayment: Type.Optional(PrepaymentTerms),
    inventory: Type.Optional(InventoryTerms),
    receipt: Type.Optional(ReceiptTerms),
  }),
);
export type ProductTerms = Static<typeof ProductTerms>;

/** Who decides up to an amount: the first band that fits amount and tags holds. */
export const AuthorityBand = component(
  'AuthorityBand',
  object({
    upTo: nullable(Money),
    approval: oneOf(['auto', 'one', 'two'], { description: 'By rule, or by how many persons beside the maker.' }),
    tag: nullable(Name),
  }),
);
export type AuthorityBand = Static<typeof AuthorityBand>;

/** The financial service a bank offers on a chain (一企一策): each product's terms and who may approve how much. */
export const Terms = component(
  'ProgrammeTerms',
  object({
    products: object(
      {
        pledge_loan: Type.Optional(ProductTerms),
        recourse_factoring: Type.Optional(ProductTerms),
        nonrecourse_factoring: Type.Optional(ProductTerms),
        payables_finance: Type.Optional(ProductTerms),
        bill_pledge_loan: Type.Optional(ProductTerms),
        prepayment: Type.Optional(ProductTerms),
        inventory_loan: Type.Optional(ProductTerms),
        receipt_loan: Type.Optional(ProductTerms),
        credit_loan: Type.Optional(ProductTerms),
        bill_acceptance: Type.Optional(ProductTerms),
        bill_discount: Type.Optional(ProductTerms),
      } satisfies Record<Product, unknown>,
      { minProperties: 1 },
    ),
    billDiscount: Type.Optional(BillDiscountTerms),
    authority: Type.Array(AuthorityBand, { minItems: 1, maxItems: 20 }),
  }),
);
export type Terms = Static<typeof Terms>;
