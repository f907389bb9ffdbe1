/** Faults in the terms of the script as written: its own lines, without the frames around it. */
import type { Fault, FaultKind } from "../protocol.ts";

export interface Thrown {
  readonly name: string;
  readonly message: string;
  readonly stack: string;
}

const MAX_TEXT = 8192;
const escapeRegExp = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");

export function makeFault(kind: FaultKind, thrown: Thrown, filename: string): Fault {
  const frames = framesOf(thrown, filename);
  const [, line, column] = PLACE.exec(frames[0] ?? "") ?? syntaxPlace(kind, thrown) ?? [];
  return {
    kind,
    name: thrown.name.slice(0, MAX_TEXT),
    message: thrown.message.replace(SYNTAX_PLACE, "").slice(0, MAX_TEXT),
    ...(line === undefined ? {} : { line: Number(line), column: Number(column) }),
    ...(frames.length === 0 ? {} : { stack: frames.join("\n").slice(0, MAX_TEXT) }),
  };
}

/** Bounded digits: a place that is no number main can hold would cost the whole process. */
const PLACE = /:(\d{1,9}):(\d{1,9})\)?$/;
const SYNTAX_PLACE = / \[[^\]]+:(\d{1,9}):(\d{1,9})\]$/;

/** The frames in the script itself. A message may hold what looks like frames: only what stands behind it counts. */
function framesOf({ message, stack }: Thrown, filename: string): readonly string[] {
  const at = stack.indexOf(message);
  const behind = at === -1 ? stack : stack.slice(at + message.length);
  const own = new RegExp(`^\\s+at (?:.* \\()?${escapeRegExp(filename)}:\\d+:\\d+\\)?$`);
  return behind
    .split("\n")
    .filter((frame) => own.test(frame))
    .map((frame) => frame.trim());
}

/** V8 puts the place of a syntax error behind its message. Other messages are the script's own. */
const syntaxPlace = (kind: FaultKind, { message }: Thrown) =>
  kind === "COMPILE_ERROR" ? SYNTAX_PLACE.exec(message) : null;

/** What isolated-vm threw, as plain text. */
export function readThrown(error: unknown): Thrown {
  if (!(error instanceof Error)) return { name: "Error", message: String(error), stack: "" };
  return { name: error.name, message: error.message, stack: error.stack ?? "" };
}
