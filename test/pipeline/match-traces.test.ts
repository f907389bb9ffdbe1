/** Match traces are stored in a short form and read back in full. */
import { join } from "node:path";
import Database from "better-sqlite3";
import { expect, test } from "vitest";
import type { TraceEntry } from "../../src/model/decision.ts";
import type { Message } from "../../src/model/message.ts";
import { newMessageId } from "../../src/model/message-id.ts";
import { Store } from "../../src/store/store.ts";
import { tempFolder } from "../support/temp-folder.ts";

const DAY_MS = 86_400_000;
const START = Date.UTC(2026, 0, 1);

const messageAt = (receivedAt: number): Message => ({
  id: newMessageId(receivedAt),
  receivedAt,
  method: "POST",
  uri: "x",
  basePath: "/webhooks/v1",
  path: "/webhooks/v1/x",
  queryString: "",
  headers: [],
  body: Buffer.from("{}"),
  remoteAddress: "127.0.0.1",
  sync: false,
});

const asked = (count: number, version = "v1"): readonly TraceEntry[] =>
  Array.from({ length: count }, (_, n) => ({
    provider: `p${n}`,
    version,
    matched: false,
    durationMs: n / 8,
  }));

class Log implements Disposable {
  readonly #folder = tempFolder();
  readonly path = join(this.#folder.path, "hookyard.db");
  readonly store = new Store(this.path);

  async add(trace: readonly TraceEntry[], at = START): Promise<string> {
    const message = messageAt(at);
    await this.store.accept(message, { kind: "unmatched", trace }, at);
    return message.id;
  }

  read<T>(sql: string): readonly T[] {
    const sqlite = new Database(this.path);
    const rows = sqlite.prepare<[], T>(sql).all();
    sqlite.close();
    return rows;
  }

  [Symbol.dispose](): void {
    this.store[Symbol.dispose]();
    this.#folder.remove();
  }
}

test("each entry is read back unchanged", async () => {
  using log = new Log();
  const error = { kind: "SCRIPT_ERROR", name: "Error", message: "no" } as const;
  const warning = "a truthy value is no match";
  const logs = [{ level: "info", text: "seen", at: START }] as const;
  const [first, second, third, last] = asked(4);
  const traces: readonly (readonly TraceEntry[])[] = [
    [],
    asked(1),
    asked(100),
    [{ ...first, error }, { ...second, warning }, third, { ...last, matched: true, logs }].map(
      (entry) => entry as TraceEntry,
    ),
  ];
  for (const trace of traces) {
    const id = await log.add(trace);
    expect(log.store.details(id)?.trace).toEqual(trace);
  }
});

test("the names of a hundred scripts are stored once, for any number of messages", async () => {
  using log = new Log();
  for (let n = 0; n < 20; n++) await log.add(asked(100));
  const sizes = log.read<{ readonly size: number }>("SELECT length(trace) AS size FROM content");
  expect(sizes).toHaveLength(20);
  for (const { size } of sizes) expect(size).toBeLessThan(1000);
  expect(log.read("SELECT id FROM match_order")).toHaveLength(1);
});

const WHEN = { headers: { "x-acme": true } };

/** A server's cache of versions that it has loaded. */
const kept = (name: string, version: string, when?: object) =>
  ({
    kind: "provider",
    name,
    version,
    origin: "file",
    file: { name, priority: 1, when },
    source: "",
    modules: {},
    author: null,
    note: null,
    createdAt: START,
  }) as const;

const passed = (count: number): readonly TraceEntry[] =>
  asked(count).map((entry) => ({ ...entry, durationMs: 0, passedOver: "no header x-acme" }));

test("the reasons of skipped providers are computed from the version of then, beside the entries of scripts that ran", async () => {
  using log = new Log();
  const versions = asked(100).map(({ provider, version }) => kept(provider, version, WHEN));
  await log.store.scripts.keep(versions, [], START);
  const [first, second, third, ...others] = passed(100);
  const was = asked(3)[1];
  const warning = "a truthy value is no match";
  const traces = [
    passed(100),
    [first, { ...was, warning }, third, ...others],
    [first, second, third, { ...asked(4)[3], matched: true }],
  ].map((trace) => trace as readonly TraceEntry[]);
  for (const trace of traces) {
    const id = await log.add(trace);
    expect(log.store.details(id)?.trace).toEqual(trace);
  }
});

test("missing payload keys are named from the conditions whose headers and URI fit", async () => {
  using log = new Log();
  const when = [
    { method: ["PUT"], payloadKeys: ["d"] },
    { payloadKeys: ["a", "b"] },
    { payloadKeys: ["c"] },
  ];
  await log.store.scripts.keep([kept("p0", "v1", when)], [], START);
  const passedOver = "payload lacks one of a and b; no payload key c";
  const [first] = asked(1);
  const trace = [{ ...first, durationMs: 0, passedOver } as TraceEntry];
  const id = await log.add(trace);
  expect(log.store.details(id)?.trace).toEqual(trace);
});

test("a hundred skipped providers take no space in the row, whichever they are", async () => {
  using log = new Log();
  for (let n = 0; n < 20; n++)
    await log.add(passed(100).with(n, { ...asked(100)[n] } as TraceEntry));
  const sizes = log.read<{ readonly size: number }>("SELECT length(trace) AS size FROM content");
  expect(sizes).toHaveLength(20);
  for (const { size } of sizes) expect(size).toBeLessThan(100);
  expect(log.read("SELECT id FROM match_order")).toHaveLength(1);
});

test("a version that is no longer stored is still listed as skipped", async () => {
  using log = new Log();
  const id = await log.add(passed(1));
  const [entry] = log.store.details(id)?.trace ?? [];
  expect(entry?.passedOver).toBe("the request does not meet its `when`");
});

test("traces from before stored orders can be read", async () => {
  using log = new Log();
  const id = await log.add([]);
  const sqlite = new Database(log.path);
  sqlite.prepare("UPDATE content SET trace = ?").run(JSON.stringify(asked(3)));
  sqlite.close();
  expect(log.store.details(id)?.trace).toEqual(asked(3));
});

test("orders are deleted once no stored message refers to them", async () => {
  using log = new Log();
  const old = await log.add(asked(2, "old"));
  const at = START + 10 * DAY_MS;
  const kept = await log.add(asked(2, "kept"), at);
  expect(log.store.details(old)?.trace).toEqual(asked(2, "old"));
  const sqlite = new Database(log.path);
  sqlite.pragma("foreign_keys = ON");
  sqlite.prepare("DELETE FROM message WHERE id = ?").run(old);
  sqlite.close();
  await log.add(asked(2, "new"), at + 5 * DAY_MS);
  expect(log.read("SELECT id FROM match_order")).toHaveLength(2);
  expect(log.store.details(kept)?.trace).toEqual(asked(2, "kept"));
});

test("an order of a commit that failed is stored by the next one that uses it", async () => {
  using log = new Log();
  const other = new Database(log.path);
  other.exec("CREATE TRIGGER full BEFORE INSERT ON content BEGIN SELECT RAISE(ABORT, 'full'); END");
  await expect(log.add(asked(2))).rejects.toThrow(/did not take the write/);
  other.exec("DROP TRIGGER full");
  other.close();
  const id = await log.add(asked(2));
  expect(log.store.details(id)?.trace).toEqual(asked(2));
});
