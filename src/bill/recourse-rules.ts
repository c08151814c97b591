import { daysBetween, type IsoDate } from '../money/dates.ts';
import { type Decimal, roundToFen } from '../money/decimal.ts';

export type RecourseSum = Readonly<{
  /** The bill amount, or in re-recourse all that was paid. */
  amount: Decimal;
  annualRate: Decimal;
  /** Maturity or presentation, or in re-recourse the day of payment. */
  from: IsoDate;
  to: IsoDate;
  costs: Decimal;
  /** Some courts count both the first and the last day; otherwise the last is left out. */
  bothEndsInclusive?: boolean;
  basis?: number;
}>;

/**
 * What recourse may claim, in yuan: the sum, its interest to the day of payment and the costs (票据法 art. 70), and
 * likewise in re-recourse on the whole sum paid (art. 71). The rate is that of working-capital loans (法释票据规定
 * art. 21). No interest before `from`.
 */
export function recourseClaim(claim: RecourseSum) {
  const days = Math.max(0, daysBetween(claim.from, claim.to) + (claim.bothEndsInclusive ? 1 : 0));
  const interest = roundToFen(
    claim.amount
      .times(claim.annualRate)
      .times(days)
      .dividedBy(claim.basis ?? 360),
  );
  return { days, interest, total: claim.amount.plus(interest).plus(claim.costs) };
}

export type BillParty = Readonly<{ name: string; roles: readonly ('drawer' | 'acceptor')[] }>;
/** Who guarantees whom; unnamed, the acceptor is guaranteed, or the drawer of a bill not accepted (票据法 art. 47). */
export type BillGuarantor = Readonly<{ name: string; guarantees?: string }>;

export type RecourseCase = Readonly<{
  /** Drawer and acceptor, then the endorsers in order; a name may come back. */
  chain: readonly BillParty[];
  guarantors: readonly BillGuarantor[];
  holder: string;
  /** Whether the bill was presented within its period. */
  presentedInTime: boolean;
}>;

/**
 * All a holder may pursue, jointly, in any order and number (票据法 art. 68): everyone before the holder's first place in
 * the chain (art. 69), the acceptor wherever it stands (art. 44), and the guarantors of these (art. 50). Presented too
 * late, only drawer, acceptor and their guarantors remain (arts. 53, 65; 法释票据规定 art. 18).
 */
export function recourseTargets({ chain, guarantors, holder, presentedInTime }: RecourseCase): string[] {
  const firstHeld = chain.findIndex(({ name }) => name === holder);
  const place = firstHeld === -1 ? chain.length : firstHeld;
  const liable = chain
    .filter(({ name, roles }, index) => name !== holder && (index < place || roles.includes('acceptor')))
    .filter(({ roles }) => presentedInTime || roles.length > 0)
    .map(({ name }) => name);
  const partyIn = (role: 'drawer' | 'acceptor') => chain.find(({ roles }) => roles.includes(role))?.name;
  const guaranteedByDefault = partyIn('acceptor') ?? partyIn('drawer');
  const sureties = guarantors.filter(({ name, guarantees }) => {
    const guaranteed = guarantees ?? guaranteedByDefault;
    return name !== holder && guaranteed !== undefined && liable.includes(guaranteed);
  });
  return [...new Set([...liable, ...sureties.map(({ name }) => name)])];
}
