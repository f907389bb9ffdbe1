/** Unmatched messages have their own rate and space, so they never displace matched ones. */
import { expect, test, vi } from "vitest";
import { senderKey } from "../../src/model/remote-address.ts";
import { RateLimit } from "../../src/overload/rate-limit.ts";
import { metricValue } from "../support/metric-values.ts";
import { fn, idIn, startTestApp, type TestApp } from "../support/test-app.ts";

// The limits allow a machine that is five times slower.
vi.setConfig({ testTimeout: 90_000, hookTimeout: 90_000 });

const installed = {
  providers: {
    acme: {
      json: { priority: 1, verification: "enforce" },
      script: `export default (event) => "x-acme" in event.headers;
        export const verify = (event) => event.headers["x-acme"] === "real";`,
    },
  },
  functions: { quick: fn("x", "export default () => 1;", { provider: "acme" }) },
};

type Kind = "real" | "forged" | "unmatched";

/** Sends with the headers of a proxy. */
const sendFrom = (app: TestApp, address: string, kind: Kind, init: RequestInit = {}) => {
  const own = kind === "unmatched" ? {} : { "x-acme": kind };
  return app.send("x", { ...init, headers: { "x-forwarded-for": address, ...own } });
};

const trusted = { HOOKYARD_TRUST_PROXY: "true" };

async function statuses(app: TestApp): Promise<Readonly<Record<string, number>>> {
  const { items } = (await (await app.api("/messages?limit=200")).json()) as {
    items: { status: string }[];
  };
  const counts: Record<string, number> = {};
  for (const { status } of items) counts[status] = (counts[status] ?? 0) + 1;
  return counts;
}

test("above the rate they are not stored, and a matched message from the same address always is", async () => {
  const environment = { ...trusted, HOOKYARD_STRANGER_RATE: "4" };
  await using app = await startTestApp({ ...installed, environment });
  const send = async (address: string, kind: Kind) => (await sendFrom(app, address, kind)).status;
  expect(await send("192.0.2.1", "real")).toBe(202);
  for (let n = 0; n < 2; n++) {
    expect(await send("192.0.2.1", "forged")).toBe(401);
    expect(await send("192.0.2.1", "unmatched")).toBe(202);
  }
  for (const kind of ["forged", "unmatched"] as const) {
    const refused = await sendFrom(app, "192.0.2.1", kind);
    expect(refused.status).toBe(429);
    expect(Number(refused.headers.get("retry-after"))).toBeLessThanOrEqual(15);
    expect(await refused.json()).toMatchObject({ code: "rate_limited" });
  }
  for (let n = 0; n < 10; n++) expect(await send("192.0.2.1", "real")).toBe(202);
  expect(await send("192.0.2.2", "unmatched")).toBe(202);
  const labels = { reason: "stranger_rate" };
  expect(await metricValue(app.url, "hookyard_overload_refusals_total", labels)).toBe(2);
  expect(await statuses(app)).toMatchObject({ REJECTED: 2, UNMATCHED: 3 });
});

test("above the rate, requests from an address without matched messages are not even read for a while", async () => {
  const environment = { ...trusted, HOOKYARD_STRANGER_RATE: "120" };
  await using app = await startTestApp({ ...installed, environment });
  const send = async (kind: Kind) => (await sendFrom(app, "192.0.2.1", kind)).status;
  let last = 0;
  for (let n = 0; n < 2000 && last !== 429; n++) last = await send("forged");
  expect(last).toBe(429);
  // Two requests per second are still read: a matched one makes the address known.
  await expect.poll(() => send("real"), { timeout: 10_000, interval: 100 }).toBe(202);
  while ((await send("forged")) !== 429);
  for (let n = 0; n < 5; n++) expect(await send("real")).toBe(202);
});

test("a known address stays known after a restart", async () => {
  const environment = { ...trusted, HOOKYARD_STRANGER_RATE: "2" };
  await using app = await startTestApp({ ...installed, environment });
  expect((await sendFrom(app, "192.0.2.1", "real")).status).toBe(202);
  await app.app[Symbol.asyncDispose]();
  await using again = await startTestApp({ ...installed, environment, folder: app.folder });
  const send = async (address: string, kind: Kind) => (await sendFrom(again, address, kind)).status;
  for (const address of ["192.0.2.1", "192.0.2.2"]) while ((await send(address, "forged")) !== 429);
  expect(await send("192.0.2.1", "real")).toBe(202);
  expect(await send("192.0.2.2", "real")).toBe(429);
});

test("a message with a late decision counts too", async () => {
  const script =
    "export default () => { const end = Date.now() + 10; while (Date.now() < end); return false; };";
  await using app = await startTestApp({
    providers: { acme: { json: { priority: 1 }, script } },
    environment: { HOOKYARD_MATCH_TIMEOUT_MS: "1", HOOKYARD_STRANGER_RATE: "3" },
  });
  const statuses: number[] = [];
  for (let n = 0; n < 5; n++) {
    const answer = await app.send("x");
    statuses.push(answer.status);
    if (answer.status === 202) await app.ended(await idIn(answer));
  }
  // On a busy machine a slow match counts as several messages, and the last decision may not be counted yet.
  const accepted = statuses.filter((status) => status === 202).length;
  expect(statuses.slice(accepted)).toEqual(Array(5 - accepted).fill(429));
  expect(accepted).toBeLessThan(5);
  expect(await metricValue(app.url, "hookyard_stranger_bytes")).toBeGreaterThan(512);
});

