/** A problem: messages that failed, were rejected or were not matched for the same cause. */
import { createHash } from "node:crypto";
import type { Verification } from "./decision.ts";
import type { FailureKind, ScriptError, ScriptFailure } from "./failure-kind.ts";
import { textShape, uriShape } from "./text-shape.ts";

export const PROBLEM_KINDS = ["FAILURE", "REJECTION", "UNMATCHED"] as const;
export type ProblemKind = (typeof PROBLEM_KINDS)[number];

/** Where in the scripts an error was thrown. */
interface Place {
  readonly file?: string;
  readonly line?: number;
  readonly column?: number;
  /** Positions of the callers, the nearest first: a function that throws for several callers has a cause for each. */
  readonly callers?: readonly string[];
}

interface ErrorCause extends Place {
  readonly name: string;
  /** The shape of its text. */
  readonly text: string;
}

export type ProblemCause =
  | {
      readonly kind: "FAILURE";
      readonly provider: string | null;
      readonly function: string;
      readonly failure: FailureKind;
      readonly error: ErrorCause;
    }
  | {
      readonly kind: "REJECTION";
      readonly provider: string | null;
      /** The shape of the reason. */
      readonly reason: string;
      /** True if the reason is the server's own text. */
      readonly isOwnReason: boolean;
      /** The error of the `verify` script. */
      readonly error?: ErrorCause;
    }
  | {
      readonly kind: "UNMATCHED";
      readonly provider: string | null;
      /** The shape of the URI. */
      readonly uri: string;
    };

const LETTERS = { FAILURE: "f", REJECTION: "r", UNMATCHED: "u" } as const;
export const PROBLEM_KEY = /^[fru]-[0-9a-f]{20}$/;

/** The same for equal causes. */
export function problemKey(cause: ProblemCause): string {
  const digest = createHash("sha256").update(JSON.stringify(cause)).digest("hex");
  return `${LETTERS[cause.kind]}-${digest.slice(0, 20)}`;
}

/** Whether its messages have a failed execution; otherwise the messages themselves have the problem. */
export const isOfExecutions = (key: string): boolean => key.startsWith(LETTERS.FAILURE);

export const failureCause = (
  provider: string | null,
  name: string,
  failure: ScriptFailure,
): ProblemCause => ({
  kind: "FAILURE",
  provider,
  function: name,
  failure: failure.kind,
  error: errorCause(failure, failure.kind),
});

export const rejectionCause = (
  provider: string | null,
  { reason = "", isOwnReason, error }: Partial<Verification>,
): ProblemCause => ({
  kind: "REJECTION",
  provider,
  reason: isOwnReason === true ? reason : textShape(reason),
  isOwnReason: isOwnReason === true,
  ...(error === undefined ? {} : { error: errorCause(error, error.kind) }),
});

export const unmatchedCause = (provider: string | null, uri: string): ProblemCause => ({
  kind: "UNMATCHED",
  provider,
  uri: uriShape(uri),
});

/** Limits that end a script at any point of a loop: its line is known, but not its column and its callers. */
const ENDS_ANYWHERE: Readonly<Record<FailureKind, boolean>> = {
  CPU_LIMIT: true,
  TIMEOUT: true,
  MEMORY_LIMIT: true,
  CRASH: true,
  SCRIPT_ERROR: false,
  COMPILE_ERROR: false,
  OUTPUT_LIMIT: false,
  EGRESS_DENIED: false,
  HOST_LIMIT: false,
};
const MAX_CALLERS = 5;

function errorCause(error: ScriptError, kind: FailureKind): ErrorCause {
  const { name, message, file, line, column, frame = "", stack = "" } = error;
  const place = {
    ...(file === undefined ? {} : { file }),
    ...(line === undefined ? {} : { line }),
  };
  const text = textShape(message, /^>.*$/m.exec(frame)?.[0]);
  if (ENDS_ANYWHERE[kind]) return { name, text, ...place };
  const callers = callersIn(stack);
  return {
    name,
    text,
    ...place,
    ...(column === undefined ? {} : { column }),
    ...(callers.length === 0 ? {} : { callers }),
  };
}

/** Each position once: how deep a recursion went depends on the message. */
function callersIn(stack: string): readonly string[] {
  const positions = stack.split("\n").map((line) => /[^\s(]*:\d+:\d+(?=\)?$)/.exec(line)?.[0]);
  return [...new Set(positions.filter((one) => one !== undefined))].slice(1, 1 + MAX_CALLERS);
}
