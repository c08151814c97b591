import { Decimal } from '../money/decimal.ts';
import type { Course } from './course.ts';
import { type LoanFigures, loanOn, netOfVat, total } from './expectation.ts';
import type { Figures } from './figures.ts';
import type { Invoice } from './reading.ts';

/** One figure of the service beside the same one recomputed from the file. */
export type Comparison = Readonly<{ name: string; isCount: boolean; service: Decimal; file: Decimal }>;

/** What the file alone says of a run: which invoices came through, and the loans on them. */
export type Outcome = Readonly<{
  registered: readonly Invoice[];
  settled: readonly Invoice[];
  financed: readonly Readonly<{ invoice: Invoice; financingId: string; loan: LoanFigures }>[];
}>;

/** The invoices that the service let through, with the loans recomputed. */
export function outcomeOf(courses: readonly Course[]): Outcome {
  return {
    registered: courses.filter(({ receivableId }) => receivableId !== null).map(({ invoice }) => invoice),
    settled: courses.filter(({ isPaid }) => isPaid).map(({ invoice }) => invoice),
    financed: courses.flatMap(({ invoice, financingId }) =>
      financingId === null ? [] : [{ invoice, financingId, loan: loanOn(invoice) }],
    ),
  };
}

/** Every figure that can be had twice: from the API, and from the file by plain decimal arithmetic. */
export function compare({ registered, settled, financed }: Outcome, figures: Figures): readonly Comparison[] {
  const { receivables, receipts, balanceOf } = figures;
  const loans = [...figures.loans.values()];
  const faceOf = (invoices: readonly Invoice[]) => total(invoices, ({ amount }) => amount);
  const loanSum = (figure: 'advance' | 'fee' | 'interest' | 'penalty' | 'fromDebtor' | 'fromSupplier') => ({
    service: total(loans, (loan) => loan[figure]),
    file: total(financed, ({ loan }) => loan[figure]),
  });
  const taxed = (figure: 'fee' | 'interest' | 'penalty', part: 'net' | 'vat') =>
    total(financed, ({ loan, invoice }) => netOfVat(loan[figure], invoice.issueDate)[part]);
  const vat = (['fee', 'interest', 'penalty'] as const).map((figure) => taxed(figure, 'vat'));
  const remainders = faceOf(settled).minus(loanSum('fromDebtor').file);
  const deposits = loanSum('advance')
    .file.minus(loanSum('fee').file)
    .plus(remainders)
    .minus(loanSum('fromSupplier').file);
  const nothing = new Decimal(0);
  const credit = (code: string) => balanceOf(code).negated();
  return [
    count('receivables registered', receivables.length, registered.length),
    money('  their face', { service: total(receivables, ({ face }) => face), file: faceOf(registered) }),
    count('receivables paid', receivables.filter(({ payment }) => payment === 'paid').length, settled.length),
    money('  paid by the core enterprise', { service: total(receipts, ({ amount }) => amount), file: faceOf(settled) }),
    count('loans paid out', loans.length, financed.length),
    money('  principal', loanSum('advance')),
    money('  fees', loanSum('fee')),
    count('loans settled', loans.filter(({ status }) => status === 'settled').length, financed.length),
    money('  interest', loanSum('interest')),
    money('  penalty', loanSum('penalty')),
    money('  from collections', { ...loanSum('fromDebtor'), service: total(receipts, ({ toLoans }) => toLoans) }),
    money('  from deposits of suppliers', loanSum('fromSupplier')),
    count(
      'loans that fell overdue and were cured',
      loans.filter(({ fellOverdue }) => fellOverdue).length,
      financed.filter(({ loan }) => loan.fellOverdue).length,
    ),
    count('loans that differ in any figure', differing(financed, figures), 0),
    money('remainders paid to suppliers', { service: total(receipts, ({ toHolders }) => toHolders), file: remainders }),
    money('1001 clearing account', { service: balanceOf('1001'), file: faceOf(settled) }),
    money('1101, 1120 principal left', { service: balanceOf('1101').plus(balanceOf('1120')), file: nothing }),
    money('1131, 1132 interest and penalty left', {
      service: balanceOf('1131').plus(balanceOf('1132')),
      file: nothing,
    }),
    money('2001 deposits of suppliers', { service: credit('2001'), file: deposits }),
    money('2003 collections in trust', { service: credit('2003'), file: nothing }),
    money('2011 VAT payable', { service: credit('2011'), file: total(vat, (each) => each) }),
    money('4001 interest earned, without VAT', { service: credit('4001'), file: taxed('interest', 'net') }),
    money('4003 penalty earned, without VAT', { service: credit('4003'), file: taxed('penalty', 'net') }),
    money('4004 fees earned, without VAT', { service: credit('4004'), file: taxed('fee', 'net') }),
    money('9001 receivables held as security', { service: balanceOf('9001'), file: nothing }),
  ];
}

const count = (name: string, service: number, file: number): Comparison => ({
  name,
  isCount: true,
  service: new Decimal(service),
  file: new Decimal(file),
});

const money = (name: string, figures: Pick<Comparison, 'service' | 'file'>): Comparison => ({
  name,
  isCount: false,
  ...figures,
});

/** Loans of which a single figure is not what the file makes it. */
function differing(financed: Outcome['financed'], { loans }: Figures): number {
  return financed.filter(({ financingId, loan }) => {
    const actual = loans.get(financingId);
    return (
      actual === undefined ||
      actual.maturityDate !== loan.maturityDate ||
      actual.fellOverdue !== loan.fellOverdue ||
      (['advance', 'fee', 'interest', 'penalty', 'fromDebtor', 'fromSupplier'] as const).some(
        (figure) => !actual[figure].equals(loan[figure]),
      )
    );
  }).length;
}

/** Whether the service and the file agree to the last fen. */
export const agrees = (comparisons: readonly Comparison[]): boolean =>
  comparisons.every(({ service, file }) => service.equals(file));
