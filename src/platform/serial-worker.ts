import { setTimeout as pause } from 'node:timers/promises';

/** A worker that never runs beside itself: asked while it runs, it runs once more afterwards. */
export type SerialWorker = Readonly<{
  /** Runs soon; several calls close together are one run. Resolves when a run that began after the call has ended. */
  run: () => Promise<void>;
  /** Resolves when nothing runs; nothing starts any more. */
  stop: () => Promise<void>;
}>;

/** What is asked for within this time is done in one run. */
const TOGETHER_MS = 10;

/** Makes a serial worker of `work`, whose failures go to the callers of `run`. */
export function serialWorker(work: () => Promise<void>): SerialWorker {
  let running: Promise<void> = Promise.resolve();
  let next: Promise<void> | undefined;
  let stopped = false;

  async function afterThePresent(): Promise<void> {
    await Promise.all([running.catch(() => undefined), pause(TOGETHER_MS)]);
    running = next ?? running;
    next = undefined;
    if (!stopped) await work();
  }

  return {
    run: () => {
      if (stopped) return Promise.resolve();
      next ??= afterThePresent();
      return next;
    },
    stop: async () => {
      stopped = true;
      await Promise.allSettled([running, next]);
    },
  };
}
