/** Providers and functions in the database are created, changed, ordered, rolled back and deleted over the API. */

import { expect, test } from "vitest";
import type { Json } from "../support/json.ts";
import { tempFolder } from "../support/temp-folder.ts";
import { idIn, startTestApp } from "../support/test-app.ts";
import { AcmeApp, call, FUNCTION, MATCH, makeAcme, ownSuffix, PROVIDER, resultOf } from "./acme.ts";

const acme = new AcmeApp();

test("a provider and a function that the API creates run for the next message", async () => {
  const app = await acme.fresh();
  expect(await resultOf(app)).toMatchObject({ status: "SUCCESS", result: "one" });
  const { json, headers } = await call(app, "GET /functions/greet");
  expect(json).toMatchObject({
    ...FUNCTION,
    source: "database",
    number: 1,
    problem: null,
    timeoutMs: 30_000,
  });
  expect(headers.get("etag")).toBe(`"${json.version}"`);
  const list = await call(app, "GET /providers");
  expect(list.json.items).toMatchObject([{ name: "acme", source: "database", number: 1 }]);
  expect(list.json.items[0].script).toBeUndefined();
});

test("providers and functions are there after a restart", async () => {
  const folder = tempFolder().path;
  {
    await using app = await startTestApp({ folder });
    await call(app, "POST /providers", PROVIDER);
    await call(app, "POST /functions", FUNCTION);
  }
  await using app = await startTestApp({ folder });
  expect(await resultOf(app)).toMatchObject({ status: "SUCCESS", result: "one" });
});

test("a change is a new version, and an older version can be activated again", async () => {
  const app = await acme.fresh();
  const before = await resultOf(app);
  const change = { script: "export default () => 'two';", note: "says two" };
  const changed = await call(app, "PATCH /functions/greet", change);
  expect(changed).toMatchObject({
    status: 200,
    json: { number: 2, uri: "in", script: change.script },
  });
  const after = await resultOf(app);
  expect(after).toMatchObject({ result: "two", version: changed.json.version });
  expect(after.version).not.toBe(before.version);
  const { json } = await call(app, "GET /functions/greet/versions");
  expect(json.items).toMatchObject([
    { number: 2, author: "admin", note: "says two", active: true, version: after.version },
    { number: 1, author: "admin", note: null, active: false, version: before.version },
  ]);
  const first = await call(app, "GET /functions/greet/versions/1");
  expect(first.json).toMatchObject({ script: FUNCTION.script, definition: { uri: "in" } });
  const byHash = await call(app, `GET /functions/greet/versions/${before.version}`);
  expect(byHash.json).toEqual(first.json);
  expect((await call(app, "GET /functions/greet/versions/0")).status).toBe(400);
  const back = await call(app, "POST /functions/greet/versions/1/activate");
  expect(back).toMatchObject({ status: 200, json: { number: 1, active: true } });
  expect(await resultOf(app)).toEqual(before);
});

test("a change keeps the fields that it does not name", async () => {
  await using app = await startTestApp();
  await call(app, "POST /providers", { ...PROVIDER, dedupe: 60, description: "Acme" });
  const { json } = await call(app, "PATCH /providers/acme", { priority: 20 });
  expect(json).toMatchObject({ priority: 20, dedupe: 60, description: "Acme", script: MATCH });
});

test("a field set to null gets its default again", async () => {
  const app = await acme.fresh();
  await call(app, "PATCH /functions/greet", { order: 2, timeoutMs: 1000, description: "Greets" });
  const { json } = await call(app, "PATCH /functions/greet", { order: null, timeoutMs: null });
  expect(json).toMatchObject({ timeoutMs: 30_000, description: "Greets" });
  expect(json.order).toBeUndefined();
  expect((await call(app, "PATCH /functions/greet", { uri: null })).status).toBe(400);
});

test("a provider or function that is inactive does not run", async () => {
  const app = await acme.fresh();
  await call(app, "PATCH /providers/acme", { active: false });
  const id = await idIn(await app.send("in", { headers: { [`x-acme${ownSuffix()}`]: "1" } }));
  expect(await app.ended(id)).toMatchObject({ status: "UNMATCHED", trace: [] });
});

test("a script with a mistake is refused with its line, and nothing changes", async () => {
  const app = await acme.fresh();
  const script = "export default () => {\n  const a = ;\n};";
  const refused = await call(app, "PATCH /functions/greet", { script });
  expect(refused).toMatchObject({
    status: 422,
    json: { code: "script_refused", error: { kind: "COMPILE_ERROR", line: 2 } },
  });
  expect(refused.json.error.frame).toContain("const a = ;");
  expect(await resultOf(app)).toMatchObject({ result: "one" });
  const { json } = await call(app, "GET /functions/greet/versions");
  expect(json.items).toHaveLength(1);
});

test("a name is unique and cannot change", async () => {
  const app = await acme.fresh();
  const again = await call(app, "POST /providers", PROVIDER);
  expect(again).toMatchObject({ status: 409, json: { code: "conflict" } });
  const renamed = await call(app, "PATCH /providers/acme", { name: "other" });
  expect(renamed).toMatchObject({ status: 422 });
  const order = await call(app, "POST /providers", { ...PROVIDER, name: "order" });
  expect(order).toMatchObject({ status: 400, json: { detail: expect.stringContaining("order") } });
});

test("a change of an object that has changed meanwhile is a conflict", async () => {
  const app = await acme.fresh();
  const etag = (await call(app, "GET /functions/greet")).headers.get("etag") ?? "";
  const headers = { "if-match": etag };
  const first = await call(app, "PATCH /functions/greet", { description: "a" }, headers);
  expect(first.status).toBe(200);
  const second = await call(app, "PATCH /functions/greet", { description: "b" }, headers);
  expect(second).toMatchObject({ status: 412, json: { code: "changed_meanwhile" } });
});

