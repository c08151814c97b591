import type { ProductTerms, Terms } from '../../src/programme/terms.ts';

export const exampleProduct: ProductTerms = {
  enabled: true,
  advanceRatio: '0.800000',
  minTenorDays: 15,
  maxTenorDays: 365,
  graceDays: 3,
  pricing: { reference: 'lpr_1y', spreadBp: 85, fixedRate: null, debtorShare: '0.000000', feeRate: '0.001000' },
  penaltyUplift: '0.500000',
  compound: true,
  waterfall: ['fees', 'penaltyInterest', 'compoundInterest', 'interest', 'principal'],
  eligibility: { scales: ['small', 'micro'], maxTier: 3, requiredTags: [], minFace: '1000.00' },
  extension: { allowed: true, maxDays: 90 },
  vatExemptSmallLoans: true,
};

/** A programme of two products whose green channel approves small amounts of specialised firms by rule. */
export const exampleTerms: Terms = {
  products: {
    pledge_loan: exampleProduct,
    nonrecourse_factoring: {
      ...exampleProduct,
      advanceRatio: '1.000000',
      pricing: { reference: 'fixed', spreadBp: 0, fixedRate: '0.042000', debtorShare: '0.500000', feeRate: '0.000000' },
    },
  },
  authority: [
    { upTo: '500000.00', approval: 'auto', tag: '专精特新' },
    { upTo: '2000000.00', approval: 'one', tag: null },
    { upTo: null, approval: 'two', tag: null },
  ],
};
