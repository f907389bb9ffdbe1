/** The program's own log: structured, on standard output, never with bodies, headers or secrets in it. */
import { pino } from "pino";
import type { Config } from "./config.ts";

export type Logger = ReturnType<typeof pino>;

/** Belt and braces: nobody should log these, and if somebody does they are cut out. */
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

/** JSON on standard output, unless it is to go elsewhere. */
export function createLogger(level: Config["logLevel"], destination?: Destination): Logger {
  const options = { name: "hookyard", level, redact: REDACTED, serializers: { err: loggable } };
  return destination === undefined ? pino(options) : pino(options, destination);
}

/** Lines of text on standard output, for people at a terminal. What writes them is loaded for them only. */
export async function linesOfText(): Promise<Destination> {
  const { PinoPretty: pretty } = await import("pino-pretty");
  return pretty({ ignore: "pid,hostname,name", translateTime: "SYS:HH:MM:ss", sync: true });
}

interface LoggableError {
  readonly type: string;
  readonly code?: unknown;
  readonly message: string;
  /** Where it was thrown. */
  readonly at: readonly string[];
  readonly cause?: LoggableError;
}

const MAX_CAUSES = 5;

/** Of an error only what cannot hold a message: libraries hang bodies and headers on theirs, and parsers quote what they read. */
export function loggable(error: unknown, depth = 0): LoggableError {
  if (!(error instanceof Error))
    return { type: typeof error, message: "(what was thrown is no error)", at: [] };
  const { code } = error as { readonly code?: unknown };
  return {
    type: error.constructor.name,
    ...(typeof code === "string" || typeof code === "number" ? { code } : {}),
    message: error instanceof SyntaxError ? "(it may quote what was parsed)" : error.message,
    at: (error.stack ?? "").split("\n").filter((line) => /^\s+at /.test(line)),
    ...(error.cause === undefined || depth === MAX_CAUSES
      ? {}
      : { cause: loggable(error.cause, depth + 1) }),
  };
}

const SPARING_MS = 60_000;
const lastWarned = new WeakMap<Logger, Map<string, { at: number; alike: number }>>();

/**
 * Warns once a minute for each `key`, and in between at `debug`: what many messages have in common is one thing to see
 * to, and a flood of messages is not to become one of the log. Keys are fixed words and names of what is installed.
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
