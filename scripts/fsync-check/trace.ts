/** Reads a trace by strace: writes and syncs of the server's files, and answers on its sockets. */
import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";

export interface Finding {
  readonly answers: number;
  readonly logWrites: number;
  readonly logSyncs: number;
  /** How often the write-ahead log was copied into the database and restarted. */
  readonly checkpoints: number;
  readonly databaseSyncs: number;
  /** Answers that were sent before their fsync, by message id. */
  readonly violations: readonly string[];
}

export const TRACED = "write,writev,pwrite64,pwritev,pwritev2,sendto,sendmsg,fsync,fdatasync";

const ANSWER =
  /^(?:write|writev|sendto|sendmsg)\(\d+<TCP.*"HTTP\/1\.1 (?:2\d\d|500) .*?location: \/api\/v1\/messages\/([\da-f-]{36})/i;
const WRITE = /^pwrite(?:64|v2?)\(\d+<[^>]*\/hookyard\.db(-wal)?>.*, (\d+)\) += \d+$/;
const SYNC = /^f(?:data)?sync\(\d+<[^>]*\/hookyard\.db(-wal)?>(?:\) += 0$| <unfinished)/;
const SYNC_ENDED = /^<\.\.\. f(?:data)?sync resumed>\) += 0$/;
const UUID = /[\da-f]{8}-[\da-f]{4}-7[\da-f]{3}-[\da-f]{4}-[\da-f]{12}/g;

/** A running sync covers what was written before it began. */
interface Sync {
  readonly isLog: boolean;
  readonly covers: readonly string[];
}

class Reader {
  readonly #counts = { answers: 0, logWrites: 0, logSyncs: 0, checkpoints: 0, databaseSyncs: 0 };
  readonly #violations: string[] = [];
  /** Message ids in pages of the log that are written but not synced, and in synced pages. */
  readonly #written = new Set<string>();
  readonly #synced = new Set<string>();
  /** Running syncs by thread. */
  readonly #underWay = new Map<string, Sync>();
  /** Calls by thread that strace interrupted with a call of another thread. */
  readonly #unfinished = new Map<string, string>();
  #databaseIsDirty = false;

  /** A line begins with the id of its thread. */
  read(line: string): void {
    const [, thread = "", part = ""] = /^(\d+) +(.*)$/.exec(line) ?? [];
    const call = this.#whole(thread, part);
    const write = WRITE.exec(call);
    const sync = SYNC.exec(call);
    const id = ANSWER.exec(call)?.[1];
    if (write !== null) this.#wrote(write[1] !== undefined, write[2] === "0", call);
    else if (sync !== null) this.#syncBegan(thread, sync[1] !== undefined);
    else if (id !== undefined) this.#answered(id);
    if (SYNC_ENDED.test(call) || (sync !== null && call.endsWith("= 0"))) this.#syncEnded(thread);
  }

  /** Joins the two parts of an interrupted write, which counts from its end on. */
  #whole(thread: string, part: string): string {
    if (part.startsWith("pwrite") && part.endsWith(" <unfinished ...>")) {
      this.#unfinished.set(thread, part.slice(0, -" <unfinished ...>".length));
      return "";
    }
    const end = /^<\.\.\. pwrite\w* resumed>(.*)$/.exec(part)?.[1];
    return end === undefined ? part : `${this.#unfinished.get(thread) ?? ""}${end}`;
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
    if (atStart) {
      this.#counts.checkpoints++;
      if (this.#databaseIsDirty)
        this.#violations.push("the log was restarted before the database was synced");
    }
    for (const [id] of line.matchAll(UUID)) this.#written.add(id);
  }

  #syncBegan(thread: string, isLog: boolean): void {
    this.#underWay.set(thread, { isLog, covers: isLog ? [...this.#written] : [] });
  }

  #syncEnded(thread: string): void {
    const sync = this.#underWay.get(thread);
    this.#underWay.delete(thread);
    if (sync === undefined) return;
    if (!sync.isLog) {
      this.#counts.databaseSyncs++;
      this.#databaseIsDirty = false;
      return;
    }
    this.#counts.logSyncs++;
    for (const id of sync.covers) {
      this.#synced.add(id);
      this.#written.delete(id);
    }
  }

  #answered(id: string): void {
    this.#counts.answers++;
    if (!this.#synced.has(id))
      this.#violations.push(`${id} was answered before a sync of the log covered it`);
  }
}

/** Reads a trace to its end; other lines are skipped. */
export async function readTrace(path: string): Promise<Finding> {
  const reader = new Reader();
  for await (const line of createInterface({ input: createReadStream(path) })) reader.read(line);
  return reader.finding;
}
