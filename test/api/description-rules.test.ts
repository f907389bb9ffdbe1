/** The API's description under the rules of two linters, and under rules of our own for client generators. */
import { createConfig, lintFromString } from "@redocly/openapi-core";
import { type RulesetDefinition, Spectral } from "@stoplight/spectral-core";
import { oas } from "@stoplight/spectral-rulesets";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startTestApp, type TestApp } from "../support/test-app.ts";

interface Schema {
  readonly type?: unknown;
  readonly items?: unknown;
  readonly default?: unknown;
  readonly $ref?: unknown;
}
interface Operation {
  readonly operationId: string;
  readonly requestBody?: { readonly required?: boolean; readonly content: object };
  readonly parameters?: readonly object[];
}

let app: TestApp;
let source = "";
let document: unknown;
let operations: readonly Operation[] = [];
beforeAll(async () => {
  app = await startTestApp();
  source = await (await fetch(`${app.url}/api/v1/openapi.json`)).text();
  const { paths } = JSON.parse(source);
  document = JSON.parse(source);
  operations = Object.values<Record<string, Operation>>(paths).flatMap((calls) =>
    Object.values(calls),
  );
});
afterAll(() => app[Symbol.asyncDispose]());

test("Redocly finds nothing to say", async () => {
  const config = await createConfig({ extends: ["recommended"] });
  const problems = await lintFromString({ source, absoluteRef: "openapi.json", config });
  expect(problems.map(({ ruleId, message, location }) => [ruleId, message, location[0]])).toEqual(
    [],
  );
});

/** Rules that are off. */
const EXCEPTIONS = {
  "info-contact": "The operator is the contact, and the server does not know the operator.",
  "license-url": "OpenAPI 3.1 allows an identifier or a URL, not both.",
  "openapi-tags-alphabetical": "The order is that of a reader: messages first.",
  "oas3-operation-security-defined":
    "OpenAPI 3.1 lists roles for other schemes than OAuth too; the rule knows only scopes of OAuth.",
};

test("Spectral finds nothing to say, in all of its rules for OpenAPI", async () => {
  const spectral = new Spectral();
  const rules = Object.fromEntries(Object.keys(EXCEPTIONS).map((name) => [name, "off" as const]));
  spectral.setRuleset({ extends: [[oas as RulesetDefinition, "all"]], rules });
  const problems = await spectral.run(source);
  expect(problems.map(({ code, message, path }) => [code, message, path.join("/")])).toEqual([]);
});

test("a body is required unless the call has a meaning without one", () => {
  const bodies = operations.filter(({ requestBody }) => requestBody !== undefined);
  const optional = bodies.filter(({ requestBody }) => requestBody?.required !== true);
  expect(bodies.length).toBeGreaterThan(10);
  expect(optional.map(({ operationId }) => operationId)).toEqual([
    // Its filter may stand in the query.
    "resubmitMessages",
    // As it was.
    "resubmitMessage",
    // A webhook may be empty.
    "send_webhooks_v1",
  ]);
});

/** Every schema below `value`, components included. */
function* schemasIn(value: unknown, seen = new Set<unknown>()): Generator<Schema> {
  if (typeof value !== "object" || value === null || seen.has(value)) return;
  seen.add(value);
  const schema = value as Schema;
  yield schema;
  const { $ref: ref } = schema;
  if (typeof ref === "string") {
    const keys = ref.slice("#/".length).split("/");
    const target = keys.reduce<unknown>((at, key) => Reflect.get(Object(at), key), document);
    if (!seen.has(ref)) yield* schemasIn(target, seen.add(ref));
  }
  for (const [key, child] of Object.entries(schema))
    if (key !== "examples") yield* schemasIn(child, seen);
}

test("no request has a default, which client generators take for a required field", () => {
  for (const { operationId, requestBody, parameters } of operations)
    for (const schema of schemasIn({ requestBody, parameters }))
      if (schema.default !== undefined)
        throw new Error(`${operationId} has the default ${schema.default}`);
});

test("every list says what its items are", () => {
  const lists = [...schemasIn(document)].filter(({ type }) => type === "array");
  expect(lists.length).toBeGreaterThan(10);
  expect(lists.filter(({ items }) => items === undefined)).toEqual([]);
});

test("the name of a call is a verb and a noun", () => {
  for (const { operationId } of operations)
    expect(operationId).toMatch(/^[a-z]+(?:[A-Z_][a-z0-9_]+)+$/);
});
