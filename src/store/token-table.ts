/** The `token` table: who may use the API. Only digests are stored. */
import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import type { Caller } from "../model/permission.ts";
import type { Sqlite } from "./database.ts";

const digest = (token: string): Buffer => createHash("sha256").update(token).digest();

export class TokenTable {
  readonly #all;
  readonly #hashOf;
  readonly #upsert;

  constructor(sqlite: Sqlite) {
    this.#all = sqlite.prepare<[], { readonly name: string; readonly hash: Buffer }>(
      "SELECT name, hash FROM token",
    );
    this.#hashOf = sqlite
      .prepare<[string], Buffer>("SELECT hash FROM token WHERE name = ?")
      .pluck();
    this.#upsert = sqlite.prepare<[string, Buffer, number]>(
      "INSERT INTO token (name, hash, created_at) VALUES (?, ?, ?) ON CONFLICT (name) DO UPDATE SET hash = excluded.hash",
    );
  }

  /** Makes the given token the administrator's; without one makes one, once, and returns it to be shown. */
  ensureAdmin(given: string | undefined, now: number): string | undefined {
    if (given !== undefined) {
      const hash = digest(given);
      // Most starts then write nothing here, and need no disk that takes a write.
      if (this.#hashOf.get("admin")?.equals(hash) !== true) this.#upsert.run("admin", hash, now);
      return undefined;
    }
    if (this.#all.all().length > 0) return undefined;
    const made = `hky_${randomBytes(24).toString("base64url")}`;
    this.#upsert.run("admin", digest(made), now);
    return made;
  }

  /** Whose token this is; undefined when it is nobody's. */
  find(token: string): Caller | undefined {
    const given = digest(token);
    const [row] = this.#all.all().filter(({ hash }) => timingSafeEqual(hash, given));
    return row === undefined ? undefined : { name: row.name, permissions: new Set(["admin"]) };
  }
}
