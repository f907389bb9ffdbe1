/**
 * A disk that can be full. If the kernel allows unprivileged mount namespaces, the test runs in one, with a small file
 * system under the data directory whose size is set to the used space. Otherwise the file size of the server is
 * limited, which it sees as an I/O error instead of a lack of space.
 */
import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, statfsSync, statSync } from "node:fs";
import { join } from "node:path";

const SIZE = "3g";
const FILL_TRIES = 20;
/** Set inside the namespace, to the data directory. */
const MOUNTED = "CRASH_TEST_MOUNTED";

export interface Disk {
  readonly isSmall: boolean;
  /** Leaves `pages` free pages of 4 KB. */
  fill(pages: number, pid: number): void;
  empty(pid: number): void;
}

function run(command: string, ...args: readonly string[]): void {
  const { status, stderr, error } = spawnSync(command, args, { encoding: "utf8" });
  if (status !== 0) throw new Error(`${command} ${args.join(" ")}: ${error?.message ?? stderr}`);
}

function smallDisk(folder: string): Disk {
  // Names all options: otherwise `mount` adds options that only root may set.
  const resize = (size: string) =>
    run("mount", "-t", "tmpfs", "-o", `remount,size=${size}`, "none", folder);
  const fill = (pages: number) => {
    const usedBytes = () => {
      const { blocks, bfree, bsize } = statfsSync(folder);
      return (blocks - bfree) * bsize;
    };
    // The server may use more space between the two calls, and a size below the used space cannot be set.
    for (let tries = 1; ; tries++) {
      try {
        resize(String(usedBytes() + pages * 4096));
        return;
      } catch (error) {
        if (tries === FILL_TRIES) throw error;
      }
    }
  };
  return { isSmall: true, fill, empty: () => resize(SIZE) };
}

function fileSizeLimit(folder: string): Disk {
  const limit = (size: string, pid: number) => {
    // The process may have been killed by now.
    if (existsSync(`/proc/${pid}`)) run("prlimit", `--pid=${pid}`, `--fsize=${size}:`);
  };
  const fill = (pages: number, pid: number) => {
    const sizes = ["hookyard.db", "hookyard.db-wal"].map(
      (name) => statSync(join(folder, name), { throwIfNoEntry: false })?.size ?? 0,
    );
    limit(String(Math.max(...sizes) + pages * 4096), pid);
  };
  return { isSmall: false, fill, empty: (pid) => limit("unlimited", pid) };
}

/** Whether this process runs in the namespace that `inNamespace` created. */
const isInNamespace = () => process.env[MOUNTED] !== undefined;

/** The folder of the test, if its data directory is a mount already. */
export const mountedFolder = (): string | undefined => process.env[MOUNTED];

export function diskOf(folder: string): Disk {
  const data = join(folder, "data");
  mkdirSync(data, { recursive: true });
  return isInNamespace() ? smallDisk(data) : fileSizeLimit(data);
}

const AS_OWN_ROOT = ["--user", "--map-root-user", "--mount", "--"];

/** Runs this program again with a small disk at `<folder>/data`; undefined when the system does not allow it. */
export async function inNamespace(folder: string, seed: number): Promise<number | undefined> {
  const data = join(folder, "data");
  mkdirSync(data, { recursive: true });
  const mount = ["mount", "-t", "tmpfs", "-o", `size=${SIZE}`, "none", data];
  if (isInNamespace() || spawnSync("unshare", [...AS_OWN_ROOT, ...mount]).status !== 0)
    return undefined;
  const shell = `${mount.map((word) => `'${word}'`).join(" ")} && exec "$0" "$@"`;
  const again = [process.execPath, ...process.execArgv, ...process.argv.slice(1), `--seed=${seed}`];
  const child = spawn("unshare", [...AS_OWN_ROOT, "sh", "-c", shell, ...again], {
    stdio: "inherit",
    env: { ...process.env, [MOUNTED]: folder },
  });
  process.on("exit", () => child.kill("SIGTERM"));
  const { promise, resolve } = Promise.withResolvers<number>();
  child.on("exit", (code) => resolve(code ?? 1));
  return await promise;
}
