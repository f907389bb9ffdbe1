/** Addresses that a call must never reach, in every spelling. */
import { isIP } from "node:net";
import fc from "fast-check";
import ipaddr from "ipaddr.js";
import { expect, test } from "vitest";
import { createAddressPolicy, plainAddress } from "../../src/egress/address-policy.ts";
import { Egress } from "../../src/egress/egress.ts";
import { PRIVATE_BLOCKS } from "../../src/model/address-block.ts";
import { call, callOnce, entryFor, startServer, startTcpServer } from "../support/egress-server.ts";

/** Spellings of an address in a URL. `PORT` is the port of a real listener on loopback. */
const SPELLINGS = [
  ["loopback", "127.0.0.1 127.1 127.0.1 2130706433 0x7f000001 0x7F.0.0.1 0177.0.0.1 017700000001"],
  ["loopback", "127.0.0.1. ①②⑦.⓪.⓪.① 127。0。0。1 %31%32%37.0.0.1 127.255.255.254"],
  ["loopback of IPv6", "[::1] [0:0:0:0:0:0:0:1] [0000::0001]"],
  ["mapped", "[::ffff:127.0.0.1] [::ffff:7f00:1] [::FFFF:7F00:0001] [0:0:0:0:0:ffff:127.0.0.1]"],
  ["mapped", "[::ffff:10.0.0.1] [::ffff:169.254.169.254] [::ffff:a9fe:a9fe]"],
  ["compatible and translated", "[::127.0.0.1] [::7f00:1] [::ffff:0:127.0.0.1] [::ffff:0:7f00:1]"],
  ["unspecified", "0.0.0.0 0 0x0 [::] 0.1.2.3"],
  ["private", "10.0.0.1 10.255.255.255 172.16.0.1 172.31.255.255 192.168.0.1 192.168.255.255"],
  ["private, spelled otherwise", "10.1 0xa000001 167772161 012.0.0.1 0300.0250.1 3232235777"],
  ["link-local", "169.254.0.1 169.254.255.255 [fe80::1] [febf::1]"],
  ["metadata", "169.254.169.254 2852039166 0xa9fea9fe [fd00:ec2::254] 100.100.100.200 192.0.0.192"],
  ["carrier-grade NAT", "100.64.0.1 100.127.255.255"],
  ["unique local and site-local", "[fc00::1] [fd12:3456::1] [fec0::1]"],
  ["multicast", "224.0.0.1 239.255.255.255 [ff02::1] [ff0e::1]"],
  ["broadcast and reserved", "255.255.255.255 240.0.0.1 4294967295"],
  ["documentation", "192.0.2.1 198.51.100.1 203.0.113.1 [2001:db8::1] [3fff::1]"],
  ["benchmarks", "198.18.0.1 198.19.255.255 [2001:2::1]"],
  ["protocol assignments", "192.0.0.1 192.88.99.1 192.31.196.1 192.52.193.1 192.175.48.1"],
  ["NAT64", "[64:ff9b::127.0.0.1] [64:ff9b::a9fe:a9fe] [64:ff9b:1::7f00:1]"],
  ["6to4", "[2002:7f00:1::1] [2002:a00:1::1]"],
  ["Teredo", "[2001::1] [2001:0:7f00:1::1]"],
  ["ORCHID, discard, segment routing", "[2001:10::1] [2001:20::1] [100::1] [5f00::1]"],
  ["not in use for anything yet", "[1::1] [4000::1] [8000::1] [e000::1]"],
] as const;

const HOSTS = SPELLINGS.flatMap(([what, hosts]) => hosts.split(" ").map((host) => [what, host]));

test.each(HOSTS)("%s: %s is refused, although it is on the allow list", async (_, host) => {
  await using server = await startTcpServer();
  const url = `http://${host}:${server.port}/`;
  const answer = await callOnce(url, { allow: [entryFor(url)], privateNetworks: [] });
  expect(answer).toMatchObject({ ok: false, kind: "EGRESS_DENIED", name: "EgressDenied" });
  expect(server.accepted()).toBe(0);
});

