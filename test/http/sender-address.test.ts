/** A sender has one address, however a proxy or a socket spells it: where it is shown, compared and counted. */
import type { IncomingMessage } from "node:http";
import { Socket } from "node:net";
import { expect, test } from "vitest";
import { canonicalAddress, remoteAddress, senderKey } from "../../src/model/remote-address.ts";
import { rawClient } from "../support/raw-client.ts";
import { SharedApp } from "../support/shared-app.ts";
import { fn, TOKEN } from "../support/test-app.ts";

/** The text that a proxy writes into the header, and the address it means; undefined for none. */
const SPELLINGS: readonly (readonly [written: string, address: string | undefined])[] = [
  ["203.0.113.5", "203.0.113.5"],
  ["  203.0.113.5\t", "203.0.113.5"],
  ["203.0.113.5:61598", "203.0.113.5"],
  ["203.0.113.5:_port", "203.0.113.5"],
  ['"203.0.113.5"', "203.0.113.5"],
  ['"203.0.113.5:61598"', "203.0.113.5"],
  ["::ffff:203.0.113.5", "203.0.113.5"],
  ["::FFFF:203.0.113.5", "203.0.113.5"],
  ["::ffff:cb00:7105", "203.0.113.5"],
  ["0:0:0:0:0:FFFF:CB00:7105", "203.0.113.5"],
  ["[::ffff:203.0.113.5]:443", "203.0.113.5"],
  ["::ffff:203.0.113.5:61598", "203.0.113.5"],
  ["::203.0.113.5", "203.0.113.5"],
  ["::cb00:7105", "203.0.113.5"],
  ["for=203.0.113.5", "203.0.113.5"],
  ['For="203.0.113.5:61598"', "203.0.113.5"],
  ["for=203.0.113.5;proto=https;by=192.0.2.1", "203.0.113.5"],
  ['proto=https; for="[2001:db8::1]:443"', "2001:db8::1"],
  ["2001:db8::1", "2001:db8::1"],
  ["2001:DB8:0:0::0001", "2001:db8::1"],
  ["2001:0db8:0000:0000:0000:0000:0000:0001", "2001:db8::1"],
  ["[2001:db8::1]", "2001:db8::1"],
  ["[2001:db8::1]:443", "2001:db8::1"],
  ['"[2001:db8::1]:443"', "2001:db8::1"],
  ['"\\[2001:db8::1\\]:443"', "2001:db8::1"],
  ["2001:db8::1:61598", "2001:db8::1"],
  ["2001:db8:0:0:0:0:0:1:443", "2001:db8::1"],
  ["[2001:db8::1%eth0]:443", "2001:db8::1"],
  ["fe80::1%eth0", "fe80::1"],
  ["[fe80::1%25eth0]", "fe80::1"],
  ["::1", "::1"],
  ["::", "::"],
  ["64:ff9b::cb00:7105", "64:ff9b::cb00:7105"],
  ["", undefined],
  [" ", undefined],
  ["unknown", undefined],
  ['"unknown"', undefined],
  ["_hidden", undefined],
  ["for=_hidden", undefined],
  ["for=unknown;proto=https", undefined],
  ["example.org", undefined],
  ["010.0.0.1", undefined],
  ["0x7f.0.0.1", undefined],
  ["127.1", undefined],
  ["2130706433", undefined],
  ["::ffff:010.0.0.1", undefined],
  ["203.0.113.5.", undefined],
  ["203.0.113.256", undefined],
  ["203.0.113.5:", undefined],
  ["203.0.113.5%eth0", undefined],
  ["203.0.113.5 203.0.113.6", undefined],
  ["[203.0.113.5]", undefined],
  ["[2001:db8::1", undefined],
  ["[2001:db8::1]x", undefined],
  ["[2001:db8::1]:443:1", undefined],
  ["2001:db8::1::2", undefined],
  ["fe80::1%", undefined],
  ["1".repeat(129), undefined],
];

test.each(SPELLINGS)("%j is the address %j", (written, address) => {
  expect(canonicalAddress(written)).toBe(address);
  if (address !== undefined) expect(canonicalAddress(address)).toBe(address);
});

const requestFrom = (peer: string | undefined, forwarded?: string) => ({
  socket: Object.defineProperty(new Socket(), "remoteAddress", { value: peer }),
  headers: (forwarded === undefined
    ? {}
    : { "x-forwarded-for": forwarded }) satisfies IncomingMessage["headers"],
});

test.each([
  ["192.0.2.1", "192.0.2.1"],
  ["::ffff:192.0.2.1", "192.0.2.1"],
  ["::ffff:c000:201", "192.0.2.1"],
  ["fe80::1%eth0", "fe80::1"],
  [undefined, ""],
])("a socket's own address %j is %j", (peer, address) => {
  expect(remoteAddress(requestFrom(peer, "203.0.113.5"), false)).toBe(address);
  expect(remoteAddress(requestFrom(peer), true)).toBe(address);
});

test.each(SPELLINGS)(
  "of a trusted proxy's last entry %j the sender is %j, or the proxy",
  (written, address) => {
    const request = requestFrom("::ffff:192.0.2.1", `198.51.100.1, ${written}`);
    expect(remoteAddress(request, true)).toBe(address ?? "192.0.2.1");
    expect(remoteAddress(request, false)).toBe("192.0.2.1");
  },
);

