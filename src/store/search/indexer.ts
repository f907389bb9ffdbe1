/** Brings the index up to date with the message log in small steps. The index itself stores how far it is. */

import { type Beginning, beginningOf, unpackBeginning } from "../messages/packed-body.ts";
import type { Sqlite } from "../sqlite/database.ts";
import type { Block, SearchIndex } from "./search-index.ts";
import { MAX_READ_BYTES, searchedText } from "./searched-text.ts";
import { distinctParts } from "./trigrams.ts";

/** Messages per block: more make the index smaller, and each candidate block slower to check. */
const BLOCK_MESSAGES = 16;
const BLOCK_CHARACTERS = 512 * 1024;
/** Bounds of one step: a search waits while it runs. */
const STEP_MESSAGES = 128;
const STEP_CHARACTERS = 384 * 1024;
/** Blocks checked in one step for messages that are no longer in the log. */
const SWEPT_BLOCKS = 64;

interface Content extends Beginning {
  readonly id: string;
  readonly headers: string;
}

const textOf = (content: Content) => searchedText(content.headers, unpackBeginning(content));

export class Indexer {
  readonly #log: Sqlite;
  readonly #index: SearchIndex;
  readonly #contents;
  readonly #newest;
  readonly #late;
  readonly #exists;
  #sweptTo = 0;

  constructor(log: Sqlite, index: SearchIndex) {
    this.#log = log;
    this.#index = index;
    this.#contents = log.prepare<[string, string, number], Content>(
      `SELECT message_id AS id, headers, ${beginningOf(MAX_READ_BYTES)}
       FROM content JOIN message ON message.id = message_id
       WHERE message_id > ? AND message_id <= ? ORDER BY message_id LIMIT ?`,
    );
    this.#newest = log.prepare<[], number>("SELECT max(rowid) FROM content").pluck();
    this.#late = log
      .prepare<[number, string], string>(
        "SELECT message_id FROM content WHERE rowid > ? AND message_id <= ?",
      )
      .pluck();
    this.#exists = log.prepare<[string, string]>(
      "SELECT 1 FROM message WHERE id > ? AND id <= ? LIMIT 1",
    );
  }

  /** Runs one step; true when there is more to do. */
  step(): boolean {
    let more = false;
    this.#inTransaction(() => {
      this.#addLate();
      more = this.#addBlocks();
      this.#sweep();
    });
    return more;
  }

  /** Indexes messages that were stored after others with greater ids: slow uploads. */
  addLate(): void {
    this.#inTransaction(() => this.#addLate());
  }

  /** Messages after the last block: few once the index is up to date. */
  unindexed(): number {
    const sql = "SELECT count(*) FROM message WHERE id > ?";
    const after = this.#index.last()?.lastId ?? "";
    return this.#log.prepare<[string], number>(sql).pluck().get(after) ?? 0;
  }

  /** Reads the log as of one moment, and writes the index in one transaction. */
  #inTransaction(run: () => void): void {
    this.#log.transaction(() => this.#index.transaction(run))();
  }

  #addLate(): void {
    const { progress } = this.#index;
    const newest = this.#newest.get() ?? 0;
    const last = this.#index.last();
    // Without progress the row numbers of earlier messages are unknown, but then nothing is indexed, and all come after
    // the last block.
    if (progress !== undefined && last !== undefined && newest > progress) {
      const late = this.#late.all(progress, last.lastId);
      const blocks = late.flatMap((id) => this.#index.blockOf(id) ?? []);
      for (const block of new Map(blocks.map((one) => [one.number, one])).values())
        this.#index.replace(block.number, this.#textOf(block));
    }
    this.#index.progress = newest;
  }

  #textOf({ after, lastId }: Block): string {
    const messages = this.#contents.all(after, lastId, -1);
    return distinctParts(messages.map(textOf));
  }

  /** Adds whole blocks only: the few messages of a partial block are searched as quickly without the index. */
  #addBlocks(): boolean {
    const after = this.#index.last()?.lastId ?? "";
    let texts: string[] = [];
    let characters = 0;
    let blockCharacters = 0;
    let count = 0;
    for (const content of this.#contents.iterate(after, "g", STEP_MESSAGES)) {
      const text = textOf(content);
      count += 1;
      characters += text.length;
      blockCharacters += text.length;
      texts.push(text);
      if (texts.length === BLOCK_MESSAGES || blockCharacters > BLOCK_CHARACTERS) {
        this.#index.append(content.id, distinctParts(texts));
        texts = [];
        blockCharacters = 0;
        if (characters > STEP_CHARACTERS) return true;
      }
    }
    return count === STEP_MESSAGES;
  }

  /** Removes a few blocks that have no message left, round-robin. */
  #sweep(): void {
    const blocks = this.#index.blocksFrom(this.#sweptTo, SWEPT_BLOCKS);
    const empty = blocks.filter(({ after, lastId }) => !this.#exists.get(after, lastId));
    for (const { number } of empty) this.#index.remove(number);
    if (empty.length > 0) this.#index.shrink();
    this.#sweptTo = blocks.length < SWEPT_BLOCKS ? 0 : (blocks.at(-1)?.number ?? 0) + 1;
  }
}
