/** What every shipped provider says of its own samples, of everybody else's, and of what is nobody's. */
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

test.each(SAMPLES)("$name is judged as it says there", async (sample) => {
  expect(await judgeSample(catalogue, sample)).toEqual([]);
});

// Order is the second line of defence: no script may need it to leave other senders' messages alone.
test.each(SAMPLES)("nobody but its own provider claims $name", async (sample) => {
  const others = await rivals(catalogue, sample);
  const isAnothers = !sample.expect.matched;
  // A sample of what is not a provider's may be another's, or nobody's.
  expect(isAnothers ? others.filter((name) => !PROVIDERS.includes(name)) : others).toEqual([]);
});

describe("what is nobody's", () => {
  test.each([
    ["nothing", "", []],
    ["JSON", '{"hello":"world"}', [["Content-Type", "application/json"]]],
    ["a list", "[1,null]", [["Content-Type", "application/json"]]],
    ["null", "null", [["Content-Type", "application/json"]]],
    ["a form", "payload=%7B%7D&a=b", [["Content-Type", "application/x-www-form-urlencoded"]]],
    ["text", "hello", [["Content-Type", "text/plain"]]],
    ["noise", Buffer.from([0xff, 0xfe, 0x00]), []],
    // Just small enough to be looked at: slow to parse, and slower to freeze.
    ["a list of a megabyte", `[${"0,".repeat(499_990)}0]`, [["Content-Type", "application/json"]]],
    ["25 MiB of noise", Buffer.alloc(26_214_400, 0xff), []],
    [
      "25 MiB of JSON",
      Buffer.from(`[${"0,".repeat(13_107_198)}0 ]`),
      [["Content-Type", "application/json"]],
    ],
  ] as const)("is claimed by nobody: %s", async (_name, body, headers) => {
    for (const method of ["GET", "POST", "OPTIONS"]) {
      const request = { method, uri: "x", query: "", headers, body };
      const whenever = { receivedAt: 1_700_000_000_000, publicUrl: undefined };
      const said = await catalogue.claims({ ...request, ...whenever }, catalogue.active, {});
      expect(said).toEqual({ providers: [], faults: [] });
    }
  });
});

test.each(PROVIDERS)("%s has samples that verify and that do not, and a proof to spoil", (name) => {
  const own = SAMPLES.filter(({ provider }) => provider === name);
  expect(own.some((sample) => sample.expect.verified === true)).toBe(true);
  expect(own.some((sample) => sample.expect.verified === false)).toBe(true);
  const proven = own.filter(({ proof }) => proof !== undefined);
  expect(proven.length).toBeGreaterThan(0);
  expect(proven.every((sample) => sample.expect.verified === true)).toBe(true);
  // A sample whose sender signs the body says how, so that other bodies can be signed.
  const signs = proven.some(({ proof }) => proof?.signsBody);
  expect(proven.some(({ proof }) => proof?.signing !== undefined)).toBe(signs);
});

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
