/**
 * The search index: a separate file beside the database that can be rebuilt from it at any time. Messages are indexed
 * in blocks of a few that follow each other by id. The index stores which trigrams occur in a block, but not where:
 * that takes a fraction of the space, and a search checks the messages themselves anyway.
 */
import { closeSync, openSync, rmSync, statSync } from "node:fs";
import Database from "better-sqlite3";
import type { Sqlite } from "../sqlite/database.ts";

/** Format of the file: an index of another format is rebuilt. */
const FORMAT = 1;
const CACHE_KIB = 8192;

const SCHEMA = `
  CREATE VIRTUAL TABLE block_text USING fts5 (text, content = '', contentless_delete = 1, detail = none, tokenize = 'trigram case_sensitive 1');
  -- A block reaches from after the block before it to its last message, inclusive.
  CREATE TABLE block (number INTEGER PRIMARY KEY, last_id TEXT NOT NULL UNIQUE);
  -- Messages up to this row of the log are indexed, or lie after the last block.
  CREATE TABLE progress (row INTEGER NOT NULL);
  CREATE TABLE origin (database TEXT NOT NULL);
`;

export interface Block {
  readonly number: number;
  /** The last message of the block before it; empty when there is none. */
  readonly after: string;
  readonly lastId: string;
}

const SELECT_BLOCK = `SELECT number, last_id AS lastId,
  coalesce((SELECT last_id FROM block AS other WHERE other.number < block.number ORDER BY number DESC LIMIT 1), '') AS after
  FROM block`;

/** Opens the index of a message log, or creates one when there is none or it does not fit. */
export function openIndex(log: Sqlite): SearchIndex {
  const file = indexPath(log.name);
  const { dev, ino } = statSync(log.name);
  const origin = `${dev}:${ino}`;
  const newest = log.prepare<[], number>("SELECT max(rowid) FROM content").pluck().get() ?? 0;
  try {
    const index = new SearchIndex(file);
    // A log with fewer rows than were indexed is an older copy: it may hold messages that have left the index since.
    if (index.fits(origin) && (index.progress ?? 0) <= newest) return index;
    index.close();
  } catch {
    // Damaged: it is rebuilt.
  }
  removeIndex(log.name);
  const created = new SearchIndex(file);
  created.create(origin);
  return created;
}

/** Whether an error means that the file is corrupt. */
export const isDamage = (error: unknown): boolean =>
  error instanceof Database.SqliteError && /^SQLITE_(?:CORRUPT|NOTADB)/.test(error.code);

/** Removes the index of the database at `path`. */
export function removeIndex(path: string): void {
  for (const end of ["", "-wal", "-shm"]) rmSync(indexPath(path) + end, { force: true });
}

const indexPath = (path: string) => `${path}.search`;

export class SearchIndex {
  readonly #sqlite: Sqlite;

  constructor(file: string) {
    // The index reveals the content of messages: no other user of the machine may read it.
    closeSync(openSync(file, "a", 0o600));
    this.#sqlite = new Database(file);
    this.#sqlite.pragma("auto_vacuum = INCREMENTAL");
    this.#sqlite.pragma("journal_mode = WAL");
    // A power cut may lose the latest blocks, which are then indexed again.
    this.#sqlite.pragma("synchronous = NORMAL");
    this.#sqlite.pragma(`cache_size = -${CACHE_KIB}`);
  }

  fits(origin: string): boolean {
    if (this.#sqlite.pragma("user_version", { simple: true }) !== FORMAT) return false;
    return this.#sqlite.prepare("SELECT database FROM origin").pluck().get() === origin;
  }

  create(origin: string): void {
    this.#sqlite.exec(SCHEMA);
    this.#sqlite.prepare("INSERT INTO origin VALUES (?)").run(origin);
    this.#sqlite.pragma(`user_version = ${FORMAT}`);
  }

  transaction(run: () => void): void {
    this.#sqlite.transaction(run).immediate();
  }

  /** The last row of the log that was processed; undefined before the first step. */
  get progress(): number | undefined {
    return this.#sqlite.prepare<[], number>("SELECT row FROM progress").pluck().get();
  }

  set progress(row: number) {
    if (row === this.progress) return;
    this.#sqlite.exec("DELETE FROM progress");
    this.#sqlite.prepare("INSERT INTO progress VALUES (?)").run(row);
  }

  last(): Block | undefined {
    return this.#block("ORDER BY number DESC LIMIT 1");
  }

  /** The block that contains a message; undefined for a message after the last block. */
  blockOf(id: string): Block | undefined {
    return this.#block("WHERE last_id >= ? ORDER BY last_id LIMIT 1", id);
  }

  /** At most `limit` blocks, from a number on. */
  blocksFrom(number: number, limit: number): readonly Block[] {
    const sql = `${SELECT_BLOCK} WHERE number >= ? ORDER BY number LIMIT ?`;
    return this.#sqlite.prepare<[number, number], Block>(sql).all(number, limit);
  }

  append(lastId: string, text: string): void {
    const number = (this.last()?.number ?? 0) + 1;
    this.#sqlite.prepare("INSERT INTO block VALUES (?, ?)").run(number, lastId);
    this.#insertText(number, text);
  }

  replace(number: number, text: string): void {
    this.#deleteText(number);
    this.#insertText(number, text);
  }

  remove(number: number): void {
    this.#deleteText(number);
    this.#sqlite.prepare("DELETE FROM block WHERE number = ?").run(number);
  }

  /** Blocks up to `number` that may contain the searched text, latest first. */
  *candidates(expression: string, number: number): Generator<Block> {
    const block = this.#sqlite.prepare<[number], Block>(`${SELECT_BLOCK} WHERE number = ?`);
    const numbers = this.#sqlite
      .prepare<[string, number], number>(
        "SELECT rowid FROM block_text WHERE block_text MATCH ? AND rowid <= ? ORDER BY rowid DESC",
      )
      .pluck();
    for (const one of numbers.iterate(expression, number)) {
      const found = block.get(one);
      if (found !== undefined) yield found;
    }
  }

  /** Returns unused pages of the file to the file system. */
  shrink(): void {
    this.#sqlite.pragma("incremental_vacuum(256)");
  }

  bytes(): number {
    const pages = Number(this.#sqlite.pragma("page_count", { simple: true }));
    return pages * Number(this.#sqlite.pragma("page_size", { simple: true }));
  }

  close(): void {
    this.#sqlite.close();
  }

  #block(where: string, ...parameters: readonly string[]): Block | undefined {
    return this.#sqlite.prepare<string[], Block>(`${SELECT_BLOCK} ${where}`).get(...parameters);
  }

  #insertText(number: number, text: string): void {
    this.#sqlite.prepare("INSERT INTO block_text (rowid, text) VALUES (?, ?)").run(number, text);
  }

  #deleteText(number: number): void {
    this.#sqlite.prepare("DELETE FROM block_text WHERE rowid = ?").run(number);
  }
}
