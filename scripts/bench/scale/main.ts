/**
 * `npm run bench -- scale`: measures the cost of a message with many providers and functions installed, and its size in
 * the database file.
 */
import { rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import { ms, spread, whole } from "../format.ts";
import { startHookyard } from "../hookyard.ts";
import { type Extent, makeInstallation } from "../installation.ts";
import { Load } from "../load.ts";
import { describeMachine } from "../machine.ts";
import { makePush } from "../push.ts";
import { measureProcessed, type Processed } from "../rounds.ts";

/** One function runs per message in each case. */
const EXTENTS: readonly Extent[] = [
  { providers: 1, functions: 1, registered: 1 },
  { providers: 8, functions: 1, registered: 1 },
  { providers: 8, functions: 1, registered: 1, when: true },
  { providers: 100, functions: 1, registered: 1 },
  { providers: 100, functions: 1, registered: 1, when: true },
  { providers: 8, functions: 1, registered: 100 },
  { providers: 8, functions: 1, registered: 1000 },
];
const WARM_UP = 64 * 20;
const FLOOD = 64 * 40;

interface Scaled {
  readonly extent: Extent;
  readonly readyMs: number;
  readonly rounds: readonly Processed[];
  readonly bytesPerMessage: number;
}

export async function measureScale(rounds: number): Promise<string> {
  const machine = describeMachine(tmpdir());
  const push = makePush();
  await using load = await Load.start();
  const measured: Scaled[] = [];
  for (const extent of EXTENTS) measured.push(await measureExtent(extent, { load, push, rounds }));
  return [
    `- Machine: ${machine.hardware}`,
    `- Versions: ${machine.versions}`,
    `- Date: ${machine.date} UTC`,
    `- Load: GitHub push of ${Buffer.byteLength(push.body)} bytes, signed, 64 connections; the last provider matches and one function runs; medians of ${rounds} rounds of ${whole(FLOOD)} messages (least–most)`,
    "",
    "| providers | match scripts run | functions registered | CPU per message, main, ms | CPU per message, sandbox, ms | processed, /s | start to ready, ms | bytes in the database per message |",
    "|---|---|---|---|---|---|---|---|",
    ...measured.map(line),
    "",
  ].join("\n");
}

const line = ({ extent, rounds, readyMs, bytesPerMessage }: Scaled): string =>
  `| ${[
    extent.providers,
    extent.when === true ? "1, the others excluded by `when`" : "all",
    whole(extent.registered),
    spread(
      rounds.map(({ mainCpuMs }) => mainCpuMs),
      ms,
    ),
    spread(
      rounds.map(({ sandboxCpuMs }) => sandboxCpuMs),
      ms,
    ),
    spread(
      rounds.map(({ processed }) => processed),
      whole,
    ),
    whole(readyMs),
    whole(bytesPerMessage),
  ].join(" | ")} |`;

async function measureExtent(
  extent: Extent,
  {
    load,
    push,
    rounds: wanted,
  }: {
    readonly load: Load;
    readonly push: ReturnType<typeof makePush>;
    readonly rounds: number;
  },
): Promise<Scaled> {
  const folder = makeInstallation(extent);
  const data = join(folder, "data");
  try {
    const rounds: Processed[] = [];
    let readyMs = 0;
    {
      await using hookyard = await startHookyard(folder, data);
      readyMs = hookyard.readyMs;
      const measure = (amount: number) =>
        measureProcessed({ hookyard, load, push }, amount, extent);
      await measure(WARM_UP);
      while (rounds.length < wanted) rounds.push(await measure(FLOOD));
    }
    return { extent, rounds, readyMs, bytesPerMessage: bytesPerMessage(join(data, "hookyard.db")) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Only after the server has ended: the pages in use, indexes included. */
function bytesPerMessage(path: string): number {
  const sqlite = new Database(path, { readonly: true });
  const pragma = (name: string) => Number(sqlite.pragma(name, { simple: true }));
  const bytes = (pragma("page_count") - pragma("freelist_count")) * pragma("page_size");
  const messages = Number(sqlite.prepare("SELECT COUNT(*) FROM message").pluck().get());
  sqlite.close();
  return bytes / messages;
}
