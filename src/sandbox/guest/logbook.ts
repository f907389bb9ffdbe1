/** Where a script's log lines go. They leave the isolate at once, so that they outlive it. */
import { hostPost } from "./bridge.ts";
import { wholeLine } from "./format.ts";
import { cutRaw } from "./raw-text.ts";

export type LogLevel = "debug" | "info" | "warn" | "error";

const { stringify } = JSON;
const now = Date.now;

let beforeLine: () => void = () => undefined;

/** Has `act` done before each line leaves. */
export function beforeEachLine(act: () => void): void {
  beforeLine = act;
}

export function writeLog(level: LogLevel, values: readonly unknown[]): void {
  beforeLine();
  const line = wholeLine(values);
  hostPost("log", stringify({ at: now(), level, text: cutRaw(line), units: line.length }));
}

const writer =
  (level: LogLevel) =>
  (...values: readonly unknown[]) =>
    writeLog(level, values);

export const log = Object.freeze({
  debug: writer("debug"),
  info: writer("info"),
  warn: writer("warn"),
  error: writer("error"),
});

export const consoleObject = Object.freeze({ ...log, log: log.info, trace: log.debug });
