/** Messages that are expensive to match, a server that receives them, and an honest sender. */
import { createHmac } from "node:crypto";
import { once } from "node:events";
import { request as httpRequest } from "node:http";
import { brotliCompressSync, constants, deflateSync, gzipSync, zstdCompressSync } from "node:zlib";
import { afterAll, beforeAll, expect, vi } from "vitest";
import { startParallelApp, type TestApp } from "../support/test-app.ts";

const SECRET = "the secret of the honest sender";
const MEGABYTE = 1024 * 1024;
const JSON_TYPE = { "content-type": "application/json" };
const FORM_TYPE = { "content-type": "application/x-www-form-urlencoded" };
/**
 * How many times slower than alone an honest push may be, on a busy machine. It detects hangs and measures no speed.
 */
const AS_BEFORE_MS = 3000;
const AS_BEFORE_FACTOR = 30;

const TELL = `export default ({ payload, payloadTruncated }) => ({
  alerts: payload.alerts.length,
  note: payload.alerts.at(-1).annotations.note.length,
  version: payload.version,
  payloadTruncated,
});`;

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

/** Call this while tests are collected. The tests of a file share a server with all shipped providers. */
export class ExpensiveApp {
  #app: TestApp | undefined;

  constructor() {
    beforeAll(async () => {
      this.#app = await startParallelApp({
        functions: {
          push: {
            json: { provider: "github", uri: "push" },
            script: "export default () => 'ran';",
          },
          alerts: { json: { provider: "alertmanager", uri: "alerts" }, script: TELL },
        },
        environment: {
          HOOKYARD_PROVIDERS_DIR: "providers",
          HOOKYARD_TRUST_PROXY: "true",
          HOOKYARD_UNVERIFIED: "accept",
          GITHUB_WEBHOOK_SECRET: SECRET,
        },
      });
      // The first pushes wait for processes and isolates to start.
      await vi.waitFor(() => this.honestPush(), { timeout: 80_000 });
    });
    afterAll(async () => {
      await this.#app?.[Symbol.asyncDispose]();
    });
  }

  get app(): TestApp {
    if (this.#app === undefined) throw new Error("the server is started before the first test");
    return this.#app;
  }

  /** Resolves with the latency of the answer. Fails unless the push matched and its function ran. */
  async honestPush(): Promise<number> {
    const body = JSON.stringify({ ref: "refs/heads/main", commits: [], filler: "x".repeat(5000) });
    const signature = createHmac("sha256", SECRET).update(body).digest("hex");
    const startedAt = performance.now();
    const response = await this.app.send("push", {
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

  /** Sends from a separate address, in chunks or encoded, which `fetch` cannot do. */
  async answerTo({ body, headers, chunked = false, uri = "x" }: Expensive): Promise<Answered> {
    const length = chunked ? {} : { "content-length": String(body.length) };
    const request = httpRequest(`${this.app.url}/webhooks/v1/${uri}`, {
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
  async send(message: Expensive): Promise<string> {
    const { status, text } = await this.answerTo(message);
    expect(status, text).toBe(202);
    return JSON.parse(text).messageId;
  }

  /** Fails unless honest pushes are answered as fast as before until the message has ended. */
  async expectOthersAsBefore(message: Expensive): Promise<void> {
    const aloneMs = Math.max(await this.honestPush(), await this.honestPush());
    let isEnded = false;
    const ended = this.send(message)
      .then((id) => this.app.ended(id))
      .finally(() => {
        isEnded = true;
      });
    let besideMs = 0;
    do besideMs = Math.max(besideMs, await this.honestPush());
    while (!isEnded);
    await ended;
    expectAsBefore(besideMs, aloneMs);
  }

  /**
   * Fails if `count` simultaneous messages end a matching process of other messages, or if matching fails afterwards.
   */
  async expectMatchingSurvives(count: number): Promise<void> {
    const message = encoded("gzip", gzipSync(dense));
    const before = this.app.app.sandboxPids();
    const aloneMs = await this.honestPush();
    const sent = Promise.all(Array.from({ length: count }, () => this.answerTo(message)));
    await this.honestPush();
    // Some messages are refused, because there is no memory to decode them.
    const statuses = new Set((await sent).map(({ status }) => status));
    expect([202, 503]).toEqual(expect.arrayContaining([...statuses]));
    expectAsBefore(await this.honestPush(), aloneMs);
    expect(this.app.app.sandboxPids()).toEqual(expect.arrayContaining([...before]));
  }
}

const expectAsBefore = (besideMs: number, aloneMs: number) =>
  expect(besideMs).toBeLessThan(Math.max(AS_BEFORE_MS, AS_BEFORE_FACTOR * aloneMs));

const braces = (bytes: number) => Buffer.from(`[${"{},".repeat(bytes / 3)}{}]`);
const quickest = { params: { [constants.BROTLI_PARAM_QUALITY]: 4 } };
const dense = braces(900_000);
const nested = (levels: number) => Buffer.from("[".repeat(levels) + "]".repeat(levels));
const manyKeys = () =>
  Buffer.from(`{${Array.from({ length: 300_000 }, (_, n) => `"k${n}":${n}`).join(",")}}`);
const manyFields = () =>
  Buffer.from(Array.from({ length: 80_000 }, (_, n) => `k${n}=${n}`).join("&"));
const xml = () => Buffer.from(`<a>${"<b>text</b>".repeat(1_800_000)}</a>`);
const encoded = (encoding: string, body: Buffer): Expensive => ({
  body,
  headers: { ...JSON_TYPE, "content-encoding": encoding },
});

type Made = readonly (readonly [what: string, message: () => Expensive])[];

/** One message of each kind: dense, large once it is decoded, deep, and a form. */
export const REPRESENTATIVE: Made = [
  ["many values as they are", () => ({ body: dense, headers: JSON_TYPE })],
  ["gzip of 24 MiB of values", () => encoded("gzip", gzipSync(braces(24 * MEGABYTE)))],
  ["500,000 lists in each other", () => ({ body: nested(500_000), headers: JSON_TYPE })],
  ["a form of 80,000 different fields", () => ({ body: manyFields(), headers: FORM_TYPE })],
];

export const OTHERS: Made = [
  ["gzip of many values", () => encoded("gzip", gzipSync(dense))],
  ["br of many values", () => encoded("br", brotliCompressSync(dense, quickest))],
  ["zstd of many values", () => encoded("zstd", zstdCompressSync(dense))],
  ["deflate of many values", () => encoded("deflate", deflateSync(dense))],
  ["gzip of gzip of many values", () => encoded("gzip, gzip", gzipSync(gzipSync(dense)))],
  ["many values in chunks", () => ({ body: dense, headers: JSON_TYPE, chunked: true })],
  ["many values that call themselves text", () => ({ body: dense, headers: {} })],
  [
    "20 MB of one text",
    () => ({ body: Buffer.from(JSON.stringify(["x".repeat(20e6)])), headers: JSON_TYPE }),
  ],
  ["300,000 keys", () => ({ body: manyKeys(), headers: JSON_TYPE })],
  [
    "a form of a million fields",
    () => ({ body: Buffer.from("a=1&".repeat(1e6)), headers: FORM_TYPE }),
  ],
  [
    "a form whose payload has many values",
    () => ({ body: Buffer.from(`payload=${dense}`), headers: FORM_TYPE }),
  ],
  ["20 MB of XML", () => ({ body: xml(), headers: { "content-type": "text/xml" } })],
  ["many values that break off", () => ({ body: dense.subarray(0, -1), headers: JSON_TYPE })],
];

/** Alertmanager writes the identifying fields after the alerts. */
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

/** Ways to send a body. */
export const SENT: readonly (readonly [how: string, (body: Buffer) => Expensive])[] = [
  ["with its length", (body) => ({ body, headers: JSON_TYPE })],
  ["in chunks", (body) => ({ body, headers: JSON_TYPE, chunked: true })],
  ["compressed", (body) => encoded("gzip", gzipSync(body))],
];

/** Fails unless a group of alerts matches and reaches its function whole. */
export async function expectWhole(
  server: ExpensiveApp,
  make: (body: Buffer) => Expensive,
  bytes: number,
): Promise<void> {
  const { body, alerts } = groupOf(bytes);
  const view = await server.app.ended(await server.send({ ...make(body), uri: "alerts" }));
  expect([view.provider, view.eventType]).toEqual(["alertmanager", "firing"]);
  const whole = { alerts, note: 2000, version: "4", payloadTruncated: false };
  expect(view.executions).toMatchObject([{ status: "SUCCESS", result: whole }]);
  const { warning } = view.trace.find(({ provider }) => provider === "alertmanager") ?? {};
  expect(warning !== undefined, `${bytes} bytes`).toBe(bytes > MEGABYTE);
}
