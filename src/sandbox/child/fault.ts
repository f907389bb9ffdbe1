/** Faults in the terms of the script as written: its own lines, without the frames around it. */
import type { ChildScript, Fault, FaultKind } from "../protocol.ts";

export interface Thrown {
  readonly name: string;
  readonly message: string;
  readonly stack: string;
}

/** The files whose lines are the author's own. */
export type OwnFiles = Pick<ChildScript, "filename" | "modules">;

const MAX_TEXT = 8192;

export function makeFault(kind: FaultKind, thrown: Thrown, own: OwnFiles): Fault {
  const frames = framesOf(thrown, own);
  const [, file, line, column] = frames[0] ?? syntaxPlace(kind, thrown, own) ?? [];
  return {
    kind,
    name: thrown.name.slice(0, MAX_TEXT),
    message: thrown.message.replace(SYNTAX_PLACE, "").slice(0, MAX_TEXT),
    ...(file === undefined || file === own.filename ? {} : { file }),
    ...(line === undefined ? {} : { line: Number(line), column: Number(column) }),
    ...(frames.length === 0 ? {} : { stack: textOf(frames).slice(0, MAX_TEXT) }),
  };
}

/** Bounded digits: a place that is no number main can hold would cost the whole process. */
const PLACE = "(\\d{1,9}):(\\d{1,9})";
const SYNTAX_PLACE = new RegExp(` \\[([^\\][]+):${PLACE}\\]$`);

/** The frames in the author's own files. A message may hold what looks like frames: only what stands behind it counts. */
function framesOf({ message, stack }: Thrown, own: OwnFiles): readonly RegExpExecArray[] {
  const at = stack.indexOf(message);
  const behind = at === -1 ? stack : stack.slice(at + message.length);
  const files = [own.filename, ...Object.keys(own.modules)].map(RegExp.escape).join("|");
  const frame = new RegExp(`^\\s+at (?:async )?(?:.* \\()?(${files}):${PLACE}\\)?$`);
  return behind
    .split("\n")
    .map((line) => frame.exec(line))
    .filter((match) => match !== null);
}

const textOf = (frames: readonly RegExpExecArray[]) =>
  frames.map(({ input }) => input.trim()).join("\n");

/** V8 puts the place of a syntax error behind its message. Other messages are the script's own. */
function syntaxPlace(kind: FaultKind, { message }: Thrown, own: OwnFiles) {
  const place = kind === "COMPILE_ERROR" ? SYNTAX_PLACE.exec(message) : null;
  const file = place?.[1] ?? "";
  return file === own.filename || Object.hasOwn(own.modules, file) ? place : null;
}

/** What isolated-vm threw, as plain text. */
export function readThrown(error: unknown): Thrown {
  if (!(error instanceof Error)) return { name: "Error", message: String(error), stack: "" };
  return { name: error.name, message: error.message, stack: error.stack ?? "" };
}
