/** The server's own log: structured, on standard output, never with bodies, headers or secrets. */
import { pino } from "pino";
import type { Config } from "./config.ts";

export type Logger = ReturnType<typeof pino>;

/** A second safeguard: no code logs these fields, and if one does, they are removed. */
const REDACTED = [
  "token",
  "secret",
  "authorization",
  "headers",
  "body",
  "*.token",
  "*.secret",
  "*.authorization",
  "*.headers",
  "*.body",
];

interface Destination {
  write(line: string): void;
}

/** Writes JSON to standard output, or to `destination`. */
export function createLogger(level: Config["logLevel"], destination?: Destination): Logger {
  const options = { name: "hookyard", level, redact: REDACTED, serializers: { err: loggable } };
  return destination === undefined ? pino(options) : pino(options, destination);
}

/** Writes lines of text to standard output, for people at a terminal. The formatter is loaded only when used. */
export async function textDestination(): Promise<Destination> {
  const { PinoPretty: pretty } = await import("pino-pretty");
  return pretty({ ignore: "pid,hostname,name", translateTime: "SYS:HH:MM:ss", sync: true });
}

interface LoggableError {
  readonly type: string;
  readonly code?: unknown;
  readonly message: string;
  /** The stack trace, without the message. */
  readonly at: readonly string[];
  readonly cause?: LoggableError;
  /** The parts of an `AggregateError`. */
  readonly errors?: readonly LoggableError[];
}

const MAX_CAUSES = 5;

/**
 * The parts of an error that cannot hold a message: libraries attach bodies and headers to their errors, and parsers
 * quote their input.
 */
export function loggable(error: unknown, depth = 0): LoggableError {
  if (!(error instanceof Error))
    return { type: typeof error, message: "(the thrown value is not an Error)", at: [] };
  const { code } = error as { readonly code?: unknown };
  return {
    type: error.constructor.name,
    ...(typeof code === "string" || typeof code === "number" ? { code } : {}),
    message:
      error instanceof SyntaxError
        ? "(left out: a syntax error may quote its input)"
        : error.message,
    at: (error.stack ?? "").split("\n").filter((line) => /^\s+at /.test(line)),
    ...(depth === MAX_CAUSES ? {} : behind(error, depth + 1)),
  };
}

function behind(error: Error, depth: number): Pick<LoggableError, "cause" | "errors"> {
  const errors = error instanceof AggregateError ? error.errors.slice(0, MAX_CAUSES) : undefined;
  return {
    ...(error.cause === undefined ? {} : { cause: loggable(error.cause, depth) }),
    ...(errors === undefined ? {} : { errors: errors.map((one) => loggable(one, depth)) }),
  };
}

const SPARING_MS = 60_000;
const lastWarned = new WeakMap<Logger, Map<string, { at: number; alike: number }>>();

/**
 * Warns once a minute for each `key`, and logs at `debug` in between: a problem shared by many messages is one problem,
 * and a flood of messages must not become a flood of log lines. Keys are fixed words and names of installed scripts.
 */
export function warnSparingly(
  log: Logger,
  key: string,
  fields: Readonly<Record<string, unknown>>,
  text: string,
): void {
  const warned = lastWarned.get(log) ?? new Map<string, { at: number; alike: number }>();
  lastWarned.set(log, warned);
  const now = performance.now();
  const last = warned.get(key);
  if (last !== undefined && now - last.at < SPARING_MS) {
    last.alike += 1;
    log.debug(fields, text);
    return;
  }
  log.warn(last === undefined ? fields : { ...fields, alikeSinceLast: last.alike }, text);
  warned.set(key, { at: now, alike: 0 });
}
