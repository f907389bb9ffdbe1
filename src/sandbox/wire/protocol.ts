/** The messages between main and a sandbox child. Main trusts no message from a child: it is validated. */
import { z } from "zod";
import type { FunctionLimits, Numbers, ScriptStyle } from "../../model/definition.ts";
import { FAILURE_KINDS, type FailureKind, MAX_CAUSES } from "../../model/failure-kind.ts";
import { LOG_LEVELS, type LogLine, type ScriptResponse } from "../../model/outcome.ts";
import type { PayloadKeys } from "../../model/when.ts";
import type { Step } from "./match-steps.ts";

/** A script as it is sent to a child. */
export interface ChildScript {
  readonly filename: string;
  readonly code: string;
  readonly style: ScriptStyle;
  /** Code of the shared modules that it imports, by path: `functions/_lib/util.ts`. */
  readonly modules: Readonly<Record<string, string>>;
  /** Values by property name, the current one first; empty if none is set. */
  readonly properties: Readonly<Record<string, readonly string[]>>;
  /** Names of the secret properties, whose values are masked in logs, results and errors. */
  readonly secrets: readonly string[];
  readonly numbers?: Numbers | undefined;
}

export interface ChildProvider extends ChildScript {
  readonly name: string;
  /** Whether `verify` is called. */
  readonly verifies: boolean;
}

export interface ChildFunction extends ChildScript {
  readonly limits: FunctionLimits;
  readonly isolation: "warm" | "fresh";
}

/** A message as it is sent to children. */
export interface ChildMessage {
  /** The event without its body, as JSON. */
  readonly head: string;
  /** The header list as received, as JSON. */
  readonly headers: string;
  readonly body: Buffer;
  /** Only if a Content-Encoding was decoded. */
  readonly decodedBody?: Buffer;
  /** The time at which signatures must be valid, in milliseconds since the epoch. */
  readonly judgedAt: number;
}

/** The position of a body in the file that main shares with a child. */
export interface Region {
  readonly at: number;
  readonly bytes: number;
}

/** The positions of the bodies of a message in the file of bodies. */
export interface StoredBodies {
  readonly body: Region;
  readonly decodedBody?: Region;
}

/** Main → child. The parts of a message are described at it. */
export type ToChild =
  | { readonly type: "match-script"; readonly key: string; readonly script: ChildProvider }
  | { readonly type: "forget-match-scripts"; readonly keys: readonly string[] }
  | { readonly type: "function"; readonly key: string; readonly fn: ChildFunction }
  /** Answered with `pong` at once. */
  | { readonly type: "ping" }
  /** Answered with `hello`: scripts can run. */
  | { readonly type: "hello"; readonly id: number }
  /**
   * The message of the requests that follow, until the next one: the functions of a message share it. Parts: event
   * JSON, header list JSON, and for a message that is not in the file of bodies the body and, if it differs, the
   * decoded body.
   */
  | { readonly type: "message"; readonly judgedAt: number; readonly stored?: StoredBodies }
  /** Parts: JSON of further keys of the event, if there are any. */
  | DecideRequest
  /** Parts: JSON of further keys of the event, if there are any. */
  | RunRequest
  /** The answer to a host call. Parts: the body, if any. */
  | {
      readonly type: "reply";
      readonly id: number;
      readonly call: number;
      readonly answer: HostAnswer;
    }
  /** There is room for a call that the child announced with `ask`: it may send the call. */
  | { readonly type: "go"; readonly id: number; readonly call: number }
  /** The run has exceeded its time: it must end now. */
  | { readonly type: "stop"; readonly id: number }
  /** The message of the run was refused: the run must end now, and leave nothing to later runs. */
  | { readonly type: "discard"; readonly id: number; readonly key: string }
  | {
      readonly type: "check";
      readonly id: number;
      readonly role: ScriptRole;
      readonly script: ChildScript;
    };

export type ScriptRole = "match" | "function";

export interface DecideRequest {
  readonly type: "decide";
  readonly id: number;
  /** The scripts to run, in order, until one matches. */
  readonly tasks: readonly MatchTask[];
  /** False for an edited copy, for which no signature is valid. */
  readonly verify: boolean;
  /** True: in isolates that are created for this message and disposed of after it. */
  readonly fresh: boolean;
  /** As in a `RunRequest`. */
  readonly secretHeaders?: readonly string[];
}

/** One match script to run on a message. */
export interface MatchTask {
  /** The index of the provider, which its entry in the report repeats. */
  readonly provider: number;
  readonly key: string;
  /** The script does not run unless the payload has all keys of one of these lists. */
  readonly payloadKeys?: readonly PayloadKeys[];
  /** Steps that are not run, with the fault to report for each. */
  readonly broken?: BrokenSteps;
  /**
   * Write every step to the entry mark: this script may have killed a process, and the next death must name the step.
   */
  readonly markSteps?: boolean;
}

export type BrokenSteps = Readonly<Partial<Record<Step, Fault>>>;

export interface RunRequest {
  readonly type: "run";
  readonly id: number;
  readonly key: string;
  /** In an isolate of its own: then its memory is this run's alone. */
  readonly alone: boolean;
  /** Names, in lower case, of secret headers of the message, whose values are masked in logs, messages and errors. */
  readonly secretHeaders?: readonly string[];
}

/** The answer of main to a host call. */
export type HostAnswer =
  | { readonly ok: true; readonly value?: unknown }
  | {
      readonly ok: false;
      readonly kind: FailureKind;
      readonly name: string;
      readonly message: string;
    };