test.each(HOSTS)("%s: a redirect to %s is refused", async (_, host) => {
  await using target = await startTcpServer();
  const url = `http://${host}:${target.port}/`;
  const redirect = { location: url.replace(/[^ -~]/g, encodeURIComponent) };
  await using server = await startServer(
    (_request, response) => response.writeHead(302, redirect).end(),
    "127.0.0.2",
  );
  const allow = [entryFor(server.origin), entryFor(url)];
  const answer = await callOnce(server.origin, { allow, privateNetworks: ["127.0.0.2/32"] });
  expect(answer).toMatchObject({ ok: false, kind: "EGRESS_DENIED" });
  expect(server.requests).toHaveLength(1);
  expect(target.accepted()).toBe(0);
});

test.each(HOSTS)(
  "%s: a name that resolves to %s is refused, and the error does not show the address",
  async (_, host) => {
    await using server = await startTcpServer();
    const url = `http://innocent.example:${server.port}/`;
    const address = new URL(`http://${host}`).hostname.replace(/^\[|\]$|\.$/g, "");
    await using egress = new Egress({ lookup: async () => [{ address }] });
    const answer = await call(egress, url, { allow: [entryFor(url)], privateNetworks: [] });
    expect(answer).toMatchObject({ ok: false, kind: "EGRESS_DENIED" });
    expect(JSON.stringify(answer)).not.toContain(address);
    expect(server.accepted()).toBe(0);
  },
);

test("localhost is refused with the resolver of the system", async () => {
  await using server = await startTcpServer();
  const url = `http://localhost:${server.port}/`;
  const answer = await callOnce(url, { allow: [entryFor(url)], privateNetworks: [] });
  expect(answer).toMatchObject({ ok: false, kind: "EGRESS_DENIED" });
  expect(server.accepted()).toBe(0);
});

test.each(["8.8.8.8", "1.1.1.1", "172.32.0.1", "100.128.0.1", "192.0.1.1", "2606:4700::1111"])(
  "%s is public",
  (address) => {
    const { allows, blockList } = createAddressPolicy([]);
    const family = isIP(address) === 4 ? "ipv4" : "ipv6";
    expect([allows(address), blockList.check(address, family)]).toEqual([true, false]);
  },
);

test.each([
  ["127.0.0.1/32", "127.0.0.1", "127.0.0.2"],
  ["127.0.0.0/8", "::ffff:127.0.0.1", "::1"],
  ["10.1.0.0/16", "10.1.255.255", "10.2.0.0"],
  ["169.254.0.0/16", "169.254.169.254", "10.0.0.1"],
  ["::1/128", "::1", "127.0.0.1"],
  ["fd00:1::/32", "fd00:1::5", "fd00:2::5"],
  // This range is wider than the private ones. It allows the private addresses in it and no others.
  ["0.0.0.0/0", "10.0.0.1", "0.0.0.0"],
  ["0.0.0.0/0", "192.168.1.1", "224.0.0.1"],
  ["0.0.0.0/0", "127.0.0.1", "::1"],
  ["::/0", "fe80::1%eth0", "64:ff9b::7f00:1"],
  ["::/0", "fc00::1", "2002:7f00:1::1"],
  ["::/0", "::1", "127.0.0.1"],
])("a grant of %s opens %s and not %s", (block, open, closed) => {
  const { allows, blockList } = createAddressPolicy([block]);
  expect([allows(open), allows(closed)]).toEqual([true, false]);
  const isBlocked = (address: string) => {
    const plain = plainAddress(address);
    return blockList.check(plain, isIP(plain) === 4 ? "ipv4" : "ipv6");
  };
  expect([isBlocked(open), isBlocked(closed)]).toEqual([false, true]);
});

test.each(PRIVATE_BLOCKS)(
  "%s, which function.json can grant, is allowed only by its own grant",
  (block) => {
    const [address = ""] = block.split("/");
    expect(createAddressPolicy([]).allows(address)).toBe(false);
    expect(createAddressPolicy([block]).allows(address)).toBe(true);
  },
);

test.each(["", "localhost", "127.1", "0x7f000001", "2130706433", "[::1]", "1.2.3.4/8", "8.8.8.8 "])(
  "%j is not an address and not allowed",
  (text) => expect(createAddressPolicy(["0.0.0.0/0", "::/0"]).allows(text)).toBe(false),
);

