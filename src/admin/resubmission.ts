/** Builds the resubmission of a stored message: a new message, linked to the original, with the requested changes. */
import { z } from "zod";
import { HookyardError } from "../errors.ts";
import { EXECUTION_STATUSES } from "../model/execution.ts";
import { type HeaderList, MESSAGE_STATUSES, type Message } from "../model/message.ts";
import { newMessageId } from "../model/message-id.ts";
import type { Caller } from "../model/permission.ts";
import { assertHeaders, bodyBytes } from "./message-parts.ts";

/** Limits the resubmission to these functions, among those that match. */
export const functionNames = z.array(z.string()).min(1).readonly().optional();

/** `original`: the scripts in use when the message came in, match scripts included. */
export const whichScripts = z
  .enum(["current", "original"])
  .optional()
  .describe("`current` when left out.");

export const resubmitSchema = z
  .strictObject({
    functions: functionNames,
    /** Headers to set, or to remove with null; the others stay. */
    headers: z.record(z.string(), z.string().nullable()).optional(),
    /** A new body: text as it is, any other JSON value as it is written in the request. */
    body: z.unknown().optional(),
    scripts: whichScripts,
  })
  .meta({ id: "Resubmission" });
export type ResubmissionOptions = z.infer<typeof resubmitSchema>;

/** The answer to a synchronous caller; only `messageId` while functions are still running. */
export const summarySchema = z
  .object({
    messageId: z.string(),
    status: z.enum(MESSAGE_STATUSES).optional(),
    provider: z.string().nullable().optional(),
    functions: z
      .array(z.object({ name: z.string(), status: z.enum(EXECUTION_STATUSES) }))
      .readonly()
      .optional(),
  })
  .meta({ id: "MessageSummary" });

/** Accepts a message; resolves with the answer for the caller. */
export type Admit = (message: Message) => Promise<{
  readonly status: 200 | 202 | 404 | 500;
  readonly body: z.infer<typeof summarySchema>;
}>;

/** Headers that describe the old body. */
const ABOUT_BODY = new Set(["content-length", "content-encoding", "transfer-encoding"]);

export function resubmission(
  original: Message,
  options: ResubmissionOptions,
  deps: {
    readonly sync: boolean;
    readonly knowsFunction: (name: string) => boolean;
    readonly now: () => number;
    /** Limit for a new body. */
    readonly maxBodyBytes: number;
    /** The caller that resubmits. */
    readonly caller: Caller;
  },
): Message {
  const unknown = options.functions?.filter((name) => !deps.knowsFunction(name)) ?? [];
  if (unknown.length > 0) {
    throw new HookyardError(
      "unprocessable",
      `functions: there is no function ${unknown.slice(0, 5).map(quoted).join(", ")}; name installed ones, or leave functions out to run all that match`,
    );
  }
  const newBody =
    options.body === undefined ? undefined : bodyBytes(options.body, "body", deps.maxBodyBytes);
  const headers =
    newBody === undefined
      ? original.headers
      : original.headers.filter(([name]) => !ABOUT_BODY.has(name.toLowerCase()));
  const receivedAt = deps.now();
  const before = original.resubmission;
  return {
    ...original,
    id: newMessageId(receivedAt),
    receivedAt,
    headers: options.headers === undefined ? headers : withHeaders(headers, options.headers),
    body: newBody ?? original.body,
    sync: deps.sync,
    resubmission: {
      of: original.id,
      by: deps.caller.name,
      judgedAt: before?.judgedAt ?? original.receivedAt,
      // A copy of an edited copy counts as edited too: no sender signed it.
      edited: before?.edited === true || newBody !== undefined || options.headers !== undefined,
      ...(options.scripts === "original" ? { originalScripts: true } : {}),
      ...(options.functions === undefined ? {} : { functions: options.functions }),
    },
  };
}

const quoted = (name: string) => JSON.stringify(name.slice(0, 100));

function withHeaders(
  headers: HeaderList,
  changes: Readonly<Record<string, string | null>>,
): HeaderList {
  const changed = new Set(Object.keys(changes).map((name) => name.toLowerCase()));
  const added = Object.entries(changes).flatMap(([name, value]) =>
    value === null ? [] : [[name, value] as const],
  );
  assertHeaders(added, "headers");
  return [...headers.filter(([name]) => !changed.has(name.toLowerCase())), ...added];
}
