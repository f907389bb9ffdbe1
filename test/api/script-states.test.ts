/** How the API shows scripts that are broken, that have no provider, or that are already active. */

import { rmSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { collectLog } from "../support/collected-log.ts";
import type { Json } from "../support/json.ts";
import { idIn, startTestApp, type TestApp } from "../support/test-app.ts";

const MATCH = 'export default (event) => event.headers["x-acme"] !== undefined;';
const GREET = {
  name: "greet",
  provider: "acme",
  uri: "in",
  script: "export default () => 'one';",
};

async function call(app: TestApp, what: string, body?: object) {
  const [method = "", path = ""] = what.split(" ");
  const init = body === undefined ? { method } : { method, body: JSON.stringify(body) };
  const response = await app.api(path, init);
  const text = await response.text();
  const json: Json = text === "" ? undefined : JSON.parse(text);
  return { status: response.status, json };
}

test("a broken file keeps its last good version, and the API shows that version and the problem", async () => {
  const { log, texts } = collectLog();
  await using app = await startTestApp({
    log,
    providers: { acme: { json: { priority: 10 }, script: MATCH } },
    functions: { greet: { json: { provider: "acme", uri: "in" }, script: GREET.script } },
  });
  const before = (await call(app, "GET /functions/greet")).json;
  expect(before).toMatchObject({ script: GREET.script, timeoutMs: 30_000, problem: null });
  app.writeFunction("greet", {
    json: { provider: "acme", uri: "in", timeoutMs: 1000 },
    script: "export default (",
  });
  app.writeProvider("acme", { json: { priority: 10 }, script: "export default (" });
  const problem = async () => (await call(app, "GET /providers/acme")).json.problem;
  await expect.poll(problem).toMatch(/providers\/acme\/match\.ts:1:/);
  const { problem: found, ...running } = (await call(app, "GET /functions/greet")).json;
  expect(found).toMatch(/functions\/greet\/index\.ts:1:/);
  expect({ ...running, problem: null }).toEqual(before);
  const ofNewFolder = () => texts().filter((text) => text.includes("functions/slow"));
  app.writeFile("functions/slow/notes.txt", "the script comes later");
  await expect.poll(ofNewFolder).toHaveLength(1);
  expect(ofNewFolder()[0]).toMatch(/yet; the folder is used when it is complete$/);
});

test("activating the active version changes nothing, and a provider with functions cannot be deleted", async () => {
  await using app = await startTestApp();
  await call(app, "POST /providers", { name: "acme", priority: 10, script: MATCH });
  const { json } = await call(app, "POST /functions", GREET);
  const audited = async () => (await call(app, "GET /audit")).json.items.length;
  const before = await audited();
  expect((await call(app, "POST /functions/greet/versions/1/activate")).status).toBe(200);
  expect(await audited()).toBe(before);
  const refused = await call(app, "DELETE /providers/acme");
  expect(refused).toMatchObject({ status: 409, json: { detail: expect.stringMatching("greet") } });
  const id = await idIn(await app.send("in", { headers: { "x-acme": "1" } }));
  await app.ended(id);
  const { json: message } = await call(app, `GET /messages/${id}`);
  expect(message.trace).toMatchObject([{ provider: "acme", versionNumber: 1 }]);
  const numbered = { version: json.version, versionNumber: 1 };
  expect(message.executions).toMatchObject([{ ...numbered, attempts: [numbered] }]);
  expect((await call(app, "DELETE /functions/greet?cascade=true")).status).toBe(400);
  expect((await call(app, "DELETE /providers/acme?cascade=true")).status).toBe(204);
  expect((await call(app, "GET /functions")).json.items).toEqual([]);
});

test("the problem of a definition in the database names no file", async () => {
  await using app = await startTestApp({
    files: { "functions/_lib/util.ts": "export const word = 'shared';" },
    providers: { acme: { json: { priority: 10 }, script: MATCH } },
  });
  const script = 'import { word } from "../_lib/util.ts";\nexport default () => word;';
  await call(app, "POST /functions", { ...GREET, script });
  await call(app, "POST /functions", { ...GREET, name: "other" });
  const kept = await call(app, "DELETE /providers/acme");
  expect(kept.json.detail).toContain("stands in files");
  rmSync(join(app.folder, "functions/_lib"), { recursive: true });
  const problemOf = async (name: string) =>
    (await call(app, `GET /functions/${name}`)).json.problem ?? "";
  await expect.poll(() => problemOf("greet")).toMatch(/^script of function greet in the database/);
  rmSync(join(app.folder, "providers/acme"), { recursive: true });
  await expect.poll(() => problemOf("other")).toMatch(/^function other in the database: /);
});
