/** Every shipped provider on its own samples, on those of other providers, and on requests that no provider matches. */
import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Catalogue } from "../../src/catalogue/catalogue.ts";
import { judgeSample, rivals } from "../../src/catalogue/judge-sample.ts";
import { providerFileSchema } from "../../src/registry/provider-file.ts";
import { openShipped, PROVIDERS, SAMPLES } from "./catalogue/open.ts";

let catalogue: Catalogue;
beforeAll(async () => {
  catalogue = await openShipped();
});
afterAll(() => catalogue[Symbol.asyncDispose]());

test("every folder is a provider that loads", () => {
  expect(catalogue.providers.map(({ name }) => name).toSorted()).toEqual(PROVIDERS);
});

test.each(SAMPLES)("$name has the verdict that the sample expects", async (sample) => {
  expect(await judgeSample(catalogue, sample)).toEqual([]);
});

// A script must reject the messages of other senders by itself: the order of providers is only a second defence.
test.each(SAMPLES)("only its own provider matches $name", async (sample) => {
  const others = await rivals(catalogue, sample);
  const isForeign = !sample.expect.matched;
  // A sample that its provider must not match may match another shipped provider.
  expect(isForeign ? others.filter((name) => !PROVIDERS.includes(name)) : others).toEqual([]);
});

describe("a request of no provider", () => {
  test.each([
    ["nothing", "", []],
    ["JSON", '{"hello":"world"}', [["Content-Type", "application/json"]]],
    ["a list", "[1,null]", [["Content-Type", "application/json"]]],
    ["null", "null", [["Content-Type", "application/json"]]],
    ["a form", "payload=%7B%7D&a=b", [["Content-Type", "application/x-www-form-urlencoded"]]],
    ["text", "hello", [["Content-Type", "text/plain"]]],
    ["noise", Buffer.from([0xff, 0xfe, 0x00]), []],
    // Just below the size limit of payloads: slow to parse, and slower to freeze.
    ["a list of a megabyte", `[${"0,".repeat(499_990)}0]`, [["Content-Type", "application/json"]]],
    [
      "25 MiB of JSON",
      Buffer.from(`[${"0,".repeat(13_107_198)}0 ]`),
      [["Content-Type", "application/json"]],
    ],
  ] as const)("is matched by none: %s", async (_name, body, headers) => {
    for (const method of ["GET", "POST", "OPTIONS"]) {
      const request = { method, uri: "x", query: "", headers, body };
      const arrival = { receivedAt: 1_700_000_000_000, publicUrl: undefined };
      const matches = await catalogue.allMatches({ ...request, ...arrival }, catalogue.active, {});
      expect(matches).toEqual({ providers: [], faults: [] });
    }
  });
});

test.each(PROVIDERS)(
  "%s has samples that verify and samples that do not, and one that names its proof",
  (name) => {
    const own = SAMPLES.filter(({ provider }) => provider === name);
    expect(own.some((sample) => sample.expect.verified === true)).toBe(true);
    expect(own.some((sample) => sample.expect.verified === false)).toBe(true);
    const proven = own.filter(({ proof }) => proof !== undefined);
    expect(proven.length).toBeGreaterThan(0);
    expect(proven.every((sample) => sample.expect.verified === true)).toBe(true);
    // If the sender signs the body, one sample says how, so that tests can sign other bodies.
    const signs = proven.some(({ proof }) => proof?.signsBody);
    expect(proven.some(({ proof }) => proof?.signing !== undefined)).toBe(signs);
  },
);

test.each(PROVIDERS)("%s tells the operator how to set it up", (name) => {
  const text = readFileSync(`providers/${name}/provider.json`, "utf8");
  const { description, properties } = providerFileSchema.parse(JSON.parse(text));
  expect(description).toMatch(/\w+ \w+/);
  expect(properties.some(({ secret }) => secret)).toBe(true);
  for (const property of properties) {
    expect(property.description, property.name).toMatch(/\w+ \w+/);
    expect(property.env).toMatch(new RegExp(`^${name.replaceAll("-", "_").toUpperCase()}_`));
  }
});
