/** `npm run bench -- search`: measures text search in a million messages, and the cost of its index. */
import { existsSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import { HookyardError } from "../../../src/errors.ts";
import { createLogger } from "../../../src/logger.ts";
import type { MessageFilter } from "../../../src/store/messages/message-list.ts";
import { Indexer } from "../../../src/store/search/indexer.ts";
import { MessageSearch } from "../../../src/store/search/message-search.ts";
import { openIndex } from "../../../src/store/search/search-index.ts";
import { mb, ms, whole } from "../format.ts";
import { describeMachine } from "../machine.ts";
import { percentile } from "../statistics.ts";
import { bodyOf, fill } from "./fill.ts";

const PAGE = 50;

interface SearchCase {
  readonly what: string;
  /** Varies with the number of the round. */
  readonly filter: (round: number) => Omit<MessageFilter, "limit"> & { readonly q: string };
  /** Expected messages on the first page. */
  readonly expected: number;
}

export async function measureSearch(messages: number, rounds: number): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), "hookyard-bench-search-"));
  process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
  const path = join(folder, "hookyard.db");
  fill(path, messages);
  const machine = describeMachine(folder);
  const { usPerMessage, bytes } = build(path, messages);
  await using search = new MessageSearch({
    databasePath: path,
    searchIndex: true,
    log: createLogger("error"),
  });
  // The first search starts the worker.
  await search.search({ q: "nothing", limit: 1 });
  const rows: string[] = [];
  for (const one of searchCases(messages, rounds)) rows.push(await measure(search, one, rounds));
  return [
    `- Machine: ${machine.hardware}`,
    `- Versions: ${machine.versions}`,
    `- Date: ${machine.date} UTC`,
    `- Log: ${whole(messages)} messages with bodies of ${bodyOf(1).length} bytes, ${mb(statSync(path).size)}; index ${mb(bytes)}, ${whole(bytes / messages)} bytes per message and ${whole(usPerMessage)} µs of the index thread per message`,
    `- Searches: pages of ${PAGE}, another word in each of ${rounds} rounds, including the hop to the search thread; the data is in the page cache of the system`,
    "",
    "| searched for | median, ms | p95, ms | most, ms |",
    "|---|---|---|---|",
    ...rows,
    "",
  ].join("\n");
}

function build(path: string, messages: number) {
  const log = new Database(path, { readonly: true });
  const index = openIndex(log);
  const indexer = new Indexer(log, index);
  const startedAt = performance.now();
  while (indexer.step());
  const usPerMessage = ((performance.now() - startedAt) * 1000) / messages;
  index.close();
  log.close();
  if (!existsSync(`${path}.search`)) throw new HookyardError("internal", "there is no index");
  return { usPerMessage, bytes: statSync(`${path}.search`).size };
}

/** Searches for messages far apart, so that no round profits from the pages read by the one before. */
function searchCases(messages: number, rounds: number): readonly SearchCase[] {
  const some = (round: number) => Math.floor(((round + 0.5) * messages) / rounds) + 1;
  const commit = (round: number): string => JSON.parse(bodyOf(some(round))).commit;
  const users = Math.min(PAGE, Math.ceil((messages - 1100) / 5003));
  return [
    { what: "a commit, in one message", filter: (at) => ({ q: commit(at) }), expected: 1 },
    {
      what: "twelve characters of a commit",
      filter: (at) => ({ q: commit(at).slice(9, 21) }),
      expected: 1,
    },
    {
      what: "an address, in one of 5,003 messages",
      filter: (at) => ({ q: `"user${1000 + at}@` }),
      expected: users,
    },
    { what: "a word, in every second message", filter: () => ({ q: "MILESTONE" }), expected: PAGE },
    { what: "a word in every message", filter: () => ({ q: "repository" }), expected: PAGE },
    { what: "a word in no message", filter: (at) => ({ q: `nothing-${at}-here` }), expected: 0 },
    {
      what: "a text in no message whose parts occur",
      filter: () => ({ q: "tickets and invoices" }),
      expected: 0,
    },
    {
      what: "a word, filtered by a provider with one in a thousand messages",
      filter: () => ({ q: "milestone", provider: "rare" }),
      expected: PAGE,
    },
    {
      what: "a commit, filtered by provider and status",
      filter: (at) => ({ q: commit(at), provider: "usual", status: "SUCCESS" }),
      expected: 1,
    },
  ];
}

async function measure(search: MessageSearch, one: SearchCase, rounds: number): Promise<string> {
  const times: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const startedAt = performance.now();
    const { items } = await search.search({ ...one.filter(round), limit: PAGE });
    times.push(performance.now() - startedAt);
    if (items.length !== one.expected) {
      const detail = `${one.what}: ${items.length} messages were found, ${one.expected} expected`;
      throw new HookyardError("internal", detail);
    }
  }
  const figures = [percentile(times, 0.5), percentile(times, 0.95), Math.max(...times)];
  return `| ${one.what} | ${figures.map(ms).join(" | ")} |`;
}
