/** Runs `hookyard selftest` and the match analysis on copies of provider folders, which the tests change. */
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { hookyardHere } from "../support/command.ts";
import { COMPILE_CACHE } from "../support/compile-cache.ts";
import { tempFolder } from "../support/temp-folder.ts";

export const foldersIn = (folder: string) => ({
  HOOKYARD_PROVIDERS_DIR: join(folder, "providers"),
  HOOKYARD_FUNCTIONS_DIR: join(folder, "functions"),
});

/** Runs `hookyard selftest` in a folder. */
export async function selftest(folder: string, ...args: readonly string[]) {
  const { code, out, err } = await hookyardHere(["selftest", ...args], foldersIn(folder));
  return { status: code, stdout: out, stderr: err };
}

/** Runs the command behind `npm run match-analysis` in a folder. */
export function matchAnalysis(folder: string, ...args: readonly string[]) {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ["--disable-warning=ExperimentalWarning", "scripts/match-analysis.ts", ...args],
    { encoding: "utf8", env: { NODE_COMPILE_CACHE: COMPILE_CACHE, ...foldersIn(folder) } },
  );
  return { status, stdout, stderr };
}

/** Copies shipped providers into a new folder. */
export function folderWith(...providers: readonly string[]) {
  const folder = tempFolder();
  mkdirSync(join(folder.path, "functions"));
  for (const name of providers)
    cpSync(join("providers", name), join(folder.path, "providers", name), { recursive: true });
  return folder;
}

export const change = (path: string, alter: (text: string) => string) => {
  const before = readFileSync(path, "utf8");
  const after = alter(before);
  expect(after).not.toBe(before);
  writeFileSync(path, after);
};

/** Removes `when`, so that the script runs for every request. */
export const removeWhen = (folder: string, provider: string) =>
  change(join(folder, "providers", provider, "provider.json"), (text) => {
    const { when: _, ...file } = JSON.parse(text);
    return JSON.stringify(file);
  });
