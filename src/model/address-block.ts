/** Blocks of IP addresses that `function.json` grants in `http.privateNetworks`. */
import { isIPv4, isIPv6 } from "node:net";
import ipaddr from "ipaddr.js";
import type { Parsed } from "./egress.ts";

/**
 * The blocks that can be granted. Public addresses need no grant; all other addresses (multicast, reserved …) are
 * always blocked.
 */
export const PRIVATE_BLOCKS = [
  "10.0.0.0/8",
  "100.64.0.0/10",
  "127.0.0.0/8",
  "169.254.0.0/16",
  "172.16.0.0/12",
  "192.168.0.0/16",
  "::1/128",
  "fc00::/7",
  "fe80::/10",
] as const;

/** A network and its prefix length. */
type Block = readonly [network: ipaddr.IPv4 | ipaddr.IPv6, prefix: number];

/** Parses one entry of `http.privateNetworks`. The value is its canonical spelling. */
export function parseAddressBlock(entry: string): Parsed<string> {
  const refuse = (problem: string) => ({ problem: `${JSON.stringify(entry)} ${problem}` });
  if (isAddress(entry))
    return refuse(
      `is an address without a prefix length: write "${entry}/${isIPv4(entry) ? 32 : 128}"`,
    );
  const block = readBlock(entry);
  if (block === undefined)
    return refuse('is not a block of addresses: expected one such as "10.1.0.0/16" or "fd00::/8"');
  const canonical = `${networkOf(block)}/${block[1]}`;
  if (networkOf(block).toString() !== block[0].toString())
    return refuse(`has bits set after its prefix of ${block[1]}: write "${canonical}"`);
  if (!PRIVATE_BLOCKS.some((one) => isInside(block, ipaddr.parseCIDR(one))))
    return refuse(
      `is not inside a private range: public addresses need no grant, and what can be granted lies in ${PRIVATE_BLOCKS.join(", ")}`,
    );
  return { value: canonical };
}

/** Node accepts a zone (`fe80::1%eth0`) as part of an address; a block has none. */
const isAddress = (text: string) => isIPv4(text) || (isIPv6(text) && !text.includes("%"));

function readBlock(text: string): Block | undefined {
  const [, address = "", digits = ""] = /^([^/]{2,45})\/(\d{1,3})$/.exec(text) ?? [];
  if (!isAddress(address)) return undefined;
  const prefix = Number(digits);
  return prefix > (isIPv4(address) ? 32 : 128) ? undefined : [ipaddr.parse(address), prefix];
}

function networkOf([address, prefix]: Block): ipaddr.IPv4 | ipaddr.IPv6 {
  const { IPv4, IPv6 } = ipaddr;
  return (address.kind() === "ipv4" ? IPv4 : IPv6).networkAddressFromCIDR(`${address}/${prefix}`);
}

/** True if `outer` contains the whole block. */
const isInside = ([address, prefix]: Block, [outer, outerPrefix]: Block): boolean =>
  address.kind() === outer.kind() && prefix >= outerPrefix && address.match(outer, outerPrefix);
