/** Faults as the author sees them: positions in the script's own files, without the frames of the sandbox. */
import { type FailureKind, MAX_CAUSES, type ScriptError } from "../../model/failure-kind.ts";
import type { Thrown, ThrownError } from "../wire/guest-posts.ts";
import type { ChildScript, Fault } from "../wire/protocol.ts";
import { cutText } from "./cut-text.ts";
import type { Mask } from "./mask.ts";
import { MAX_BYTES, maskedStart, outgoingText } from "./outgoing-text.ts";

/** The files that the author wrote. */
export type OwnFiles = Pick<ChildScript, "filename" | "modules">;

/** The fault to report for a thrown value, with secrets masked. */
export function makeFault(kind: FailureKind, thrown: Thrown, own: OwnFiles, mask: Mask): Fault {
  const causes = (thrown.causes ?? [])
    .slice(0, MAX_CAUSES)
    .map((cause) => describe(kind, cause, { own, mask, maxMessage: MAX_BYTES.causeMessage }));
  const error = describe(kind, thrown, { own, mask, maxMessage: MAX_BYTES.faultMessage });
  return { kind, ...error, ...(causes.length === 0 ? {} : { causes }) };
}

interface Describing {
  readonly own: OwnFiles;
  readonly mask: Mask;
  readonly maxMessage: number;
}

function describe(
  kind: FailureKind,
  thrown: ThrownError,
  { own, mask, maxMessage }: Describing,
): ScriptError {
  const frames = framesOf(thrown, own, mask);
  const [, file, line, column] = frames[0] ?? syntaxPosition(kind, thrown, own) ?? [];
  const message = thrown.message.replace(SYNTAX_POSITION, "");
  return {
    name: outgoingText(thrown.name, MAX_BYTES.faultName, mask),
    message: outgoingText(message, maxMessage, mask),
    ...(file === undefined || file === own.filename ? {} : { file }),
    ...(line === undefined ? {} : { line: Number(line), column: Number(column) }),
    ...(frames.length === 0 ? {} : { stack: cutText(textOf(frames), MAX_BYTES.stack) }),
  };
}

/** The digits are bounded: main rejects a number it cannot hold and would end the whole process. */
const POSITION = "(\\d{1,9}):(\\d{1,9})";
const SYNTAX_POSITION = new RegExp(` \\[([^\\][]+):${POSITION}\\]$`);

/**
 * The stack frames in the author's files. The message may contain text that looks like frames, so only the text after
 * it counts. Function names may contain anything, even line breaks, so secrets are masked before the text is split
 * into lines.
 */
function framesOf(
  { message, stack }: ThrownError,
  own: OwnFiles,
  mask: Mask,
): readonly RegExpExecArray[] {
  const at = stack.indexOf(message);
  const afterMessage = maskedStart(at === -1 ? stack : stack.slice(at + message.length), mask);
  const files = [own.filename, ...Object.keys(own.modules)].map(RegExp.escape).join("|");
  const frame = new RegExp(`^\\s+at (?:async )?(?:.* \\()?(${files}):${POSITION}\\)?$`);
  return afterMessage
    .split("\n")
    .map((line) => frame.exec(line))
    .filter((match) => match !== null);
}

const textOf = (frames: readonly RegExpExecArray[]) =>
  frames.map(({ input }) => input.trim()).join("\n");

/**
 * V8 appends the position of a syntax error to its message. A script can write such a message too, so only compile
 * errors count.
 */
function syntaxPosition(kind: FailureKind, { message }: ThrownError, own: OwnFiles) {
  const position = kind === "COMPILE_ERROR" ? SYNTAX_POSITION.exec(message) : null;
  const file = position?.[1] ?? "";
  return file === own.filename || Object.hasOwn(own.modules, file) ? position : null;
}

/** Reads what isolated-vm threw. */
export function readThrown(error: unknown): Thrown {
  if (!(error instanceof Error)) return { name: "Error", message: String(error), stack: "" };
  return { name: error.name, message: error.message, stack: error.stack ?? "" };
}
