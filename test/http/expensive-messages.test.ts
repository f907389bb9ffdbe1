/** Messages that are expensive to match: other senders are answered as before, and large messages of known kinds still match. */
import { createHmac } from "node:crypto";
import { once } from "node:events";
import { request as httpRequest } from "node:http";
import { brotliCompressSync, constants, deflateSync, gzipSync, zstdCompressSync } from "node:zlib";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { type MessageView, startParallelApp, type TestApp } from "../support/test-app.ts";

// Enough for a machine that is five times slower.
vi.setConfig({ testTimeout: 90_000, hookTimeout: 90_000 });

const SECRET = "the secret of the honest sender";
const MEGABYTE = 1024 * 1024;
const JSON_TYPE = { "content-type": "application/json" };
const FORM_TYPE = { "content-type": "application/x-www-form-urlencoded" };
/** A bound on hangs: the factor by which an honest push may be slower than alone, on a busy machine. */
const AS_BEFORE_MS = 3000;
const AS_BEFORE_FACTOR = 30;

let app: TestApp;
beforeAll(async () => {
  const tell = `export default ({ payload, payloadTruncated }) => ({
    alerts: payload.alerts.length,
    note: payload.alerts.at(-1).annotations.note.length,
    version: payload.version,
    payloadTruncated,
  });`;
  app = await startParallelApp({
    functions: {
      push: { json: { provider: "github", uri: "push" }, script: "export default () => 'ran';" },
      alerts: { json: { provider: "alertmanager", uri: "alerts" }, script: tell },
    },
    environment: {
      HOOKYARD_PROVIDERS_DIR: "providers",
      HOOKYARD_TRUST_PROXY: "true",
      HOOKYARD_UNVERIFIED: "accept",
      GITHUB_WEBHOOK_SECRET: SECRET,
    },
  });
  // The first pushes wait for processes and isolates to start.
  await vi.waitFor(honestPush, { timeout: 80_000 });
});
afterAll(async () => {
  await app[Symbol.asyncDispose]();
});

/** Resolves with the latency of the answer. Fails unless the push matched and its function ran. */
async function honestPush(): Promise<number> {
  const body = JSON.stringify({ ref: "refs/heads/main", commits: [], filler: "x".repeat(5000) });
  const signature = createHmac("sha256", SECRET).update(body).digest("hex");
  const startedAt = performance.now();
  const response = await app.send("push", {
    body,
    headers: {
      ...JSON_TYPE,
      "flex-sync-webhook": "true",
      "x-forwarded-for": "192.0.2.1",
      "x-github-event": "push",
      "x-github-delivery": crypto.randomUUID(),
      "x-hub-signature-256": `sha256=${signature}`,
    },
  });
  const tookMs = performance.now() - startedAt;
  expect([response.status, await response.json()]).toMatchObject([200, { provider: "github" }]);
  return tookMs;
}

interface Expensive {
  readonly body: Buffer;
  readonly headers: Readonly<Record<string, string>>;
  readonly chunked?: boolean;
  readonly uri?: string;
}

interface Answered {
  readonly status: number | undefined;
  readonly text: string;
}

/** Sends from a separate address, in chunks or encoded, which `fetch` cannot do. */
async function answerTo({
  body,
  headers,
  chunked = false,
  uri = "x",
}: Expensive): Promise<Answered> {
  const length = chunked ? {} : { "content-length": String(body.length) };
  const request = httpRequest(`${app.url}/webhooks/v1/${uri}`, {
    method: "POST",
    headers: { "x-forwarded-for": "198.51.100.7", ...length, ...headers },
  });
  for (let at = 0; at < body.length; at += MEGABYTE)
    request.write(body.subarray(at, at + MEGABYTE));
  request.end();
  const [response] = await once(request, "response");
  let text = "";
  for await (const chunk of response) text += chunk;
  return { status: response.statusCode, text };
}

/** Resolves with the id of the message. */
async function send(message: Expensive): Promise<string> {
  const { status, text } = await answerTo(message);
  expect(status, text).toBe(202);
  return JSON.parse(text).messageId;
}

const braces = (bytes: number) => Buffer.from(`[${"{},".repeat(bytes / 3)}{}]`);
const quickest = { params: { [constants.BROTLI_PARAM_QUALITY]: 4 } };
const dense = braces(900_000);
const nested = (levels: number) => Buffer.from("[".repeat(levels) + "]".repeat(levels));
const manyKeys = Buffer.from(
  `{${Array.from({ length: 300_000 }, (_, n) => `"k${n}":${n}`).join(",")}}`,
);
const manyFields = Array.from({ length: 80_000 }, (_, n) => `k${n}=${n}`).join("&");
const xml = Buffer.from(`<a>${"<b>text</b>".repeat(1_800_000)}</a>`);
const encoded = (encoding: string, body: Buffer): Expensive => ({
  body,
  headers: { ...JSON_TYPE, "content-encoding": encoding },
});

