/** `q`: its matches with and without the index, with other filters and the cursor, and while the log changes. */
import { hash } from "node:crypto";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { expect, test } from "vitest";
import { createLogger } from "../../src/logger.ts";
import type { Message } from "../../src/model/message.ts";
import { newMessageId } from "../../src/model/message-id.ts";
import { Indexer } from "../../src/store/search/indexer.ts";
import { MessageSearch } from "../../src/store/search/message-search.ts";
import { openIndex, removeIndex } from "../../src/store/search/search-index.ts";
import { searchMessages } from "../../src/store/search/search-messages.ts";
import { distinctParts, trigramExpression } from "../../src/store/search/trigrams.ts";
import { openDatabase } from "../../src/store/sqlite/database.ts";
import { Store } from "../../src/store/store.ts";
import { tempFolder } from "../support/temp-folder.ts";
import { ANYTHING, fn, idIn, startTestApp, TOKEN } from "../support/test-app.ts";

const START = Date.UTC(2026, 0, 1);

const messageAt = (
  receivedAt: number,
  body: string | Buffer,
  headers: Message["headers"] = [],
): Message => ({
  id: newMessageId(receivedAt),
  receivedAt,
  method: "POST",
  uri: receivedAt % 2 === 0 ? "even" : "odd",
  basePath: "/webhooks/v1",
  path: "/webhooks/v1/x",
  queryString: "",
  headers,
  body: Buffer.from(body),
  remoteAddress: "127.0.0.1",
  sync: false,
});

/** A log with its index, which the test updates step by step. */
class Log implements Disposable {
  readonly folder = tempFolder().path;
  readonly path = join(this.folder, "log.db");
  store = new Store(this.path);
  sqlite = openDatabase(this.path);
  index = openIndex(this.sqlite);
  indexer = new Indexer(this.sqlite, this.index);
  readonly ids: string[] = [];

  async add(...messages: readonly Message[]): Promise<void> {
    const unmatched = { kind: "unmatched", trace: [] } as const;
    await Promise.all(messages.map((one) => this.store.accept(one, unmatched, one.receivedAt)));
    this.ids.push(...messages.map(({ id }) => id));
  }

  /** Runs the indexer until it is up to date. Returns the number of steps. */
  indexAll(): number {
    let steps = 1;
    while (this.indexer.step()) steps += 1;
    return steps;
  }

  reopen(): void {
    this.index.close();
    this.index = openIndex(this.sqlite);
    this.indexer = new Indexer(this.sqlite, this.index);
  }

  /** Opens the same files again. */
  begin(): void {
    this.store = new Store(this.path);
    this.sqlite = openDatabase(this.path);
    this.index = openIndex(this.sqlite);
    this.indexer = new Indexer(this.sqlite, this.index);
  }

  /** All pages of a search. Results with and without the index must be equal. */
  find(q: string, filter: object = {}, limit = 7): readonly string[] {
    const [indexed, plain] = [this.index, undefined].map((index) => {
      const ids: string[] = [];
      for (let before: string | undefined; ; ) {
        const page = searchMessages(this.sqlite, index, { limit, q, before, ...filter });
        expect(page.items.length).toBeLessThanOrEqual(limit);
        ids.push(...page.items.map(({ id }) => id));
        if (page.nextCursor === null) return ids;
        before = page.nextCursor;
      }
    });
    expect(indexed).toEqual(plain);
    return indexed ?? [];
  }

  [Symbol.dispose](): void {
    this.index.close();
    this.sqlite.close();
    this.store[Symbol.dispose]();
    rmSync(this.folder, { recursive: true });
  }
}

const many = (count: number, body: (at: number) => string, from = START) =>
  Array.from({ length: count }, (_, at) => messageAt(from + at, body(at)));

test("rare, common and absent words have the same results with and without the index, newest first, page by page", async () => {
  using log = new Log();
  await log.add(
    ...many(1000, (at) => `{"n":"number ${at}","kind":"Order","ü":"Änderung ${at % 3}"}`),
  );
  expect(log.indexAll()).toBeGreaterThan(3);
  expect(log.indexer.unindexed()).toBeLessThan(16);
  const newest = log.ids.toReversed();
  expect(log.find('number 123"')).toEqual([log.ids[123]]);
  expect(log.find("order")).toEqual(newest);
  expect(log.find("ÄNDERUNG 1")).toEqual(newest.filter((_, at) => (999 - at) % 3 === 1));
  expect(log.find("number 12")).toHaveLength(11);
  expect(log.find("nowhere at all")).toEqual([]);
  // Each trigram of this word is in every block, and the word is in none.
  expect(log.find("number order")).toEqual([]);
  expect(log.find('"n"')).toEqual(newest);
  expect(log.find('7"')).toHaveLength(100);
  expect(log.find("number 5", { uri: "odd" })).toHaveLength(56);
  expect(log.find("number", { from: START + 10, to: START + 20 })).toEqual(newest.slice(980, 990));
  expect(log.find("number 99", { from: START + 990 })).toEqual(newest.slice(0, 10));
});

