import { enrol, type Stage } from '../demo/cast.ts';
import type { IsoDate } from '../money/dates.ts';

/** From here the service knows the band of the penalty uplift, 银发〔2003〕251号. */
const BAND_FROM = '2004-01-01';
const BAND_TO = '2003-12-31';
const band = { min: '0.30', max: '0.50' };

/**
 * For a file that begins before the band of the penalty uplift was law: two persons of the operator record the same
 * band for the time before, since the service takes no terms without one.
 */
export async function permitPenalty(stage: Stage, operatorId: string, firstDay: IsoDate): Promise<void> {
  if (firstDay >= BAND_FROM) return;
  const second = await enrol(stage, stage.operator, operatorId, '参数复核', ['operator']);
  for (const [end, value] of Object.entries(band)) {
    const proposal = await stage.operator.post('/v1/parameters', {
      code: `loan.penaltyUplift.overdue.${end}`,
      effectiveFrom: firstDay,
      effectiveTo: BAND_TO,
      value,
      unit: 'fraction',
      source: 'assumed by a replay: 银发〔2003〕251号 before its time',
    });
    await second.post(`/v1/reference-proposals/${proposal.id}/confirm`, undefined, proposal.version);
  }
}
