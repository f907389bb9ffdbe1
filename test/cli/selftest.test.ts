/** Runs `npm run selftest` and `npm run match-analysis` on valid and invalid folders, and checks the provider pages. */
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { catalogue, providerPages } from "../../scripts/provider-pages.ts";
import { readSection } from "../../scripts/readme-section.ts";
import { hookyard, hookyardHere } from "../support/command.ts";
import { COMPILE_CACHE } from "../support/compile-cache.ts";
import { tempFolder } from "../support/temp-folder.ts";
import { idIn, startTestApp } from "../support/test-app.ts";

const foldersIn = (folder: string) => ({
  HOOKYARD_PROVIDERS_DIR: join(folder, "providers"),
  HOOKYARD_FUNCTIONS_DIR: join(folder, "functions"),
});

/** `hookyard selftest` on folders of its own. */
async function selftest(folder: string, ...args: readonly string[]) {
  const { code, out, err } = await hookyardHere(["selftest", ...args], foldersIn(folder));
  return { status: code, stdout: out, stderr: err };
}

/** The command behind `npm run match-analysis`, on folders of its own. */
function matchAnalysis(folder: string, ...args: readonly string[]) {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ["--disable-warning=ExperimentalWarning", "scripts/match-analysis.ts", ...args],
    { encoding: "utf8", env: { NODE_COMPILE_CACHE: COMPILE_CACHE, ...foldersIn(folder) } },
  );
  return { status, stdout, stderr };
}

/** Copies shipped providers into a new folder. */
function folderWith(...providers: readonly string[]) {
  const folder = tempFolder();
  mkdirSync(join(folder.path, "functions"));
  for (const name of providers)
    cpSync(join("providers", name), join(folder.path, "providers", name), { recursive: true });
  return folder;
}

const change = (path: string, alter: (text: string) => string) => {
  const before = readFileSync(path, "utf8");
  const after = alter(before);
  expect(after).not.toBe(before);
  writeFileSync(path, after);
};

/** Removes `when`, so that the script runs for every request. */
const takeWhenAway = (folder: string, provider: string) =>
  change(join(folder, "providers", provider, "provider.json"), (text) => {
    const { when: _, ...file } = JSON.parse(text);
    return JSON.stringify(file);
  });

describe("the selftest", () => {
  test("lists the tests and the proof of each provider, and exits with 0", {
    timeout: 60_000,
  }, async () => {
    using folder = folderWith("stripe", "zoom");
    const { status, stdout } = await selftest(folder.path);
    expect(stdout).toMatch(
      /^stripe +5\/5 +5\/5 +2\/2 .* - +- +independent implementation \(stripe\)$/m,
    );
    expect(stdout).toMatch(/^zoom .* [1-9]\d*\/\d+ +- +our reading of the documents$/m);
    expect(stdout).toMatch(/^2 providers, \d{2,} requests, all as expected$/m);
    expect(status).toBe(0);
  });

  test("names a provider without samples, because it was not tested", async () => {
    using folder = folderWith("stripe");
    rmSync(join(folder.path, "providers", "stripe", "samples"), { recursive: true });
    const { status, stdout } = await selftest(folder.path);
    expect(stdout).toMatch(/^Not tested, as they have no samples\/\*\.json: stripe$/m);
    expect(status).toBe(0);
  });

  test("exits with 1 and names the sample with an unexpected result", async () => {
    using folder = folderWith("stripe");
    const sample = join(folder.path, "providers/stripe/samples/event.json");
    change(sample, (text) => text.replace(/v1=./, "v1=0"));
    const { status, stdout } = await selftest(folder.path, "stripe");
    expect(stdout).toContain("stripe/event: verified: found false, expected true");
    expect(status).toBe(1);
  });

  test("exits with 1 when a provider accepts a forged request", async () => {
    using folder = folderWith("linear");
    const script = join(folder.path, "providers/linear/match.ts");
    change(script, (text) => text.replace("toleranceSeconds: 60", "toleranceSeconds: 6000"));
    const { status, stdout } = await selftest(folder.path);
    expect(stdout).toContain('linear/issue: stale: found "accepted", expected "refused"');
    expect(status).toBe(1);
  });

  test("ends with 1 when two providers match the same request", async () => {
    using folder = folderWith("github", "npm");
    takeWhenAway(folder.path, "npm");
    const script = join(folder.path, "providers/npm/match.ts");
    change(script, (text) => text.replace(/export default [^;]+;/, "export default () => true;"));
    const { status, stdout } = await selftest(folder.path, "github");
    expect(stdout).toContain("github: npm matches its samples too");
    expect(status).toBe(1);
  });

  test("ends with 1 and says why when a provider does not load", async () => {
    using folder = folderWith("github");
    change(join(folder.path, "providers/github/match.ts"), (text) => `${text}\n}`);
    // In a process of its own, which also writes what it logs.
    const environment = foldersIn(folder.path);
    const { code, out, err } = await hookyard(["selftest"], { environment });
    expect(out + err).toMatch(/match\.ts/);
    expect(err).toMatch(/1 folders in .* cannot be loaded/);
    expect(code).toBe(1);
  });

  test("reports nothing for a provider without samples", async () => {
    using folder = folderWith("github");
    for (const gone of ["samples", "about.json"])
      rmSync(join(folder.path, "providers/github", gone), { recursive: true });
    const { status, stdout } = await selftest(folder.path);
    expect(stdout).toMatch(/^github +- .*not documented$/m);
    expect(stdout).toContain("1 providers, 0 requests");
    expect(status).toBe(0);
  });

  test("refuses the name of an unknown provider", async () => {
    using folder = folderWith("github");
    const { status, stderr } = await selftest(folder.path, "gothub");
    expect(stderr).toContain("found gothub, expected names of providers: github");
    expect(status).toBe(2);
  });
});

