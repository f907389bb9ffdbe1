/**
 * The log of one run. It is kept outside the isolate, so it survives the isolate but not the process. A last line
 * says how much was cut.
 */
import type { LogLine } from "../../model/outcome.ts";
import type { LogPost } from "../wire/guest-posts.ts";
import { cutText } from "./cut-text.ts";
import type { Mask } from "./mask.ts";
import { MAX_BYTES, maskedStart } from "./outgoing-text.ts";

/** The most memory for unmasked lines, as a multiple of the limit: masking and cutting may shorten them. */
const MAX_RAW_SHARE = 4;

export interface LogLimits {
  readonly maxBytes: number;
  readonly maxLines: number;
  /** The limits, in words for the author. */
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

  /** `text`: a line as JSON. It is masked at the end of the run, when all secrets are known. */
  add(text: string): void {
    const { maxBytes, maxLines } = this.#limits;
    // After the first cut, all later lines are cut too: a log with gaps would be misread.
    const isFull = this.#cut > 0 || this.#raw.length >= maxLines;
    if (isFull || this.#units > maxBytes * MAX_RAW_SHARE) {
      this.#cut += 1;
      return;
    }
    this.#units += text.length;
    this.#raw.push(JSON.parse(text));
  }

  /** The lines to report, masked and cut. */
  lines(mask: Mask): readonly LogLine[] {
    if (this.#raw.length === 0) return [];
    const lines: LogLine[] = [];
    let bytes = 0;
    for (const raw of this.#raw) {
      const line = outgoingLine(raw, mask);
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

function outgoingLine({ at, level, text, units }: LogPost, mask: Mask): LogLine {
  const masked = maskedStart(text, mask);
  const kept = cutText(masked, MAX_BYTES.line);
  const isWhole = units === text.length && kept.length === masked.length;
  return { at, level, text: isWhole ? kept : `${kept}… (cut: the line has ${units} characters)` };
}
