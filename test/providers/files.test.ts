import { appendFileSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { prepareScript } from "../../src/sandbox/script/script.ts";
import { SharedApp } from "../support/shared-app.ts";
import {
  ANYTHING,
  fn,
  idIn,
  SYNC,
  sendSync,
  startTestApp,
  type TestApp,
} from "../support/test-app.ts";

const shared = new SharedApp({ TEST_KEY: 'hush "hush" hush' });
const providers = { anything: ANYTHING };

/** The current result of the function at `x`. */
async function resultNow(app: TestApp): Promise<unknown> {
  const message = await sendSync(app, "x");
  return message.executions[0]?.result;
}

test("a saved script takes effect on the next message without a restart", async () => {
  const app = await shared.with({
    providers,
    functions: { one: fn("x", "export default () => 1;") },
  });
  expect(await resultNow(app)).toBe(1);
  app.writeFunction("one", fn("x", "export default () => 2;"));
  await expect.poll(() => resultNow(app)).toBe(2);
});

test("a new function and a new provider are loaded, and a removed one is gone", async () => {
  await using app = await startTestApp({});
  expect((await app.send("x", SYNC)).status).toBe(404);
  app.writeProvider("anything", ANYTHING);
  app.writeFunction("one", fn("x", "export default () => 1;"));
  await expect.poll(async () => (await app.send("x", SYNC)).status).toBe(200);
  rmSync(join(app.folder, "functions/one"), { recursive: true });
  await expect.poll(async () => (await app.send("x", SYNC)).status).toBe(404);
});

test.each([
  ["a syntax error", "export default () => {\n  return y y;\n};"],
  ["TypeScript that Node cannot erase", "enum A { B }\nexport default () => A.B;"],
  ["an error outside the function", "export default () => 2;\nnull.boom;"],
  ["no default export", "export const run = () => 2;"],
  ["an import", 'import fs from "node:fs";\nexport default () => fs;'],
  ["a loop outside the function", "for (;;);\nexport default () => 2;"],
])("a script with %s is not loaded, and the last good version stays active", async (_, broken) => {
  const app = await shared.with({
    providers,
    functions: { one: fn("x", "export default () => 1;") },
  });
  expect(await resultNow(app)).toBe(1);
  app.writeFunction("one", fn("x", broken));
  app.writeFunction("two", fn("y", "export default () => 2;"));
  await expect.poll(async () => (await app.send("y", SYNC)).status).toBe(200);
  expect(await resultNow(app)).toBe(1);
});

test("a broken provider.json leaves the provider as it was", async () => {
  const app = await shared.with({
    providers,
    functions: { one: fn("x", "export default () => 1;") },
  });
  writeFileSync(
    join(app.folder, "providers/anything/provider.json"),
    '{"name":"anything","priority":"first"}',
  );
  app.writeFunction("two", fn("y", "export default () => 2;"));
  await expect.poll(async () => (await app.send("y", SYNC)).status).toBe(200);
});

test.each([
  ["const a: number = 1;\nconst b = ;\n", 2, 11],
  ["\n\nenum A { B }\n", 3, 1],
  ["export default () => {\n  const text: string = 'x';\n  return text text;\n};", 3, 15],
  ["export default ;", 1, 16],
  // A body in FlexDeploy's style. The lines of its wrapper do not count.
  ["LOG.info('a');\nreturn true true;", 2, 13],
])("a syntax error in %j is reported at line %i, column %i", async (source, line, column) => {
  expect(await prepareScript(source, [])).toMatchObject({ kind: "COMPILE_ERROR", line, column });
});

test("an error points at its line and column in the script as written, with a frame", async () => {
  const script = [
    "interface Payload { readonly who: string }",
    "",
    "const greet = (payload: Payload): string => payload.who.toUpperCase();",
    "export default async (event: { payload: Payload }): Promise<string> => {",
    "  await null;",
    "  return greet(event.payload);",
    "};",
  ].join("\n");
  const app = await shared.with({ providers, functions: { one: fn("x", script) } });
  const response = await app.send("x", { ...SYNC, body: "{}" });
  expect(response.status).toBe(500);
  const { executions } = await app.ended(await idIn(response));
  expect(executions[0]?.error).toMatchObject({
    kind: "SCRIPT_ERROR",
    name: "TypeError",
    line: 3,
    column: 57,
  });
  expect(executions[0]?.error?.frame).toContain(">    3 | const greet");
});

test("a function that waits for a promise without a possible end fails at once and says so", async () => {
  const script = "export default () => new Promise(() => undefined);";
  const app = await shared.with({ providers, functions: { one: fn("x", script) } });
  const { executions } = await sendSync(app, "x");
  expect(executions[0]?.error).toMatchObject({ kind: "TIMEOUT" });
});

/** Enough CPU time to reach the memory limit first. */
const ROOMY = { cpuMs: 10_000 };

test.each([
  ["CPU_LIMIT", "export default () => { for (;;); };", { cpuMs: 200 }],
  [
    "CPU_LIMIT",
    "export default async (e, ctx) => { await ctx.sleep(1); for (;;); };",
    { cpuMs: 200 },
  ],
  ["TIMEOUT", "export default async (e, ctx) => { await ctx.sleep(60000); };", { timeoutMs: 200 }],
  ["TIMEOUT", "export default () => { for (;;); };", { timeoutMs: 200 }],
  ["CPU_LIMIT", "export default () => { let a = 3n; for (;;) a **= 5n; };", { cpuMs: 200 }],
  ["MEMORY_LIMIT", "export default () => { const a = []; for (;;) a.push([a, 1, 2, 3]); };", ROOMY],
  [
    "MEMORY_LIMIT",
    "export default () => { const m = new Map(); for (let i = 0; ; i++) m.set(i, 'x' + i); };",
    ROOMY,
  ],
  ["OUTPUT_LIMIT", "export default () => 'x'.repeat(300000);", {}],
  ["SCRIPT_ERROR", "export default () => 1n;", {}],
  [
    "SCRIPT_ERROR",
    "export default () => { Promise.reject(new Error('floating')); return 1; };",
    {},
  ],
])(
  "a function that exceeds a limit fails as %s, and the next one runs",
  async (kind, script, limits) => {
    const app = await shared.with({
      providers,
      functions: { bad: fn("bad", script, limits), good: fn("good", "export default () => 1;") },
    });
    const { executions } = await sendSync(app, "bad");
    expect(executions[0]?.error?.kind).toBe(kind);
    expect((await app.send("good", SYNC)).status).toBe(200);
  },
);

test("an execution names the version that ran, when a script was saved between its attempts", async () => {
  const retry = { maxAttempts: 20, backoffMs: 300, factor: 1 };
  const bad = fn("x", "export default () => { throw new Error('not yet'); };", { retry });
  const app = await shared.with({ providers, functions: { one: bad } });
  const id = await idIn(await app.send("x"));
  app.writeFunction("one", fn("x", "export default () => 1;", { retry }));
  const { executions } = await app.ended(id);
  const attempts = executions[0]?.attempts ?? [];
  expect(attempts[0]).toMatchObject({ outcome: "SCRIPT_ERROR" });
  expect(attempts.at(-1)).toMatchObject({ outcome: "SUCCESS", version: executions[0]?.version });
  expect(attempts[0]).not.toMatchObject({ version: executions[0]?.version });
});

test("the log of a script is stored, and a log beyond its limit is cut visibly", async () => {
  const script =
    "export default (e, ctx) => { console.log('a', { b: 1 }); for (let i = 0; i < 5000; i++) ctx.log.warn('line', i); };";
  const app = await shared.with({ providers, functions: { one: fn("x", script) } });
  const { executions } = await sendSync(app, "x");
  const logs = executions[0]?.logs ?? [];
  expect(logs[0]).toMatchObject({ level: "info", text: 'a {"b":1}' });
  expect(logs.length).toBe(1001);
  expect(logs.at(-1)?.text).toMatch(/4001 further log lines were cut/);
});

test("a secret that a script reads is masked in its log, result and error", async () => {
  const json = { priority: 1, properties: [{ name: "key", secret: true, env: "TEST_KEY" }] };
  const leak =
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the template belongs to the script.
    "export default (e, ctx) => { ctx.log.info(`it is ${ctx.properties.key}`); throw new Error(ctx.properties.key); };";
  const app = await shared.with({
    providers: { anything: { json, script: "export default () => true;" } },
    functions: { one: fn("x", leak) },
  });
  const { executions } = await sendSync(app, "x");
  expect(JSON.stringify(executions)).not.toContain("hush");
  expect(executions[0]?.logs[0]?.text).toBe("it is [key]");
});

test("when several files are saved in a row the last version of each is active", async () => {
  const app = await shared.with({
    providers,
    functions: { one: fn("x", "export default () => 0;") },
  });
  const path = join(app.folder, "functions/one/index.ts");
  for (let count = 1; count <= 20; count++) writeFileSync(path, `export default () => ${count};`);
  appendFileSync(path, "\n");
  await expect.poll(() => resultNow(app)).toBe(20);
  expect(readFileSync(path, "utf8")).toContain("20");
});

test("a file that editors replace by another of its name is reloaded each time", async () => {
  const app = await shared.with({
    providers: { anything: ANYTHING },
    functions: { one: fn("x", "export default () => 0;") },
  });
  const path = join(app.folder, "functions/one/index.ts");
  for (const version of [1, 2, 3]) {
    writeFileSync(`${path}.new`, `export default () => ${version};`);
    renameSync(`${path}.new`, path);
    await expect
      .poll(async () => {
        const sent = await app.send("x", { headers: { "flex-sync-webhook": "true" } });
        return (await app.ended(await idIn(sent))).executions[0]?.result;
      })
      .toBe(version);
  }
});

test("versions of a match script come and go, and a version that comes back runs again", async () => {
  const version = (n: number) => ({
    json: { priority: 1 },
    script: `export default () => true;\nexport const eventType = () => "v${n}";\n`,
  });
  const app = await shared.with({ providers: { anything: version(0) } });
  for (const n of [1, 2, 3, 1, 2]) {
    app.writeProvider("anything", version(n));
    await expect
      .poll(async () => (await app.ended(await idIn(await app.send("x")))).eventType)
      .toBe(`v${n}`);
  }
  expect(app.app.sandboxPids()).toHaveLength(1);
});