test("header values except secret ones and compressed text are searched, and binary data is not", async () => {
  using log = new Log();
  const hidden = ["Authorization", "Cookie", "X-Gitlab-Token", "x-api-key", "Proxy-Authorization"];
  await log.add(
    messageAt(
      START,
      "plain",
      hidden.map((name) => [name, "hidden-value"]),
    ),
    messageAt(START + 1, gzipSync("packed needle"), [["Content-Encoding", "gzip"]]),
    messageAt(START + 2, Buffer.from([0, 1, 2, ...Buffer.from("binary needle")])),
    messageAt(START + 3, `${"x".repeat(70_000)} far needle`),
    messageAt(START + 4, `${"x".repeat(60_000)} near needle`, [["X-Event", "Push needle"]]),
    messageAt(START + 5, "not gzip needle", [["Content-Encoding", "gzip"]]),
    ...many(20, () => "filler", START + 10),
  );
  for (const _ of ["not indexed", "indexed"]) {
    expect(log.find("hidden-value")).toEqual([]);
    expect(log.find("x-gitlab-token:")).toEqual([log.ids[0]]);
    expect(log.find("needle")).toEqual([log.ids[5], log.ids[4], log.ids[1]]);
    expect(log.find("x-event: push")).toEqual([log.ids[4]]);
    log.indexAll();
  }
  expect(log.index.last()).toBeDefined();
});

test("the text of a block has each trigram and no repetition", () => {
  const characters = fc.constantFrom("a", "b", ",", "ü", "😀", '"', "\n");
  const texts = fc.array(fc.string({ unit: characters, maxLength: 40 }), { maxLength: 6 });
  fc.assert(
    fc.property(texts, (some) => {
      const told = distinctParts(some);
      for (const characterList of some.map((text) => [...text]))
        for (let at = 0; at + 3 <= characterList.length; at++)
          expect(told).toContain(characterList.slice(at, at + 3).join(""));
    }),
  );
  const same = '{"a":1,"b":2,"c":3}';
  expect(distinctParts([same, same, same]).length).toBeLessThan(2 * same.length);
});

test("the query for the index requires only trigrams that a matching text must have", () => {
  expect(trigramExpression("ab")).toBeUndefined();
  expect(trigramExpression("😀😀")).toBeUndefined();
  expect(trigramExpression("a\0b")).toBeUndefined();
  expect(trigramExpression('ab"c')).toBe('"ab""" AND "b""c"');
  expect(trigramExpression("x".repeat(500))).toBe('"xxx"');
  expect(trigramExpression("0123456789".repeat(3))?.split(" AND ")).toHaveLength(10);
});

test("late, deleted and partly stored messages are found or gone, and the indexer continues where it was", async () => {
  using log = new Log();
  await log.add(...many(100, (at) => `early ${at}.`));
  log.indexer.step();
  log.reopen();
  log.indexAll();
  // An upload that took long has an older id than messages that are already indexed.
  await log.add(messageAt(START + 50, "late arrival"));
  log.indexer.addLate();
  expect(log.find("late arrival")).toEqual([log.ids[100]]);
  await log.add(...many(100, (at) => `second ${at}.`, START + 1000));
  log.reopen();
  expect(log.find("second 99.")).toEqual([log.ids.at(-1)]);
  log.indexAll();
  expect(log.find("early 7.")).toEqual([log.ids[7]]);
  while ((await log.store.upkeep.removeSome({ after: "", before: log.ids[90] ?? "" })).count > 0);
  expect(log.find("early 7.")).toEqual([]);
  expect(log.find("early 95.")).toEqual([log.ids[95]]);
  const before = log.index.blocksFrom(0, 100).length;
  log.indexAll();
  expect(log.index.blocksFrom(0, 100).length).toBeLessThan(before - 3);
  expect(log.find("early")).toHaveLength(10);
  expect(log.find("second")).toHaveLength(100);
});

