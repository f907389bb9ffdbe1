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
  const place = new RegExp(`${escapeRegExp(filename)}:(\\d+):(\\d+)`);
  const [, line, column] = place.exec(thrown.stack) ?? place.exec(thrown.message) ?? [];
  const ownFrames = thrown.stack.split("\n").filter((text) => text.includes(`${filename}:`));
  return {
    kind,
    name: thrown.name.slice(0, MAX_TEXT),
    message: thrown.message.replace(/ \[[^\]]+:\d+:\d+\]$/, "").slice(0, MAX_TEXT),
    ...(line === undefined ? {} : { line: Number(line), column: Number(column) }),
    ...(ownFrames.length === 0 ? {} : { stack: ownFrames.map((text) => text.trim()).join("\n") }),
  };
}

/** What isolated-vm threw, as plain text. */
export function readThrown(error: unknown): Thrown {
  if (!(error instanceof Error)) return { name: "Error", message: String(error), stack: "" };
  return { name: error.name, message: error.message, stack: error.stack ?? "" };
}