const EXPENSIVE: readonly (readonly [what: string, message: () => Expensive])[] = [
  ["gzip of many values", () => encoded("gzip", gzipSync(dense))],
  ["br of many values", () => encoded("br", brotliCompressSync(dense, quickest))],
  ["zstd of many values", () => encoded("zstd", zstdCompressSync(dense))],
  ["deflate of many values", () => encoded("deflate", deflateSync(dense))],
  ["gzip of gzip of many values", () => encoded("gzip, gzip", gzipSync(gzipSync(dense)))],
  ["many values as they are", () => ({ body: dense, headers: JSON_TYPE })],
  ["many values in chunks", () => ({ body: dense, headers: JSON_TYPE, chunked: true })],
  ["many values that call themselves text", () => ({ body: dense, headers: {} })],
  ["gzip of 24 MiB of values", () => encoded("gzip", gzipSync(braces(24 * MEGABYTE)))],
  ["500,000 lists in each other", () => ({ body: nested(500_000), headers: JSON_TYPE })],
  [
    "20 MB of one text",
    () => ({ body: Buffer.from(JSON.stringify(["x".repeat(20e6)])), headers: JSON_TYPE }),
  ],
  ["300,000 keys", () => ({ body: manyKeys, headers: JSON_TYPE })],
  [
    "a form of a million fields",
    () => ({ body: Buffer.from("a=1&".repeat(1e6)), headers: FORM_TYPE }),
  ],
  [
    "a form of 80,000 different fields",
    () => ({ body: Buffer.from(manyFields), headers: FORM_TYPE }),
  ],
  [
    "a form whose payload has many values",
    () => ({ body: Buffer.from(`payload=${dense}`), headers: FORM_TYPE }),
  ],
  ["20 MB of XML", () => ({ body: xml, headers: { "content-type": "text/xml" } })],
  ["many values that break off", () => ({ body: dense.subarray(0, -1), headers: JSON_TYPE })],
];

test.each(EXPENSIVE)("%s: an honest push meanwhile is answered as before", async (_, make) => {
  const message = make();
  const aloneMs = Math.max(await honestPush(), await honestPush());
  let isEnded = false;
  const ended = send(message)
    .then((id) => app.ended(id))
    .finally(() => {
      isEnded = true;
    });
  let besideMs = 0;
  do besideMs = Math.max(besideMs, await honestPush());
  while (!isEnded);
  await ended;
  expect(besideMs).toBeLessThan(Math.max(AS_BEFORE_MS, AS_BEFORE_FACTOR * aloneMs));
});

test("eighty at once end no matching process of other messages, and matching works afterwards", async () => {
  const message = encoded("gzip", gzipSync(dense));
  const before = app.app.sandboxPids();
  const aloneMs = await honestPush();
  const sent = Promise.all(Array.from({ length: 80 }, () => answerTo(message)));
  await honestPush();
  // Some are refused, because there is no memory to decode them.
  const statuses = new Set((await sent).map(({ status }) => status));
  expect([202, 503]).toEqual(expect.arrayContaining([...statuses]));
  expect(await honestPush()).toBeLessThan(Math.max(AS_BEFORE_MS, AS_BEFORE_FACTOR * aloneMs));
  expect(app.app.sandboxPids()).toEqual(expect.arrayContaining([...before]));
});

/** As Alertmanager writes it: the fields that identify it come after the alerts. */
function groupOf(bytes: number): { readonly body: Buffer; readonly alerts: number } {
  const alert = {
    status: "firing",
    labels: { alertname: "DiskFull", instance: "10.0.0.1:9100" },
    annotations: { summary: "The disk is full.", note: "n".repeat(2000) },
    startsAt: "2026-01-01T00:00:00Z",
    endsAt: "0001-01-01T00:00:00Z",
    generatorURL: "http://prometheus.example/graph",
    fingerprint: "0123456789abcdef",
  };
  const alerts = Math.ceil(bytes / JSON.stringify(alert).length);
  const group = {
    receiver: "hooks",
    status: "firing",
    alerts: Array.from({ length: alerts }, () => alert),
    groupLabels: {},
    commonLabels: alert.labels,
    commonAnnotations: {},
    externalURL: "http://alertmanager.example",
    version: "4",
    groupKey: "{}:{}",
    truncatedAlerts: 0,
  };
  return { body: Buffer.from(JSON.stringify(group)), alerts };
}

const SENT: readonly (readonly [how: string, (body: Buffer) => Expensive])[] = [
  ["with its length", (body) => ({ body, headers: JSON_TYPE })],
  ["in chunks", (body) => ({ body, headers: JSON_TYPE, chunked: true })],
  ["compressed", (body) => encoded("gzip", gzipSync(body))],
];

test.each(SENT)(
  "a group of alerts of any size, sent %s, matches and is given to its function whole",
  async (_, make) => {
    for (const bytes of [200_000, 1_500_000, 20_000_000]) {
      const { body, alerts } = groupOf(bytes);
      const view = await app.ended(await send({ ...make(body), uri: "alerts" }));
      expect([view.provider, view.eventType]).toEqual(["alertmanager", "firing"]);
      const whole = { alerts, note: 2000, version: "4", payloadTruncated: false };
      expect(view.executions).toMatchObject([{ status: "SUCCESS", result: whole }]);
      expect(warningOf(view) !== undefined, `${bytes} bytes`).toBe(bytes > MEGABYTE);
    }
  },
);

const warningOf = ({ trace }: MessageView) =>
  trace.find(({ provider }) => provider === "alertmanager")?.warning;
