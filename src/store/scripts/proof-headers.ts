/** Names of headers that match scripts verified messages with: read once, written with the next commit. */
import type { Sqlite } from "../sqlite/database.ts";
import type { Write } from "../sqlite/writer.ts";

export class ProofHeaders {
  readonly #all;
  readonly #put;
  readonly #write: Write;

  constructor(sqlite: Sqlite, write: Write) {
    this.#write = write;
    this.#all = sqlite.prepare<[], string>("SELECT name FROM proof_header").pluck();
    this.#put = sqlite.prepare<[string]>("INSERT OR IGNORE INTO proof_header (name) VALUES (?)");
  }

  names(): readonly string[] {
    return this.#all.all();
  }

  keep(name: string): void {
    // If the write fails, the next start does not know the name until a message is verified with it again.
    this.#write(() => this.#put.run(name)).catch(() => undefined);
  }
}
