import type { IsoDate } from '../money/dates.ts';
import { Refusal } from '../platform/refusal.ts';

type Insurance = Readonly<{ insurer: string; amount: string; from: IsoDate; to: IsoDate }>;

/** What a receipt must say and its warehouse has to tell; what the stock ledger knows is not asked for. */
export type Statement = Readonly<{
  depositorDomicile: string;
  quantity: string;
  quality: string;
  packing: string;
  pieces: number;
  lossStandard: string;
  storageFrom: IsoDate;
  storageTo: IsoDate;
  dailyFee: string;
  /** Null says that the goods are not insured. */
  insurance: Insurance | null;
  placeOfIssue: string;
  /** Digest of the warehouse's electronic seal on the receipt. */
  seal: string;
}>;

/** The same before it is known to be whole. */
export type Draft = Readonly<
  Partial<Omit<Statement, 'insurance'>> & { insurance?: Readonly<Partial<Insurance>> | null }
>;

/** Items of Civil Code art. 909 by the property that states them, in the order of the law. */
const items: Readonly<Record<keyof Statement, string>> = {
  depositorDomicile: '(1) domicile of the depositor',
  quantity: '(2) quantity',
  quality: '(2) quality',
  packing: '(2) packing',
  pieces: '(2) number of pieces',
  lossStandard: '(3) loss standard',
  storageFrom: '(5) beginning of storage',
  storageTo: '(5) end of storage',
  dailyFee: '(6) storage fee',
  insurance: '(7) insurance, or null for none',
  placeOfIssue: '(8) place of issue',
  seal: '(8) seal of the warehouse',
};
const insured = ['insurer', 'amount', 'from', 'to'] as const;

type Missing = Readonly<{ field: string; item: string }>;

/** Every mandatory item that a draft lacks. */
export function missingItems(draft: Draft): Missing[] {
  const lacking = Object.entries(items)
    .filter(([name]) => draft[name as keyof Draft] === undefined)
    .map(([name, item]) => ({ field: `/${name}`, item }));
  const { insurance } = draft;
  const parts = insurance == null ? [] : insured.filter((part) => insurance[part] === undefined);
  return [...lacking, ...parts.map((part) => ({ field: `/insurance/${part}`, item: `(7) ${part} of the insurance` }))];
}

/** The whole statement, or the refusal `receipt-incomplete` that names every item missing. */
export function requireComplete(draft: Draft): Statement {
  const missing = missingItems(draft);
  if (missing.length === 0) return draft as Statement;
  throw new Refusal('receipt-incomplete', `the receipt lacks ${missing.map(({ item }) => item).join(', ')}`, {
    field: missing[0]?.field as string,
    accepted: 'every item of Civil Code article 909',
    missing,
  });
}

/** What a receipt says, in the words of Civil Code art. 909: the same for warehouse, platform and registry. */
export type Content = Readonly<{
  number: string;
  depositor: Readonly<{ name: string; domicile: string }>;
  goods: Readonly<{
    commodity: string;
    grade: string;
    quantity: string;
    unit: string;
    quality: string;
    packing: string;
    pieces: number;
    marks: string;
  }>;
  lossStandard: string;
  place: Readonly<{ warehouse: string; address: string; pile: string }>;
  storage: Readonly<{ from: IsoDate; to: IsoDate }>;
  dailyFee: string;
  insurance: Insurance | null;
  issuer: Readonly<{ name: string; place: string; issuedOn: IsoDate; seal: string }>;
}>;

/** What the stock ledger and the registry of organizations know of a receipt. */
export type Recorded = Readonly<{
  number: string;
  depositor: string;
  commodity: string;
  grade: string;
  unit: string;
  marks: string;
  warehouse: string;
  address: string;
  pile: string;
  issuer: string;
  issuedOn: IsoDate;
}>;

/** Statement and records put together. */
export const contentOf = (told: Statement, known: Recorded): Content => ({
  number: known.number,
  depositor: { name: known.depositor, domicile: told.depositorDomicile },
  goods: {
    commodity: known.commodity,
    grade: known.grade,
    quantity: told.quantity,
    unit: known.unit,
    quality: told.quality,
    packing: told.packing,
    pieces: told.pieces,
    marks: known.marks,
  },
  lossStandard: told.lossStandard,
  place: { warehouse: known.warehouse, address: known.address, pile: known.pile },
  storage: { from: told.storageFrom, to: told.storageTo },
  dailyFee: told.dailyFee,
  insurance: told.insurance,
  issuer: { name: known.issuer, place: told.placeOfIssue, issuedOn: known.issuedOn, seal: told.seal },
});
