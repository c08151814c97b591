import * as fc from 'fast-check';
import t from 'tap';
import { addDays } from '../../src/money/dates.ts';
import { Decimal } from '../../src/money/decimal.ts';
import { diagram } from '../../src/platform/state-machine.ts';
import {
  approvalFor,
  authorityFor,
  checkTerms,
  programmeLifecycle,
  supersededBy,
  versionInForce,
  versionLifecycle,
} from '../../src/programme/rules.ts';
import type { ProductTerms, Terms } from '../../src/programme/terms.ts';
import { referenceFrom } from '../../src/reference/lookup.ts';
import { exampleProduct, exampleTerms } from './example-terms.ts';

const yuan = (text: string): Decimal => new Decimal(text);
const band = (end: 'min' | 'max', value: string) =>
  ({
    kind: 'parameter',
    code: `loan.penaltyUplift.overdue.${end}`,
    from: '2004-01-01',
    to: null,
    value,
    source: '银发〔2003〕251号',
  }) as const;
const reference = referenceFrom([band('min', '0.30'), band('max', '0.50')]);

void t.test('The authority matrix decides by amount, and by tag in the green channel', async (t) => {
  const of = (amount: string, ...tags: string[]) => approvalFor(exampleTerms, yuan(amount), tags);
  t.equal(of('500000.00', '专精特新'), 'auto');
  t.equal(of('500000.01', '专精特新'), 'one', 'one fen above the green band falls to the bands of everyone');
  t.equal(of('500000.00'), 'one', 'without the tag there is no green channel');
  t.equal(of('2000000.00'), 'one');
  t.equal(of('2000000.01', '专精特新', '涉农'), 'two');
  t.equal(
    authorityFor(exampleTerms, yuan('1.00'), ['专精特新']).rule,
    'authority band 1, up to 500000.00, tag 专精特新',
  );
});

void t.test('More money never needs fewer persons, tags being equal', async (t) => {
  const strictness = { auto: 0, one: 1, two: 2 };
  const amounts = fc.integer({ min: 1, max: 1_000_000_000 }).map((fen) => new Decimal(fen).dividedBy(100));
  fc.assert(
    fc.property(amounts, amounts, fc.subarray(['专精特新', '涉农']), (a, b, tags) => {
      const [less, more] = a.lessThan(b) ? [a, b] : [b, a];
      return strictness[approvalFor(exampleTerms, less, tags)] <= strictness[approvalFor(exampleTerms, more, tags)];
    }),
    { numRuns: 300 },
  );
  t.pass();
});

const version = (number: number, effectiveFrom: string) => ({ number, effectiveFrom });

void t.test('A version is in force from its day until the next one that has begun', async (t) => {
  const versions = [version(1, '2026-01-01'), version(2, '2026-07-01'), version(3, '2026-10-01')];
  t.equal(versionInForce(versions, '2026-06-30').number, 1);
  t.equal(versionInForce(versions, '2026-07-01').number, 2);
  t.equal(versionInForce([...versions].reverse(), '2027-01-01').number, 3);
  t.throws(() => versionInForce(versions, '2025-12-31'), { code: 'programme-not-in-force' });
  t.throws(() => versionInForce([], '2026-07-01'), { code: 'programme-not-in-force' });
});

void t.test('A version approved later ends those that would begin on its day or after', async (t) => {
  const approved = [version(1, '2026-01-01'), version(2, '2026-10-01')];
  t.same(supersededBy(version(3, '2026-08-01'), approved), [version(2, '2026-10-01')]);
  const left = approved.filter((each) => !supersededBy(version(3, '2026-08-01'), approved).includes(each));
  t.equal(versionInForce([...left, version(3, '2026-08-01')], '2026-11-01').number, 3);
});

