/** `/api/v1/problems`: failures, rejections and unmatched messages grouped by cause. */
import { z } from "zod";
import { HookyardError } from "../errors.ts";
import type { ScriptFailure } from "../model/failure-kind.ts";
import { PROBLEM_KEY, PROBLEM_KINDS } from "../model/problem.ts";
import type { HourRange, Problem } from "../store/problems/problem-list.ts";
import { HOUR_MS } from "../store/problems/problem-table.ts";
import type { AuditDeps } from "./audit.ts";
import { type Endpoint, endpoint } from "./endpoint.ts";
import { time as givenTime, pageLimit } from "./message-filter.ts";
import { failureSchema } from "./message-schemas.ts";
import { failureView, seenBy, type Visibility } from "./message-view.ts";
import { queryBoolean } from "./query-values.ts";

const MAX_POINTS = 48;

const time = z.iso.datetime();

const problem = z
  .object({
    key: z.string(),
    kind: z.enum(PROBLEM_KINDS),
    provider: z.string().nullable(),
    function: z.string().nullable().describe("The function that failed."),
    error: failureSchema
      .nullable()
      .describe("The error in the last message, of the function or of the `verify` script."),
    reason: z
      .string()
      .nullable()
      .describe(
        "Why the last message was rejected. Null without `messages:details` if a script gave the reason.",
      ),
    uri: z
      .string()
      .nullable()
      .describe("The URI of unmatched messages, with `#` in place of ids and numbers."),
    count: z.int().describe("Messages in the requested time."),
    first: time.describe("When the first message of the log with this problem was received."),
    last: time,
    messageId: z.uuid().describe("The last message."),
    counts: z.array(z.int()).readonly().describe("Messages by time: see `times`."),
    muted: z
      .object({ at: time, until: time.nullable(), by: z.string() })
      .nullable()
      .describe("Null when it is not muted."),
    filter: z
      .object({ problem: z.string() })
      .describe("The filter of `/messages` and `/messages/resubmit` that selects its messages."),
  })
  .meta({ id: "MessageProblem" });

const times = z.array(time).readonly().describe("The start of each of `counts`.");

const range = {
  from: givenTime.optional().describe("Only messages received then or later, to the hour."),
  to: givenTime.optional().describe("Only messages received before, to the hour."),
};
const key = z
  .string()
  .regex(PROBLEM_KEY, "expected the key of a problem: GET /api/v1/problems lists them");
const byKey = z.object({ key: z.string().describe("The key of a problem.") });

const listQuery = z.strictObject({
  kind: z.enum(PROBLEM_KINDS).optional().describe("Only problems of this kind."),
  provider: z.string().optional().describe("Only problems of this provider."),
  function: z.string().optional().describe("Only failures of this function."),
  muted: queryBoolean.optional().describe("true: only muted ones; false: only others."),
  ...range,
  limit: pageLimit,
  cursor: key.optional().describe("The `nextCursor` of an earlier page."),
});

export const problemEndpoints = (deps: AuditDeps): readonly Endpoint[] => [
  listProblems(deps),
  showProblem(deps),
  muteProblem(deps),
];

const listProblems = (deps: AuditDeps) =>
  endpoint({
    method: "get",
    path: "/problems",
    operationId: "listProblems",
    refuses: ["unprocessable"],
    permission: "messages:read",
    summary:
      "Failures, rejections and unmatched messages grouped by cause, those of the latest hour first; texts of errors need `messages:details`",
    query: listQuery,
    answers: {
      200: {
        description: "A page of the list",
        schema: z.object({ times, items: z.array(problem), nextCursor: z.string().nullable() }),
      },
    },
    handle: async ({ query: { from, to, limit, cursor, ...filter }, caller }) => {
      await caughtUp(deps);
      const points = pointsOf({ from, to }, deps);
      const { problems } = deps.store.rollups;
      const asked = { ...filter, hours: points.hours };
      const page = { now: deps.now(), limit, ...(cursor === undefined ? {} : { after: cursor }) };
      const { items, nextCursor } = problems.list(asked, page) ?? noCursor(cursor);
      const seen = seenBy(caller);
      const views = items.map((item) => problemView(item, points, seen));
      return { status: 200, body: { times: timesOf(points), items: views, nextCursor } };
    },
  });

const one = { description: "The problem", schema: problem.extend({ times }) };

const showProblem = (deps: AuditDeps) =>
  endpoint({
    method: "get",
    path: "/problems/:key",
    operationId: "getProblem",
    permission: "messages:read",
    summary: "A problem",
    params: byKey,
    query: z.strictObject(range),
    answers: { 200: one },
    handle: async ({ params, query, caller }) => {
      await caughtUp(deps);
      return { status: 200, body: viewOf(params.key, pointsOf(query, deps), seenBy(caller), deps) };
    },
  });

