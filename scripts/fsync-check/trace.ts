/** What the main thread of a server did, as strace writes it down: writes and syncs of its files, answers on its sockets. */
import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";

export interface Finding {
  readonly answers: number;
  readonly logWrites: number;
  readonly logSyncs: number;
  /** The write-ahead log was copied into the database and begun anew. */
  readonly checkpoints: number;
  readonly databaseSyncs: number;
  /** Answers that went out too early, by message id. */
  readonly violations: readonly string[];
}

export const TRACED = "write,writev,pwrite64,pwritev,pwritev2,sendto,sendmsg,fsync,fdatasync";

const ANSWER =
  /^(?:write|writev|sendto|sendmsg)\(\d+<TCP.*"HTTP\/1\.1 (?:2\d\d|500) .*?location: \/api\/v1\/messages\/([\da-f-]{36})/i;
const WRITE = /^pwrite(?:64|v2?)\(\d+<[^>]*\/hookyard\.db(-wal)?>.*, (\d+)\) += \d+$/;
const SYNC = /^f(?:data)?sync\(\d+<[^>]*\/hookyard\.db(-wal)?>\) += 0$/;
const UUID = /[\da-f]{8}-[\da-f]{4}-7[\da-f]{3}-[\da-f]{4}-[\da-f]{12}/g;

class Reader {
  readonly #counts = { answers: 0, logWrites: 0, logSyncs: 0, checkpoints: 0, databaseSyncs: 0 };
  readonly #violations: string[] = [];
  /** Message ids in pages of the log that no sync has covered yet, and in pages that one has. */
  readonly #written = new Set<string>();
  readonly #synced = new Set<string>();
  #logIsDirty = false;
  #databaseIsDirty = false;

  read(line: string): void {
    const write = WRITE.exec(line);
    const sync = SYNC.exec(line);
    const id = ANSWER.exec(line)?.[1];
    if (write !== null) this.#wrote(write[1] !== undefined, write[2] === "0", line);
    else if (sync !== null) this.#syncedFile(sync[1] !== undefined);
    else if (id !== undefined) this.#answered(id);
  }

  get finding(): Finding {
    return { ...this.#counts, violations: this.#violations };
  }

  #wrote(isLog: boolean, atStart: boolean, line: string): void {
    if (!isLog) {
      this.#databaseIsDirty = true;
      return;
    }
    this.#counts.logWrites++;
    this.#logIsDirty = true;
    if (atStart) {
      this.#counts.checkpoints++;
      if (this.#databaseIsDirty)
        this.#violations.push("the log was begun anew before the database was synced");
    }
    for (const [id] of line.matchAll(UUID)) this.#written.add(id);
  }

  #syncedFile(isLog: boolean): void {
    if (!isLog) {
      this.#counts.databaseSyncs++;
      this.#databaseIsDirty = false;
      return;
    }
    this.#counts.logSyncs++;
    this.#logIsDirty = false;
    for (const id of this.#written) this.#synced.add(id);
    this.#written.clear();
  }

  #answered(id: string): void {
    this.#counts.answers++;
    const told = `${id} was answered`;
    if (!this.#synced.has(id)) this.#violations.push(`${told} before a sync of the log covered it`);
    else if (this.#written.has(id))
      this.#violations.push(`${told} before its last write was synced`);
    else if (this.#logIsDirty) this.#violations.push(`${told} while the log was not synced`);
  }
}

/** Reads a trace to its end. Lines of anything else are passed over. */
export async function readTrace(path: string): Promise<Finding> {
  const reader = new Reader();
  for await (const line of createInterface({ input: createReadStream(path) })) reader.read(line);
  return reader.finding;
}
