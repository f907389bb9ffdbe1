/** Ordinary code has the same results in the sandbox as in Node: in warm and fresh isolates, and in both styles. */
import { Script } from "node:vm";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { fn, idIn, startParallelApp, type TestApp } from "../support/test-app.ts";
import { BUNDLE } from "./honest/bundle.ts";
import { HONEST_SCRIPTS, type HonestScript } from "./honest/scripts.ts";

const PAYLOAD = JSON.stringify({
  rows: Array.from({ length: 500 }, (_, id) => ({
    id,
    team: `team ${id % 9}`,
    points: (id * 7919) % 101,
    note: "ä".repeat(id % 17),
  })),
});
/** Several runs, so that leftovers of a run would change the next. */
const RUNS = 2;

const SCRIPTS: readonly HonestScript[] = [
  ...HONEST_SCRIPTS,
  { name: "a bundle of small libraries", body: BUNDLE },
];

const WRAPPED = {
  module: (body: string) =>
    `export default async ({ payload }: { payload: any }) => {\n${body}\n};\n`,
  flexdeploy: (body: string) => `const payload = PAYLOAD;\n${body}\n`,
} as const;

const VARIANTS = [
  ["module", "warm", RUNS],
  ["module", "fresh", 1],
  ["flexdeploy", "warm", RUNS],
  ["flexdeploy", "fresh", 1],
] as const;

/** The result in Node after a round trip through JSON. */
async function nodesResult(body: string): Promise<unknown> {
  const run = new Script(`"use strict"; (async (payload) => {\n${body}\n})`).runInThisContext();
  return JSON.parse(JSON.stringify(await run(JSON.parse(PAYLOAD))));
}

async function sandboxResult(app: TestApp, uri: string): Promise<unknown> {
  const response = await app.send(uri, {
    headers: { "flex-sync-webhook": "true", "content-type": "application/json" },
    body: PAYLOAD,
  });
  const { executions } = await app.ended(await idIn(response));
  expect(executions[0]?.error).toBeNull();
  return executions[0]?.result;
}

describe("honest scripts", () => {
  let app: TestApp;

  beforeAll(async () => {
    const functions = SCRIPTS.flatMap(({ body }, index) =>
      VARIANTS.map(([style, isolation]) => {
        const name = `s${index}-${style}-${isolation}`;
        return [name, fn(name, WRAPPED[style](body), { isolation })] as const;
      }),
    );
    app = await startParallelApp({
      providers: { anything: { json: { priority: 1 }, script: "export default () => true;\n" } },
      functions: Object.fromEntries(functions),
    });
  }, 90_000);
  afterAll(async () => {
    await app[Symbol.asyncDispose]();
  });

  test.each(SCRIPTS.map(({ name, body }, index) => [name, index, body] as const))(
    "%s: the sandbox returns the result of Node, every time",
    {
      timeout: 90_000,
    },
    async (_, index, body) => {
      const expected = await nodesResult(body);
      for (const [style, isolation, runs] of VARIANTS) {
        for (let run = 0; run < runs; run++) {
          const result = await sandboxResult(app, `s${index}-${style}-${isolation}`);
          expect(result, `${style}, ${isolation}, run ${run + 1}`).toEqual(expected);
        }
      }
    },
  );
});
