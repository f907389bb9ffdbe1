/** Starts Hookyard as a user does: in its own process, with the flags of package.json's start script. */
import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { endChild, hasEnded, registered } from "./child.ts";
import { SECRET } from "./push.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
/** Enough for a thousand functions, each of which is compiled at the first start. */
const READY_WITHIN_MS = 90_000;
const KEPT_OUTPUT = 4000;

export interface Hookyard extends AsyncDisposable {
  readonly pid: number;
  readonly url: string;
  readonly token: string;
  /** Milliseconds from the start of the process to the first 200 of /readyz. */
  readonly readyMs: number;
  /** The end of the server's output, for error messages. */
  readonly output: () => string;
}

/** `flags` are added to Node's. The data goes to its own folder in `installation`. */
export async function startHookyard(
  installation: string,
  dataDir: string,
  flags: readonly string[] = [],
): Promise<Hookyard> {
  const token = randomBytes(16).toString("hex");
  const startedAt = performance.now();
  const start = startArguments();
  const command = [...start.slice(0, -1), ...flags, join(ROOT, start.at(-1) ?? "")];
  const child = registered(
    spawn(process.execPath, command, {
      // Outside the checkout, so that no `.env` of a developer applies.
      cwd: installation,
      env: environment(installation, dataDir, token),
      stdio: ["ignore", "pipe", "pipe"],
    }),
  );
  let output = "";
  const keep = (chunk: Buffer) => {
    output = (output + chunk.toString("utf8")).slice(-KEPT_OUTPUT);
  };
  child.stdout.on("data", keep);
  child.stderr.on("data", keep);
  try {
    const url = await readyUrl(child, () => output);
    const readyMs = performance.now() - startedAt;
    const end = () => endChild(child);
    return {
      pid: child.pid ?? 0,
      url,
      token,
      readyMs,
      output: () => output,
      [Symbol.asyncDispose]: end,
    };
  } catch (error) {
    await endChild(child);
    throw error;
  }
}

/** The arguments after `exec node` in the start script: flags, then the file. */
function startArguments(): readonly string[] {
  const text = readFileSync(join(ROOT, "package.json"), "utf8");
  const { scripts } = z
    .object({ scripts: z.object({ start: z.string() }) })
    .parse(JSON.parse(text));
  const [, rest] = scripts.start.split(" exec node ");
  if (rest === undefined)
    throw new Error(`the start script does not say exec node: ${scripts.start}`);
  return rest.split(" ");
}

const environment = (installation: string, dataDir: string, token: string) => ({
  // The compile cache of the start script, so that nothing is compiled again.
  NODE_COMPILE_CACHE: join(ROOT, "node_modules/.cache/hookyard"),
  HOOKYARD_PORT: "0",
  HOOKYARD_DATA_DIR: dataDir,
  HOOKYARD_PROVIDERS_DIR: join(installation, "providers"),
  HOOKYARD_FUNCTIONS_DIR: join(installation, "functions"),
  HOOKYARD_ADMIN_TOKEN: token,
  // The build of the console would take time from the measurement.
  HOOKYARD_CONSOLE: "false",
  GITHUB_WEBHOOK_SECRET: SECRET,
});

async function readyUrl(child: ChildProcess, output: () => string): Promise<string> {
  const giveUpAt = performance.now() + READY_WITHIN_MS;
  for (;;) {
    const url = /senders post to\s+(http:\/\/127\.0\.0\.1:\d+)/.exec(output())?.[1];
    if (url !== undefined && (await fetch(`${url}/readyz`)).ok) return url;
    if (hasEnded(child) || performance.now() > giveUpAt)
      throw new Error(`Hookyard did not become ready; it wrote:\n${output()}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}
