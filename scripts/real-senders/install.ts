/** Installs packages of npm into a folder of their own, without their install scripts. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { registered } from "../bench/child.ts";
import type { Sender } from "./sender.ts";

const WITHIN_MS = 600_000;
const INSTALL = ["install", "--ignore-scripts", "--save-exact", "--no-audit", "--no-fund"];

export async function install(
  folder: string,
  { packages, overrides = {} }: Pick<Sender, "packages" | "overrides">,
): Promise<void> {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "package.json"), JSON.stringify({ private: true, overrides }));
  const child = registered(
    spawn("npm", [...INSTALL, ...packages], {
      cwd: folder,
      stdio: ["ignore", "ignore", "pipe"],
      timeout: WITHIN_MS,
    }),
  );
  const [errors, [code]] = await Promise.all([text(child.stderr), once(child, "exit")]);
  if (code !== 0) throw new Error(`npm cannot install ${packages.join(" ")}:\n${errors}`);
}
