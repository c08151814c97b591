import type { IsoDate } from '../money/dates.ts';

/** The only source of time: injected, so that tests and replays decide what "now" is. */
export type Clock = Readonly<{ now: () => Date }>;

export const systemClock: Clock = { now: () => new Date() };

const SHANGHAI_OFFSET_MS = 8 * 3_600_000;

/** The calendar day in Shanghai (UTC+8, no daylight saving since 1991) of an instant. */
export const shanghaiDate = (instant: Date): IsoDate =>
  new Date(instant.getTime() + SHANGHAI_OFFSET_MS).toISOString().slice(0, 10);
