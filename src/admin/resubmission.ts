/** A stored message sent through again: a new message, linked to the first, with what was asked to be different. */
import { z } from "zod";
import { HookyardError } from "../errors.ts";
import { EXECUTION_STATUSES } from "../model/execution.ts";
import { type HeaderList, MESSAGE_STATUSES, type Message } from "../model/message.ts";
import { newMessageId } from "../model/message-id.ts";
import type { Caller } from "../model/permission.ts";
import { assertHeaders, bodyBytes } from "./message-parts.ts";

/** Only these functions, of those that match. */
export const functionNames = z.array(z.string()).min(1).readonly().optional();

/** `original`: those of the time of the message, matching included. */
export const whichScripts = z.enum(["current", "original"]).default("current");

export const resubmitSchema = z
  .strictObject({
    functions: functionNames,
    /** Headers to set, or with null to leave out; the others stay as they were. */
    headers: z.record(z.string(), z.string().nullable()).optional(),
    /** A new body: text as it is, anything else as JSON. */
    body: z.unknown().optional(),
    scripts: whichScripts,
  })
  .meta({ id: "Resubmission" });
export type Wishes = z.infer<typeof resubmitSchema>;

/** What a caller is told who waits for the functions; with only an id while they have not all ended. */
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

/** Takes a message in and says what the caller is told. */
export type Admit = (message: Message) => Promise<{
  readonly status: 200 | 202 | 404 | 500;
  readonly body: z.infer<typeof summarySchema>;
}>;

/** Headers that described the old body. */
const ABOUT_BODY = new Set(["content-length", "content-encoding", "transfer-encoding"]);

export function resubmission(
  original: Message,
  wishes: Wishes,
  deps: {
    readonly sync: boolean;
    readonly knowsFunction: (name: string) => boolean;
    readonly now: () => number;
    /** Of a body that is given. */
    readonly maxBodyBytes: number;
    /** Who asks for it. */
    readonly caller: Caller;
  },
): Message {
  const unknown = wishes.functions?.filter((name) => !deps.knowsFunction(name)) ?? [];
  if (unknown.length > 0) {
    throw new HookyardError(
      "bad_request",
      `functions: there is no function ${unknown.slice(0, 5).map(quoted).join(", ")}; name installed ones, or leave functions out to run all that match`,
    );
  }
  const newBody =
    wishes.body === undefined ? undefined : bodyBytes(wishes.body, "body", deps.maxBodyBytes);
  const kept =
    newBody === undefined
      ? original.headers
      : original.headers.filter(([name]) => !ABOUT_BODY.has(name.toLowerCase()));
  const receivedAt = deps.now();
  const before = original.resubmission;
  return {
    ...original,
    id: newMessageId(receivedAt),
    receivedAt,
    headers: wishes.headers === undefined ? kept : withHeaders(kept, wishes.headers),
    body: newBody ?? original.body,
    sync: deps.sync,
    resubmission: {
      of: original.id,
      by: deps.caller.name,
      judgedAt: before?.judgedAt ?? original.receivedAt,
      // A copy of an edited copy is still not what any sender signed.
      edited: before?.edited === true || newBody !== undefined || wishes.headers !== undefined,
      ...(wishes.scripts === "original" ? { originalScripts: true } : {}),
      ...(wishes.functions === undefined ? {} : { functions: wishes.functions }),
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
