/** Where a script's log lines go. They leave the isolate at once, so that they outlive it. */
import { hostPost } from "./bridge.ts";
import { formatLine } from "./format.ts";

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
  hostPost("log", stringify({ at: now(), level, text: formatLine(values) }));
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
