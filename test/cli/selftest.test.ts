/** Runs `npm run selftest`, `npm run match-analysis` and `hookyard test --local`, and checks the provider pages. */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { catalogue, providerPages } from "../../scripts/provider-pages.ts";
import { readSection } from "../../scripts/readme-section.ts";
import { hookyard, hookyardHere } from "../support/command.ts";
import { tempFolder } from "../support/temp-folder.ts";
import {
  change,
  foldersIn,
  folderWith,
  matchAnalysis,
  removeWhen,
  selftest,
} from "./selftest-folders.ts";

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

  test("exits with 1 and names the reason when a provider does not load", async () => {
    using folder = folderWith("github");
    change(join(folder.path, "providers/github/match.ts"), (text) => `${text}\n}`);
    // A separate process is needed to read its standard error too.
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

describe("the match analysis", () => {
  test("reads samples, and distinguishes a failing script from one that does not match", () => {
    using folder = folderWith("github", "gitlab");
    removeWhen(folder.path, "gitlab");
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

describe("test --local", () => {
  const sample = join("providers", "github", "samples", "push.json");

  test("runs a function and its provider on a sample, without a server", async () => {
    const { code, out } = await hookyardHere([
      "test",
      "functions/github-push",
      ...["--sample", sample, "--local", "--json"],
    ]);
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({
      provider: "github",
      executions: [{ function: "github-push", status: "SUCCESS" }],
    });
  });

  test("shows where a script does not compile", async () => {
    using folder = tempFolder();
    const draft = join(folder.path, "functions", "broken");
    mkdirSync(draft, { recursive: true });
    const json = { name: "broken", provider: "github", uri: "git/push" };
    writeFileSync(join(draft, "function.json"), JSON.stringify(json));
    writeFileSync(join(draft, "index.ts"), "export default () => {\n  const = 1;\n};\n");
    const { code, err } = await hookyardHere(["test", draft, "--sample", sample, "--local"]);
    expect(code).toBe(1);
    expect(err).toMatch(/functions\/broken\/index\.ts:2:\d+: SyntaxError/);
    expect(err).toContain("const = 1;");
  });
});
