/** What main and a sandbox child say to each other. Main trusts nothing that comes from a child: it is parsed, not cast. */
import { z } from "zod";
import type { FunctionLimits, ScriptStyle } from "../../model/definition.ts";
import {
  FAILURE_KINDS,
  type FailureKind,
  LOG_LEVELS,
  type LogLine,
  type ScriptResponse,
} from "../../model/execution.ts";
import type { Step } from "./match-steps.ts";

/** A script as a child needs it. */
export interface ChildScript {
  readonly filename: string;
  readonly code: string;
  readonly style: ScriptStyle;
  /** Code of the shared modules it reaches, by path: `functions/_lib/util.ts`. */
  readonly modules: Readonly<Record<string, string>>;
  /** Values by property name, the current one first; empty when none is set. */
  readonly properties: Readonly<Record<string, readonly string[]>>;
  /** Names of the properties whose values must not leave in what the script logs, returns or throws. */
  readonly secrets: readonly string[];
}

export interface ChildProvider extends ChildScript {
  readonly name: string;
  /** Whether `verify` is to be asked. */
  readonly verifies: boolean;
}

export interface ChildFunction extends ChildScript {
  readonly limits: FunctionLimits;
  readonly isolation: "warm" | "fresh";
}

/** A message as it is given to children. */
export interface ChildMessage {
  /** What is known of the event once it is received, without its body, as JSON. */
  readonly head: string;
  /** The header list as received, as JSON. */
  readonly headers: string;
  readonly body: Buffer;
  /** Only when a Content-Encoding was decoded. */
  readonly decodedBody?: Buffer;
  /** Milliseconds since the epoch as of which signatures are judged. */
  readonly judgedAt: number;
}

/** Where a body lies in the file that main shares with a child. */
export interface Region {
  readonly at: number;
  readonly bytes: number;
}

/** Where in the file of bodies those of a message are. */
export interface StoredBodies {
  readonly body: Region;
  readonly decodedBody?: Region;
}

/** Main → child. Parts are noted behind each. */
export type ToChild =
  | { readonly type: "match-script"; readonly key: string; readonly script: ChildProvider }
  | { readonly type: "forget-match-scripts"; readonly keys: readonly string[] }
  | { readonly type: "function"; readonly key: string; readonly fn: ChildFunction }
  /** Asks for a sign of life. */
  | { readonly type: "ping" }
  /** Asks for an answer, to know that scripts can be run. */
  | { readonly type: "hello"; readonly id: number }
  /**
   * What the requests behind it are about, until the next: the functions of a message share it.
   * Parts: event JSON, header list JSON, and of a message that is not in the file of bodies body, decoded body if it differs.
   */
  | { readonly type: "message"; readonly judgedAt: number; readonly stored?: StoredBodies }
  /** Parts: JSON of further keys of the event, if there are any. */
  | DecideRequest
  /** Parts: JSON of further keys of the event, if there are any. */
  | RunRequest
  /** The answer to a host call. Parts: the body, if there is one. */
  | {
      readonly type: "reply";
      readonly id: number;
      readonly call: number;
      readonly answer: HostAnswer;
    }
  /** There is room for a call that main was asked about: it may be sent. */
  | { readonly type: "go"; readonly id: number; readonly call: number }
  /** The run is over its time: it is to end now. */
  | { readonly type: "stop"; readonly id: number }
  /** The message of the run was refused: it is to end now, if it has not, and leave nothing to later runs. */
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
  /** In this order, until one matches. */
  readonly askings: readonly Asking[];
  /** False for an edited copy: no signature can vouch for it. */
  readonly verify: boolean;
  /** In isolates that are made for this message and disposed of after it. */
  readonly fresh: boolean;
  /** As in a `RunRequest`. */
  readonly secretHeaders?: readonly string[];
}

/** One match script that is asked about a message. */
export interface Asking {
  /** The number of the asking: the index of the provider. The report names it. */
  readonly provider: number;
  readonly key: string;
  /** Steps that are not to be run again, and what is to be reported of each. */
  readonly broken?: BrokenSteps;
  /** Note every step in the entry mark: a process died in this script or near it, and the next death must name the step. */
  readonly careful?: boolean;
}

