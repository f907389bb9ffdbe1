/**
 * Main accepts only the report that a match process was asked for, and the process only the report that a script was
 * asked for.
 */
import { afterEach, expect, test } from "vitest";
import { createLogger } from "../../src/logger.ts";
import { ChildPool } from "../../src/sandbox/main/child-pool.ts";
import { readChildProgram } from "../../src/sandbox/main/child-program.ts";
import { keyOf, type LoadableMatchScript } from "../../src/sandbox/main/loadable.ts";
import { MatchDecider } from "../../src/sandbox/main/match-decider.ts";

const PROGRAM = readChildProgram();

let dropped = 0;
let ended: string[] = [];
afterEach(() => {
  dropped = 0;
  ended = [];
});

/** A line as it stands in the child's program, which holds its parts as texts. */
const escaped = (code: string) => JSON.stringify(code).slice(1, -1);

/** Runs three scripts, of which the second matches, in a process whose code is changed. */
async function decide(...changes: readonly (readonly [what: string, by: string])[]) {
  let changed = PROGRAM;
  for (const [what, by] of changes) {
    expect(changed.includes(escaped(what)), what).toBe(true);
    changed = changed.replaceAll(escaped(what), () => escaped(by));
  }
  await using pool = new ChildPool(Buffer.from(changed), {
    processes: 1,
    log: createLogger("silent"),
    onReportsDropped: (count) => {
      dropped += count;
    },
    onProcessEnded: (reason) => {
      if (reason !== "stopping") ended.push(reason);
    },
  });
  const scripts = ["false", "true", "true"].map(scriptOf);
  const head = { id: "1", method: "POST", headers: {}, query: {}, remoteAddress: "" };
  const input = { head: JSON.stringify(head), headers: "[]", body: Buffer.from("{}"), judgedAt: 0 };
  return await new MatchDecider(pool).decide(scripts, {
    input,
    parts: [],
    options: { verify: true, candidates: [{ provider: 0 }, { provider: 1 }, { provider: 2 }] },
  });
}

function scriptOf(value: string, index: number): LoadableMatchScript {
  const source = `export default () => ${value};\nexport const eventType = () => "mine";`;
  const spec = {
    name: `p${index}`,
    filename: `providers/p${index}/match.ts`,
    code: source,
    style: "module",
    modules: {},
    properties: {},
    secrets: [],
    verifies: false,
  } as const;
  return { key: keyOf(spec), spec, source: { source, modules: {} } };
}

const FORGED = 'stringify({ entry: { matched: true }, eventType: "forged" })';
/** The lines where the process reports a match, and where a script's isolate reports a message or no match. */
const MATCHED = "report: { entries, ...details }";
const DONE = "stringify(done), number);";

const NO = 'hostPost("no", "", number);';

const TRUE_REPORT = {
  entries: [
    { provider: 0, matched: false },
    { provider: 1, matched: true },
  ],
  eventType: "mine",
};

/** Reports that a process cannot know or was not asked for, as expressions. */
const NO_MATCH = "[0, 1, 2].map((provider) => ({ provider, matched: false, durationMs: 0 }))";
const LIES = [
  "{ entries: [...entries, ...entries], ...details }",
  "{ entries: entries.toReversed(), ...details }",
  "{ entries: entries.slice(1), ...details }",
  "{ entries: entries.slice(0, 1) }",
  "{ entries: entries.map((one) => ({ ...one, provider: one.provider + 1 })), ...details }",
  "{ entries: entries.map((one) => ({ ...one, matched: true })), ...details }",
  "{ entries: [...entries, { provider: 2, matched: false, durationMs: 0 }], ...details }",
  `{ entries: ${NO_MATCH}, eventType: "forged" }`,
  `{ entries: ${NO_MATCH}, verdict: { ok: true } }`,
];

test("a process that sends an unrequested report is ended each time, and the request repeated", {
  timeout: 60_000,
}, async () => {
  const lies = `[${LIES.join(", ")}][request.id - 1]`;
  const report = await decide([MATCHED, `report: ${lies} ?? { entries, ...details }`]);
  expect(report).toMatchObject(TRUE_REPORT);
  expect(report.entries).toHaveLength(2);
  expect([dropped, ended]).toEqual([LIES.length, LIES.map(() => "protocol")]);
});

test.each([
  ["for an earlier asking", `${FORGED}, number - 1);`],
  ["for a later asking", `${FORGED}, number + 1);`],
  ["without a number", `${FORGED});`],
])("a report of a script %s is dropped and counted", async (_, forged) => {
  const report = await decide(
    [DONE, `${forged} hostPost("done", ${DONE}`],
    [NO, `hostPost("done", ${forged} ${NO}`],
  );
  expect(report).toMatchObject(TRUE_REPORT);
  expect([dropped, ended]).toEqual([2, []]);
});

test("a report of a script that is too large is dropped and counted", async () => {
  const report = await decide(
    ["const MAX_REPORT_CHARACTERS = 8 * 1024 * 1024;", "const MAX_REPORT_CHARACTERS = 1000;"],
    [DONE, `" ".repeat(1001), number); hostPost("done", ${DONE}`],
    [NO, `hostPost("done", " ".repeat(1001), number); ${NO}`],
  );
  expect(report).toMatchObject(TRUE_REPORT);
  expect([dropped, ended]).toEqual([2, []]);
});

test("a second report of a script is dropped and counted", async () => {
  const report = await decide(
    [DONE, `${DONE} hostPost("no", "", +number);`],
    [NO, `${NO} hostPost("done", ${FORGED}, number);`],
  );
  expect(report).toMatchObject(TRUE_REPORT);
  expect([dropped, ended]).toEqual([2, []]);
});

test("a script whose only report is for another call has not settled", async () => {
  const { entries } = await decide(
    [DONE, `${FORGED}, number - 1);`],
    [NO, 'hostPost("no", "", number + 1);'],
  );
  expect(entries.map(({ matched, error }) => [matched, error?.kind])).toEqual(
    Array.from({ length: 3 }, () => [false, "TIMEOUT"]),
  );
  // The scripts run again to find the step that does not settle, and then without it.
  expect(dropped).toBeGreaterThanOrEqual(3);
});
