/**
 * The write-ahead log as a file. SQLite appends to it and leaves the fsync to us (`synchronous=NORMAL`), because its own
 * would hold up the only thread that talks to senders for as long as the disk takes. Nobody is answered before `sync`.
 */
import { close, closeSync, fdatasync, fdatasyncSync, openSync } from "node:fs";

export class WalFile implements Disposable {
  readonly #fd: number;
  #syncs = 0;
  #disposed = false;

  /** `path` is the database's, which is open: its log is there and stays the same file until it is closed. */
  constructor(path: string) {
    this.#fd = openSync(`${path}-wal`, "r");
  }

  /** Calls back once everything written before this call is on disk, or with why that is not certain. */
  sync(done: (error: Error | null) => void): void {
    this.#syncs++;
    fdatasync(this.#fd, (error) => {
      this.#syncs--;
      if (this.#disposed && this.#syncs === 0) close(this.#fd);
      done(error);
    });
  }

  /** The same at once, for the end of the process. */
  syncNow(): void {
    fdatasyncSync(this.#fd);
  }

  [Symbol.dispose](): void {
    if (this.#disposed) return;
    this.#disposed = true;
    if (this.#syncs === 0) closeSync(this.#fd);
  }
}
