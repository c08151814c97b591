import { defineLifecycle, type StateOf } from '../platform/state-machine.ts';

/**
 * An endpoint. While it is paused its deliveries wait; a disabled one, which its owner or its answer 410 made so, is
 * given no new ones.
 */
export const endpointLifecycle = defineLifecycle('webhook endpoint', {
  active: { pause: 'paused', disable: 'disabled' },
  paused: { activate: 'active', disable: 'disabled' },
  disabled: { activate: 'active' },
});

export type EndpointStatus = StateOf<typeof endpointLifecycle>;

/** The event that brings an endpoint to a status. */
export const eventTo = { active: 'activate', paused: 'pause', disabled: 'disable' } as const satisfies Record<
  EndpointStatus,
  string
>;

export const deliveryStates = ['pending', 'delivered', 'failed', 'dead'] as const;
export type DeliveryState = (typeof deliveryStates)[number];

/** Seconds from one attempt to the next: ten attempts over 75 hours and a half (Standard Webhooks 1.0). */
const RETRY_AFTER_S = [5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400] as const;
const JITTER = 0.1;
/** The most that an answer's Retry-After puts off an attempt. */
const LONGEST_WISH_S = 86_400;

/**
 * The instant of the next attempt after `attempts` that failed, or null when it is given up. `random` (0 to 1) spreads
 * attempts by a tenth; `wishS` is the answer's Retry-After.
 */
export function nextAttempt(
  attempts: number,
  { now, random, wishS = 0 }: Readonly<{ now: Date; random: number; wishS?: number }>,
): Date | null {
  const planned = RETRY_AFTER_S[attempts - 1];
  if (planned === undefined) return null;
  const spread = planned * (1 + JITTER * (2 * random - 1));
  return new Date(now.getTime() + 1000 * Math.max(spread, Math.min(wishS, LONGEST_WISH_S)));
}

const LONGEST_REST_S = 60;

/** How long a receiver is left alone after so many failures in a row: 1, 2, 4 … 60 seconds. */
export const restAfter = (failures: number, now: Date): Date =>
  new Date(now.getTime() + 1000 * Math.min(2 ** Math.min(failures - 1, 10), LONGEST_REST_S));
