/** What functions may ask of main while they run: requests to other hosts and their key-value store. */
import { z } from "zod";
import type { CallMemory, EgressAnswer, EgressRequest } from "../../egress/request.ts";
import { textToBytes } from "../../model/text-codec.ts";
import type { HostAnswer, HostCall } from "../wire/protocol.ts";
import type { HostReply, RunTerms } from "./run-terms.ts";

export interface KvEntry {
  readonly key: string;
  /** JSON. */
  readonly value: string;
  readonly ttlMs?: number;
  /** Set only if the value is this JSON now; `null`: only if there is none. */
  readonly expected?: string | null;
}

/** One function's store. What it cannot do it refuses with a text. */
export interface KeyValue {
  readonly get: (key: string) => string | undefined;
  /** False when the value was not as expected. */
  readonly set: (entry: KvEntry) => Promise<boolean | Refused>;
  /** False when there was none. */
  readonly delete: (key: string) => Promise<boolean>;
  readonly increment: (
    key: string,
    by: number,
    ttlMs: number | undefined,
  ) => Promise<number | Refused>;
}
export interface Refused {
  readonly refused: string;
  /** The script's own mistake, and no limit. */
  readonly isMistake?: true;
}

/** What main does for the runs of one function. */
export interface HostServices {
  readonly fetch: (request: EgressRequest, signal: AbortSignal) => Promise<EgressAnswer>;
  readonly kv: KeyValue;
}

const key = z.string().min(1);
const ttlSeconds = z.number().positive().optional();
const fetchSchema = z.object({
  url: z.string(),
  method: z.string(),
  headers: z.array(z.tuple([z.string(), z.string()])),
  body: z.string().optional(),
  /** How `body` stands for bytes. */
  bodyEncoding: z.enum(["text", "base64"]),
  redirect: z.enum(["follow", "manual", "error"]),
  timeoutMs: z.number().positive(),
});
const keySchema = z.object({ key });
const setSchema = z.object({
  key,
  value: z.string(),
  ttlSeconds,
  expected: z.string().nullable().optional(),
});
const incrementSchema = z.object({ key, by: z.int(), ttlSeconds });

interface CallContext {
  readonly services: HostServices;
  readonly signal: AbortSignal;
  readonly memory: CallMemory;
}

type Operation = (argument: unknown, context: CallContext) => Promise<HostReply>;

const OPERATIONS: Readonly<Record<string, Operation>> = {
  fetch: async (argument, { services, signal, memory }) => {
    const { body, bodyEncoding, ...wish } = fetchSchema.parse(argument);
    const bytes = body === undefined ? {} : { body: bytesOf(body, bodyEncoding) };
    const answer = await services.fetch({ ...wish, ...bytes, memory }, signal);
    if (!answer.ok) return { answer: { ...answer, kind: kindOf(answer.kind) } };
    const { body: received, ok, ...head } = answer;
    return { answer: { ok, value: head }, body: received };
  },
  "kv.get": async (argument, { services: { kv } }) =>
    value(kv.get(keySchema.parse(argument).key) ?? null),
  "kv.set": async (argument, { services: { kv } }) => {
    const { ttlSeconds: ttl, expected, ...entry } = setSchema.parse(argument);
    const ttlMs = millisecondsOf(ttl);
    return value(
      await kv.set({
        ...entry,
        ...(ttlMs === undefined ? {} : { ttlMs }),
        ...(expected === undefined ? {} : { expected }),
      }),
    );
  },
  "kv.delete": async (argument, { services: { kv } }) =>
    value(await kv.delete(keySchema.parse(argument).key)),
  "kv.increment": async (argument, { services: { kv } }) => {
    const { key: name, by, ttlSeconds: ttl } = incrementSchema.parse(argument);
    return value(await kv.increment(name, by, millisecondsOf(ttl)));
  },
};

/** The far side of a host call. Never rejects: what goes wrong is an answer too. Without `stored` no call waits. */
export function hostCalls(
  services: HostServices,
  log: (err: unknown) => void,
  stored?: Promise<boolean>,
): RunTerms["callHost"] {
  return async (call: HostCall, signal: AbortSignal, memory: CallMemory): Promise<HostReply> => {
    try {
      const operation = OPERATIONS[call.operation];
      // Who asked may be over by then: what nobody hears of is not to be done.
      if (stored !== undefined && (!(await stored) || signal.aborted)) return NOT_DONE;
      if (operation !== undefined)
        return await operation(call.argument, { services, signal, memory });
      return { answer: failure("SCRIPT_ERROR", "TypeError", `there is no ${call.operation} here`) };
    } catch (err) {
      // The guest checks what scripts give it, so this is our own fault or that of the disk.
      log(err);
      const message = `${call.operation} could not be done; the server's log says why`;
      return { answer: failure("SCRIPT_ERROR", "HostError", message) };
    }
  };
}

const failure = (
  kind: "SCRIPT_ERROR" | "HOST_LIMIT",
  name: string,
  message: string,
): HostAnswer => ({
  ok: false,
  kind,
  name,
  message,
});

const NOT_DONE: HostReply = {
  answer: failure("SCRIPT_ERROR", "HostError", "the message was refused"),
};

function value(result: string | boolean | number | null | Refused): HostReply {
  if (typeof result === "object" && result !== null)
    return {
      answer:
        result.isMistake === true
          ? failure("SCRIPT_ERROR", "TypeError", result.refused)
          : failure("HOST_LIMIT", "HostLimit", result.refused),
    };
  return { answer: { ok: true, value: result } };
}

/** A request that failed on its way is an error like any other when nobody catches it. */
const kindOf = (kind: "EGRESS_DENIED" | "HTTP_ERROR") =>
  kind === "EGRESS_DENIED" ? kind : "SCRIPT_ERROR";

const bytesOf = (text: string, encoding: "text" | "base64"): Buffer =>
  encoding === "text" ? textToBytes(text) : Buffer.from(text, "base64");

const millisecondsOf = (seconds: number | undefined): number | undefined =>
  seconds === undefined ? undefined : Math.ceil(seconds * 1000);
