/** The `token` table: who may use the API. Only digests of tokens are stored. */
import type { Permission } from "../../model/permission.ts";
import type { Sqlite } from "../sqlite/database.ts";

interface TokenRow {
  readonly name: string;
  readonly hash: Buffer;
  /** JSON array. */
  readonly permissions: string;
  readonly created_at: number;
  readonly created_by: string | null;
  readonly expires_at: number | null;
  readonly last_used_at: number | null;
}

/** Times are milliseconds since the epoch. */
export interface Token {
  readonly name: string;
  readonly permissions: readonly Permission[];
  readonly createdAt: number;
  /** The name of the token it was made with; null when the server made it. */
  readonly createdBy: string | null;
  readonly expiresAt: number | null;
  readonly lastUsedAt: number | null;
}
/** Includes the SHA-256 of the token. */
export type StoredToken = Token & { readonly hash: Buffer };
export type NewToken = Omit<StoredToken, "lastUsedAt">;

/** Length of the digest prefix in the table's index. */
const INDEXED_BYTES = 8;

export class TokenTable {
  readonly #all;
  readonly #byName;
  readonly #byDigest;
  readonly #put;
  readonly #remove;
  readonly #used;

  constructor(sqlite: Sqlite) {
    this.#all = sqlite.prepare<[], TokenRow>("SELECT * FROM token ORDER BY name");
    this.#byName = sqlite.prepare<[string], TokenRow>("SELECT * FROM token WHERE name = ?");
    this.#byDigest = sqlite.prepare<[Buffer], TokenRow>(
      `SELECT * FROM token WHERE substr(hash, 1, ${INDEXED_BYTES}) = ?`,
    );
    this.#put = sqlite.prepare<Omit<TokenRow, "last_used_at">>(
      `INSERT INTO token (name, hash, permissions, created_at, created_by, expires_at)
       VALUES (:name, :hash, :permissions, :created_at, :created_by, :expires_at)
       ON CONFLICT (name) DO UPDATE SET hash = excluded.hash, permissions = excluded.permissions, created_at = excluded.created_at,
         created_by = excluded.created_by, expires_at = excluded.expires_at, last_used_at = NULL`,
    );
    this.#remove = sqlite.prepare<[string]>("DELETE FROM token WHERE name = ?");
    this.#used = sqlite.prepare<[number, string, number]>(
      "UPDATE token SET last_used_at = ? WHERE name = ? AND created_at = ?",
    );
  }

  /** Sorted by name. */
  all(): readonly StoredToken[] {
    return this.#all.all().map(tokenFromRow);
  }

  byName(name: string): StoredToken | undefined {
    const row = this.#byName.get(name);
    return row === undefined ? undefined : tokenFromRow(row);
  }

  /** Tokens whose digest has the same prefix: hardly ever more than one. */
  withDigestPrefix(digest: Buffer): readonly StoredToken[] {
    return this.#byDigest.all(digest.subarray(0, INDEXED_BYTES)).map(tokenFromRow);
  }

  /** Replaces a token of the same name. */
  put({ name, hash, permissions, createdAt, createdBy, expiresAt }: NewToken): void {
    this.#put.run({
      name,
      hash,
      permissions: JSON.stringify(permissions),
      created_at: createdAt,
      created_by: createdBy,
      expires_at: expiresAt,
    });
  }

  remove(name: string): void {
    this.#remove.run(name);
  }

  /** Updates only the token created at `createdAt`: another token may have taken its name. */
  used(name: string, createdAt: number, at: number): void {
    this.#used.run(at, name, createdAt);
  }
}

const tokenFromRow = (row: TokenRow): StoredToken => ({
  name: row.name,
  hash: row.hash,
  permissions: JSON.parse(row.permissions) as readonly Permission[],
  createdAt: row.created_at,
  createdBy: row.created_by,
  expiresAt: row.expires_at,
  lastUsedAt: row.last_used_at,
});