test("a damaged or missing index, or one of another database, is built anew", async () => {
  using log = new Log();
  await log.add(...many(40, (at) => `message ${at}.`));
  log.indexAll();
  for (const harm of ["damaged", "missing", "other"]) {
    log.index.close();
    const file = `${log.path}.search`;
    if (harm === "damaged") {
      for (const end of ["-wal", "-shm"]) rmSync(file + end, { force: true });
      writeFileSync(file, "no database at all, but long enough to be looked at as one".repeat(100));
    } else if (harm === "missing") removeIndex(log.path);
    else {
      using other = new Log();
      other.index.close();
      writeFileSync(file, readFileSync(`${other.path}.search`));
      other.index = openIndex(other.sqlite);
    }
    log.index = openIndex(log.sqlite);
    log.indexer = new Indexer(log.sqlite, log.index);
    expect(log.index.last(), harm).toBeUndefined();
    log.indexAll();
    expect(log.index.last(), harm).toBeDefined();
    expect(log.find("message 5.")).toEqual([log.ids[5]]);
  }
});

test("the log of a restored older copy is indexed anew", async () => {
  using log = new Log();
  await log.add(...many(40, (at) => `message ${at}.`));
  log.sqlite.prepare("VACUUM INTO ?").run(`${log.path}.copy`);
  await log.add(...many(40, (at) => `later ${at}.`, START + 1000));
  log.indexAll();
  while ((await log.store.upkeep.removeSome({ after: "", before: "g" })).count > 0);
  log.indexAll();
  log.index.close();
  log.sqlite.close();
  log.store[Symbol.dispose]();
  // The copy is written into the same file, like `cp`.
  writeFileSync(log.path, readFileSync(`${log.path}.copy`));
  for (const end of ["-wal", "-shm"]) rmSync(log.path + end, { force: true });
  log.begin();
  log.indexAll();
  expect(log.find("message 5.")).toEqual([log.ids[5]]);
});

test("an index that is found to be damaged during use is built anew", async () => {
  using log = new Log();
  await log.add(...many(600, (at) => `message ${at}. ${hash("sha512", String(at))}`));
  log.indexAll();
  log.index.close();
  const file = `${log.path}.search`;
  const bytes = readFileSync(file);
  writeFileSync(file, bytes.fill(0xff, 16 * 4096));
  const databasePath = log.path;
  await using search = new MessageSearch({
    databasePath,
    searchIndex: true,
    log: createLogger("silent"),
  });
  // On a slow machine a search may stop before its first match, and must be continued.
  const find = async (before?: string): Promise<number> => {
    const { items, nextCursor } = await search.search({ q: "message 5.", limit: 5, before });
    return nextCursor === null ? items.length : items.length + (await find(nextCursor));
  };
  // Indexing reads the same file, and may find the damage before the search does.
  const first = await find().catch((error: Error) => error.message);
  expect(String(first)).toMatch(/^1$|the log could not be searched/);
  await expect.poll(() => find().catch(() => 0)).toBe(1);
  log.index = openIndex(log.sqlite);
});

test.each(["true", "false"])(
  "a search over HTTP finds the same messages, with an index: %s",
  async (indexed) => {
    await using app = await startTestApp({
      providers: { anything: ANYTHING },
      functions: { one: fn("x", "export default () => 1;") },
      environment: { HOOKYARD_SEARCH_INDEX: indexed },
    });
    const ids: string[] = [];
    for (let at = 0; at < 40; at++)
      ids.push(await idIn(await app.send("x", { body: `body ${at}.` })));
    const find = async (query: string) => {
      const { items } = (await (await app.api(`/messages?${query}`)).json()) as {
        items: { id: string }[];
      };
      return items.map(({ id }) => id);
    };
    expect(await find("q=BODY+7.")).toEqual([ids[7]]);
    expect(await find(`q=${TOKEN}`)).toEqual([]);
    expect(await find("q=y+3&provider=anything&function=one&limit=100")).toHaveLength(11);
    const file = join(app.folder, "data", "hookyard.db.search");
    await expect.poll(() => existsSync(file)).toBe(indexed === "true");
    const unindexed = async () =>
      /^hookyard_search_index_bytes (\d+)$/m.exec(await (await fetch(`${app.url}/metrics`)).text());
    await expect.poll(async () => Number((await unindexed())?.[1]) > 0).toBe(indexed === "true");
    expect(await find("q=body+7.")).toEqual([ids[7]]);
  },
);