test("a message that is slow to match counts as several, except from a known address", async () => {
  const script = `export default (event) => {
      for (let left = event.headers["x-slow"] ? 150_000_000 : 0; left > 0; left--);
      return "x-acme" in event.headers;
    };
    export const verify = (event) => event.headers["x-acme"] === "real";`;
  const acme = { ...installed.providers.acme, script };
  const limits = { HOOKYARD_STRANGER_RATE: "20", HOOKYARD_MATCH_TIMEOUT_MS: "60000" };
  await using app = await startTestApp({
    ...installed,
    providers: { acme },
    environment: { ...trusted, ...limits },
  });
  const send = async (address: string, headers: Readonly<Record<string, string>>) =>
    (await app.send("x", { headers: { "x-forwarded-for": address, ...headers } })).status;
  const taken = async (address: string) => {
    const sent = Array.from({ length: 20 }, () => send(address, { "x-slow": "1" }));
    return (await Promise.all(sent)).filter((status) => status === 202).length;
  };
  expect(await send("192.0.2.1", { "x-acme": "real" })).toBe(202);
  expect(await taken("192.0.2.1")).toBe(20);
  expect(await taken("192.0.2.2")).toBeLessThan(20);
});

test("above their space the oldest unmatched messages are deleted, no matched one is, and a restart keeps the count", async () => {
  const environment = { ...trusted, HOOKYARD_STRANGER_BYTES: "100000" };
  const body = "x".repeat(8000);
  await using app = await startTestApp({ ...installed, environment });
  const real: string[] = [];
  const strange: string[] = [];
  for (let n = 0; n < 30; n++) {
    real.push(await idIn(await sendFrom(app, "192.0.2.1", "real", { body })));
    const answer = await sendFrom(app, "192.0.2.1", n % 2 === 0 ? "forged" : "unmatched", { body });
    // They are refused when they arrive faster than they can be deleted.
    if (answer.status === 503) await new Promise((resolve) => setTimeout(resolve, 100));
    else strange.push(await idIn(answer));
  }
  const stored = () => metricValue(app.url, "hookyard_stranger_bytes");
  await expect.poll(stored).toBeLessThanOrEqual(100_000);
  expect(await stored()).toBeGreaterThan(50_000);
  const isThere = async (id: string) => (await app.api(`/messages/${id}`)).ok;
  expect(await Promise.all(real.map(isThere))).not.toContain(false);
  const left = await Promise.all(strange.map(isThere));
  expect(left.lastIndexOf(false)).toBe(left.indexOf(true) - 1);
  expect(left.filter(Boolean).length).toBeGreaterThan(5);
  const before = await stored();
  await app.app[Symbol.asyncDispose]();
  await using again = await startTestApp({ ...installed, environment, folder: app.folder });
  expect(await metricValue(again.url, "hookyard_stranger_bytes")).toBe(before);
});

test("a resubmitted message is never counted", async () => {
  const environment = { HOOKYARD_STRANGER_RATE: "1", HOOKYARD_STRANGER_BYTES: "1" };
  await using app = await startTestApp({ ...installed, environment });
  const id = await idIn(await app.send("x"));
  const resubmit = () => app.api(`/messages/${id}/resubmit`, { method: "POST" });
  const answers = await Promise.all(Array.from({ length: 5 }, resubmit));
  const given = answers.map(({ status }) => status);
  expect(given).toContain(202);
  // The message may be deleted before the last resubmission.
  expect([202, 404]).toEqual(expect.arrayContaining([...new Set(given)]));
});

test("an allowance refills evenly, within a minute", () => {
  let now = 0;
  const limit = new RateLimit(60, () => now);
  const taken = () => {
    let count = 0;
    while (limit.take("a") === 0) count += 1;
    return count;
  };
  expect(taken()).toBe(60);
  expect(limit.waitMs("a")).toBeCloseTo(1000, 1);
  now += 10_000;
  expect(taken()).toBe(10);
  now += 3_600_000;
  expect(taken()).toBe(60);
});

test("an event that counts as several uses at most the allowance of two minutes", () => {
  let now = 0;
  const limit = new RateLimit(60, () => now);
  expect(limit.take("a", 59)).toBe(0);
  expect(limit.take("a", 1000)).toBe(0);
  expect(limit.waitMs("a")).toBeCloseTo(61_000, 1);
  now += 61_000;
  expect(limit.take("a")).toBe(0);
  expect(limit.waitMs("a")).toBeCloseTo(1000, 1);
});

test("the number of remembered senders is bounded", () => {
  const limit = new RateLimit(1, () => 0);
  limit.take("first");
  for (let n = 0; n < 10_000; n++) limit.take(`${n}`);
  expect(limit.waitMs("first")).toBe(0);
  expect(limit.waitMs("9999")).toBeGreaterThan(0);
});

test.each([
  ["192.0.2.1", "192.0.2.1"],
  ["192.0.2.1:4711", "192.0.2.1"],
  ["2001:db8:1:2::1", "8193:3512:1:2"],
  ["2001:db8:1:2:ffff::9", "8193:3512:1:2"],
  ["x".repeat(1000), "x".repeat(64)],
])("%s counts as the sender %s", (address, key) => {
  expect(senderKey(address)).toBe(key);
});
