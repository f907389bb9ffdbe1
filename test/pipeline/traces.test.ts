/** Exported traces: one per message, over retries and restarts, and part of the sender's trace if there is one. */
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import { readConfig } from "../../src/config.ts";
import { collectLog } from "../support/collected-log.ts";
import { startServer as startHttpServer } from "../support/egress-server.ts";
import { startServer } from "../support/server-process.ts";
import { tempFolder } from "../support/temp-folder.ts";
import { ANYTHING, fn, idIn, startTestApp } from "../support/test-app.ts";

// The limits allow a machine that is five times slower.
vi.setConfig({ testTimeout: 90_000, hookTimeout: 90_000 });

interface Span {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly status: { readonly code?: number };
  readonly attributes: readonly { readonly key: string; readonly value: object }[];
}

interface Posted {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: Span["attributes"] };
    readonly scopeSpans: readonly { readonly spans: readonly Span[] }[];
  }[];
}

/** A collector that receives OTLP over HTTP, as JSON. */
async function startCollector() {
  const posted: Posted[] = [];
  const server = await startHttpServer(({ url, body }, response) => {
    if (url === "/v1/traces") posted.push(JSON.parse(body));
    response.setHeader("content-type", "application/json").end("{}");
  });
  return {
    url: server.origin,
    services: () =>
      posted.flatMap(({ resourceSpans }) =>
        resourceSpans.map(({ resource }) => attributeOf(resource, "service.name")),
      ),
    spans: () =>
      posted.flatMap(({ resourceSpans }) =>
        resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap(({ spans }) => spans)),
      ),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

const attributeOf = ({ attributes }: Pick<Span, "attributes">, key: string): unknown =>
  Object.values(attributes.find((one) => one.key === key)?.value ?? {})[0];

const TRACE_ID = "0af7651916cd43dd8448eb211c80319c";
const SENDER_SPAN = "b7ad6b7169203331";
const SECRET = "hush-hush";

const installed = {
  providers: { anything: ANYTHING },
  functions: {
    quick: fn("x", "export default () => 1;"),
    flaky: fn(
      "x",
      "export default (event) => { if (event.attempt === 1) throw new Error(event.rawBody); };",
      { retry: { maxAttempts: 2, backoffMs: 2000, factor: 1, maxBackoffMs: 2000 } },
    ),
  },
};

test("the spans of a message join its sender's trace, over retries and a restart", async () => {
  await using collector = await startCollector();
  const folder = tempFolder().path;
  const environment = { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url };
  let id = "";
  {
    await using app = await startTestApp({ ...installed, folder, environment });
    const headers = { traceparent: `00-${TRACE_ID}-${SENDER_SPAN}-01`, authorization: SECRET };
    id = await idIn(await app.send(`x?token=${SECRET}`, { headers, body: SECRET }));
    const attempts = async () => (await (await app.api(`/messages/${id}`)).json()) as object;
    const afterFirst = { executions: [{}, { attempts: [{ number: 1 }] }] };
    await expect.poll(attempts).toMatchObject(afterFirst);
  }
  {
    await using app = await startTestApp({ ...installed, folder, environment });
    expect((await app.ended(id)).status).toBe("SUCCESS");
  }
  rmSync(folder, { recursive: true, force: true });
  const spans = collector.spans();
  expect(spans.map(({ name }) => name).sort()).toEqual([
    "accept",
    "commit",
    "execute",
    "execute",
    "execute",
    "match",
    "webhook",
  ]);
  expect(new Set(spans.map(({ traceId }) => traceId))).toEqual(new Set([TRACE_ID]));
  const whole = spans.find(({ name }) => name === "webhook");
  expect(whole?.parentSpanId).toBe(SENDER_SPAN);
  expect(attributeOf(whole as Span, "hookyard.message.id")).toBe(id);
  expect(Number(attributeOf(whole as Span, "http.response.status_code"))).toBe(202);
  for (const span of spans.filter((one) => one !== whole)) {
    expect(span.parentSpanId).toBe(whole?.spanId);
    expect(BigInt(span.endTimeUnixNano)).toBeGreaterThan(BigInt(span.startTimeUnixNano));
    expect(BigInt(span.startTimeUnixNano)).toBeGreaterThanOrEqual(
      BigInt(whole?.startTimeUnixNano ?? 0),
    );
  }
  const flaky = spans
    .filter((span) => attributeOf(span, "hookyard.function") === "flaky")
    .map((span) => ({
      attempt: Number(attributeOf(span, "hookyard.attempt")),
      outcome: attributeOf(span, "hookyard.outcome"),
      error: attributeOf(span, "error.type"),
      code: span.status.code ?? 0,
    }));
  expect(flaky).toEqual([
    { attempt: 1, outcome: "failure", error: "SCRIPT_ERROR", code: 2 },
    { attempt: 2, outcome: "success", error: undefined, code: 0 },
  ]);
  expect(new Set(collector.services())).toEqual(new Set(["hookyard"]));
  expect(JSON.stringify(spans)).not.toContain(SECRET);
});

test("without a sender's trace a message has its own, and an unsampled sender is respected", async () => {
  await using collector = await startCollector();
  const environment = {
    OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `${collector.url}/v1/traces`,
    OTEL_SERVICE_NAME: "hooks",
  };
  let id = "";
  let again = "";
  {
    await using app = await startTestApp({ ...installed, environment });
    const unrecorded = { traceparent: `00-${TRACE_ID}-${SENDER_SPAN}-00` };
    await app.send("y", { headers: unrecorded });
    id = await idIn(await app.send("y", { headers: { traceparent: "nonsense" } }));
    again = await idIn(await app.api(`/messages/${id}/resubmit`, { method: "POST" }));
  }
  const spans = collector.spans();
  const traceOf = (message: string) => message.replaceAll("-", "");
  expect(new Set(spans.map(({ traceId }) => traceId))).toEqual(new Set([id, again].map(traceOf)));
  expect(spans.filter(({ name }) => name === "webhook").map((span) => span.parentSpanId)).toEqual([
    undefined,
    undefined,
  ]);
  expect(new Set(collector.services())).toEqual(new Set(["hooks"]));
});

test("a configured share of messages is traced", async () => {
  await using collector = await startCollector();
  const environment = {
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
    OTEL_TRACES_SAMPLER_ARG: "0.5",
  };
  const sent = 200;
  {
    await using app = await startTestApp({ environment });
    await Promise.all(Array.from({ length: sent }, () => app.send("y")));
  }
  const traced = new Set(collector.spans().map(({ traceId }) => traceId)).size;
  expect(traced).toBeGreaterThan(sent * 0.25);
  expect(traced).toBeLessThan(sent * 0.75);
});

test("an unreachable collector does not delay the stop", async () => {
  const environment = { OTEL_EXPORTER_OTLP_ENDPOINT: "http://127.0.0.1:1" };
  const app = await startTestApp({ ...installed, environment });
  for (let n = 0; n < 5; n++) expect((await app.send("y")).status).toBe(202);
  const startedAt = performance.now();
  await app[Symbol.asyncDispose]();
  expect(performance.now() - startedAt).toBeLessThan(10_000);
});

test("a collector that refuses spans is reported once", async () => {
  const { log, texts } = collectLog();
  await using refusing = await startHttpServer((_, response) => response.writeHead(400).end());
  const environment = { OTEL_EXPORTER_OTLP_ENDPOINT: refusing.origin };
  const warnings = () => texts().filter((text) => text.startsWith("traces could not be sent"));
  {
    await using app = await startTestApp({ ...installed, environment, log });
    await app.send("y");
    await expect.poll(warnings).toHaveLength(1);
    await app.send("y");
  }
  expect(warnings()).toHaveLength(1);
});

/** Loaded before the server, it reports whether the part of OpenTelemetry that makes spans was loaded. */
const TELLTALE = `import { registerHooks } from "node:module";
registerHooks({
  resolve(specifier, context, next) {
    const found = next(specifier, context);
    if (found.url.includes("/@opentelemetry/sdk-trace/")) process.stderr.write("loaded " + found.url + "\\n");
    return found;
  },
});`;

test.each([
  ["without a collector", {}, false],
  ["with a collector", { OTEL_EXPORTER_OTLP_ENDPOINT: "http://127.0.0.1:1" }, true],
])("whether OpenTelemetry is loaded when %s: %o, %s", async (_, environment, isLoaded) => {
  const folder = tempFolder().path;
  writeFileSync(join(folder, "telltale.mjs"), TELLTALE);
  const server = await startServer({
    HOOKYARD_DATA_DIR: folder,
    HOOKYARD_ADMIN_TOKEN: "a-token-for-tests-only",
    NODE_OPTIONS: `--import=${join(folder, "telltale.mjs")}`,
    ...environment,
  });
  await server.end("SIGTERM");
  expect(server.output().includes("loaded file:")).toBe(isLoaded);
  rmSync(folder, { recursive: true, force: true });
});

test.each([
  ["OTEL_EXPORTER_OTLP_ENDPOINT", "collector:4318"],
  ["OTEL_TRACES_SAMPLER_ARG", "half"],
])("%s=%s is refused at the start", (name, value) => {
  const environment = { OTEL_EXPORTER_OTLP_ENDPOINT: "http://localhost:4318", [name]: value };
  expect(() => readConfig(environment)).toThrow(`${name}: expected`);
});
