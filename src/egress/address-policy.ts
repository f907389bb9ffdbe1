/** The IP addresses that a function may reach: public ones, and private ones inside its granted blocks. */
import { BlockList, type IPVersion, isIP, SocketAddress } from "node:net";
import ipaddr from "ipaddr.js";
import { PRIVATE_BLOCKS } from "../model/address-block.ts";

type Address = ipaddr.IPv4 | ipaddr.IPv6;

/**
 * All addresses that are not public, by the IANA registries of special addresses. IPv6 uses only 2000::/3 for public
 * addresses, so the rest is blocked as a whole: loopback, mapped, compatible, NAT64, unique local, link-local,
 * multicast and unassigned.
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
  /** Whether an address may be reached. False for text that is not an address in its usual spelling. */
  readonly allows: (address: string) => boolean;
  /** The same rules, enforced by Node itself when it connects: two implementations would have to fail together. */
  readonly blockList: BlockList;
}

/** Throws when a block is invalid. The registry checks blocks earlier, so an invalid one here is a bug. */
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

/**
 * The address in its usual spelling; a mapped one (`::ffff:a.b.c.d`) as IPv4. Text that is no address is returned as it
 * is.
 */
export function plainAddress(text: string): string {
  return parseAddress(text)?.toString() ?? text;
}

const parseBlocks = (blocks: readonly string[]) => blocks.map((block) => ipaddr.parseCIDR(block));

const BLOCKED_BLOCKS = parseBlocks(BLOCKED);
const OPENABLE_BLOCKS = parseBlocks(PRIVATE_BLOCKS);

/**
 * Node's parser decides what an address is, because the library also accepts `127.1` and `0x7f.1`. A zone is dropped.
 */
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
 * A block list with exceptions, which Node's own list lacks. It keeps one list per family: Node treats every IPv4
 * address as part of ::ffff:0:0/96, so a block of IPv6 would also match IPv4 addresses.
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
