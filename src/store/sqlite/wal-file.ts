/**
 * The write-ahead log as a file. SQLite appends to it without fsync (`synchronous=NORMAL`), because its own fsync would
 * block the main thread, which answers senders. No write is confirmed before `sync` calls back.
 */
import { close, closeSync, fdatasync, fdatasyncSync, openSync } from "node:fs";

export class WalFile implements Disposable {
  readonly #fd: number;
  #syncs = 0;
  #disposed = false;

  /**
   * `path` is the path of the database, which must be open: its log then exists and stays the same file until it
   * closes.
   */
  constructor(path: string) {
    this.#fd = openSync(`${path}-wal`, "r");
  }

  /** Calls back once everything written before this call is on disk, or with an error when that is not certain. */
  sync(done: (error: Error | null) => void): void {
    this.#syncs++;
    fdatasync(this.#fd, (error) => {
      this.#syncs--;
      if (this.#disposed && this.#syncs === 0) close(this.#fd);
      done(error);
    });
  }

  /** The same, synchronously, for the end of the process. */
  syncNow(): void {
    fdatasyncSync(this.#fd);
  }

  [Symbol.dispose](): void {
    if (this.#disposed) return;
    this.#disposed = true;
    if (this.#syncs === 0) closeSync(this.#fd);
  }
}
