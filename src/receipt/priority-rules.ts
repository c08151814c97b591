import { distributeByRegistration, type SecuredClaim } from '../collateral/rules.ts';
import type { Decimal } from '../money/decimal.ts';

export type Competing = Readonly<{
  id: string;
  amount: Decimal;
  /** When it was made public: the receipt signed over, the pledge registered, the goods handed over. Null: never. */
  perfectedAt: string | null;
  /** A possessory lien ranks before every pledge (Civil Code art. 456). */
  lien: boolean;
}>;

export type Ranked = Readonly<{ id: string; rank: number; paid: Decimal }>;

const asClaim = ({ id, amount, perfectedAt }: Competing): SecuredClaim => ({ id, amount, registeredAt: perfectedAt });
const timeOf = ({ perfectedAt }: Competing): number =>
  perfectedAt === null ? Number.POSITIVE_INFINITY : Date.parse(perfectedAt);

/**
 * How claims on the same goods rank, whether on a receipt, on several receipts or on the goods themselves, and what
 * each gets of the proceeds: liens first, then whoever was made public first; those of the same moment and those
 * never made public share in proportion to the fen (担保制度解释 art. 59).
 */
export function rankClaims(claims: readonly Competing[], proceeds: Decimal): Ranked[] {
  const liens = claims.filter(({ lien }) => lien);
  const others = claims.filter(({ lien }) => !lien);
  const first = distributeByRegistration(proceeds, liens.map(asClaim));
  const left = first.reduce((rest, { paid }) => rest.minus(paid), proceeds);
  const paid = new Map(
    [...first, ...distributeByRegistration(left, others.map(asClaim))].map((each) => [each.id, each.paid]),
  );
  const keyOf = (claim: Competing): string => `${claim.lien ? 0 : 1} ${timeOf(claim)}`;
  const ordered = [...claims].sort(
    (a, b) => Number(b.lien) - Number(a.lien) || timeOf(a) - timeOf(b) || (a.id < b.id ? -1 : 1),
  );
  const ranks = [...new Set(ordered.map(keyOf))];
  return ordered.map((claim) => ({
    id: claim.id,
    rank: ranks.indexOf(keyOf(claim)) + 1,
    paid: paid.get(claim.id) as Decimal,
  }));
}
