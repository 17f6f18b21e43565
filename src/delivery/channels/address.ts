/** Which network addresses a call that a person set up may reach: public ones, and those that the workspace allows. */
import { BlockList, isIP } from 'node:net';

/** Not public, by IANA's registries of special-purpose addresses (RFC 6890 and its updates), multicast and reserved. */
const PRIVATE_V4: readonly (readonly [string, number])[] = [
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
  ['224.0.0.0', 3],
];
/** Within 2000::/3, the only public block of IPv6. */
const PRIVATE_V6: readonly (readonly [string, number])[] = [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
];

const blockedV4 = new BlockList();
for (const [net, bits] of PRIVATE_V4) blockedV4.addSubnet(net, bits, 'ipv4');
const globalV6 = new BlockList();
globalV6.addSubnet('2000::', 3, 'ipv6');
const blockedV6 = new BlockList();
for (const [net, bits] of PRIVATE_V6) blockedV6.addSubnet(net, bits, 'ipv6');

/** Whether an address (as text, without brackets or zone) is public; IPv4 written as IPv6 counts as the IPv4 it is. */
export function isPublic(address: string): boolean {
  switch (isIP(address)) {
    case 4:
      return !blockedV4.check(address, 'ipv4');
    case 6: {
      const inner = mappedV4(address);
      if (inner !== undefined) return isPublic(inner);
      return !address.includes('%') && globalV6.check(address, 'ipv6') && !blockedV6.check(address, 'ipv6');
    }
    default:
      return false;
  }
}

/** The IPv4 inside ::ffff:a.b.c.d, however it is written. */
function mappedV4(address: string): string | undefined {
  const written = new URL(`http://[${address.replace(/%.*$/, '')}]/`).hostname.slice(1, -1);
  const found = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(written);
  if (found === null) return undefined;
  const [high, low] = [Number.parseInt(found[1]!, 16), Number.parseInt(found[2]!, 16)];
  return [high >> 8, high & 255, low >> 8, low & 255].join('.');
}

/**
 * A test for addresses: public, or in one of `allowed` (blocks such as 10.1.0.0/16, checked before).
 *
 * @param allowed blocks in CIDR notation
 */
export function reachable(allowed: readonly string[]): (address: string) => boolean {
  const list = new BlockList();
  for (const block of allowed) {
    const [net = '', bits = ''] = block.split('/');
    list.addSubnet(net, Number(bits), isIP(net) === 6 ? 'ipv6' : 'ipv4');
  }
  return (address) => {
    const own = isIP(address) === 6 ? (mappedV4(address) ?? address) : address;
    const kind = isIP(own);
    return isPublic(own) || (kind !== 0 && list.check(own, kind === 6 ? 'ipv6' : 'ipv4'));
  };
}
