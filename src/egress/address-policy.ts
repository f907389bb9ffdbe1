/** Which IP addresses may be reached: public ones, and private ones inside the blocks a function was granted. */
import { BlockList, type IPVersion, isIP, SocketAddress } from "node:net";
import ipaddr from "ipaddr.js";
import { PRIVATE_BLOCKS } from "../model/address-block.ts";

type Address = ipaddr.IPv4 | ipaddr.IPv6;

/**
 * Everything that is not public, by the IANA registries of special addresses. Of IPv6 only 2000::/3 is in use for
 * public addresses, so that the rest needs no names: loopback, mapped, compatible, NAT64, unique local, link-local,
 * multicast and whatever comes to be.
 */
const BLOCKED = [
  "0.0.0.0/8", // this host; Linux connects it to loopback
  "10.0.0.0/8",
  "100.64.0.0/10", // carrier-grade NAT
  "127.0.0.0/8",
  "169.254.0.0/16", // link-local, with the metadata services of clouds
  "172.16.0.0/12",
  "192.0.0.0/24",
  "192.0.2.0/24", // documentation, as 198.51.100.0 and 203.0.113.0 are
  "192.88.99.0/24", // 6to4 relays
  "192.168.0.0/16",
  "198.18.0.0/15", // benchmarks
  "198.51.100.0/24",
  "203.0.113.0/24",
  "224.0.0.0/3", // multicast, reserved, broadcast
  "::/3",
  "2001::/23", // Teredo and other protocols that carry an IPv4 address
  "2001:db8::/32", // documentation, as 3fff:: is
  "2002::/16", // 6to4
  "3fff::/20",
  "4000::/2",
  "8000::/1",
] as const;

export interface AddressPolicy {
  /** Whether an address may be reached. What is not an address in its usual spelling may not. */
  readonly allows: (address: string) => boolean;
  /** The same rules once more, kept by Node itself when it connects: two implementations would have to fail together. */
  readonly blockList: BlockList;
}

/** Throws when a block is not one: the registry has checked them, so nothing may go on with it. */
export function createAddressPolicy(privateNetworks: readonly string[]): AddressPolicy {
  const granted = parseBlocks(privateNetworks);
  return {
    allows: (text) => {
      const address = parseAddress(text);
      if (address === undefined) return false;
      return isPublic(address) || (isIn(address, OPENABLE_BLOCKS) && isIn(address, granted));
    },
    blockList: new GrantedBlockList(privateNetworks),
  };
}

/** The address by its usual spelling, an IPv4 one in IPv6 clothes (`::ffff:a.b.c.d`) as IPv4; others as they are. */
export function plainAddress(text: string): string {
  return parseAddress(text)?.toString() ?? text;
}

const parseBlocks = (blocks: readonly string[]) => blocks.map((block) => ipaddr.parseCIDR(block));

const BLOCKED_BLOCKS = parseBlocks(BLOCKED);
const OPENABLE_BLOCKS = parseBlocks(PRIVATE_BLOCKS);

/** Node's own parser decides what an address is: the library also takes `127.1` and `0x7f.1`. A zone is left out. */
function parseAddress(text: string): Address | undefined {
  const [address = ""] = text.split("%");
  return isIP(address) === 0 ? undefined : ipaddr.process(address);
}

const isPublic = (address: Address) =>
  address.range() === "unicast" && !isIn(address, BLOCKED_BLOCKS);

const isIn = (address: Address, blocks: readonly [Address, number][]) =>
  blocks.some(
    ([network, prefix]) => network.kind() === address.kind() && address.match(network, prefix),
  );

/**
 * Node's list only knows what is blocked: this one has exceptions. And it has a list for each family, as Node takes every
 * IPv4 address for one of ::ffff:0:0/96, which no block of IPv6 is meant to speak of.
 */
class GrantedBlockList extends BlockList {
  readonly #granted: ByFamily;

  constructor(granted: readonly string[]) {
    super();
    this.#granted = byFamily(granted);
  }

  override check(address: string | SocketAddress, family: IPVersion = "ipv4"): boolean {
    const one = typeof address === "string" ? new SocketAddress({ address, family }) : address;
    const isOn = (lists: ByFamily) => lists[one.family].check(one);
    return isOn(BLOCKED_LISTS) && !(isOn(OPENABLE_LISTS) && isOn(this.#granted));
  }
}

type ByFamily = Readonly<Record<IPVersion, BlockList>>;

function byFamily(blocks: readonly string[]): ByFamily {
  const lists = { ipv4: new BlockList(), ipv6: new BlockList() };
  for (const [network, prefix] of parseBlocks(blocks))
    lists[network.kind()].addSubnet(network.toString(), prefix, network.kind());
  return lists;
}

const BLOCKED_LISTS = byFamily(BLOCKED);
const OPENABLE_LISTS = byFamily(PRIVATE_BLOCKS);
