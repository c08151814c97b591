import type { Finding } from '../financing/eligibility.ts';
import { formatMoney } from '../money/decimal.ts';
import { refusals } from '../platform/refusals.ts';
import type { CreditBasis, Judgement } from './judgement.ts';
import type { CreditLimit } from './limit-rules.ts';

/** How a limit comes about: every input with its weight and contribution, enough to reckon it again by hand. */
export const explain = (limit: CreditLimit) => ({
  observedMonths: limit.observedMonths,
  volume: formatMoney(limit.volume),
  annualVolume: formatMoney(limit.annualVolume),
  volumeShare: limit.volumeShare.toFixed(6),
  factors: limit.factors.map((factor) => ({
    input: factor.input,
    value: factor.value?.toFixed(6) ?? null,
    worst: factor.worst.toFixed(6),
    best: factor.best.toFixed(6),
    score: factor.score.toFixed(6),
    weight: factor.weight.toFixed(6),
    contribution: factor.contribution.toFixed(6),
  })),
  score: limit.score.toFixed(6),
  maxAmount: formatMoney(limit.maxAmount),
  limit: formatMoney(limit.limit),
});

/** A finding with who must act and what would cure it. */
const curable = (each: Finding) => ({ ...each, who: refusals[each.code].who, remedy: refusals[each.code].remedy });

/** What an applicant may learn of its own credit. */
export const judgementAnswer = ({ drawn, group }: CreditBasis, judgement: Judgement) => ({
  decision: judgement.decision,
  explanation: judgement.limit === null ? null : explain(judgement.limit),
  drawn: formatMoney(drawn),
  groupNeeds: formatMoney(group.needed),
  groupHasBorrowed: formatMoney(group.borrowed),
  available: formatMoney(judgement.most),
  findings: judgement.findings.map(curable),
});