const matching = (header: string) => ({
  json: { priority: 1 },
  script: `export default ({ headers }) => "${header}" in headers;\n`,
});

describe("the match analysis", () => {
  test("reads the log of a running server: matched by none, by one, by several", async () => {
    await using app = await startTestApp({
      providers: { one: matching("x-one"), two: matching("x-two"), three: matching("x-three") },
    });
    const send = async (headers: Record<string, string>) =>
      await idIn(await app.send("a/b", { headers, body: "hello" }));
    // More than one page.
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

  test("reads samples, and distinguishes a failing script from one that does not match", () => {
    using folder = folderWith("github", "gitlab");
    takeWhenAway(folder.path, "gitlab");
    const script = join(folder.path, "providers/gitlab/match.ts");
    change(script, (text) =>
      text.replace(/export default [^;]+;/, "export default () => { throw new Error('oh'); };"),
    );
    const { stdout } = matchAnalysis(folder.path, "--samples", folder.path);
    const github = readdirSync("providers/github/samples").length;
    const gitlab = readdirSync("providers/gitlab/samples").length;
    expect(stdout).toMatch(
      /gitlab\/samples\/push-token\.json .*: no provider; gitlab failed: oh$/m,
    );
    expect(stdout).toMatch(new RegExp(`^github +${github - 1} +0 +0$`, "m"));
    expect(stdout).toMatch(new RegExp(`^gitlab +0 +0 +${github + gitlab}$`, "m"));
  });

  test("reports a wrong data directory and wrong options", () => {
    using folder = folderWith("github");
    const missing = matchAnalysis(folder.path, "--data-dir", join(folder.path, "none"));
    expect(missing.stderr).toMatch(/none\/hookyard\.db is not there/);
    expect(missing.status).toBe(1);
    const both = matchAnalysis(folder.path, "--data-dir", "a", "--samples", "b");
    expect(both.stderr).toContain("found --data-dir and --samples, expected one of them");
    expect(both.status).toBe(1);
  });
});

test("the pages of the providers are up to date", async () => {
  for (const [path, text] of await providerPages()) {
    expect(readFileSync(path, "utf8"), `${path}: run npm run docs`).toBe(text);
  }
  expect(readSection("catalogue"), "run npm run docs").toBe(await catalogue());
});
