/** Blocks of IP addresses as `function.json` grants them in `http.privateNetworks`. */
import { isIPv4, isIPv6 } from "node:net";
import type { Parsed } from "./egress.ts";

/** Everything that can be granted. Public addresses need no grant, and the rest (multicast, reserved …) is never reached. */
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

interface Block {
  readonly bits: bigint;
  readonly prefix: number;
  /** Bits of an address: 32 or 128. */
  readonly size: 32 | 128;
}

/** Reads one entry of `http.privateNetworks`; the value is its one canonical spelling. */
export function parseAddressBlock(entry: string): Parsed<string> {
  const refuse = (problem: string) => ({ problem: `${JSON.stringify(entry)} ${problem}` });
  if (isAddress(entry))
    return refuse(
      `is an address without a prefix length: write "${entry}/${isIPv4(entry) ? 32 : 128}"`,
    );
  const block = readBlock(entry);
  if (block === undefined)
    return refuse('is not a block of addresses: expected one such as "10.1.0.0/16" or "fd00::/8"');
  const network = networkOf(block, block.prefix);
  const canonical = `${spell(network, block.size)}/${block.prefix}`;
  if (network !== block.bits)
    return refuse(`has bits set after its prefix of ${block.prefix}: write "${canonical}"`);
  if (!PRIVATE_BLOCKS.some((one) => isInside(block, one)))
    return refuse(
      `is not inside a private range: public addresses need no grant, and what can be granted lies in ${PRIVATE_BLOCKS.join(", ")}`,
    );
  return { value: canonical };
}

/** Node takes a zone (`fe80::1%eth0`) for part of an address; a block has none. */
const isAddress = (text: string) => isIPv4(text) || (isIPv6(text) && !text.includes("%"));

function readBlock(text: string): Block | undefined {
  const [, address = "", digits = ""] = /^([^/]{2,45})\/(\d{1,3})$/.exec(text) ?? [];
  if (!isAddress(address)) return undefined;
  const size = isIPv4(address) ? 32 : 128;
  const prefix = Number(digits);
  return prefix > size ? undefined : { bits: bitsOf(address), prefix, size };
}

function bitsOf(address: string): bigint {
  if (isIPv4(address)) return joined(address.split(".").map(Number), 8n);
  // As `URL` has it: no dotted quad, lower case, at most one `::`.
  const [head = "", tail] = new URL(`http://[${address}]`).hostname.slice(1, -1).split("::");
  const groups = (text: string) => text.split(":").filter((group) => group !== "");
  const [front, back] = [groups(head), groups(tail ?? "")];
  const gap: string[] = Array.from({ length: 8 - front.length - back.length }, () => "0");
  const all = [...front, ...gap, ...back];
  return joined(
    all.map((group) => Number.parseInt(group, 16)),
    16n,
  );
}

const joined = (parts: readonly number[], width: bigint) =>
  parts.reduce((sum, part) => (sum << width) | BigInt(part), 0n);

function spell(bits: bigint, size: Block["size"]): string {
  const [count, width] = size === 32 ? [4, 8n] : [8, 16n];
  const part = (index: number) =>
    (bits >> (BigInt(count - 1 - index) * width)) & ((1n << width) - 1n);
  const parts = Array.from({ length: count }, (_, index) => part(index));
  if (size === 32) return parts.join(".");
  const groups = parts.map((group) => group.toString(16)).join(":");
  return new URL(`http://[${groups}]`).hostname.slice(1, -1);
}

function networkOf({ bits, size }: Block, prefix: number): bigint {
  const rest = BigInt(size - prefix);
  return (bits >> rest) << rest;
}

function isInside(block: Block, outer: string): boolean {
  const enclosing = readBlock(outer);
  if (enclosing?.size !== block.size || block.prefix < deps.prefix) return false;
  return networkOf(block, enclosing.prefix) === deps.bits;
}
