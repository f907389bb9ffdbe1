/**
 * Where types stood in scripts that loaded well, by digest. Starting what finds them takes a fifth of a second and
 * leaves 14 MB behind, which a start with nothing new can do without. Kept are places, and nothing of what stood there.
 */
import { createHash } from "node:crypto";
import { stripTypes } from "./strip-types.ts";

export type StripTypes = typeof stripTypes;

interface Known {
  readonly find: (key: string) => readonly string[] | undefined;
  readonly keep: (key: string, blanks: readonly string[]) => void;
}

export class TypeCache {
  readonly #known: Known;
  readonly #found = new Map<string, readonly string[]>();

  constructor(known: Known) {
    this.#known = known;
  }

  readonly strip: StripTypes = async (text) => {
    const key = createHash("sha256").update(`types\0${process.version}\0${text}`).digest("hex");
    const blanks = this.#known.find(key);
    const code = blanks === undefined ? undefined : blanked(text, blanks);
    if (code !== undefined) return { code };
    const stripped = await stripTypes(text);
    if ("code" in stripped && stripped.code.length === text.length)
      this.#found.set(key, blanksOf(text, stripped.code));
    return stripped;
  };

  /** To be called when the script turned out well: what is only tried, and fails, leaves nothing. */
  keep(): void {
    for (const [key, blanks] of this.#found) this.#known.keep(key, blanks);
  }
}

/** `7+4`: four blanks from the seventh character on; or `7=` with what the stripper put there, such as a semicolon. */
function blanksOf(text: string, code: string): readonly string[] {
  const blanks: string[] = [];
  for (let at = 0; at < text.length; at++) {
    if (text[at] === code[at]) continue;
    const from = at;
    while (at < text.length && (text[at] !== code[at] || code[at] === " ")) at++;
    const put = code.slice(from, at);
    blanks.push(/^ *$/.test(put) ? `${from}+${put.length}` : `${from}=${put}`);
  }
  return blanks;
}

/** Undefined when that cannot be read: it was written by another version, or spoiled. */
function blanked(text: string, blanks: readonly string[]): string | undefined {
  let [code, end] = ["", 0];
  for (const blank of blanks) {
    const [, from = "", length = "", given] = /^(\d+)(?:\+(\d+)|=(.+))$/s.exec(blank) ?? [];
    const put = given ?? " ".repeat(Number(length));
    if (from === "" || Number(from) < end || Number(from) + put.length > text.length)
      return undefined;
    code += text.slice(end, Number(from)) + put;
    end = Number(from) + put.length;
  }
  return code + text.slice(end);
}
