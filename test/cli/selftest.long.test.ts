/** `selftest` and the match analysis on more folders, and on the log of a running server. */
import { join } from "node:path";
import { expect, test } from "vitest";
import { idIn, startTestApp } from "../support/test-app.ts";
import { change, folderWith, matchAnalysis, removeWhen, selftest } from "./selftest-folders.ts";

const matching = (header: string) => ({
  json: { priority: 1 },
  script: `export default ({ headers }) => "${header}" in headers;\n`,
});

test("the selftest exits with 1 when a provider accepts a forged request", async () => {
  using folder = folderWith("linear");
  const script = join(folder.path, "providers/linear/match.ts");
  change(script, (text) => text.replace("toleranceSeconds: 60", "toleranceSeconds: 6000"));
  const { status, stdout } = await selftest(folder.path);
  expect(stdout).toContain('linear/issue: stale: found "accepted", expected "refused"');
  expect(status).toBe(1);
});

test("the selftest exits with 1 when two providers match the same request", async () => {
  using folder = folderWith("github", "npm");
  removeWhen(folder.path, "npm");
  const script = join(folder.path, "providers/npm/match.ts");
  change(script, (text) => text.replace(/export default [^;]+;/, "export default () => true;"));
  const { status, stdout } = await selftest(folder.path, "github");
  expect(stdout).toContain("github: npm matches its samples too");
  expect(status).toBe(1);
});

test("the match analysis reads the log of a running server and counts messages that none, one or several providers match", async () => {
  await using app = await startTestApp({
    providers: { one: matching("x-one"), two: matching("x-two"), three: matching("x-three") },
  });
  const send = async (headers: Record<string, string>) =>
    await idIn(await app.send("a/b", { headers, body: "hello" }));
  // These messages fill more than one page.
  for (let at = 0; at < 510; at += 51)
    await Promise.all(Array.from({ length: 51 }, () => send({ "x-one": "1" })));
  const both = await send({ "x-one": "1", "x-two": "1" });
  const unmatched = await send({});
  const data = join(app.folder, "data");
  const { status, stdout } = matchAnalysis(app.folder, "--data-dir", data);
  expect(stdout.split("\n").slice(0, 2)).toEqual([
    `${both}  POST a/b (5 bytes): one, two`,
    `${unmatched}  POST a/b (5 bytes): no provider`,
  ]);
  expect(stdout).toMatch(/^one +511 +0 +0$/m);
  expect(stdout).toMatch(/^two +0 +1 +0$/m);
  expect(stdout).not.toMatch(/^three/m);
  expect(stdout).toContain("512 requests: 510 matched by one provider, 1 by several, 1 by none");
  expect(status).toBe(0);
  // The server is not affected.
  expect((await app.send("a/b", { headers: { "x-one": "1" } })).status).toBe(202);
});
