/** Names of headers that a script verifies, read from its source text, so that they are known before its first run. */
import type { Script } from "../model/definition.ts";
import { objectMemo } from "../model/object-memo.ts";

/** Options of `ctx.verify` that name a header, with the name as a plain text. */
const NAMED = /\b(?:header|signatureHeader)["']?\s*:\s*(["'`])([\w!#$%&'*+.^|~-]{1,200})\1/g;
/** A script may hold any number of names. */
const MAX_NAMES = 20;

const NONE: readonly string[] = [];
const known = objectMemo<Script, readonly string[]>("proof names");

/** In lower case. */
export function proofNames(script: Script): readonly string[] {
  const before = known.of(script);
  if (before !== undefined) return before;
  const texts = [script, ...Object.values(script.modules)].map(({ code }) => code);
  const names = texts
    .filter((code) => code.includes("verify"))
    .flatMap((code) => [...code.matchAll(NAMED)].map(([, , name = ""]) => name.toLowerCase()));
  return known.keep(script, names.length === 0 ? NONE : [...new Set(names)].slice(0, MAX_NAMES));
}
