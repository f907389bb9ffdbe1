/** Senders that publish the addresses they send from. It vouches for the network, not for the content. */
import { BlockList, isIPv4, isIPv6 } from "node:net";
import { liveValues, optionsOf, readOptions } from "./options.ts";
import { ACCEPTED, refuse, type SignedRequest, type Verdict } from "./verdict.ts";

const schema = optionsOf({ ranges: liveValues });

export function verifyAddress(given: unknown, request: SignedRequest): Verdict {
  const { ranges } = readOptions("address", schema, given);
  const texts = ranges.flatMap((text) => text.split(/[\s,]+/)).filter((text) => text !== "");
  if (texts.length === 0) return refuse("no address range is configured");
  const lists = { ipv4: new BlockList(), ipv6: new BlockList() };
  for (const text of texts) add(lists, text);
  // Main has made it canonical: IPv6 is never the form of an IPv4 address.
  const address = request.line?.().remoteAddress ?? "";
  const family = familyOf(address);
  if (family === undefined) return refuse("the sender's address is not known");
  return lists[family].check(address, family)
    ? ACCEPTED
    : refuse("the sender's address is in none of the configured ranges");
}

/** One for each family: for Node `::/0` holds every IPv4 address too, which its author did not write. */
type Lists = Readonly<Record<"ipv4" | "ipv6", BlockList>>;

function familyOf(address: string): keyof Lists | undefined {
  if (isIPv4(address)) return "ipv4";
  return isIPv6(address) ? "ipv6" : undefined;
}

/** A mistake in it is told rather than passed over: a range left out would refuse honest senders without a word. */
function add(lists: Lists, text: string): void {
  const [written = "", length, ...more] = text.split("/");
  // The IPv4-mapped form of an IPv4 range, by its last 32 bits.
  const [, mapped] = /^::ffff:([\d.]+)$/i.exec(written) ?? [];
  const address = mapped ?? written;
  const family = familyOf(address);
  const bits = family === "ipv4" ? 32 : 128;
  const given = mapped === undefined || length === undefined ? length : Number(length) - 96;
  const prefix = given === undefined ? bits : Number(given);
  const isLength = length === undefined || /^\d{1,3}$/.test(length);
  if (family === undefined || !isLength || prefix < 0 || prefix > bits || more.length > 0) {
    throw new TypeError(
      `ctx.verify.address: found ${JSON.stringify(text)}, expected an address or a range such as 192.0.2.0/24 or 2001:db8::/32`,
    );
  }
  lists[family].addSubnet(address, prefix, family);
}
