/** Faults in the terms of the script as written: its own lines, without the frames around it. */
import type { FailureKind } from "../../model/execution.ts";
import type { ChildScript, Fault } from "../wire/protocol.ts";
import { cutText } from "./cut-text.ts";
import { leavingText, MAX_BYTES, maskedStart } from "./leaving-text.ts";
import type { Mask } from "./mask.ts";

export interface Thrown {
  readonly name: string;
  readonly message: string;
  readonly stack: string;
}

/** What went wrong, before secrets are taken out of it. */
export interface RawFault extends Thrown {
  readonly kind: FailureKind;
}

/** The files whose lines are the author's own. */
export type OwnFiles = Pick<ChildScript, "filename" | "modules">;

/** What leaves of something that was thrown, without what `mask` hides. */
export function makeFault(kind: FailureKind, thrown: Thrown, own: OwnFiles, mask: Mask): Fault {
  const frames = framesOf(thrown, own, mask);
  const [, file, line, column] = frames[0] ?? syntaxPlace(kind, thrown, own) ?? [];
  const message = thrown.message.replace(SYNTAX_PLACE, "");
  return {
    kind,
    name: leavingText(thrown.name, MAX_BYTES.faultName, mask),
    message: leavingText(message, MAX_BYTES.faultMessage, mask),
    ...(file === undefined || file === own.filename ? {} : { file }),
    ...(line === undefined ? {} : { line: Number(line), column: Number(column) }),
    ...(frames.length === 0 ? {} : { stack: cutText(textOf(frames), MAX_BYTES.stack) }),
  };
}

/** Bounded digits: a place that is no number main can hold would cost the whole process. */
const PLACE = "(\\d{1,9}):(\\d{1,9})";
const SYNTAX_PLACE = new RegExp(` \\[([^\\][]+):${PLACE}\\]$`);

/**
 * The frames in the author's own files. A message may hold what looks like frames: only what stands behind it counts. Names
 * of functions may hold anything, line breaks too: they are masked before lines are told apart.
 */
function framesOf(
  { message, stack }: Thrown,
  own: OwnFiles,
  mask: Mask,
): readonly RegExpExecArray[] {
  const at = stack.indexOf(message);
  const behind = maskedStart(at === -1 ? stack : stack.slice(at + message.length), mask);
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
function syntaxPlace(kind: FailureKind, { message }: Thrown, own: OwnFiles) {
  const place = kind === "COMPILE_ERROR" ? SYNTAX_PLACE.exec(message) : null;
  const file = place?.[1] ?? "";
  return file === own.filename || Object.hasOwn(own.modules, file) ? place : null;
}

/** What isolated-vm threw, as plain text. */
export function readThrown(error: unknown): Thrown {
  if (!(error instanceof Error)) return { name: "Error", message: String(error), stack: "" };
  return { name: error.name, message: error.message, stack: error.stack ?? "" };
}
