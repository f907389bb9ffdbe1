/**
 * `npm run bench -- log`: measures a log of a million messages: time to ready, and the cost of lists and of new
 * messages.
 */
import { mkdirSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { mb, ms, spread, whole } from "../format.ts";
import { type Hookyard, startHookyard } from "../hookyard.ts";
import { Load } from "../load.ts";
import { describeMachine } from "../machine.ts";
import { makePush } from "../push.ts";
import { measureProcessed, type Processed } from "../rounds.ts";
import { fillLog } from "./fill-log.ts";
import { KINDS_OF_MESSAGE } from "./spread.ts";

const MESSAGES = 1_000_000;
const DAY_MS = 86_400_000;
/** Shorter than the default retention, so that removal is not measured. */
const DAYS = 6.5;
const STARTS = 3;
const REQUESTS = 21;
const FLOOD = 64 * 40;

const pageSchema = z.object({ items: z.array(z.unknown()), nextCursor: z.string().nullable() });

const common = KINDS_OF_MESSAGE.find(({ function: name }) => name?.endsWith("-0") === true);
const provider = common?.provider ?? "";
const filters = (to: number): Readonly<Record<string, Readonly<Record<string, string>>>> => {
  const range = {
    from: new Date(to - 3 * DAY_MS).toISOString(),
    to: new Date(to - 2 * DAY_MS).toISOString(),
  };
  const name = common?.function ?? "";
  return {
    "no filter": {},
    "status, frequent": { status: "SUCCESS" },
    "status, rare": { status: "FAILED" },
    "status that no message has": { status: "PENDING" },
    provider: { provider },
    uri: { uri: common?.uri ?? "" },
    eventType: { eventType: "push" },
    function: { function: name },
    "from, to": range,
    "provider, status": { provider, status: "FAILED" },
    "provider, status, never together": { provider, status: "UNMATCHED" },
    "provider, eventType": { provider, eventType: "push" },
    "uri, status": { uri: common?.uri ?? "", status: "FAILED" },
    "eventType, status, never together": { eventType: "push", status: "UNMATCHED" },
    "function, status": { function: name, status: "FAILED" },
    "function, status, never together": { function: name, status: "REJECTED" },
    "function, from, to": { function: name, ...range },
    "all but q": {
      provider,
      function: name,
      uri: common?.uri ?? "",
      eventType: "push",
      status: "FAILED",
      ...range,
    },
    "q, in every message": { q: "quarter" },
    "q, in no message": { q: "not there at all" },
  };
};

export async function measureLog(folder: string, rounds: number): Promise<string> {
  const machine = describeMachine(tmpdir());
  const to = Date.now();
  const [full, empty] = [join(folder, "data-full"), join(folder, "data-empty")];
  mkdirSync(full, { recursive: true });
  const startedAt = performance.now();
  fillLog(join(full, "hookyard.db"), { messages: MESSAGES, from: to - DAYS * DAY_MS, to });
  const fillSeconds = (performance.now() - startedAt) / 1000;
  const bytes = statSync(join(full, "hookyard.db")).size;
  const readyMs = { full: await starts(folder, full), empty: await starts(folder, empty) };
  await using onFull = await startHookyard(folder, full);
  const lists = await measureLists(onFull, filters(to), { from: to - DAYS * DAY_MS, to });
  await using onEmpty = await startHookyard(folder, empty);
  const costs = await measureCosts(onFull, onEmpty, rounds);
  return [
    `- Machine: ${machine.hardware}`,
    `- Versions: ${machine.versions}`,
    `- Date: ${machine.date} UTC`,
    `- Database: ${whole(MESSAGES)} messages of ${DAYS} days, ${mb(bytes)}, filled in ${whole(fillSeconds)} s; medians of ${REQUESTS} requests each (least–most)`,
    "",
    "| | a million messages | empty database | target |",
    "|---|---|---|---|",
    `| start to ready | ${spread(readyMs.full, whole)} ms | ${spread(readyMs.empty, whole)} ms | ≤ 1000 ms |`,
    `| accepted and processed | ${spread(
      costs.full.map(({ processed }) => processed),
      whole,
    )} /s | ${spread(
      costs.empty.map(({ processed }) => processed),
      whole,
    )} /s | the same |`,
    `| CPU per message, main | ${spread(
      costs.full.map(({ mainCpuMs }) => mainCpuMs),
      ms,
    )} ms | ${spread(
      costs.empty.map(({ mainCpuMs }) => mainCpuMs),
      ms,
    )} ms | the same |`,
    "",
    "`GET /api/v1/messages`, 50 messages a page, over HTTP; all are to take at most 50 ms:",
    "",
    "| filters | first page, ms | from the middle, ms | near the end, ms |",
    "|---|---|---|---|",
    ...lists,
    "",
  ].join("\n");
}

async function starts(folder: string, data: string): Promise<readonly number[]> {
  const times: number[] = [];
  while (times.length < STARTS) {
    const hookyard = await startHookyard(folder, data);
    times.push(hookyard.readyMs);
    await hookyard[Symbol.asyncDispose]();
  }
  return times;
}

async function measureLists(
  hookyard: Hookyard,
  asked: ReturnType<typeof filters>,
  { from, to }: { readonly from: number; readonly to: number },
): Promise<readonly string[]> {
  const cursors = [undefined, idAt((from + to) / 2), idAt(from + (to - from) / 500)];
  const lines: string[] = [];
  for (const [name, filter] of Object.entries(asked)) {
    const cells: string[] = [];
    for (const cursor of cursors) {
      const query = new URLSearchParams({ ...filter, ...(cursor === undefined ? {} : { cursor }) });
      const times: number[] = [];
      while (times.length < REQUESTS) times.push(await requestMs(hookyard, query));
      cells.push(spread(times, ms));
    }
    lines.push(`| ${[name, ...cells].join(" | ")} |`);
  }
  return lines;
}

/** The first id of that time, usable as a cursor. */
function idAt(time: number): string {
  const hex = Math.floor(time).toString(16).padStart(12, "0");
  return `${hex.slice(0, 8)}-${hex.slice(8)}-7000-8000-000000000000`;
}

async function requestMs({ url, token }: Hookyard, query: URLSearchParams): Promise<number> {
  const headers = { authorization: `Bearer ${token}` };
  const startedAt = performance.now();
  const response = await fetch(`${url}/api/v1/messages?${query}`, { headers });
  const text = await response.text();
  const took = performance.now() - startedAt;
  if (!response.ok) throw new Error(`${query} was answered ${response.status}: ${text}`);
  pageSchema.parse(JSON.parse(text));
  return took;
}

async function measureCosts(onFull: Hookyard, onEmpty: Hookyard, rounds: number) {
  await using load = await Load.start();
  const push = makePush();
  const measure = (hookyard: Hookyard) => measureProcessed({ hookyard, load, push }, FLOOD);
  for (const hookyard of [onFull, onEmpty]) await measure(hookyard);
  const full: Processed[] = [];
  const empty: Processed[] = [];
  while (full.length < rounds) {
    full.push(await measure(onFull));
    empty.push(await measure(onEmpty));
  }
  return { full, empty };
}
