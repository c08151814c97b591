import { Decimal } from '../money/decimal.ts';
import { Refusal, require } from '../platform/refusal.ts';
import type { Product, ProductTerms } from './terms.ts';

/** Refuses a limit formula that contradicts itself, one that is missing, and one for a product that has none. */
export function checkCredit(product: Product, { credit }: ProductTerms): void {
  const at = (name: string) => `/terms/products/${product}/credit${name}`;
  require((credit !== undefined) ===
    (product === 'credit_loan'), 'invalid-input', 'a limit formula belongs to credit', {
    field: at(''),
    accepted: product === 'credit_loan' ? 'the inputs and weights of the limit' : 'nothing',
  });
  if (credit === undefined) return;
  const inputs = credit.factors.map(({ input }) => input);
  const twice = inputs.findIndex((input, i) => inputs.indexOf(input) !== i);
  require(twice < 0, 'invalid-input', 'an input counts twice', {
    field: at(`/factors/${twice}`),
    accepted: 'each once',
  });
  const sum = credit.factors.reduce((total, { weight }) => total.plus(weight), new Decimal(0));
  require(sum.equals(1), 'invalid-input', `the weights sum to ${sum.toFixed()}`, {
    field: at('/factors'),
    accepted: 'weights that sum to 1',
  });
  for (const [index, { worst, best }] of credit.factors.entries()) {
    require(!new Decimal(worst).equals(best), 'invalid-input', 'the best figure is the worst one', {
      field: at(`/factors/${index}/best`),
      accepted: `another figure than ${worst}`,
    });
  }
  if (new Decimal(credit.declineBelow).greaterThan(credit.referBelow)) {
    throw new Refusal('invalid-input', 'what is declined would be referred', {
      field: at('/declineBelow'),
      accepted: `at most ${credit.referBelow}`,
    });
  }
}
