/** Runs the README's quick start, word for word, in a copy of the project. */
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { tempFolder } from "../support/temp-folder.ts";

const UUID = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/;
/** `npm ci` on a busy machine takes minutes. A command that takes this long hangs. */
const INSTALL_HANG_MS = 300_000;
const readme = readFileSync("README.md", "utf8");

function shellBlocks(heading: string): readonly string[] {
  const section = readme.split(`## ${heading}\n`)[1]?.split("\n## ")[0] ?? "";
  return [...section.matchAll(/```sh\n([\s\S]*?)```/g)].map(([, block]) => block ?? "");
}

/** The files that git tracks or would add, without installed or generated files. */
function copyOfProject(): string {
  const folder = tempFolder().path;
  const listed = execFileSync("git", ["ls-files", "-co", "--exclude-standard", "-z"], {
    encoding: "utf8",
  });
  for (const path of listed.split("\0").filter(Boolean)) {
    cpSync(path, join(folder, path), { recursive: true });
  }
  return folder;
}

function environmentOf(): NodeJS.ProcessEnv {
  const { PATH, HOME } = process.env;
  // The PATH of a user, without the project's own node.
  const path = (PATH ?? "").split(":").filter((part) => !part.includes("node_modules"));
  return { HOME, PATH: path.join(":") };
}

async function until(read: () => string | undefined): Promise<string> {
  for (const giveUpAt = Date.now() + INSTALL_HANG_MS; Date.now() < giveUpAt; ) {
    const found = read();
    if (found !== undefined) return found;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error("the expected output did not come in time");
}

test("the quick start works word for word", { timeout: 2 * INSTALL_HANG_MS }, async () => {
  const [start = "", post = "", list = "", ...use] = shellBlocks("Quick start");
  const cwd = copyOfProject();
  const env = environmentOf();
  const server = spawn("bash", ["-c", start], {
    cwd,
    env,
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [server.stdout, server.stderr]) {
    stream.on("data", (chunk: Buffer) => {
      output += chunk.toString("utf8");
    });
  }
  try {
    const token = await until(() => {
      if (server.exitCode !== null) throw new Error(`the server ended:\n${output}`);
      return /admin token\s+(hky_\S+)/.exec(output)?.[1];
    });
    const run = (commands: string) =>
      execFileSync("bash", ["-e", "-c", commands], { cwd, env, encoding: "utf8" });
    const posted = run(post);
    expect(posted).toContain("HTTP/1.1 200 OK");
    expect(posted).toContain('"functions":[{"name":"github-push","status":"SUCCESS"}]');
    const listing = list.replace("<the admin token>", token);
    const listed = run(listing);
    expect(listed).toMatch(/SUCCESS +github +push +\/git\/push/);
    const [id = "no message is listed"] = UUID.exec(listed) ?? [];
    const printed = run([listing, ...use].join("\n").replaceAll("<id>", id));
    expect(printed).toContain("1 commit to main of octo/hello by mona");
    const [again = ""] = UUID.exec(printed.replaceAll(id, "")) ?? [];
    expect(again, printed).not.toBe("");
  } finally {
    if (server.exitCode === null && server.pid !== undefined) {
      const closed = once(server, "close");
      process.kill(-server.pid, "SIGTERM");
      await closed;
    }
    rmSync(cwd, { recursive: true, force: true });
  }
});

test("npm installs the project as a command that runs in any folder", () => {
  using prefix = tempFolder();
  const options = { encoding: "utf8", stdio: "pipe" } as const;
  execFileSync(
    "npm",
    ["install", "--global", "--prefix", prefix.path, "--offline", "--no-audit", "."],
    options,
  );
  const version = execFileSync(join(prefix.path, "bin", "hookyard"), ["--version"], {
    ...options,
    cwd: prefix.path,
  });
  expect(version).toMatch(/^\d+\.\d+\.\d+\n$/);
});
