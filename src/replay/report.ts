import type { Decimal } from '../money/decimal.ts';
import type { Comparison, Outcome } from './comparison.ts';
import type { Run } from './days.ts';
import { isProvisional } from './expectation.ts';
import type { Figures } from './figures.ts';
import type { Reading } from './reading.ts';
import { terms } from './terms.ts';

export type Say = (line?: string) => void;

/** Lines of one list that are told; of a longer one it is said how many more there are. */
const TOLD = 100;

/** Cells of a file may hold anything: nothing of it may steer a terminal. */
const plain = (text: string): string => text.replace(/\p{C}/gu, '·').slice(0, 300);

const percent = (rate: Decimal): string => `${rate.times(100).toFixed(2)} %`;

function tellSome(lines: readonly string[], say: Say): void {
  for (const line of lines.slice(0, TOLD)) say(`  ${plain(line)}`);
  if (lines.length > TOLD) say(`  and ${lines.length - TOLD} more`);
}

/** How the file is read and what is done with it. */
export function tellPlan({ invoices, bad, shortAmounts, contradictory }: Reading, share: number, say: Say): void {
  const customers = new Set(invoices.map(({ customer }) => customer)).size;
  const late = invoices.filter(({ settledOn, dueDate }) => settledOn > dueDate).length;
  const disputed = invoices.filter((invoice) => invoice.disputed).length;
  say(`The file: ${invoices.length} receivables of ${customers} customers, ${bad.length} bad rows.`);
  say(`  ${late} were settled after the due date, ${disputed} were disputed.`);
  if (shortAmounts > 0) say(`  ${shortAmounts} amounts have fewer than two decimals: 55.9 is read as 55.90.`);
  if (contradictory > 0) say(`  ${contradictory} rows contradict their own DaysToSettle or DaysLate; the dates count.`);
  say('Declared:');
  say('  The customers of the file are the suppliers of one core enterprise, which owes them every invoice.');
  say(`  A share of ${share} is financed on the day of the invoice, chosen by a hash of customer and number:`);
  say(`  ${percent(terms.advanceRatio)} of the face, in turn as ${terms.products.join(' or ')}, approved by rule.`);
  say(
    `  Rate ${percent(terms.rate)} fixed, fee ${percent(terms.feeRate)}, 360 days a year, to the due date moved to a`,
  );
  say(`  business day; while overdue ${percent(terms.rate.times(terms.penaltyUplift.plus(1)))} on the principal.`);
  say(
    `  A dispute opens ${terms.disputeAfterDays} days after the invoice and ends the day before settlement. What is financed by`,
  );
  say('  then stays financed; nothing is financed while disputed.');
  tellProvisional(invoices, say);
}

function tellProvisional(invoices: Reading['invoices'], say: Say): void {
  const provisional = invoices.filter(isProvisional).length;
  if (provisional === 0) say('  The calendar of every due date is published: no maturity is provisional.');
  else say(`  ${provisional} due dates lie outside the published calendar: their maturities are provisional.`);
}

export function tellBadRows({ bad }: Reading, say: Say): void {
  say(`Bad rows: ${bad.length}`);
  tellSome(
    bad.map(({ line, reason }) => `line ${line}: ${reason}`),
    say,
  );
}

/** What the service refused, by code and then one by one. */
export function tellRefusals({ refused }: Run, say: Say): void {
  const byLine = [...refused].sort((a, b) => a.line - b.line);
  say(`Refused by the service: ${refused.length}`);
  const kinds = new Map<string, number>();
  for (const { step, code } of refused) kinds.set(`${step}: ${code}`, (kinds.get(`${step}: ${code}`) ?? 0) + 1);
  for (const [kind, times] of kinds) say(`  ${times} × ${kind}`);
  tellSome(
    byLine.map(({ line, step, code, message }) => `line ${line}, ${step}: ${code}, ${message}`),
    say,
  );
}

/** The late ones of the file, and what became of them: only what is financed falls overdue with penalty. */
export function tellOverdue({ settled, financed }: Outcome, say: Say): void {
  const late = settled.filter(({ settledOn, dueDate }) => settledOn > dueDate).length;
  const lateLoans = financed.filter(({ invoice }) => invoice.settledOn > invoice.dueDate);
  const overdue = lateLoans.filter(({ loan }) => loan.fellOverdue).length;
  say(
    `Paid late: ${late} receivables, ${lateLoans.length} of them financed; ${overdue} loans fell overdue, bore penalty`,
  );
  say(
    `  and were cured by the payment; ${lateLoans.length - overdue} were due on a holiday and paid by the next business day.`,
  );
}

/** The figures of the service beside those of the file, and by how much they differ. */
export function tellComparison(comparisons: readonly Comparison[], say: Say): void {
  const rows = comparisons.map(({ name, isCount, service, file }) => [
    name,
    ...[service, file, service.minus(file)].map((figure) => written(figure, isCount ? 0 : 2)),
  ]);
  const lines = [['', 'by the service', 'by the file', 'difference'], ...rows];
  const widths = [0, 1, 2, 3].map((column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)));
  for (const [name = '', ...figures] of lines) {
    const cells = figures.map((figure, index) => figure.padStart((widths[index + 1] ?? 0) + 2));
    say(`  ${name.padEnd(widths[0] ?? 0)}${cells.join('')}`);
  }
}

/** With commas between thousands. */
const written = (figure: Decimal, decimals: number): string =>
  figure.toFixed(decimals).replace(/\B(?=(\d{3})+(?!\d))/g, ',');

export function tellProof({ proof, daysClosed }: Figures, say: Say): void {
  say(
    `The ledger after ${daysClosed} closed days: ${proof.checks.length} checks, ${proof.ok ? 'all hold' : 'NOT ALL HOLD'}`,
  );
  for (const { name, ok, detail } of proof.checks)
    say(`  ${ok ? 'ok    ' : 'FAILED'} ${name}${detail ? `: ${detail}` : ''}`);
}
