/** Verifies the sender's address against published ranges. It proves the network, not the content. */
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
  // Main has made the address canonical: it is never an IPv4-mapped IPv6 address.
  const address = request.line?.().remoteAddress ?? "";
  const family = familyOf(address);
  if (family === undefined) return refuse("the sender's address is not known");
  return lists[family].check(address, family)
    ? ACCEPTED
    : refuse("the sender's address is in none of the configured ranges");
}

/** One list per family: in Node's list `::/0` would contain every IPv4 address too. */
type Lists = Readonly<Record<"ipv4" | "ipv6", BlockList>>;

function familyOf(address: string): keyof Lists | undefined {
  if (isIPv4(address)) return "ipv4";
  return isIPv6(address) ? "ipv6" : undefined;
}

/** Throws for an invalid range: ignoring it would refuse legitimate senders without an error. */
function add(lists: Lists, text: string): void {
  const [written = "", length, ...more] = text.split("/");
  // An IPv4 range in IPv4-mapped form: its last 32 bits are the IPv4 range.
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