/**
 * The blocks of the reference. For IPv6 all addresses outside of 2000::/3 are refused, so only blocks inside it are
 * listed.
 */
const REFERENCE =
  `0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24 192.0.2.0/24
  192.88.99.0/24 192.168.0.0/16 198.18.0.0/15 198.51.100.0/24 203.0.113.0/24 224.0.0.0/3 ::/127 64:ff9b::/96
  64:ff9b:1::/48 100::/64 2001::/23 2001:db8::/32 2002::/16 fc00::/7 fe80::/10 ff00::/8`
    .split(/\s+/)
    .map((block) => ipaddr.parseCIDR(block));

function isListed(address: ipaddr.IPv4 | ipaddr.IPv6): boolean {
  const [first = 0] = address.toByteArray();
  const inUse = address.kind() === "ipv4" || (first >= 0x20 && first <= 0x3f);
  return (
    !inUse ||
    REFERENCE.some(
      ([network, prefix]) => network.kind() === address.kind() && address.match(network, prefix),
    )
  );
}

const isPublic = (address: ipaddr.IPv4 | ipaddr.IPv6) =>
  !isListed(address) && address.range() === "unicast";

const byte = fc.integer({ min: 0, max: 255 });
const bytes = (length: number) => fc.array(byte, { minLength: length, maxLength: length });
/** Any address, and those just inside and outside the edges of the listed blocks. */
const nearEdge = fc.constantFrom(...REFERENCE).chain(([network, prefix]) =>
  bytes(network.toByteArray().length).map((noise) => {
    const edge = network.toByteArray();
    const [index, bit] = [Math.floor((prefix - 1) / 8), 7 - ((prefix - 1) % 8)];
    if ((noise[0] ?? 0) % 2 === 0) edge[index] = (edge[index] ?? 0) ^ (1 << bit);
    return edge.map((one, at) => (at > index ? (noise[at] ?? 0) : one));
  }),
);
const anyAddress = fc.oneof(bytes(4), bytes(16), nearEdge).map((all) => ipaddr.fromByteArray(all));

test("any address is allowed exactly when the library calls it unicast and it is not on the list", () => {
  const { allows, blockList } = createAddressPolicy([]);
  fc.assert(
    fc.property(anyAddress, (address) => {
      // A mapped address counts as its IPv4 address, which has its own test.
      fc.pre(address.range() !== "ipv4Mapped");
      const text = address.toString();
      expect(allows(text), text).toBe(isPublic(address));
      expect(allows(address.toNormalizedString().toUpperCase()), text).toBe(isPublic(address));
      // Node's list has only the blocks, and not the library's other ranges.
      const isBlocked = blockList.check(text, address.kind());
      expect(isBlocked || address.range() !== "unicast", text).toBe(!isPublic(address));
      if (isListed(address)) expect(isBlocked, text).toBe(true);
    }),
    { numRuns: 5000 },
  );
});

test("each spelling of an IPv4 address in a URL, and its mapped address, gets the same decision", () => {
  const { allows } = createAddressPolicy([]);
  const ipv4 = fc.oneof(
    bytes(4),
    nearEdge.filter(({ length }) => length === 4),
  );
  fc.assert(
    fc.property(ipv4, ([a = 0, b = 0, c = 0, d = 0]) => {
      const [number, expected] = [
        ((a * 256 + b) * 256 + c) * 256 + d,
        isPublic(new ipaddr.IPv4([a, b, c, d])),
      ];
      const hex = number.toString(16);
      const spellings = [
        `${number}`,
        `0x${hex}`,
        `0${number.toString(8)}`,
        `${a}.${b}.${c * 256 + d}`,
        `0${a.toString(8)}.${b}.0x${c.toString(16)}.${d}`,
      ];
      for (const spelling of spellings)
        expect(allows(new URL(`http://${spelling}`).hostname), spelling).toBe(expected);
      for (const mapped of [
        `::ffff:${a}.${b}.${c}.${d}`,
        `::ffff:${(number >>> 16).toString(16)}:${(number & 0xffff).toString(16)}`,
      ])
        expect(allows(mapped), mapped).toBe(expected);
    }),
    { numRuns: 2000 },
  );
});
