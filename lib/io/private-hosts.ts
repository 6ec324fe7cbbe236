/** Addresses that only this machine or its own network reaches: what a URL from a stranger must not make a server ask. */
import { type LookupAddress, lookup } from 'node:dns';
import { BlockList, isIP, type LookupFunction } from 'node:net';

const own = new BlockList();
// IANA's special-purpose registries: this host and network, private use, carrier-grade NAT, loopback, link-local (cloud metadata is
// there), protocol assignments, benchmarks, multicast, reserved
for (const [network, prefix] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
] as const) {
  own.addSubnet(network, prefix, 'ipv4');
}
// unspecified and loopback, local NAT64, unique local, link-local and site-local, multicast, and tunnels (6to4, Teredo), which hide
// an IPv4 address
for (const [network, prefix] of [
  ['::', 127],
  ['64:ff9b:1::', 48],
  ['fc00::', 7],
  ['fe80::', 10],
  ['fec0::', 10],
  ['ff00::', 8],
  ['2002::', 16],
  ['2001::', 32],
] as const) {
  own.addSubnet(network, prefix, 'ipv6');
}

/** Whether an address is none of the public internet; what is no address counts as one that is not. */
export function isPrivateAddress(address: string): boolean {
  const plain = address.replace(/%.*$/s, '');
  const family = isIP(plain);
  if (family === 4) return own.check(plain, 'ipv4');
  if (family !== 6) return true;
  const embedded = embeddedIpv4(plain);
  return own.check(plain, 'ipv6') || (embedded !== null && own.check(embedded, 'ipv4'));
}

/** The IPv4 address within a mapped or translated one (::ffff:a.b.c.d, ::a.b.c.d, 64:ff9b::a.b.c.d). */
function embeddedIpv4(address: string): string | null {
  // the URL parser writes every IPv6 address in one way, with hexadecimal groups only
  const [, head, tail] = /^\[(.*?)::([0-9a-f:]*)\]$/.exec(new URL(`http://[${address}]`).hostname) ?? [];
  if (tail === undefined || !['', '64:ff9b'].includes(head)) return null;
  const groups = tail.replace(/^ffff:/, '').split(':');
  if (groups.length > 2) return null;
  const [high, low] = groups.length === 2 ? groups : ['0', groups[0]];
  const [h, l] = [Number.parseInt(high, 16), Number.parseInt(low || '0', 16)];
  return [h >> 8, h & 255, l >> 8, l & 255].join('.');
}

/** Why a connection was not made. */
export class PrivateHostError extends Error {
  readonly code = 'EPRIVATE';
}

/**
 * Looks a name up for a connection that is about to be made, to the very addresses that were looked at: a name that answers
 * differently the second time gains nothing. One private address among several refuses the name.
 */
export const publicLookup: LookupFunction = (hostname, options, callback) => {
  lookup(hostname, { ...options, all: true }, (error, addresses: LookupAddress[]) => {
    if (error) return callback(error, '', 0);
    if (!addresses.length || addresses.some(({ address }) => isPrivateAddress(address))) {
      return callback(new PrivateHostError(hostname), '', 0);
    }
    if (options.all) return callback(null, addresses);
    callback(null, addresses[0].address, addresses[0].family);
  });
};