test("concurrent changes are all applied", async () => {
  const app = await acme.fresh();
  const changes = [{ description: "a" }, { timeoutMs: 1000 }, { memoryMb: 32 }, { order: 3 }];
  await Promise.all(changes.map((change) => call(app, "PATCH /functions/greet", change)));
  const { json } = await call(app, "GET /functions/greet");
  expect(json).toMatchObject({ ...Object.assign({}, ...changes), number: 5 });
});

test("deleted scripts do not run, and their messages and versions stay readable", async () => {
  const app = await acme.fresh();
  const id = await idIn(await app.send("in", { headers: { [`x-acme${ownSuffix()}`]: "1" } }));
  await app.ended(id);
  expect((await call(app, "DELETE /functions/greet")).status).toBe(204);
  expect(await resultOf(app)).toMatchObject({ status: "UNMATCHED" });
  expect((await app.ended(id)).executions).toMatchObject([
    { function: `greet${ownSuffix()}`, result: "one" },
  ]);
  expect((await call(app, "GET /functions/greet")).status).toBe(404);
  expect((await call(app, "GET /functions/greet/versions")).json.items).toHaveLength(1);
  expect((await call(app, "POST /functions/greet/versions/1/activate")).status).toBe(200);
  expect(await resultOf(app)).toMatchObject({ status: "SUCCESS", result: "one" });
});

test("scripts from files are shown, cannot be changed, and take precedence over the same name in the database", async () => {
  await using app = await startTestApp();
  await makeAcme(app);
  app.writeFunction("greet", {
    json: { provider: "acme", uri: "in" },
    script: "export default () => 'file';",
  });
  await expect.poll(async () => (await resultOf(app)).result).toBe("file");
  const shown = await call(app, "GET /functions/greet");
  expect(shown.json).toMatchObject({ source: "file", number: null, shadows: 1 });
  const again = await call(app, "POST /functions", FUNCTION);
  expect(again).toMatchObject({ status: 409 });
  expect(again.json.detail).toMatch(/in files \(.*function\.json\), which have the last word/);
  for (const what of [
    "PATCH /functions/greet",
    "DELETE /functions/greet",
    "POST /functions/greet/versions/1/activate",
  ]) {
    const body = what.startsWith("PATCH") ? { active: false } : undefined;
    const answer = await call(app, what, body);
    expect(answer.status).toBe(409);
    expect(answer.json.detail).toMatch(/stands in files/);
  }
  const { json } = await call(app, "GET /functions/greet/versions");
  expect(json.items).toMatchObject([
    { number: 2, source: "file", author: null, active: true },
    { number: 1, source: "database", author: "admin", active: false },
  ]);
});

test("shared modules can be imported", async () => {
  await using app = await startTestApp({
    files: { "functions/_lib/util.ts": "export const word = 'shared';" },
  });
  await call(app, "POST /providers", PROVIDER);
  const script = 'import { word } from "../_lib/util.ts";\nexport default () => word;';
  expect((await call(app, "POST /functions", { ...FUNCTION, script })).status).toBe(201);
  expect(await resultOf(app)).toMatchObject({ result: "shared" });
  const { json } = await call(app, "GET /functions/greet/versions/1");
  expect(json.modules).toEqual({ "functions/_lib/util.ts": "export const word = 'shared';" });
});

test("the order of the providers can be changed", async () => {
  await using app = await startTestApp({
    providers: { middle: { json: { priority: 50 }, script: "export default () => false;" } },
  });
  for (const name of ["a", "b", "c"])
    await call(app, "POST /providers", {
      ...PROVIDER,
      name,
      script: "export default () => false;",
    });
  const names = ["c", "a", "middle", "b"];
  const { status, json } = await call(app, "PUT /providers/order", { names });
  expect(status).toBe(200);
  const given = json.items.map(({ priority }: Json) => priority);
  expect(given).toEqual(given.toSorted((x: number, y: number) => x - y));
  const id = await idIn(await app.send("in"));
  expect((await app.ended(id)).trace.map(({ provider }) => provider)).toEqual(names);
  const twice = await call(app, "PUT /providers/order", { names: ["a", "a"] });
  expect(twice.status).toBe(400);
});

test("a message is resubmitted to the versions that ran it, or to the current ones", async () => {
  await using app = await startTestApp({
    files: { "functions/_lib/util.ts": "export const word = 'then';" },
  });
  await call(app, "POST /providers", PROVIDER);
  const script = 'import { word } from "../_lib/util.ts";\nexport default () => word;';
  await call(app, "POST /functions", { ...FUNCTION, script });
  const id = await idIn(await app.send("in", { headers: { [`x-acme${ownSuffix()}`]: "1" } }));
  const first = await app.ended(id);
  await call(app, "PATCH /functions/greet", { script: "export default () => 'now';" });
  await call(app, "PATCH /providers/acme", { script: "export default () => false;" });
  app.writeFile("functions/_lib/util.ts", "export const word = 'changed';");
  const again = async (scripts: string) => {
    const { json } = await call(app, `POST /messages/${id}/resubmit`, { scripts });
    return await app.ended(json.messageId);
  };
  expect(await again("current")).toMatchObject({ status: "UNMATCHED" });
  const original = await again("original");
  expect(original).toMatchObject({ status: "SUCCESS", executions: [{ result: "then" }] });
  expect(original.executions[0]?.version).toBe(first.executions[0]?.version);
  expect(original.trace[0]?.version).toBe(first.trace[0]?.version);
});
