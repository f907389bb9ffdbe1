/** The program's own log: structured, on standard output, never with bodies, headers or secrets in it. */
import { pino } from "pino";
import { PinoPretty as pretty } from "pino-pretty";
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

/** For people at a terminal it is lines of text, for everything else JSON. */
export function createLogger(level: Config["logLevel"], readable = false): Logger {
  const options = { name: "hookyard", level, redact: REDACTED };
  return readable
    ? pino(
        options,
        pretty({ ignore: "pid,hostname,name", translateTime: "SYS:HH:MM:ss", sync: true }),
      )
    : pino(options);
}
