/** Senders that publish the addresses they send from. It vouches for the network, not for the content. */
import { BlockList, isIP } from "node:net";
import { liveValues, optionsOf, readOptions } from "./options.ts";
import { ACCEPTED, refuse, type SignedRequest, type Verdict } from "./verdict.ts";

const schema = optionsOf({ ranges: liveValues });

export function verifyAddress(given: unknown, request: SignedRequest): Verdict {
  const { ranges } = readOptions("address", schema, given);
  const texts = ranges.flatMap((text) => text.split(/[\s,]+/)).filter((text) => text !== "");
  if (texts.length === 0) return refuse("no address range is configured");
  const list = new BlockList();
  for (const text of texts) add(list, text);
  const address = request.line?.().remoteAddress ?? "";
  const family = isIP(address);
  if (family === 0) return refuse("the sender's address is not known");
  return list.check(address, `ipv${family === 4 ? 4 : 6}`)
    ? ACCEPTED
    : refuse("the sender's address is in none of the configured ranges");
}

/** A mistake in it is told rather than passed over: a range left out would refuse honest senders without a word. */
function add(list: BlockList, text: string): void {
  const [address = "", length, ...more] = text.split("/");
  const family = isIP(address);
  const bits = family === 4 ? 32 : 128;
  const prefix = length === undefined ? bits : Number(length);
  const isLength = length === undefined || /^\d{1,3}$/.test(length);
  if (family === 0 || !isLength || prefix > bits || more.length > 0) {
    throw new TypeError(
      `ctx.verify.address: found ${JSON.stringify(text.slice(0, 100))}, expected an address or a range such as 192.0.2.0/24 or 2001:db8::/32`,
    );
  }
  list.addSubnet(address, prefix, `ipv${family === 4 ? 4 : 6}`);
}
