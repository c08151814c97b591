import type { Clock } from '../platform/clock.ts';
import { recentMap } from './recent-map.ts';

const KEPT_SOURCES = 10_000;

type Failures = { count: number; until: number };

/** Counts failures of a source, such as wrong secrets from one address. */
export type FailureLimit = Readonly<{
  /** Seconds until the source may try again; zero when it may now. */
  waitSeconds: (source: string) => number;
  fail: (source: string) => void;
  forget: (source: string) => void;
}>;

/** After `most` failures within the window a source waits until the window ends. */
export function createFailureLimit({
  clock,
  most,
  windowMs,
}: {
  clock: Clock;
  most: number;
  windowMs: number;
}): FailureLimit {
  const sources = recentMap<string, Failures>(KEPT_SOURCES);
  const now = (): number => clock.now().getTime();
  const recent = (source: string): Failures | undefined => {
    const failures = sources.get(source);
    return failures !== undefined && failures.until > now() ? failures : undefined;
  };
  return {
    waitSeconds: (source) => {
      const failures = recent(source);
      return failures === undefined || failures.count < most ? 0 : Math.ceil((failures.until - now()) / 1000);
    },
    fail: (source) => {
      const failures = recent(source) ?? { count: 0, until: now() + windowMs };
      sources.set(source, { ...failures, count: failures.count + 1 });
    },
    forget: (source) => sources.delete(source),
  };
}
