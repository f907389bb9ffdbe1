/** The `when` of every shipped provider lets through what its sender sends, however that travels. */
import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { messageOf } from "../../src/catalogue/catalogue.ts";
import type { Sample, SampleRequest } from "../../src/catalogue/sample.ts";
import type { Message } from "../../src/model/message.ts";
import { RequestHead } from "../../src/model/request-head.ts";
import { compileWhen, type WhenCheck } from "../../src/model/when.ts";
import { providerFileSchema } from "../../src/registry/provider-file.ts";
import { PROVIDERS, SAMPLES } from "./catalogue/open.ts";

type Headers = SampleRequest["headers"];

const without = (headers: Headers, ...names: readonly string[]) =>
  headers.filter(([name]) => !names.includes(name.toLowerCase()));
const eachType = (headers: Headers, change: (value: string) => string): Headers =>
  headers.map(([name, value]) => [
    name,
    name.toLowerCase() === "content-type" ? change(value) : value,
  ]);

/** What proxies, libraries and other releases make of a request: none of it makes it another sender's. */
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

const unmetBy = (unmet: WhenCheck | undefined, message: Message) =>
  unmet?.(new RequestHead(message, message.body.length));

describe.each(PROVIDERS)("%s", (provider) => {
  const unmet = conditionOf(provider);
  const own = SAMPLES.filter((sample) => sample.provider === provider && sample.expect.matched);

  test("says which requests its script is asked about", () => {
    expect(unmet).toBeDefined();
    expect(own.length).toBeGreaterThan(0);
  });

  test.each(Object.keys(TRAVELS))("is asked about its samples: %s", (travel) => {
    for (const { name, request } of own) {
      // Thirteen bytes, which its sender does not compress.
      if (travel === "compressed" && name === "bitbucket-server/ping-without-event") continue;
      const message = TRAVELS[travel]?.(messageOf(request));
      if (message === undefined) throw new Error(travel);
      expect([name, unmetBy(unmet, message)]).toEqual([name, undefined]);
    }
  });
});

/** Those that are known by the shape of their body, or by a header of the operator's choice, are asked about much. */
const BY_SHAPE = [
  "alertmanager",
  "azure-devops",
  "basic",
  "calibre",
  "datadog",
  "docker-hub",
  "grafana",
  "hmac",
  "hypertune",
  "jwt",
  "microsoft-graph",
  "token",
];

const samplesOf = (names: readonly string[]): readonly Sample[] =>
  SAMPLES.filter(({ provider, expect: { matched } }) => matched && names.includes(provider));

test("who is known by the shape alone is asked about JSON without a type, and about nothing that is no JSON", () => {
  for (const name of BY_SHAPE.filter(
    (one) => !["basic", "datadog", "hmac", "jwt", "token"].includes(one),
  )) {
    const unmet = conditionOf(name);
    for (const { request } of samplesOf([name])) {
      const message = messageOf(request);
      const plain = { ...message, headers: without(message.headers, "content-type") };
      expect(unmetBy(unmet, plain)).toBeUndefined();
    }
    for (const type of [
      "application/octet-stream",
      "multipart/form-data; boundary=x",
      "image/png",
    ]) {
      const headers = [["Content-Type", type]] as const;
      const other = { ...messageOf({ ...blank, headers }), method: "POST" };
      expect(unmetBy(unmet, other)).toMatch(/^no header|^content type is not/);
    }
    expect(unmetBy(unmet, { ...messageOf(blank), method: "GET" })).toMatch(/method is GET/);
  }
});

const blank: SampleRequest = {
  method: "POST",
  uri: "x",
  query: "",
  headers: [],
  body: "",
  receivedAt: 0,
  publicUrl: undefined,
};

test("a provider that is known by a header is asked about few messages of others", () => {
  const names = PROVIDERS.filter((name) => !BY_SHAPE.includes(name));
  const others = (name: string) => SAMPLES.filter(({ provider }) => provider !== name);
  const asked = names.map((name) => {
    const unmet = conditionOf(name);
    const own = others(name).filter(
      ({ request }) => unmetBy(unmet, messageOf(request)) === undefined,
    );
    return own.length / others(name).length;
  });
  for (const share of asked) expect(share).toBeLessThan(0.25);
});
