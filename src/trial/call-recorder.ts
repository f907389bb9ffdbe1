/**
 * Records the calls of one trial, cut to a size that can be shown: a draft may make ten thousand calls of a megabyte
 * each.
 */
import { createHash } from "node:crypto";
import type { RecordedCall } from "../model/trial.ts";
import { cutText } from "../sandbox/child/cut-text.ts";
import { maskTexts } from "../sandbox/child/json-mask.ts";
import type { Mask } from "../sandbox/child/mask.ts";

const MAX_CALLS = 1000;
/** Bytes of UTF-8: the limit for one text, and for all together. */
const MAX_TEXT = 16 * 1024;
const MAX_TOTAL = 2 * 1024 * 1024;

export class CallRecorder {
  readonly #calls: RecordedCall[] = [];
  readonly #mask: Mask;
  #room = MAX_TOTAL;

  /** `mask` removes the values of secrets. */
  constructor(mask: Mask) {
    this.#mask = mask;
  }

  /** The first `MAX_CALLS` calls. */
  get calls(): readonly RecordedCall[] {
    return this.#calls;
  }

  add(call: RecordedCall): void {
    if (this.#calls.length === MAX_CALLS) return;
    // Mask before cutting: a secret that is cut in half could not be recognised.
    this.#calls.push(this.#cut(maskTexts(call, this.#mask)) as RecordedCall);
  }

  #cut(value: unknown): unknown {
    if (typeof value === "string") return this.#cutText(value);
    if (Array.isArray(value)) return value.map((one) => this.#cut(one));
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, this.#cut(one)]));
  }

  /** A cut text states its length, and a digest by which equal texts can be recognised. */
  #cutText(text: string): string {
    const shown = cutText(text, Math.min(MAX_TEXT, this.#room));
    this.#room -= Buffer.byteLength(shown);
    if (shown === text) return text;
    const digest = createHash("sha256").update(text).digest("hex").slice(0, 12);
    return `${shown}… (${text.length} characters, SHA-256 ${digest}…)`;
  }
}
