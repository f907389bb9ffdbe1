/** All writes of the server: in groups, each covered by one fsync, with the write-ahead log kept short. */
import { causedBy } from "../../errors.ts";
import { Checkpointer } from "./checkpointer.ts";
import type { Sqlite } from "./database.ts";
import { GroupCommit, type OnCommit } from "./group-commit.ts";
import { WalFile } from "./wal-file.ts";

/** `Retry-After` for senders when the disk or the database does not take a write. */
const RETRY_AFTER_SECONDS = 5;

/** Resolves once the changes made by `run` are on disk; throws `storage_unavailable` when that is not certain. */
export type Write = <T>(run: () => T) => Promise<T>;

export class Writer implements Disposable {
  readonly #log: WalFile;
  readonly #checkpointer: Checkpointer;
  readonly #commits: GroupCommit;

  constructor(path: string, sqlite: Sqlite, onCommit: OnCommit) {
    this.#log = new WalFile(path);
    this.#checkpointer = new Checkpointer(path, sqlite);
    this.#commits = new GroupCommit(sqlite, this.#log, (ms, writes) => {
      this.#checkpointer.committed();
      onCommit(ms, writes);
    });
  }

  async write<T>(run: () => T): Promise<T> {
    try {
      return await this.#commits.write(run);
    } catch (cause) {
      const detail =
        "the database did not take the write (disk full, locked or damaged: the server's log says which); nothing was accepted, try again later";
      throw causedBy(cause, "storage_unavailable", detail, RETRY_AFTER_SECONDS);
    }
  }

  /** Commits the queued writes. */
  [Symbol.dispose](): void {
    this.#commits.flush();
    this.#checkpointer[Symbol.dispose]();
    this.#log[Symbol.dispose]();
  }
}
