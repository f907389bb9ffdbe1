/** Describes the machine of a measurement. */
import { closeSync, fdatasyncSync, openSync, readFileSync, writeSync } from "node:fs";
import { availableParallelism, cpus, loadavg, release, totalmem } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import Database from "better-sqlite3";
import { z } from "zod";
import { median } from "./statistics.ts";

const SYNCS = 200;
const BLOCK_BYTES = 4096;

function versionOf(name: string): string {
  const path = fileURLToPath(import.meta.resolve(`${name}/package.json`));
  return z.object({ version: z.string() }).parse(JSON.parse(readFileSync(path, "utf8"))).version;
}

function sqliteVersion(): string {
  const sqlite = new Database(":memory:");
  const version = z.string().parse(sqlite.prepare("SELECT sqlite_version()").pluck().get());
  sqlite.close();
  return version;
}

/** Type and device of the mount that holds `folder`. */
export function fileSystemOf(folder: string): string {
  const mounts = readFileSync("/proc/mounts", "utf8")
    .split("\n")
    .map((line) => line.split(" "))
    .filter(([, at = "-"]) => folder === at || folder.startsWith(at.replace(/\/?$/, "/")))
    .toSorted(([, a = ""], [, b = ""]) => a.length - b.length);
  const [device = "?", , type = "?"] = mounts.at(-1) ?? [];
  return `${type} on ${device}`;
}

/** Milliseconds that a durable write of one block takes in `folder`. */
export function syncMs(folder: string): number {
  const fd = openSync(join(folder, "sync-probe"), "w");
  const block = Buffer.alloc(BLOCK_BYTES, 1);
  const times = Array.from({ length: SYNCS }, () => {
    const startedAt = performance.now();
    writeSync(fd, block);
    fdatasyncSync(fd);
    return performance.now() - startedAt;
  });
  closeSync(fd);
  return median(times);
}

export interface Machine {
  readonly hardware: string;
  readonly versions: string;
  readonly storage: string;
  readonly date: string;
}

export function describeMachine(folder: string): Machine {
  const memoryGb = (totalmem() / 2 ** 30).toFixed(0);
  const packages = ["better-sqlite3", "express", "isolated-vm", "autocannon"];
  return {
    hardware: `${cpus()[0]?.model.trim()}, ${availableParallelism()} cores, ${memoryGb} GB; Linux ${release()}; load average before the run ${loadavg()[0]?.toFixed(2)}`,
    versions: [
      `node ${process.versions.node}`,
      `SQLite ${sqliteVersion()}`,
      ...packages.map((name) => `${name} ${versionOf(name)}`),
    ].join(", "),
    storage: `${fileSystemOf(folder)}; a 4 KB write with fdatasync takes ${syncMs(folder).toFixed(2)} ms`,
    date: new Date().toISOString().slice(0, 16).replace("T", " "),
  };
}
