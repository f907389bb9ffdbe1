/** Posts the script's log lines. They leave the isolate at once, so that they survive it. */

import type { LogLevel } from "../../model/outcome.ts";
import type { LogPost } from "../wire/guest-posts.ts";
import { cutRaw } from "../wire/raw-text.ts";
import { hostPost } from "./bridge.ts";
import { wholeLine } from "./format.ts";

const { stringify } = JSON;
const now = Date.now;

/** The run of lines whose logger has no run of its own. */
let current = 0;

export function startLog(run: number): void {
  current = run;
}

export function writeLog(level: LogLevel, values: readonly unknown[], run = current): void {
  const line = wholeLine(values);
  const post: LogPost = { at: now(), level, text: cutRaw(line), units: line.length };
  hostPost("log", stringify(post), run);
}

/** Without `run`, lines belong to the current run. */
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
