/**
 * Caches the positions of types in scripts that loaded, by digest. Starting the type stripper takes 0.2 s and leaves
 * 14 MB behind; a start without new scripts can skip it. Only positions are stored, no text.
 */
import { createHash } from "node:crypto";
import { stripTypes } from "./strip-types.ts";

export type StripTypes = typeof stripTypes;

interface Cache {
  readonly find: (key: string) => readonly string[] | undefined;
  readonly keep: (key: string, blanks: readonly string[]) => void;
}

export class TypeCache {
  readonly #cache: Cache;
  readonly #found = new Map<string, readonly string[]>();

  constructor(cache: Cache) {
    this.#cache = cache;
  }

  readonly strip: StripTypes = async (text) => {
    const key = createHash("sha256").update(`types\0${process.version}\0${text}`).digest("hex");
    const blanks = this.#cache.find(key);
    const code = blanks === undefined ? undefined : blanked(text, blanks);
    if (code !== undefined) return { code };
    const stripped = await stripTypes(text);
    if ("code" in stripped && stripped.code.length === text.length)
      this.#found.set(key, blanksOf(text, stripped.code));
    return stripped;
  };

  /** Called if the script loads: a failing draft leaves nothing in the cache. */
  keep(): void {
    for (const [key, blanks] of this.#found) this.#cache.keep(key, blanks);
  }
}

/** `7+4`: four blanks from position 7. `7=…`: from position 7 the text that the stripper wrote, such as a semicolon. */
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

/** Undefined if the entry is invalid: another version wrote it, or it is corrupt. */
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
