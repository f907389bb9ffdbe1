/** Metrics are counted once, in the right place, and no sender can choose a label. */
import { expect, test } from "vitest";
import { fn, idIn, startTestApp, type TestApp } from "../support/test-app.ts";

const providers = {
  acme: {
    json: { priority: 1, dedupe: 600 },
    script:
      'export default (event) => "x-acme" in event.headers;\nexport const deliveryId = (event) => event.headers["x-id"];\n',
  },
};
const acme = { "x-acme": "1" };
const on = (uri: string, script: string, json: object = {}) =>
  fn(uri, script, { provider: "acme", ...json });
const functions = {
  fine: on("fine", "export default () => 1;"),
  poor: on("poor", "export default () => { throw new Error('no'); };", {
    retry: { maxAttempts: 2, backoffMs: 1, factor: 1, maxBackoffMs: 1 },
  }),
  slow: on("slow", "export default async (e, ctx) => { await ctx.sleep(5000); };"),
  greedy: on("greedy", "export default () => { for (;;) 'x'.repeat(2 ** 28).split('').sort(); };", {
    cpuMs: 200,
  }),
};

async function read(app: TestApp, headers: Record<string, string> = {}) {
  const response = await fetch(`${app.url}/metrics`, { headers });
  return {
    status: response.status,
    type: response.headers.get("content-type"),
    text: await response.text(),
  };
}

/** The value of a line, with labels in any order; 0 when there is none. */
async function valueIn(app: TestApp, metric: string, labels: Record<string, string> = {}) {
  const { text } = await read(app);
  const line = text
    .split("\n")
    .find(
      (one) =>
        (one.startsWith(`${metric} `) || one.startsWith(`${metric}{`)) &&
        Object.entries(labels).every(([key, value]) => one.includes(`${key}="${value}"`)),
    );
  return Number(line?.split(" ").at(-1) ?? 0);
}

test("messages, attempts and commits are counted once each", async () => {
  await using app = await startTestApp({ providers, functions });
  const send = async (uri: string, headers: Record<string, string> = acme) =>
    await app.ended(await idIn(await app.send(uri, { headers, body: "{}" })));
  await send("fine");
  await send("fine", { ...acme, "x-id": "1" });
  await send("fine", { ...acme, "x-id": "1" });
  await send("poor");
  await send("nothing");
  await send("fine", {});
  const messages = async (status: string, provider: string) =>
    await valueIn(app, "hookyard_messages_total", { status, provider });
  expect(await messages("SUCCESS", "acme")).toBe(2);
  expect(await messages("DUPLICATE", "acme")).toBe(1);
  expect(await messages("FAILED", "acme")).toBe(1);
  expect(await messages("UNMATCHED", "acme")).toBe(1);
  expect(await messages("UNMATCHED", "")).toBe(1);
  const attempts = async (name: string, outcome: string) =>
    await valueIn(app, "hookyard_executions_total", { function: name, outcome });
  expect(await attempts("fine", "success")).toBe(2);
  expect(await attempts("poor", "failure")).toBe(2);
  expect(await valueIn(app, "hookyard_retries_total", { function: "poor" })).toBe(1);
  expect(await valueIn(app, "hookyard_execution_seconds_count", { function: "poor" })).toBe(2);
  expect(await valueIn(app, "hookyard_store_seconds_count")).toBe(6);
  expect(await valueIn(app, "hookyard_commit_seconds_count")).toBeGreaterThan(6);
  expect(await valueIn(app, "hookyard_commit_writes_total")).toBeGreaterThan(8);
});

test("gauges have the current values", async () => {
  await using app = await startTestApp({ providers, functions });
  const levels = async () => ({
    pending: await valueIn(app, "hookyard_messages_pending"),
    age: await valueIn(app, "hookyard_messages_oldest_pending_seconds"),
  });
  expect(await levels()).toEqual({ pending: 0, age: 0 });
  await app.send("slow", { headers: acme });
  await app.send("slow", { headers: acme });
  const { pending, age } = await levels();
  expect(pending).toBe(2);
  expect(age).toBeGreaterThan(0);
  expect(age).toBeLessThan(10);
  expect(await valueIn(app, "hookyard_database_bytes")).toBeGreaterThan(10_000);
  expect(await valueIn(app, "hookyard_disk_free_bytes")).toBeGreaterThan(0);
  expect(await valueIn(app, "hookyard_sandbox_processes")).toBe(app.app.sandboxPids().length);
  expect(await valueIn(app, "process_resident_memory_bytes")).toBeGreaterThan(1e7);
});

test("ended sandbox processes and refused requests have a reason", async () => {
  await using app = await startTestApp({ providers, functions });
  await app.ended(await idIn(await app.send("greedy", { headers: acme })));
  const ended = async () =>
    (await read(app)).text.includes("hookyard_sandbox_processes_ended_total{");
  await expect.poll(ended).toBe(true);
  await app.send("%zz");
  await fetch(`${app.url}/nowhere`);
  expect(await valueIn(app, "hookyard_requests_refused_total", { code: "malformed_path" })).toBe(1);
  expect(await valueIn(app, "hookyard_requests_refused_total", { code: "not_found" })).toBe(1);
});

test("no label comes from a sender", async () => {
  await using app = await startTestApp({ providers, functions });
  const headers = { ...acme, "x-id": "stranger-id", "x-stranger": "stranger-header" };
  await app.ended(await idIn(await app.send("stranger-uri", { headers, body: "stranger-body" })));
  await fetch(`${app.url}/stranger-path`, { method: "DELETE" });
  const { status, type, text } = await read(app);
  expect({ status, type }).toEqual({ status: 200, type: expect.stringContaining("text/plain") });
  expect(text).not.toContain("stranger-");
});

test("with a token set, only requests with the token are answered", async () => {
  const token = "a-token-for-prometheus";
  await using app = await startTestApp({ environment: { HOOKYARD_METRICS_TOKEN: token } });
  expect((await read(app)).status).toBe(401);
  expect((await read(app, { authorization: "Bearer wrong" })).status).toBe(401);
  expect((await read(app, { authorization: `Bearer ${token}` })).status).toBe(200);
});

test("the process metrics count from its start and not from the first reading", async () => {
  await using app = await startTestApp({ providers, functions });
  for (let at = 0; at < 20; at++)
    await app.ended(await idIn(await app.send("fine", { headers: acme })));
  const { text } = await read(app);
  const [, seconds] = /^process_cpu_seconds_total (\S+)$/m.exec(text) ?? [];
  expect(Number(seconds)).toBeGreaterThan(0.02);
  expect(text).not.toMatch(/^nodejs_eventloop_lag_m\S+ (?:NaN|Nan|9.*36)/m);
});