void t.test('With superseded versions taken out, the latest begun day and the highest number agree', async (t) => {
  const days = fc.integer({ min: 0, max: 400 }).map((offset) => addDays('2026-01-01', offset));
  fc.assert(
    fc.property(fc.array(days, { minLength: 1, maxLength: 8 }), days, (starts, on) => {
      const kept = starts.reduce<{ number: number; effectiveFrom: string }[]>((present, from, index) => {
        const next = version(index + 1, from);
        const gone = supersededBy(next, present);
        return [...present.filter((each) => !gone.includes(each)), next];
      }, []);
      const begun = kept.filter(({ effectiveFrom }) => effectiveFrom <= on);
      if (begun.length === 0) return true;
      const byDay = [...begun].sort((a, b) => a.effectiveFrom.localeCompare(b.effectiveFrom)).at(-1);
      return versionInForce(kept, on).number === byDay?.number;
    }),
    { numRuns: 300 },
  );
  t.pass();
});

const withProduct = (change: Partial<ProductTerms>): Terms => ({
  ...exampleTerms,
  products: { pledge_loan: { ...exampleProduct, ...change } },
});

void t.test('Terms that contradict themselves or the law are refused at the field at fault', async (t) => {
  checkTerms(exampleTerms, '2026-07-01', reference);
  const faults: [Terms, string][] = [
    [withProduct({ penaltyUplift: '0.500001' }), '/terms/products/pledge_loan/penaltyUplift'],
    [withProduct({ penaltyUplift: '0.299999' }), '/terms/products/pledge_loan/penaltyUplift'],
    [withProduct({ minTenorDays: 366 }), '/terms/products/pledge_loan/minTenorDays'],
    [withProduct({ advanceRatio: '0.000000' }), '/terms/products/pledge_loan/advanceRatio'],
    [withProduct({ extension: { allowed: true, maxDays: 0 } }), '/terms/products/pledge_loan/extension/maxDays'],
    [
      withProduct({ pricing: { ...exampleProduct.pricing, fixedRate: '0.040000' } }),
      '/terms/products/pledge_loan/pricing/fixedRate',
    ],
    [
      withProduct({
        pricing: { ...exampleProduct.pricing, reference: 'fixed', fixedRate: '0.010000', spreadBp: -100 },
      }),
      '/terms/products/pledge_loan/pricing/spreadBp',
    ],
    [{ ...exampleTerms, authority: [{ upTo: '1.00', approval: 'one', tag: null }] }, '/terms/authority'],
    [{ ...exampleTerms, authority: [{ upTo: null, approval: 'one', tag: '涉农' }] }, '/terms/authority'],
    [
      {
        ...exampleTerms,
        authority: [
          { upTo: '5.00', approval: 'auto', tag: null },
          { upTo: '5.00', approval: 'one', tag: null },
          { upTo: null, approval: 'two', tag: null },
        ],
      },
      '/terms/authority/1/upTo',
    ],
    [
      {
        ...exampleTerms,
        authority: [
          { upTo: null, approval: 'one', tag: null },
          { upTo: null, approval: 'two', tag: null },
        ],
      },
      '/terms/authority/1',
    ],
  ];
  for (const [terms, field] of faults) {
    t.throws(() => checkTerms(terms, '2026-07-01', reference), { code: 'invalid-input', detail: { field } }, field);
  }
});

void t.test('Without a legal band for the penalty no terms are approved', async (t) => {
  t.throws(() => checkTerms(exampleTerms, '2003-12-31', reference), { code: 'parameter-missing' });
});

void t.test('The lives of a programme and of a version', async (t) => {
  t.equal(
    diagram(programmeLifecycle),
    [
      'stateDiagram-v2',
      '  draft --> active: activate',
      '  draft --> closed: close',
      '  active --> active: activate',
      '  active --> suspended: suspend',
      '  active --> closed: close',
      '  suspended --> suspended: activate',
      '  suspended --> active: resume',
      '  suspended --> closed: close',
    ].join('\n'),
  );
  t.equal(
    diagram(versionLifecycle),
    [
      'stateDiagram-v2',
      '  draft --> draft: change',
      '  draft --> submitted: submit',
      '  draft --> rejected: discard',
      '  submitted --> approved: approve',
      '  submitted --> rejected: reject',
      '  submitted --> draft: return',
      '  submitted --> draft: withdraw',
      '  approved --> superseded: supersede',
    ].join('\n'),
  );
});
