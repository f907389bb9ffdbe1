/** One process at a time per database: two processes would both run the pending executions. */
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
  /** Known once the server listens; absent for a command that holds the lock. */
  readonly serving?: Serving;
}

/** What `hookyard doctor` compares with the settings it sees. */
export interface Serving {
  readonly port: number;
  /** Settings by name, without secrets. */
  readonly settings: Readonly<Record<string, unknown>>;
}

/**
 * Takes a lock that the operating system releases when the process ends, however it ends, and writes the holder to a
 * file beside it. Throws `database_unusable`, naming the holder.
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
  writeHolder(path);
  return {
    [Symbol.dispose]: () => {
      rmSync(holderFile(path), { force: true });
      lock.close();
    },
  };
}

const holderFile = (path: string) => `${path}.holder`;

/** Adds to the holder file how this server is reached and set. Only for the process that holds the lock. */
export function noteServing(path: string, serving: Serving): void {
  writeHolder(path, serving);
}

/** The holder file only informs people; the lock decides. So a full disk must not prevent the start. */
function writeHolder(path: string, serving?: Serving): void {
  const holder: Holder = {
    pid: process.pid,
    host: hostname(),
    since: new Date().toISOString(),
    ...(serving === undefined ? {} : { serving }),
  };
  try {
    writeFileSync(holderFile(path), JSON.stringify(holder), { mode: 0o600 });
  } catch {
    rmSync(holderFile(path), { force: true });
  }
}

/**
 * The server that uses the database; undefined if there is none. A killed process leaves its file behind, so the file
 * counts only while its process is alive.
 */
export function holderOf(path: string): Holder | undefined {
  const holder = readHolder(path);
  const isGone = holder?.host === hostname() && !isAlive(holder.pid);
  return isGone ? undefined : holder;
}

function describeHolder(path: string): string {
  const holder = holderOf(path);
  if (holder === undefined) return "another process, which has not said which";
  return `process ${holder.pid} on ${holder.host}, since ${holder.since}`;
}

function readHolder(path: string): Holder | undefined {
  try {
    const { pid, host, since, serving } = JSON.parse(readFileSync(holderFile(path), "utf8"));
    const { port, settings } = Object(serving);
    return {
      pid: Number(pid),
      host: String(host),
      since: String(since),
      ...(port > 0 ? { serving: { port: Number(port), settings: { ...Object(settings) } } } : {}),
    };
  } catch {
    return undefined;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // The process exists but belongs to another user.
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}
