/** The log of one run, kept outside its isolate: it survives that, though not its process, and what is cut is said. */
import type { LogEntry } from "../protocol.ts";

const MAX_LINES = 1000;

export class RunLog {
  readonly #maxCharacters: number;
  readonly #lines: LogEntry[] = [];
  #characters = 0;
  #cut = 0;

  constructor(maxKb: number) {
    this.#maxCharacters = maxKb * 1024;
  }

  /** `text`: a line as JSON. */
  add(text: string): void {
    // One line too many and all behind it are cut: a log with holes would be read wrongly.
    const isFull = this.#cut > 0 || this.#lines.length >= MAX_LINES;
    if (isFull || this.#characters + text.length > this.#maxCharacters) {
      this.#cut += 1;
      return;
    }
    this.#characters += text.length;
    this.#lines.push(JSON.parse(text));
  }

  lines(): readonly LogEntry[] {
    if (this.#cut === 0) return this.#lines;
    const text = `${this.#cut} further log lines were cut: a run may log ${MAX_LINES} lines and ${this.#maxCharacters} characters (logKb)`;
    return [...this.#lines, { at: Date.now(), level: "warn", text }];
  }
}
