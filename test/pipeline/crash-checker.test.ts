/** The checker of `npm run crash-test` detects each kind of loss and names its message. */
import Database from "better-sqlite3";
import { expect, test } from "vitest";
import { deliveryViolations, type Violation } from "../../scripts/crash-test/check-deliveries.ts";
import { Ledger } from "../../scripts/crash-test/ledger.ts";
import { Random } from "../../scripts/crash-test/random.ts";
import { readRows } from "../../scripts/crash-test/rows.ts";
import type { Effect } from "../../scripts/crash-test/sink.ts";
import { Store } from "../../src/store/store.ts";
import {
  AT_ONCE,
  acceptedAs,
  databaseFolder,
  messageOf,
  OUTCOMES,
  owed,
} from "../store/model/fixture.ts";

const NOW = 1_800_000_000_000;
const ID = "m-1";

interface Scene {
  readonly path: string;
  readonly ledger: Ledger;
  readonly effects: Effect[];
}

/** One delivery that was accepted, stored, and processed. */
async function promisedAndDone(path: string): Promise<Scene> {
  const ledger = new Ledger(1);
  const delivery = ledger.create("d-1", "plain", new Random("test"));
  ledger.answered(delivery, 202, ID);
  using store = new Store(path);
  const message = { ...messageOf(ID, NOW), uri: "plain", body: ledger.bodyOf(delivery) };
  const { claims } = await store.accept(message, acceptedAs("d-1", [owed("note")]), NOW, AT_ONCE);
  const run = { version: "v1", endedAt: NOW };
  for (const claim of claims)
    await store.record(claim, { outcome: OUTCOMES.success, step: { status: "SUCCESS" }, ...run });
  const effect = { key: `${ID}/note`, delivery: delivery.id, digest: delivery.digest };
  return { path, ledger, effects: [effect] };
}

function violationsOf({ path, ledger, effects }: Scene): readonly Violation[] {
  using rows = readRows(path);
  return [...deliveryViolations({ ledger, rows, effects, starts: 1 })];
}

const sql =
  (text: string) =>
  ({ path }: Scene) => {
    const sqlite = new Database(path);
    sqlite.pragma("foreign_keys = ON");
    sqlite.exec(text);
    sqlite.close();
  };

const COPY = `CREATE TEMP TABLE copy AS SELECT * FROM message;
  UPDATE copy SET id = 'm-2';
  INSERT INTO message SELECT * FROM copy;
  INSERT INTO content SELECT 'm-2', headers, trace, verification, body FROM content;`;

test("a delivery that was stored and processed is no violation", async () => {
  using folder = databaseFolder();
  expect(violationsOf(await promisedAndDone(folder.newPath()))).toEqual([]);
});

const LOSSES: readonly (readonly [string, (scene: Scene) => unknown, string, RegExp])[] = [
  ["a message that is gone", sql("DELETE FROM message"), ID, /answered with 202 and is not stored/],
  [
    "a body that is another",
    sql("UPDATE content SET body = x'00'"),
    ID,
    /not stored as it was sent/,
  ],
  ["a message without an end", sql("UPDATE message SET status = 'PENDING'"), ID, /is PENDING/],
  ["a function that was forgotten", sql("DELETE FROM execution"), ID, /is owed note, has nothing/],
  [
    "a function without an end",
    sql("UPDATE execution SET status = 'RUNNING'"),
    ID,
    /note: is RUNNING/,
  ],
  [
    "a result of an old lease",
    sql("UPDATE execution SET lease_token = 2"),
    ID,
    /lease 1 when 2 was the latest/,
  ],
  [
    "a result of no lease",
    sql("UPDATE execution SET lease_token = 0"),
    ID,
    /results of leases 1 were accepted, of 0/,
  ],
  [
    "an uncounted attempt",
    sql("UPDATE execution SET attempt = 0"),
    ID,
    /1 attempts are recorded, 0/,
  ],
  ["a delivery that ran twice", sql(COPY), "d-1", /ran 2 times, expected once/],
  ["a run without its effect", ({ effects }) => effects.pop(), ID, /did not report its run/],
  [
    "another answer than the end",
    ({ ledger }) => answerWith(ledger, 500),
    ID,
    /answered with 500 and is SUCCESS/,
  ],
];

function answerWith(ledger: Ledger, status: number): void {
  for (const { promises } of ledger.deliveries) promises.push({ status, messageId: ID });
}

/** The function failed, and its delivery is sent again. */
async function repeated(path: string): Promise<Scene> {
  const ledger = new Ledger(1);
  const delivery = ledger.create("d-1", "fails", new Random("test"));
  const owedAll = acceptedAs("d-1", [owed("note"), owed("fails")]);
  using store = new Store(path);
  for (const id of [ID, "m-2"]) {
    ledger.answered(delivery, 202, id);
    const message = { ...messageOf(id, NOW), uri: "fails", body: ledger.bodyOf(delivery) };
    await store.accept(message, owedAll, NOW, (name) => ({
      outcome: OUTCOMES[name === "note" ? "success" : "fatal"],
      step: { status: name === "note" ? "SUCCESS" : "FAILED" },
      version: "v1",
      endedAt: NOW,
    }));
  }
  const effects = ["note", "fails"].map((name) => ({
    key: `${ID}/${name}`,
    delivery: delivery.id,
    digest: delivery.digest,
  }));
  return { path, ledger, effects };
}

test("a repetition of the failed functions is no violation; one that runs more or repeats another message is", async () => {
  using folder = databaseFolder();
  const problems = (scene: Scene) => violationsOf(scene).map(({ problem }) => problem);
  const scene = await repeated(folder.newPath());
  // The function has fewer attempts here than on a server.
  const expected = (one: string) => /attempts that count|is PENDING|fails: /.test(one);
  expect(problems(scene).filter((one) => !expected(one))).toEqual([]);
  sql("UPDATE execution SET function = 'note' WHERE message_id = 'm-2'")(scene);
  expect(problems(scene)).toContain("is owed fails, has note");
  sql("UPDATE message SET repetition_of = 'm-3' WHERE id = 'm-2'")(scene);
  expect(problems(scene)).toContain("is a repetition of m-3, expected m-1");
});

test.each(LOSSES)("%s is detected", async (_, lose, subject, problem) => {
  using folder = databaseFolder();
  const scene = await promisedAndDone(folder.newPath());
  lose(scene);
  const found = violationsOf(scene).map((violation) => `${violation.subject} ${violation.problem}`);
  expect(found).toContainEqual(
    expect.stringMatching(new RegExp(`^${subject} .*${problem.source}`)),
  );
});