export type BrokenSteps = Readonly<Partial<Record<Step, Fault>>>;

export interface RunRequest {
  readonly type: "run";
  readonly id: number;
  readonly key: string;
  /** In an isolate nobody else uses or has used: then it is certain whose memory it is. */
  readonly alone: boolean;
  /** Names, in lower case, of headers of the message whose values are not to leave in what the script logs, says or throws. */
  readonly secretHeaders?: readonly string[];
}

/** What main says to a host call. */
export type HostAnswer =
  | { readonly ok: true; readonly value?: unknown }
  | {
      readonly ok: false;
      readonly kind: FailureKind;
      readonly name: string;
      readonly message: string;
    };

const faultSchema = z.object({
  kind: z.enum(FAILURE_KINDS),
  name: z.string(),
  message: z.string(),
  file: z.string().optional(),
  line: z.int().optional(),
  column: z.int().optional(),
  frame: z.string().optional(),
  stack: z.string().optional(),
});
/**
 * What went wrong in a script; `file` names the shared module it went wrong in, if it was one. `frame` is added by main,
 * which holds the sources.
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

/** Names of headers that the script verified the message with, beside those it was told are secret. */
const proofHeadersSchema = z.array(z.string().max(200)).max(16).optional();

const matchReportSchema = z.object({
  entries: z.array(
    z.object({
      provider: z.int(),
      matched: z.boolean(),
      durationMs: z.number(),
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
  /** How the sender was asked to prove itself, where HTTP has a challenge for that. */
  challenge: z.literal("basic").optional(),
  proofHeaders: proofHeadersSchema,
});
/** What the match scripts said: one entry per asking, which names its provider by index. The last one may have matched. */
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
/** How a run of a function went; it failed when there is a fault. */
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
/** A script asks main for something; `argument` is whatever it gave. */
export type HostCall = z.infer<typeof hostCallSchema>;

const hostAskSchema = z.object({
  type: z.literal("ask"),
  id: z.int(),
  call: z.int(),
  operation: z.string(),
  /** Length of the call as JSON, in UTF-16 code units. */
  units: z.int().positive(),
  /** How long it could not be asked about, as others were asked about first. It is part of `timeoutMs`. */
  waitedMs: z.number().nonnegative(),
  timeoutMs: z.number().positive().optional(),
});
/** Whether there is room for a call. Main answers with `go`, or with the reply to the call when its time is up. */
export type HostAsk = z.infer<typeof hostAskSchema>;

export const fromChildSchema = z.discriminatedUnion("type", [
  z.object({ type: z.literal("ready") }),
  z.object({ type: z.literal("pong") }),
  z.object({ type: z.literal("hello"), id: z.int() }),
  /** `cpuMs`: what the match scripts took of the child's thread. */
  z.object({
    type: z.literal("decided"),
    id: z.int(),
    report: matchReportSchema,
    cpuMs: z.number().nonnegative(),
  }),
  z.object({ type: z.literal("ran"), id: z.int(), report: runReportSchema }),
  z.object({ type: z.literal("checked"), id: z.int(), report: checkReportSchema }),
  /** Not the fault of this run: it is to be run again, by itself if `alone`. */
  z.object({ type: z.literal("interrupted"), id: z.int(), alone: z.boolean() }),
  /** The run waits for something: from now on its time is watched by main too. */
  z.object({ type: z.literal("began"), id: z.int() }),
  hostAskSchema,
  hostCallSchema,
  z.object({ type: z.literal("cancel"), id: z.int(), call: z.int() }),
  /** Reports that scripts made for an asking or a run that was over, and reports too many or too large. */
  z.object({ type: z.literal("dropped"), count: z.int().positive() }),
  /** The process has served long enough: no more work for it. */
  z.object({ type: z.literal("retire") }),
]);
/** Child → main. No parts. */
export type FromChild = z.infer<typeof fromChildSchema>;
/** What settles a request. */
export type Answer = Extract<
  FromChild,
  { type: "hello" | "decided" | "ran" | "checked" | "interrupted" }
>;
