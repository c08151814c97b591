import { BlockList, isIP, isIPv6 } from 'node:net';
import { require } from '../platform/refusal.ts';

/** Ranges that are no public unicast address (IANA special-purpose registries, RFC 6890). */
const special = new BlockList();
for (const [network, prefix] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
] as const) {
  special.addSubnet(network, prefix, 'ipv4');
}

/** IPv6 in public use; of it, what maps or carries IPv4 or is set aside is taken out again. */
const global = new BlockList();
global.addSubnet('2000::', 3, 'ipv6');
for (const [network, prefix] of [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
] as const) {
  special.addSubnet(network, prefix, 'ipv6');
}

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8, 'ipv4');
loopback.addAddress('::1', 'ipv6');

/** Whether the text is an address of the public internet. A name is not. */
export function isPublic(address: string): boolean {
  if (isIP(address) === 0) return false;
  if (isIPv6(address)) return global.check(address, 'ipv6') && !special.check(address, 'ipv6');
  return !special.check(address, 'ipv4');
}

/** Whether the text is an address of this machine. */
export const isLoopback = (address: string): boolean =>
  isIP(address) !== 0 && loopback.check(address, isIPv6(address) ? 'ipv6' : 'ipv4');

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
