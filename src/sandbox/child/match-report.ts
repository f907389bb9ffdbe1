/** The report on a message, once the last script was asked about it. */
import type { MatchEntry, MatchReport } from "../wire/protocol.ts";
import { maskOf } from "./mask.ts";
import type { MatchAnswer } from "./match-answer.ts";
import type { ScriptRequest } from "./request.ts";
import type { Spelling } from "./spelling.ts";

/** Of the entries of a message as JSON: so many that say a little, or some that say all they may. Past it they are bare. */
const MAX_TEXTS_BYTES = 4 * 1024 * 1024;

/** `known`: names of headers that are secret, beside those that the scripts have verified with. */
export function leavingMatch(
  answers: readonly MatchAnswer[],
  message: ScriptRequest,
  known: readonly string[] = [],
): MatchReport {
  const maskWith = (spellings: readonly Spelling[]) =>
    maskOf(spellings, message.headerSpellings(known));
  const left = answers.map(({ leave }) => leave(maskWith));
  const proofHeaders = message.newProofs(known);
  return {
    entries: bounded(left.map(({ entry }) => entry)),
    ...left.at(-1)?.details,
    ...(proofHeaders.length === 0 ? {} : { proofHeaders: [...proofHeaders] }),
  };
}

/** Hundreds of scripts may fail at once. */
function bounded(entries: MatchEntry[]): MatchEntry[] {
  let bytes = 0;
  return entries.map((entry) => {
    const { error, logs, warning } = entry;
    if (error === undefined && logs === undefined && warning === undefined) return entry;
    bytes += Buffer.byteLength(JSON.stringify(entry));
    return bytes > MAX_TEXTS_BYTES ? bare(entry) : entry;
  });
}

function bare({ provider, matched, durationMs, error }: MatchEntry): MatchEntry {
  const warning = "what it said was left out: the scripts before it said too much";
  if (error === undefined) return { provider, matched, durationMs, warning };
  const { kind } = error;
  return { provider, matched, durationMs, warning, error: { kind, name: "Error", message: kind } };
}
