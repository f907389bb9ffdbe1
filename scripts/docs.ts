/** Writes the generated parts of the README. `--check` only says whether they are up to date. */
import { readFileSync, writeFileSync } from "node:fs";
import { settingsTable } from "./settings-table.ts";

const readme = readFileSync("README.md", "utf8");
const written = readme.replace(
  /(<!-- settings[^>]*-->\n)[\s\S]*?(<!-- \/settings -->)/,
  (_, start: string, end: string) => `${start}\n${settingsTable()}\n${end}`,
);

if (process.argv.includes("--check")) {
  if (written !== readme) {
    console.error("README.md is not up to date: run npm run docs");
    process.exitCode = 1;
  }
} else writeFileSync("README.md", written);
