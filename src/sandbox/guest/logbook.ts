/** Where a script's log lines go. They leave the isolate at once, so that they outlive it. */

import type { LogLevel } from "../../model/execution.ts";
import type { LogPost } from "../wire/guest-posts.ts";
import { cutRaw } from "../wire/raw-text.ts";
import { hostPost } from "./bridge.ts";
import { wholeLine } from "./format.ts";

const { stringify } = JSON;
const now = Date.now;

/** Number of the run that lines belong to when their writer belongs to no run in particular. */
let current = 0;

export function startLog(run: number): void {
  current = run;
}

export function writeLog(level: LogLevel, values: readonly unknown[], run = current): void {
  const line = wholeLine(values);
  const post: LogPost = { at: now(), level, text: cutRaw(line), units: line.length };
  hostPost("log", stringify(post), run);
}

/** Lines of a log without a `run` belong to the current one. */
export function makeLog(run?: number) {
  const writer =
    (level: LogLevel) =>
    (...values: readonly unknown[]) =>
      writeLog(level, values, run);
  return Object.freeze({
    debug: writer("debug"),
    info: writer("info"),
    warn: writer("warn"),
    error: writer("error"),
  });
}

export const log = makeLog();
export const consoleObject = Object.freeze({ ...log, log: log.info, trace: log.debug });
