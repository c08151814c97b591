import { uuidv7 } from 'uuidv7';
import { Decimal, formatMoney } from '../money/decimal.ts';
import { shanghaiDate } from '../platform/clock.ts';
import type { UseCase } from '../platform/unit-of-work.ts';
import { workingCapitalNeed } from './rules.ts';
import { type DeclarationRow, type DeclaredFigures, declarations } from './store.ts';

type Declaration = Readonly<{ year: number; figures: DeclaredFigures }>;

/** A firm declares the figures that its need of working capital is reckoned from. A later declaration replaces it. */
export const declareFigures: UseCase<Declaration, ReturnType<typeof declarationAnswer>> = {
  name: 'credit.declare',
  status: 201,
  lane: ({ actor }) => actor.orgId,
  scope: () => [],
  load: async () => undefined,
  decide: (work, { actor, input: { year, figures }, now }) => {
    const row: DeclarationRow = {
      ...needOf(figures),
      id: uuidv7(),
      orgId: actor.orgId,
      year,
      figures,
      declaredOn: shanghaiDate(now),
      declaredBy: actor.personId,
      createdAt: now.toISOString(),
    };
    work.insert(declarations, row);
    work.emit({
      kind: 'credit.figures_declared',
      objectKind: 'credit_declaration',
      objectId: row.id,
      scopeId: actor.orgId,
      parties: [actor.orgId],
      data: { year, loanNeed: formatMoney(row.loanNeed) },
    });
    return declarationAnswer(row);
  },
};

/** What loans must cover. Loans of other banks are counted beside, since those on the platform are known to the fen. */
function needOf(figures: DeclaredFigures): Pick<DeclarationRow, 'workingCapital' | 'loanNeed' | 'outsideLoans'> {
  const read = (name: keyof DeclaredFigures) => new Decimal(figures[name]);
  const { workingCapital, newLoanLimit } = workingCapitalNeed({
    sales: read('sales'),
    profitMargin: read('profitMargin'),
    growth: read('growth'),
    inventoryDays: read('inventoryDays'),
    receivableDays: read('receivableDays'),
    payableDays: read('payableDays'),
    prepaidDays: read('prepaidDays'),
    advanceReceivedDays: read('advanceReceivedDays'),
    ownFunds: read('ownFunds'),
    existingLoans: new Decimal(0),
    otherFunds: read('otherFunds'),
  });
  return { workingCapital, loanNeed: newLoanLimit, outsideLoans: read('outsideLoans') };
}

const declarationAnswer = (row: DeclarationRow) => ({
  id: row.id,
  organizationId: row.orgId,
  year: row.year,
  figures: row.figures,
  workingCapital: formatMoney(row.workingCapital),
  loanNeed: formatMoney(row.loanNeed),
  outsideLoans: formatMoney(row.outsideLoans),
  declaredOn: row.declaredOn,
  createdAt: row.createdAt,
});
