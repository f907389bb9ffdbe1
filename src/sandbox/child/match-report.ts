/** Builds the match report of a message after the last script ran. */
import type { MatchEntry, MatchReport } from "../wire/protocol.ts";
import { maskOf } from "./mask.ts";
import type { MatchResult } from "./match-result.ts";
import type { ScriptRequest } from "./request.ts";
import type { Spelling } from "./spelling.ts";

/** The most bytes of all entries as JSON. Later entries lose their texts. */
const MAX_TEXTS_BYTES = 4 * 1024 * 1024;

/** `secretHeaders`: names of headers that are secret, beside those that the scripts verified with. */
export function matchReport(
  results: readonly MatchResult[],
  message: ScriptRequest,
  secretHeaders: readonly string[] = [],
): MatchReport {
  const maskWith = (spellings: readonly Spelling[]) =>
    maskOf(spellings, message.headerSpellings(secretHeaders));
  const masked = results.map(({ mask }) => mask(maskWith));
  const proofHeaders = message.newProofs(secretHeaders);
  return {
    entries: limited(masked.map(({ entry }) => entry)),
    ...masked.at(-1)?.details,
    ...(proofHeaders.length === 0 ? {} : { proofHeaders: [...proofHeaders] }),
  };
}

/** Limits the total size, since hundreds of scripts may fail at once. */
function limited(entries: MatchEntry[]): MatchEntry[] {
  let bytes = 0;
  return entries.map((entry) => {
    const { error, logs, warning } = entry;
    if (error === undefined && logs === undefined && warning === undefined) return entry;
    bytes += Buffer.byteLength(JSON.stringify(entry));
    return bytes > MAX_TEXTS_BYTES ? withoutTexts(entry) : entry;
  });
}

function withoutTexts({ provider, matched, durationMs, error }: MatchEntry): MatchEntry {
  const warning = "its texts were left out: the scripts before it filled the report";
  if (error === undefined) return { provider, matched, durationMs, warning };
  const { kind } = error;
  return { provider, matched, durationMs, warning, error: { kind, name: "Error", message: kind } };
}
