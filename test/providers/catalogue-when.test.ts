/** The `when` of each shipped provider is met by its sender's requests, also after proxies have changed them. */
import { readFileSync } from "node:fs";
import { gunzipSync, gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { messageOf } from "../../src/catalogue/catalogue.ts";
import type { Sample, SampleRequest } from "../../src/catalogue/sample.ts";
import { headerValue, type Message } from "../../src/model/message.ts";
import { RequestHead } from "../../src/model/request-head.ts";
import { compileWhen, missingKeysReason, type WhenCheck } from "../../src/model/when.ts";
import { providerFileSchema } from "../../src/registry/provider-file.ts";
import { payloadKeys } from "../../src/sandbox/child/excerpt/payload-keys.ts";
import { PROVIDERS, SAMPLES } from "./catalogue/open.ts";

type Headers = SampleRequest["headers"];

const without = (headers: Headers, ...names: readonly string[]) =>
  headers.filter(([name]) => !names.includes(name.toLowerCase()));
const eachType = (headers: Headers, change: (value: string) => string): Headers =>
  headers.map(([name, value]) => [
    name,
    name.toLowerCase() === "content-type" ? change(value) : value,
  ]);

/** Changes by proxies, libraries and other releases of the sender. The request still comes from the same sender. */
const TRAVELS: Readonly<Record<string, (message: Message) => Message>> = {
  "as it is": (message) => message,
  "names in small letters": (message) => ({
    ...message,
    headers: message.headers.map(([name, value]) => [name.toLowerCase(), value]),
  }),
  "names in capitals": (message) => ({
    ...message,
    headers: message.headers.map(([name, value]) => [name.toUpperCase(), value]),
  }),
  "a charset": (message) => ({
    ...message,
    headers: eachType(message.headers, (type) => `${type.split(";", 1).join("")}; charset=UTF-8`),
  }),
  "a charset without a blank": (message) => ({
    ...message,
    headers: eachType(message.headers, (type) => `${type.split(";", 1).join("")};charset="utf-8"`),
  }),
  "the type in capitals": (message) => ({
    ...message,
    headers: eachType(message.headers, (type) => type.toUpperCase()),
  }),
  "chunked, without a length": (message) => ({
    ...message,
    headers: [...without(message.headers, "content-length"), ["Transfer-Encoding", "chunked"]],
  }),
  compressed: (message) => ({
    ...message,
    body: gzipSync(message.body),
    headers: [...without(message.headers, "content-length"), ["Content-Encoding", "gzip"]],
  }),
  "through a proxy": (message) => ({
    ...message,
    headers: [
      ...message.headers,
      ["X-Forwarded-For", "192.0.2.1"],
      ["X-Request-Id", "8d5b4d13"],
      ["traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"],
    ],
  }),
  "by another client": (message) => ({
    ...message,
    headers: [...without(message.headers, "user-agent"), ["User-Agent", "curl/8.14.1"]],
  }),
  "at another URI": (message) => ({ ...message, path: "/webhooks/v1/a/b%2Fc", uri: "a/b/c" }),
};

const conditionOf = (provider: string): WhenCheck | undefined => {
  const text = readFileSync(`providers/${provider}/provider.json`, "utf8");
  const { when } = providerFileSchema.parse(JSON.parse(text));
  return when && compileWhen(when);
};

/** Checks the condition in the two steps of main and the sandbox process. */
function unmetBy(unmet: WhenCheck | undefined, message: Message): string | undefined {
  const { reason, payloadKeys: lists } =
    unmet?.(new RequestHead(message, message.body.length)) ?? {};
  if (lists === undefined) return reason;
  const present = keysOf(message);
  const isMet =
    present === undefined || lists.some((keys) => keys.every((key) => present.has(key)));
  return isMet ? undefined : missingKeysReason(lists);
}

function keysOf({ headers, body }: Message) {
  const isEncoded = headerValue(headers, "content-encoding") !== undefined;
  return payloadKeys(isEncoded ? gunzipSync(body) : body, headerValue(headers, "content-type"));
}

describe.each(PROVIDERS)("%s", (provider) => {
  const unmet = conditionOf(provider);
  const own = SAMPLES.filter((sample) => sample.provider === provider && sample.expect.matched);

  test("has a `when`", () => {
    expect(unmet).toBeDefined();
    expect(own.length).toBeGreaterThan(0);
  });

  test.each(Object.keys(TRAVELS))("meets its `when` with its samples: %s", (travel) => {
    for (const { name, request } of own) {
      // The body has thirteen bytes, and its sender does not compress it.
      if (travel === "compressed" && name === "bitbucket-server/ping-without-event") continue;
      const message = TRAVELS[travel]?.(messageOf(request));
      if (message === undefined) throw new Error(travel);
      expect([name, unmetBy(unmet, message)]).toEqual([name, undefined]);
    }
  });
});

const BY_SHAPE = [
  "alertmanager",
  "azure-devops",
  "calibre",
  "docker-hub",
  "grafana",
  "hypertune",
  "microsoft-graph",
];
/** The operator chooses the header for these providers, so their scripts run for most messages of others. */
const BY_ANY_HEADER = ["basic", "datadog", "hmac", "jwt", "token"];

const samplesOf = (names: readonly string[]): readonly Sample[] =>
  SAMPLES.filter(({ provider, expect: { matched } }) => matched && names.includes(provider));

test.each(BY_SHAPE)("%s, identified by the shape of its body, needs no content type", (name) => {
  const unmet = conditionOf(name);
  for (const { request } of samplesOf([name])) {
    const message = messageOf(request);
    const plain = { ...message, headers: without(message.headers, "content-type") };
    expect(unmetBy(unmet, plain)).toBeUndefined();
  }
});

test.each([
  ["application/octet-stream", "\u0000\u0001"],
  ["application/json", '{"type":"a","user":{},"value":'],
  ["application/json", `[${"{},".repeat(500)}{}]`],
  ["application/x-www-form-urlencoded", `type=a&user=b&note=${"x".repeat(1024)}`],
  ["text/plain", "value ".repeat(200)],
])(
  "a message of the type %s with a body of another shape runs few of these scripts",
  (type, body) => {
    const headers = [["Content-Type", type]] as const;
    const other = { ...messageOf({ ...blank, headers, body }), method: "POST" };
    const candidates = BY_SHAPE.filter((name) => unmetBy(conditionOf(name), other) === undefined);
    // Only a parse decides about bytes that begin like JSON.
    const needsParse = body.startsWith("{");
    expect(candidates).toEqual(needsParse ? BY_SHAPE : []);
    for (const name of BY_SHAPE)
      expect(unmetBy(conditionOf(name), { ...other, method: "GET" })).toMatch(/method is GET/);
  },
);

const blank: SampleRequest = {
  method: "POST",
  uri: "x",
  query: "",
  headers: [],
  body: "",
  receivedAt: 0,
  publicUrl: undefined,
};

test("the script of a provider with a header or a shape in `when` runs for few messages of others", () => {
  const names = PROVIDERS.filter((name) => !BY_ANY_HEADER.includes(name));
  const others = (name: string) => SAMPLES.filter(({ provider }) => provider !== name);
  const shares = names.map((name) => {
    const unmet = conditionOf(name);
    const own = others(name).filter(
      ({ request }) => unmetBy(unmet, messageOf(request)) === undefined,
    );
    return own.length / others(name).length;
  });
  for (const share of shares) expect(share).toBeLessThan(0.25);
});
