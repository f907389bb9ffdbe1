/**
 * Senders that only the shape of their body identifies are recognized, for any size and transfer encoding of the body.
 */
import { request } from "node:http";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startTestApp, type TestApp } from "../support/test-app.ts";

const STATE = "a state for tests only";

let app: TestApp;
beforeAll(async () => {
  const names = ["alertmanager", "grafana", "microsoft-graph", "bitbucket-server"];
  app = await startTestApp({
    providers: Object.fromEntries(names.map((name) => [name, "shipped" as const])),
    functions: Object.fromEntries(
      names.map((provider) => [
        provider,
        {
          json: { provider, uri: "in" },
          script: "export default (event) => event.payload.alerts?.length;\n",
        },
      ]),
    ),
    environment: { HOOKYARD_MATCH_TIMEOUT_MS: "30000", MICROSOFT_GRAPH_CLIENT_STATE: STATE },
  });
});
afterAll(() => app[Symbol.asyncDispose]());

/** A group of the given size in bytes. The fields that identify its sender follow the alerts. */
function group(bytes: number, tells: object) {
  const alert = {
    status: "firing",
    labels: { alertname: "InstanceDown", instance: "10.0.0.1:9100" },
    annotations: { description: "x".repeat(800) },
    startsAt: "2026-01-01T00:00:00Z",
  };
  const amount = Math.ceil(bytes / JSON.stringify(alert).length);
  const alerts = Array.from({ length: amount }, () => alert);
  return { amount, body: Buffer.from(JSON.stringify({ alerts, ...tells })) };
}

const ALERTMANAGER = {
  receiver: "hooks",
  status: "firing",
  groupKey: '{}:{alertname="InstanceDown"}',
  externalURL: "http://alerts.example.org",
  version: "4",
};
const GRAFANA = { receiver: "hooks", orgId: 1, status: "firing" };

async function post(body: Buffer, headers: Readonly<Record<string, string>>) {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const outgoing = request(`${app.url}/webhooks/v1/in`, { method: "POST", headers }, (response) => {
    const chunks: Buffer[] = [];
    response.on("data", (chunk: Buffer) => chunks.push(chunk));
    response.on("end", () => resolve(Buffer.concat(chunks).toString()));
  });
  outgoing.on("error", reject).end(body);
  return await app.ended(JSON.parse(await promise).messageId);
}

const TRAVELS: Readonly<Record<string, (body: Buffer) => ReturnType<typeof post>>> = {
  "with its length": (body) =>
    post(body, { "content-type": "application/json", "content-length": `${body.length}` }),
  chunked: (body) =>
    post(body, { "content-type": "application/json", "transfer-encoding": "chunked" }),
  compressed: (body) =>
    post(gzipSync(body), { "content-type": "application/json", "content-encoding": "gzip" }),
  "compressed and chunked": (body) =>
    post(gzipSync(body), {
      "content-type": "application/json; charset=utf-8",
      "content-encoding": "gzip",
      "transfer-encoding": "chunked",
    }),
};

test.each([
  ["alertmanager", "with its length", ALERTMANAGER],
  ["alertmanager", "chunked", ALERTMANAGER],
  ["alertmanager", "compressed", ALERTMANAGER],
  ["alertmanager", "compressed and chunked", ALERTMANAGER],
  ["grafana", "chunked", GRAFANA],
])("a group of 1.5 MB of %s, %s, runs its function", async (provider, travel, tells) => {
  const { amount, body } = group(1_500_000, tells);
  const view = await TRAVELS[travel]?.(body);
  expect(view).toMatchObject({ status: "SUCCESS", provider });
  expect(view?.executions[0]?.result).toBe(amount);
});

test.each([
  ["every one is vouched for", STATE, "SUCCESS"],
  ["the last one is not", "another state", "REJECTED"],
])("of a large batch of Microsoft Graph %s", async (_what, last, status) => {
  const item = { subscriptionId: "s", clientState: STATE, changeType: "x", more: "x".repeat(1000) };
  const items = Array.from({ length: 1500 }, () => item);
  const value = [...items, { ...item, clientState: last }];
  const view = await TRAVELS["chunked"]?.(Buffer.from(JSON.stringify({ value })));
  expect(view).toMatchObject({ status, provider: "microsoft-graph" });
});

test("the test request of Bitbucket Data Center without a header is answered, also in chunks", async () => {
  for (const duplex of [false, true]) {
    const text = new Blob(['{"test":true}']);
    const body = duplex ? text.stream() : text;
    const response = await app.send("in", { body, ...(duplex ? { duplex: "half" } : {}) });
    expect(response.status).toBe(200);
    expect(await response.text()).toBe("");
  }
  const { items } = JSON.parse(await (await app.api("/messages?status=HANDSHAKE")).text());
  expect(items).toMatchObject([{ provider: "bitbucket-server" }, { provider: "bitbucket-server" }]);
});