test.each([
  ["2001:db8::1", "2001:db8::ffff:2", true],
  ["2001:db8::1", "2001:db8:0:1::1", false],
  ["[2001:db8::1]:443", "[2001:db8::2]:444", true],
  ["::ffff:203.0.113.5", "203.0.113.5:1", true],
  ["::ffff:203.0.113.5", "::ffff:203.0.113.6", false],
  ["::ffff:cb00:7105", "::ffff:cb00:7106", false],
  ["::203.0.113.5", "::203.0.113.6", false],
  ["64:ff9b::203.0.113.5", "64:ff9b::203.0.113.6", false],
  ["64:ff9b:1::203.0.113.5", "64:ff9b:1::203.0.113.6", false],
  ["::ffff:0:203.0.113.5", "::ffff:0:203.0.113.6", false],
  ["::1", "::ffff:203.0.113.5", false],
])("%s and %s are one sender: %s", (one, other, isSame) => {
  expect(senderKey(one) === senderKey(other)).toBe(isSame);
});

const shared = new SharedApp({
  HOOKYARD_TRUST_PROXY: "true",
  HOOKYARD_STRANGER_RATE: "3",
  ACME_RANGES: "203.0.113.0/24, 2001:db8::/32",
});

const ACME = {
  json: {
    priority: 1,
    verification: "enforce",
    properties: [
      { name: "ranges", description: "", secret: false, required: true, env: "ACME_RANGES" },
    ],
  },
  script: `export default (event) => event.uri === "x";
    export const verify = (event, ctx) => ctx.verify.address({ ranges: ctx.properties.ranges });`,
};
const installed = {
  providers: { acme: ACME },
  functions: {
    echo: fn("x", "export default (event, ctx) => ctx.respond({ body: event.remoteAddress });", {
      provider: "acme",
      sync: true,
    }),
  },
};

test("one spelling is shown to scripts, compared with lists of addresses, and stored", async () => {
  const app = await shared.with(installed);
  const within = SPELLINGS.filter(([, address]) => /^(203|2001)/.test(address ?? ""));
  for (const [written, address] of within) {
    const headers = { "x-forwarded-for": `192.0.2.9, ${written}` };
    const response = await app.send("x", { headers });
    expect([response.status, await response.text()], written).toEqual([200, address]);
  }
  const { items } = (await (await app.api("/messages?limit=1")).json()) as {
    items: { id: string }[];
  };
  const message = await (await app.api(`/messages/${items[0]?.id}`)).json();
  expect(message).toMatchObject({ remoteAddress: within.at(-1)?.[1] });
  const unreadable = await app.send("x", {
    headers: { "x-forwarded-for": "203.0.113.5, _hidden" },
  });
  expect(unreadable.status).toBe(401);
});

test("the last line of a repeated header counts, and an empty one is ignored", async () => {
  const app = await shared.with(installed);
  const ask = async (...lines: readonly string[]) => {
    const sent = lines.map((line) => `X-Forwarded-For: ${line}\r\n`).join("");
    using client = await rawClient(
      app.url,
      `POST /webhooks/v1/x HTTP/1.1\r\nHost: a\r\nConnection: close\r\n${sent}\r\n`,
    );
    await expect.poll(client.isClosed).toBe(true);
    return client.received().split("\r\n\r\n")[1];
  };
  expect(await ask("198.51.100.1", "203.0.113.7")).toBe("203.0.113.7");
  expect(await ask("198.51.100.1, 203.0.113.8", "[2001:db8::7]:1")).toBe("2001:db8::7");
  expect(await ask("203.0.113.7", "")).toContain("REJECTED");
});

test("another port, form or zone gives a guesser of tokens no further guesses", async () => {
  const app = await shared.with(installed);
  const guess = async (written: string) => {
    const headers = { "x-forwarded-for": written, authorization: "Bearer wrong" };
    return (await fetch(`${app.url}/api/v1/messages`, { headers })).status;
  };
  const statuses: number[] = [];
  for (let n = 0; n < 20; n++) {
    const forms = [
      `[2001:db8:5::1]:${1000 + n}`,
      `"[2001:db8:5::${n}]:443"`,
      `2001:db8:5::1%eth${n}`,
    ];
    for (const form of forms) statuses.push(await guess(form));
  }
  expect(statuses).toEqual([...Array(10).fill(401), ...Array(50).fill(429)]);
  const mapped = (n: number) => `::ffff:198.51.100.${n}`;
  for (let n = 0; n < 11; n++) await guess(mapped(1));
  expect(await guess(`198.51.100.1:${4711}`)).toBe(429);
  expect(await guess(mapped(2))).toBe(401);
  const headers = { "x-forwarded-for": mapped(1), authorization: `Bearer ${TOKEN}` };
  expect((await fetch(`${app.url}/api/v1/messages`, { headers })).status).toBe(200);
});

test("the rate of unknown senders counts each sender once, and mapped IPv4 senders separately", async () => {
  const app = await shared.with(installed);
  const send = async (written: string) =>
    (await app.send("unmatched", { headers: { "x-forwarded-for": written } })).status;
  const spellings = [
    "[2001:db8:7::1]:1",
    '"[2001:db8:7::2]:2"',
    "2001:db8:7::3%1",
    "2001:db8:7::4",
  ];
  const statuses: number[] = [];
  for (const written of spellings) statuses.push(await send(written));
  expect(statuses).toEqual([202, 202, 202, 429]);
  for (let n = 1; n < 10; n++) expect(await send(`::ffff:192.0.2.${n}`)).toBe(202);
});