const muteProblem = (deps: AuditDeps) =>
  endpoint({
    method: "patch",
    path: "/problems/:key",
    operationId: "updateProblem",
    permission: "messages:resubmit",
    summary: "Mutes a problem until it happens again or until a time, or ends its mute",
    params: byKey,
    body: z.strictObject({
      muted: z.boolean(),
      until: givenTime
        .nullish()
        .describe("Muted until this time, even if it happens; without it until it happens again."),
    }),
    answers: { 200: one },
    handle: async ({ params, body: { muted, until = null }, caller }) => {
      const now = deps.now();
      if (until !== null && (!muted || until <= now)) {
        const expected = muted ? "a time in the future" : 'no until with "muted": false';
        throw new HookyardError("unprocessable", `until is ${iso(until)}, expected ${expected}`);
      }
      await caughtUp(deps);
      const { problems } = deps.store.rollups;
      const by = caller.name;
      if (!(await problems.mute(params.key, muted ? until : undefined, { by, now })))
        noProblem(params.key);
      return { status: 200, body: viewOf(params.key, pointsOf({}, deps), seenBy(caller), deps) };
    },
  });

/** If the messages cannot be counted now, for example because the disk is full, the latest ones are missing. */
const caughtUp = ({ store, now }: AuditDeps): Promise<void> => store.rollups.catchUp(now());

/** Equal parts of a time, in hours since the epoch. */
interface Points {
  readonly hours: HourRange;
  /** Hours of each. */
  readonly length: number;
}

function pointsOf(
  { from, to }: { readonly from?: number | undefined; readonly to?: number | undefined },
  { store, now }: AuditDeps,
): Points {
  const end = Math.max(1, Math.ceil((to ?? now() + 1) / HOUR_MS));
  const oldest = store.rollups.problems.oldestHour() ?? end - 1;
  const start = Math.min(from === undefined ? oldest : Math.floor(from / HOUR_MS), end - 1);
  const hours = { from: Math.max(start, Math.min(oldest, end - 1)), to: end };
  return { hours, length: Math.ceil((hours.to - hours.from) / MAX_POINTS) };
}

const placesOf = ({ hours, length }: Points): readonly number[] =>
  Array.from(
    { length: Math.ceil((hours.to - hours.from) / length) },
    (_, index) => hours.from + index * length,
  );

const timesOf = (points: Points) => placesOf(points).map((hour) => iso(hour * HOUR_MS));

function viewOf(key: string, points: Points, seen: Visibility, { store, now }: AuditDeps) {
  const found = store.rollups.problems.find(key, points.hours, now()) ?? noProblem(key);
  return { ...problemView(found, points, seen), times: timesOf(points) };
}

function problemView(
  { key, cause, mute, example, byHour, ...found }: Problem,
  points: Points,
  seen: Visibility,
) {
  const { failure, verification = {} } = example;
  const { reason, isOwnReason } = verification;
  const isShown = seen.details || isOwnReason === true;
  const error: ScriptFailure | undefined = failure ?? verification.error;
  const sums = placesOf(points).map((start) =>
    Array.from({ length: points.length }, (_, index) => byHour.get(start + index) ?? 0).reduce(
      (sum, count) => sum + count,
    ),
  );
  return {
    key,
    kind: cause.kind,
    provider: cause.provider,
    function: cause.kind === "FAILURE" ? cause.function : null,
    error: error === undefined ? null : failureView(error, seen),
    reason: cause.kind === "REJECTION" && isShown ? (reason ?? null) : null,
    uri: cause.kind === "UNMATCHED" ? cause.uri : null,
    count: found.count,
    first: iso(found.firstAt),
    last: iso(found.lastAt),
    messageId: found.messageId,
    counts: sums,
    muted: mute === null ? null : { ...mute, at: iso(mute.at), until: isoOrNull(mute.until) },
    filter: { problem: key },
  };
}

function noProblem(key: string): never {
  throw new HookyardError(
    "not_found",
    `there is no problem ${JSON.stringify(key.slice(0, 100))} in the messages of the log; GET /api/v1/problems lists them`,
  );
}

function noCursor(cursor = ""): never {
  const detail = `the problem ${cursor} of the cursor is no longer in this list: start again without a cursor`;
  throw new HookyardError("unprocessable", detail);
}

const iso = (ms: number): string => new Date(ms).toISOString();
const isoOrNull = (ms: number | null): string | null => (ms === null ? null : iso(ms));
