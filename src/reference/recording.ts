import { uuidv7 } from 'uuidv7';
import { Decimal } from '../money/decimal.ts';
import type { Workspace } from '../platform/workspace.ts';
import { placePeriod, type ReferenceContent } from './rules.ts';
import { calendarDays, policyParameters, referenceRates } from './store.ts';

type Content<K extends ReferenceContent['kind']> = Extract<ReferenceContent, { kind: K }>;

/** Puts confirmed content in force: added, or correcting what is recorded for the same day. Its rows are locked. */
export function recordContent(work: Workspace, content: ReferenceContent, now: Date): void {
  if (content.kind === 'rate') recordRate(work, content, now);
  else if (content.kind === 'parameter') recordParameter(work, content, now);
  else recordDay(work, content, now);
}

function recordRate(work: Workspace, { code, publishedOn, rate, source }: Content<'rate'>, now: Date): void {
  const present = work.all(referenceRates).find((row) => row.code === code && row.publishedOn === publishedOn);
  const value = { rate: new Decimal(rate), source };
  if (present) work.update(referenceRates, present.id, value);
  else {
    work.insert(referenceRates, {
      id: uuidv7(),
      code,
      publishedOn,
      ...value,
      version: 1,
      createdAt: now.toISOString(),
    });
  }
}

function recordParameter(work: Workspace, { kind: _, ...content }: Content<'parameter'>, now: Date): void {
  const present = work.all(policyParameters).filter(({ code }) => code === content.code);
  const { corrects, ends } = placePeriod(present, content);
  if (ends) work.update(policyParameters, ends.id, { effectiveTo: ends.on });
  if (corrects) work.update(policyParameters, corrects, content);
  else work.insert(policyParameters, { id: uuidv7(), ...content, version: 1, createdAt: now.toISOString() });
}

function recordDay(work: Workspace, { date, day, source }: Content<'calendar_day'>, now: Date): void {
  if (work.find(calendarDays, date)) work.update(calendarDays, date, { kind: day, source });
  else work.insert(calendarDays, { date, kind: day, source, version: 1, createdAt: now.toISOString() });
}
