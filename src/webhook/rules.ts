import { isIP } from 'node:net';
import { require } from '../platform/refusal.ts';
import { defineLifecycle, type StateOf } from '../platform/state-machine.ts';
import { isLoopback, isPublic } from './addresses.ts';

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

const FIELD = '/url';

/**
 * Refuses an address the service must not call: anything but https to a public host. With `allowLocalhost`, a setting
 * of development, http to this machine as well. The same is checked again on the address a name resolves to.
 */
export function requireCallable(url: string, allowLocalhost: boolean): void {
  const accepted = 'an https url of a public host, without user, password or fragment';
  const parsed = URL.canParse(url) ? new URL(url) : null;
  require(parsed !== null, 'invalid-input', 'the url is not a url', { field: FIELD, accepted });
  const host = parsed.hostname.replace(/^\[|[\].]$/g, '');
  const local = allowLocalhost && (host === 'localhost' || isLoopback(host));
  const secure = parsed.protocol === 'https:' || (local && parsed.protocol === 'http:');
  require(secure, 'invalid-input', 'the url is not https', { field: FIELD, accepted });
  const bare = parsed.username === '' && parsed.password === '' && parsed.hash === '';
  require(bare, 'invalid-input', 'the url has a user, a password or a fragment', { field: FIELD, accepted });
  const named = host.includes('.') && !/\.(localhost|local|internal)$/.test(host);
  require(local || isPublic(host) || (named && isIP(host) === 0), 'invalid-input', 'the host is not public', {
    field: FIELD,
    accepted,
  });
}
