import t from 'tap';
import {
  effectivePrincipal,
  isExtensionAllowed,
  type RiskSigns,
  riskClassFloor,
} from '../../src/financing/loan-rules.ts';
import { Decimal, formatMoney, parseMoney } from '../../src/money/decimal.ts';
import { classificationLines } from './classification-lines.ts';

t.test('The risk class of a loan is at best', async (t) => {
  const floors = (cases: readonly (readonly [RiskSigns, string])[]) => {
    for (const [signs, floor] of cases)
      t.equal(riskClassFloor(signs, classificationLines), floor, JSON.stringify(signs));
  };

  t.test('what its days overdue allow, each line itself still in the better class', async () => {
    floors([
      [{}, 'normal'],
      [{ overdueDays: 90 }, 'special_mention'],
      [{ overdueDays: 91 }, 'substandard'],
      [{ overdueDays: 270 }, 'substandard'],
      [{ overdueDays: 271 }, 'doubtful'],
      [{ overdueDays: 360 }, 'doubtful'],
      [{ overdueDays: 361 }, 'loss'],
    ]);
  });

  t.test('normal for a technical slip of seven days, but not of eight', async () => {
    floors([
      [{ overdueDays: 7, technicalSlip: true }, 'normal'],
      [{ overdueDays: 8, technicalSlip: true }, 'special_mention'],
      [{ overdueDays: 100, technicalSlip: true }, 'substandard'],
    ]);
  });

  t.test('what the expected loss allows once it is impaired, each line itself in the worse class', async () => {
    const impaired = (lossShare: string) => ({ creditImpaired: true, lossShare: new Decimal(lossShare) });
    floors([
      [{ creditImpaired: true }, 'substandard'],
      [impaired('0.499999'), 'substandard'],
      [impaired('0.5'), 'doubtful'],
      [impaired('0.9'), 'loss'],
      [{ lossShare: new Decimal('0.95') }, 'normal'],
    ]);
  });

  t.test('the worst that any of several signs demands', async () => {
    floors([
      [{ watched: true }, 'special_mention'],
      [{ watched: true, overdueDays: 300, creditImpaired: true }, 'doubtful'],
      [{ overdueShareAtAllBanks: new Decimal('0.2') }, 'normal'],
      [{ overdueShareAtAllBanks: new Decimal('0.200001'), overdueDays: 1 }, 'substandard'],
    ]);
  });

  t.test('judged by the lines of the day', async (t) => {
    const stricter = { ...classificationLines, substandardOverDays: 60 };
    t.equal(riskClassFloor({ overdueDays: 61 }, stricter), 'substandard');
  });
});

t.test('A loan', async (t) => {
  t.test('may be extended as long again, by half, or by three years, according to its term', async (t) => {
    const longest = [
      [6, 6],
      [12, 12],
      [13, 6],
      [60, 30],
      [61, 36],
      [240, 36],
    ] as const;
    for (const [term, months] of longest) {
      t.ok(isExtensionAllowed(term, months), `${term} months by ${months}`);
      t.notOk(isExtensionAllowed(term, months + 1), `${term} months by ${months + 1}`);
    }
  });

  t.test('is owed only as far as it was paid out when interest was deducted in advance', async (t) => {
    t.equal(formatMoney(effectivePrincipal(parseMoney('500000.00'), parseMoney('0.01'))), '499999.99');
    t.throws(() => effectivePrincipal(parseMoney('1.00'), parseMoney('1.01')), RangeError);
  });
});