const errorSchema = z.object({
  name: z.string(),
  message: z.string(),
  file: z.string().optional(),
  line: z.int().optional(),
  column: z.int().optional(),
  frame: z.string().optional(),
  stack: z.string().optional(),
});
const faultSchema = errorSchema.extend({
  kind: z.enum(FAILURE_KINDS),
  causes: z.array(errorSchema).max(MAX_CAUSES).readonly().optional(),
});
/**
 * What went wrong in a script. `file` names the shared module, if it went wrong in one. Main adds `frame`, since it
 * holds the sources.
 */
export type Fault = z.infer<typeof faultSchema>;

const logSchema: z.ZodType<LogLine> = z.object({
  at: z.number(),
  level: z.enum(LOG_LEVELS),
  text: z.string(),
});

const responseSchema: z.ZodType<ScriptResponse> = z.object({
  status: z.int().min(200).max(599),
  headers: z.record(z.string(), z.union([z.string(), z.array(z.string())])),
  body: z.string(),
  bodyEncoding: z.literal("base64").optional(),
});

/** Names of headers that the script verified the message with, beside the known secret ones. */
const proofHeadersSchema = z.array(z.string().max(200)).max(16).optional();

const matchReportSchema = z.object({
  entries: z.array(
    z.object({
      provider: z.int(),
      matched: z.boolean(),
      durationMs: z.number(),
      /** The script did not run: the payload lacks the keys that its task names. */
      passedOver: z.literal(true).optional(),
      warning: z.string().optional(),
      error: faultSchema.optional(),
      logs: z.array(logSchema).optional(),
    }),
  ),
  handshake: responseSchema.optional(),
  verdict: z
    .object({ ok: z.boolean(), reason: z.string().optional(), error: faultSchema.optional() })
    .optional(),
  deliveryId: z.string().optional(),
  eventType: z.string().optional(),
  /** The authentication scheme that was verified, if HTTP has a challenge for it. */
  challenge: z.literal("basic").optional(),
  proofHeaders: proofHeadersSchema,
});
/** The results of the match scripts: one entry per task. The last one may have matched. */
export type MatchReport = z.infer<typeof matchReportSchema>;
export type MatchEntry = MatchReport["entries"][number];

const runReportSchema = z.object({
  logs: z.array(logSchema),
  message: z.string().optional(),
  response: responseSchema.optional(),
  durationMs: z.number(),
  result: z.string().optional(),
  skipped: z.string().optional(),
  fault: faultSchema.optional(),
  fatal: z.boolean().optional(),
  retryAfterMs: z.number().optional(),
  proofHeaders: proofHeadersSchema,
});
/** The result of a run. It failed if there is a fault. */
export type RunReport = z.infer<typeof runReportSchema>;

const checkReportSchema = z.object({ exports: z.array(z.string()), fault: faultSchema.optional() });
export type CheckReport = z.infer<typeof checkReportSchema>;

const hostCallSchema = z.object({
  type: z.literal("call"),
  id: z.int(),
  call: z.int(),
  operation: z.string(),
  argument: z.unknown(),
});
/** A call of a script to main. `argument` comes from the script and is not validated. */
export type HostCall = z.infer<typeof hostCallSchema>;

const hostAskSchema = z.object({
  type: z.literal("ask"),
  id: z.int(),
  call: z.int(),
  operation: z.string(),
  /** Length of the call as JSON, in UTF-16 code units. */
  units: z.int().positive(),
  /** How long the call was queued in the child before it was announced. This is part of `timeoutMs`. */
  waitedMs: z.number().nonnegative(),
  timeoutMs: z.number().positive().optional(),
});
/** Whether there is room for a call. Main answers with `go`, or with the reply to the call when its time is up. */
export type HostAsk = z.infer<typeof hostAskSchema>;

export const fromChildSchema = z.discriminatedUnion("type", [
  z.object({ type: z.literal("ready") }),
  z.object({ type: z.literal("pong") }),
  z.object({ type: z.literal("hello"), id: z.int() }),
  /** `cpuMs`: CPU time of the match scripts. */
  z.object({
    type: z.literal("decided"),
    id: z.int(),
    report: matchReportSchema,
    cpuMs: z.number().nonnegative(),
  }),
  z.object({ type: z.literal("ran"), id: z.int(), report: runReportSchema }),
  z.object({ type: z.literal("checked"), id: z.int(), report: checkReportSchema }),
  /** The run ended through no fault of its own and must run again, in an isolate of its own if `alone`. */
  z.object({ type: z.literal("interrupted"), id: z.int(), alone: z.boolean() }),
  /** The run waits for a promise: from now on main watches its time too. */
  z.object({ type: z.literal("waiting"), id: z.int() }),
  hostAskSchema,
  hostCallSchema,
  z.object({ type: z.literal("cancel"), id: z.int(), call: z.int() }),
  /** Number of dropped reports: of a run that was over, second ones, and too large ones. */
  z.object({ type: z.literal("dropped"), count: z.int().positive() }),
  /** The process must be replaced: send it no more work. */
  z.object({ type: z.literal("retire") }),
]);
/** Child → main, without parts. */
export type FromChild = z.infer<typeof fromChildSchema>;
/** The reports that settle a request. */
export type ChildReport = Extract<
  FromChild,
  { type: "hello" | "decided" | "ran" | "checked" | "interrupted" }
>;
