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

export function createLogger(level: Config["logLevel"]): Logger {
  return pino({ name: "hookyard", level, redact: REDACTED });
}
