/** A match script that fails in any way only fails to match: the next provider still matches. */

import { afterAll, beforeAll, expect, test } from "vitest";
import { HANG_MS } from "../../support/hang.ts";
import type { MessageView, TestApp } from "../../support/test-app.ts";
import { idOf, PAYLOAD, reloaded, startHostileApp } from "./hostile-app.ts";
import { expectMainAsBefore, gaugeMain, type MainGauge } from "./main-gauge.ts";
import {
  type HostileMatchScript,
  MATCH_SCRIPTS,
  matchSourceOf,
  matchStylesOf,
} from "./match-scripts.ts";

/** The log limit of a match script is 8 KiB, plus the note about the cut. */
const MAX_LOG = 12 * 1024;

/** Matches only when all of its inputs are as expected. */
const CAREFUL = `export default async (event, ctx) => {
  const { text, list, nested } = event.payload;
  const language = JSON.stringify({ a: [1].map((n) => n + 1) }) === '{"a":[2]}' && JSON.parse("[1]")[0] === 1 && "a".toUpperCase() === "A"
    && /^h/.test(text) && Math.max(1, 2) === 2 && Object.keys({ b: 1 })[0] === "b" && globalThis.changed === undefined && ({}).changed === undefined
    && (await Promise.resolve(1).then((n) => n + 1)) === 2;
  const given = text === "hello" && list.length === 3 && nested.value === true && event.headers["x-honest"] === "yes" && event.uri === "honest";
  const tools = ctx.crypto.hmac("sha256", "k", "x").length === 64 && ctx.crypto.hash("sha256", event.rawBody).length === 64;
  ctx.log.info("asked", language, given, tools);
  return language && given && tools;
};\n`;

const cases = MATCH_SCRIPTS.flatMap((script) =>
  matchStylesOf(script).map((style) => [script.name, style, script] as const),
);

let app: TestApp;
let before: MainGauge;

beforeAll(async () => {
  app = await startHostileApp({});
  app.writeFunction("honest", {
    json: { provider: "careful", uri: "honest" },
    script: "export default () => 'ran';\n",
  });
  app.writeProvider("careful", { json: { priority: 2 }, script: CAREFUL });
  app.writeProvider("anything", {
    json: { priority: 3 },
    script: "export default (event) => event.uri !== 'honest';\n",
  });
  before = await gaugeMain(app);
}, 90_000);
afterAll(async () => {
  await app[Symbol.asyncDispose]();
});

const send = () =>
  app.send("honest", {
    headers: {
      "flex-sync-webhook": "true",
      "content-type": "application/json",
      "x-honest": "yes",
    },
    body: PAYLOAD,
  });

test.each(cases)(
  "%s (%s): only this script does not match",
  { timeout: 90_000 },
  async (_, style, script) => {
    app.writeProvider("hostile", { json: { priority: 1 }, script: matchSourceOf(script, style) });
    await reloaded(app, `${script.name} ${style}`);
    // The second message would find leftovers of the first one.
    for (let round = 0; round < 2; round++) {
      const askedAt = performance.now();
      const response = await send();
      const answeredMs = performance.now() - askedAt;
      const view = await app.ended(idOf(response));
      expect([view.status, view.provider]).toEqual(["SUCCESS", "careful"]);
      expect(view.executions).toMatchObject([{ status: "SUCCESS", result: "ran" }]);
      expectTrace(script, view);
      expect(answeredMs, "the decision is late").toBeLessThan(HANG_MS);
    }
  },
);

function expectTrace({ shows }: HostileMatchScript, { trace }: MessageView): void {
  const [hostile, careful] = trace;
  expect(trace.map(({ provider, matched }) => [provider, matched])).toEqual([
    ["hostile", false],
    ["careful", true],
  ]);
  const { error, warning, logs = [] } = hostile ?? {};
  const shown = error?.kind ?? (warning === undefined ? "no" : "warning");
  expect(shows, error?.message).toContain(shown);
  expect(careful?.error).toBeUndefined();
  expect(careful?.logs?.map(({ text }) => text)).toEqual(["asked true true true"]);
  expect(logs.reduce((sum, { text }) => sum + text.length, 0)).toBeLessThan(MAX_LOG);
  for (const text of [error?.message, warning]) expect(text?.length ?? 0).toBeLessThan(9000);
}

test("main has no more memory, files and processes than before", { timeout: 90_000 }, async () => {
  await expectMainAsBefore(app, before);
});
