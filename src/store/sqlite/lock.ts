/** One process at a time on a database: two would both run what is pending. */
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import Database from "better-sqlite3";
import { causedBy } from "../../errors.ts";
import { makePrivateFile } from "./private-file.ts";

interface Holder {
  readonly pid: number;
  readonly host: string;
  /** ISO 8601. */
  readonly since: string;
}

/**
 * Holds a lock that the operating system takes back when the process ends, however it ends, and says beside it who
 * holds it. Throws `database_unusable`, naming the holder.
 */
export function lockDatabase(path: string): Disposable {
  for (const file of [path, `${path}.lock`]) makePrivateFile(file);
  const lock = new Database(`${path}.lock`, { timeout: 0 });
  try {
    lock.pragma("journal_mode = DELETE");
    lock.exec("BEGIN EXCLUSIVE");
  } catch (cause) {
    lock.close();
    throw causedBy(
      cause,
      "database_unusable",
      `${path} is in use by ${describeHolder(path)}. Stop it first, or start this one with another HOOKYARD_DATA_DIR.`,
    );
  }
  sayWhoHolds(path);
  return {
    [Symbol.dispose]: () => {
      rmSync(holderFile(path), { force: true });
      lock.close();
    },
  };
}

const holderFile = (path: string) => `${path}.holder`;

/** Only the lock decides; what stands here is for people, so that a disk that is full is no reason not to start. */
function sayWhoHolds(path: string): void {
  const holder: Holder = {
    pid: process.pid,
    host: hostname(),
    since: new Date().toISOString(),
  };
  try {
    writeFileSync(holderFile(path), JSON.stringify(holder), { mode: 0o600 });
  } catch {
    rmSync(holderFile(path), { force: true });
  }
}

/** What a killed process left behind names nobody: it is believed only of a process that is there. */
function describeHolder(path: string): string {
  const holder = readHolder(path);
  if (holder === undefined || (holder.host === hostname() && !isThere(holder.pid)))
    return "another process, which has not said which";
  return `process ${holder.pid} on ${holder.host}, since ${holder.since}`;
}

function readHolder(path: string): Holder | undefined {
  try {
    const { pid, host, since } = JSON.parse(readFileSync(holderFile(path), "utf8"));
    return { pid: Number(pid), host: String(host), since: String(since) };
  } catch {
    return undefined;
  }
}

function isThere(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // Somebody else's process is one, too.
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}
