/** `hookyard backtest` against a real server. */
import { mkdirSync, mkdtempDisposableSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { commandHere } from "./command.ts";
import { idIn, startTestApp } from "./test-app.ts";

const ACME = { name: "acme", priority: 10 };

test("a backtest says which messages would end otherwise, and with --exit-code ends with 1", async () => {
  await using app = await startTestApp();
  using root = mkdtempDisposableSync(join(tmpdir(), "hookyard-backtest-"));
  const run = (...args: readonly string[]) => commandHere(app, ...args);
  const put = (path: string, text: string | object) => {
    const target = join(root.path, path);
    mkdirSync(join(target, ".."), { recursive: true });
    writeFileSync(target, typeof text === "string" ? text : JSON.stringify(text));
  };
  const ids: string[] = [];
  for (let n = 0; n < 3; n += 1) ids.push(await idIn(await app.send("in")));
  await Promise.all(ids.map((id) => app.ended(id)));
  put("providers/acme/match.ts", "export default () => true;\n");
  put("functions/greet/function.json", { name: "greet", provider: "acme", uri: "in" });
  put("functions/greet/index.ts", "export default () => 1;\n");
  put("providers/acme/provider.json", { ...ACME, active: false });
  await run("push", root.path);
  put("providers/acme/provider.json", ACME);
  const { code, out, err } = await run("backtest", root.path, "--last", "10", "--exit-code");
  expect({ code, err }).toEqual({ code: 1, err: "" });
  for (const id of ids) expect(out).toMatch(new RegExp(`${id} .* unmatched +acme, greet`));
  expect(out).toContain("3 of 3 messages would end otherwise");
  const { status } = await app.ended(await idIn(await app.send("in")));
  expect(status).toBe("UNMATCHED");
  await run("push", root.path);
  const { out: json } = await run("backtest", root.path, "--last", "10", "--json");
  expect(JSON.parse(json)).toMatchObject({ done: 4, total: 4, summary: { changed: 0 } });
});
