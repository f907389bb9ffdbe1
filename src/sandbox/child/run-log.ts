/** The log of one run, kept outside its isolate: it survives that, though not its process, and what is cut is said. */
import type { LogLine } from "../../model/execution.ts";
import type { LogPost } from "../wire/guest-posts.ts";
import { cutText } from "./cut-text.ts";
import { MAX_BYTES, maskedStart } from "./leaving-text.ts";
import type { Mask } from "./mask.ts";

/** Of lines as they were written, in memory: each may be masked and cut to less. */
const MAX_RAW_SHARE = 4;

export interface LogLimits {
  /** In bytes of UTF-8, as JSON. */
  readonly maxBytes: number;
  readonly maxLines: number;
  /** Names the limits for the author. */
  readonly limits: string;
}

export class RunLog {
  readonly #limits: LogLimits;
  readonly #raw: LogPost[] = [];
  #units = 0;
  #cut = 0;

  constructor(limits: LogLimits) {
    this.#limits = limits;
  }

  /** `text`: a line as JSON. Its secrets are known when the run is over: until then it is kept as it is. */
  add(text: string): void {
    const { maxBytes, maxLines } = this.#limits;
    // One line too many and all behind it are cut: a log with holes would be read wrongly.
    const isFull = this.#cut > 0 || this.#raw.length >= maxLines;
    if (isFull || this.#units > maxBytes * MAX_RAW_SHARE) {
      this.#cut += 1;
      return;
    }
    this.#units += text.length;
    this.#raw.push(JSON.parse(text));
  }

  /** What leaves of it. */
  lines(mask: Mask): readonly LogLine[] {
    if (this.#raw.length === 0) return [];
    const lines: LogLine[] = [];
    let bytes = 0;
    for (const raw of this.#raw) {
      const line = leavingLine(raw, mask);
      bytes += Buffer.byteLength(JSON.stringify(line));
      if (bytes > this.#limits.maxBytes) break;
      lines.push(line);
    }
    const cut = this.#cut + this.#raw.length - lines.length;
    if (cut === 0) return lines;
    const text = `${cut} further log lines were cut: ${this.#limits.limits}`;
    return [...lines, { at: Date.now(), level: "warn", text }];
  }
}

function leavingLine({ at, level, text, units }: LogPost, mask: Mask): LogLine {
  const masked = maskedStart(text, mask);
  const kept = cutText(masked, MAX_BYTES.line);
  const isWhole = units === text.length && kept.length === masked.length;
  return { at, level, text: isWhole ? kept : `${kept}… (cut: the line has ${units} characters)` };
}
