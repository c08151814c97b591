import { Refusal } from '../platform/refusal.ts';

/** What shows a finding: a document by its digest, and where it is kept. */
export type Evidence = Readonly<{ name: string; sha256: string; storageReference?: string }>;

export const findingOutcomes = ['satisfied', 'not_satisfied', 'not_applicable'] as const;
export type Finding = Readonly<{
  item: string;
  outcome: (typeof findingOutcomes)[number];
  note?: string;
  evidence: readonly Evidence[];
}>;

const incomplete = (message: string, field: string, accepted: string): Refusal =>
  new Refusal('check-incomplete', message, { field, accepted });

/**
 * What the findings of a check come to: it passes when nothing is found wanting. Each item is answered once and shown
 * by evidence; what does not apply says why. Refusal `check-incomplete`.
 */
export function verdictOf(items: readonly string[], findings: readonly Finding[]): 'pass' | 'fail' {
  const answered = new Set<string>();
  for (const [index, finding] of findings.entries()) {
    const at = (name: string) => `/findings/${index}/${name}`;
    if (!items.includes(finding.item)) {
      throw incomplete(`${finding.item} is not asked for`, at('item'), items.join(', '));
    }
    if (answered.has(finding.item)) throw incomplete(`${finding.item} is answered twice`, at('item'), 'each item once');
    answered.add(finding.item);
    if (finding.outcome !== 'not_applicable' && finding.evidence.length === 0) {
      throw incomplete(`nothing shows ${finding.item}`, at('evidence'), 'at least one document');
    }
    if (finding.outcome !== 'satisfied' && finding.note === undefined) {
      throw incomplete(`${finding.item} is ${finding.outcome} without a word`, at('note'), 'why');
    }
  }
  const missing = items.filter((item) => !answered.has(item));
  if (missing.length > 0) {
    throw incomplete(`${missing.join(', ')} not answered`, '/findings', 'every item of the check');
  }
  return findings.some(({ outcome }) => outcome === 'not_satisfied') ? 'fail' : 'pass';
}
