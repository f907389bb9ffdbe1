/**
 * `npm run fsync-check [-- --seconds 5]`: traces the system calls of a server under load, and proves that each answer
 * that promises a stored message was sent after an fsync of the write-ahead log that covered it. Needs strace, because
 * nothing else shows these calls.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { settings, writeInstallation } from "./crash-test/installation.ts";
import { Ledger } from "./crash-test/ledger.ts";
import { Random } from "./crash-test/random.ts";
import { Server } from "./crash-test/server.ts";
import { startSink } from "./crash-test/sink.ts";
import { startTraffic } from "./crash-test/traffic.ts";
import { type Finding, readTrace, TRACED } from "./fsync-check/trace.ts";

/** More than a page of the database, so that the ids in it are visible; SQLite writes pages one by one. */
const TRACED_BYTES = 9000;
const CONNECTIONS = 10;

/**
 * With -D the server stays our direct child. Its main thread writes the database and answers; other threads run the
 * fsyncs.
 */
const tracer = (file: string) => [
  ...["strace", "-D", "-f", "--seccomp-bpf", "-yy", "-qq", "-s", String(TRACED_BYTES)],
  ...["-e", `trace=${TRACED}`, "-e", "signal=none", "-o", file],
];

async function trace(
  folder: string,
  seconds: number,
): Promise<Finding & { readonly promised: number }> {
  const file = join(folder, "trace");
  await using sink = await startSink();
  writeInstallation(folder, sink.url);
  const ledger = new Ledger(1);
  const server = new Server(settings(folder), { wrongByMs: 0, jumpMs: 0 }, tracer(file));
  const { url } = await server.ready();
  const deps = { url, ledger, random: new Random("1"), connections: CONNECTIONS, prefix: "1" };
  const traffic = startTraffic({ ...deps, onPromise: () => undefined });
  await sleep(seconds * 1000);
  await traffic.stop();
  const problem = await server.stop();
  if (problem !== undefined) throw new Error(problem);
  return { ...(await readTrace(file)), promised: ledger.promises.length };
}

function report({ promised, violations, ...finding }: Awaited<ReturnType<typeof trace>>): boolean {
  const rows = [
    ["answers that promise a stored message, received", promised],
    ["answers that promise a stored message, traced", finding.answers],
    ["writes to the write-ahead log", finding.logWrites],
    ["fsyncs of the write-ahead log", finding.logSyncs],
    ["restarts of the write-ahead log", finding.checkpoints],
    ["fsyncs of the database", finding.databaseSyncs],
    ["answers that were sent before their fsync", violations.length],
  ] as const;
  for (const [name, value] of rows) console.log(`${name.padEnd(60)}${String(value).padStart(8)}`);
  for (const violation of violations.slice(0, 20)) console.log(`  ${violation}`);
  // A trace that misses answers or syncs proves nothing.
  const isComplete = promised > 0 && finding.answers === promised && finding.logSyncs > 0;
  if (!isComplete) console.log("the trace misses answers or fsyncs, so it proves nothing");
  return isComplete && violations.length === 0;
}

async function main(): Promise<number> {
  const { values } = parseArgs({ options: { seconds: { type: "string", default: "5" } } });
  const seconds = Number(values.seconds);
  if (!(seconds > 0))
    throw new Error(`--seconds: found ${values.seconds}, expected a number above 0`);
  const probe = spawnSync("strace", ["-D", "-qq", "-o", "/dev/null", "true"], { encoding: "utf8" });
  if (probe.status !== 0) {
    const why = probe.error?.message ?? probe.stderr;
    console.error(
      `nothing was checked: strace cannot be used here (${why.trim()}). Install it, with apt-get install strace or dnf install strace, and allow it to trace.`,
    );
    return 2;
  }
  const folder = mkdtempSync(join(tmpdir(), "hookyard-fsync-"));
  process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
  return report(await trace(folder, seconds)) ? 0 : 1;
}

process.exitCode = await main();
