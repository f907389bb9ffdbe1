/** The host calls that main carries out for functions: HTTP requests and operations on their key-value store. */
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
  /** Set only if the current value is this JSON; `null`: only if there is none. */
  readonly expected?: string | null;
}

/** The key-value store of one function. */
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
/** The store refuses an operation, for the reason in `refused`. */
export interface Refused {
  readonly refused: string;
  /** The script made a mistake. When absent, a limit was reached. */
  readonly isMistake?: true;
}

/** The services that host calls of one function use. */
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
  /** How `body` represents bytes. */
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
    const { body, bodyEncoding, ...request } = fetchSchema.parse(argument);
    const bytes = body === undefined ? {} : { body: bytesOf(body, bodyEncoding) };
    const answer = await services.fetch({ ...request, ...bytes, memory }, signal);
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

/** Carries out host calls. Never rejects: errors are answers too. Calls wait for `stored`, if it is given. */
export function hostCalls(
  services: HostServices,
  log: (err: unknown) => void,
  stored?: Promise<boolean>,
): RunTerms["callHost"] {
  return async (call: HostCall, signal: AbortSignal, memory: CallMemory): Promise<HostReply> => {
    try {
      const operation = OPERATIONS[call.operation];
      // The run may have ended while this waited. Its calls must then have no effect.
      if (stored !== undefined && (!(await stored) || signal.aborted)) return REFUSED;
      if (operation !== undefined)
        return await operation(call.argument, { services, signal, memory });
      return { answer: failure("SCRIPT_ERROR", "TypeError", `there is no ${call.operation} here`) };
    } catch (err) {
      // The guest validates the arguments of scripts, so this is a bug of ours or an error of the disk.
      log(err);
      const message = `${call.operation} failed on the server; its log has the reason`;
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

const REFUSED: HostReply = {
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

/** An uncaught network error counts as an ordinary error of the script. */
const kindOf = (kind: "EGRESS_DENIED" | "HTTP_ERROR") =>
  kind === "EGRESS_DENIED" ? kind : "SCRIPT_ERROR";

const bytesOf = (text: string, encoding: "text" | "base64"): Buffer =>
  encoding === "text" ? textToBytes(text) : Buffer.from(text, "base64");

const millisecondsOf = (seconds: number | undefined): number | undefined =>
  seconds === undefined ? undefined : Math.ceil(seconds * 1000);
