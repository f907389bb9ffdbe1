/**
 * The tables `session` and `sign_in_link`: people signed in to the console, and the links to sign in with. Only digests
 * of secrets are stored.
 */
import type { OidcUser, Session, SignInWay } from "../../model/session.ts";
import type { Sqlite } from "../sqlite/database.ts";

interface SessionRow {
  readonly id: string;
  readonly hash: Buffer;
  readonly via: SignInWay;
  readonly owner: Buffer;
  /** The column `issuer`. */
  readonly realm: string | null;
  readonly name: string;
  /** JSON array. */
  readonly permissions: string;
  readonly remote_address: string;
  readonly user_agent: string;
  readonly created_at: number;
  readonly expires_at: number;
  readonly last_used_at: number;
  readonly token_expires_at: number | null;
}

/** Includes the SHA-256 of the secret in the cookie. */
export type StoredSession = Session & { readonly hash: Buffer };
export type NewSession = Omit<StoredSession, "realm" | "name" | "permissions"> & {
  /** Undefined for the session of a token, which has the token's name and permissions. */
  readonly user: OidcUser | undefined;
};

/** Length of the digest prefix in the indexes. */
const INDEXED_BYTES = 8;
/** Sessions whose token is gone are never read. */
const SESSIONS = `
  SELECT session.id, session.hash, via, owner, issuer AS realm, remote_address, user_agent, session.created_at, session.expires_at,
    session.last_used_at, coalesce(session.name, token.name) AS name,
    coalesce(session.permissions, token.permissions) AS permissions, token.expires_at AS token_expires_at
  FROM session LEFT JOIN token ON issuer IS NULL AND token.hash = owner
    AND substr(token.hash, 1, ${INDEXED_BYTES}) = substr(owner, 1, ${INDEXED_BYTES})
  WHERE (issuer IS NOT NULL OR token.name IS NOT NULL)`;

export class SessionTable {
  readonly #all;
  readonly #byId;
  readonly #byDigest;
  readonly #insert;
  readonly #remove;
  readonly #removeEnded;
  readonly #removeBeyond;
  readonly #used;
  readonly #insertLink;
  readonly #hasLink;
  readonly #takeLink;
  readonly #removeLinks;

  constructor(sqlite: Sqlite) {
    this.#all = sqlite.prepare<[], SessionRow>(`${SESSIONS} ORDER BY session.created_at DESC`);
    this.#byId = sqlite.prepare<[string], SessionRow>(`${SESSIONS} AND session.id = ?`);
    this.#byDigest = sqlite.prepare<[Buffer], SessionRow>(
      `${SESSIONS} AND substr(session.hash, 1, ${INDEXED_BYTES}) = ?`,
    );
    this.#insert = sqlite.prepare<
      Omit<SessionRow, "token_expires_at" | "name" | "permissions"> & {
        readonly name: string | null;
        readonly permissions: string | null;
      }
    >(
      `INSERT INTO session (id, hash, via, owner, issuer, name, permissions, remote_address, user_agent, created_at, expires_at, last_used_at)
       VALUES (:id, :hash, :via, :owner, :realm, :name, :permissions, :remote_address, :user_agent, :created_at, :expires_at, :last_used_at)`,
    );
    this.#remove = sqlite.prepare<[string]>("DELETE FROM session WHERE id = ?");
    this.#removeEnded = sqlite.prepare<[number, number]>(
      `DELETE FROM session WHERE expires_at <= ? OR last_used_at <= ?
         OR (issuer IS NULL AND NOT EXISTS (SELECT 1 FROM token WHERE token.hash = owner))`,
    );
    this.#removeBeyond = sqlite.prepare<[Buffer, number]>(
      `DELETE FROM session WHERE id IN
         (SELECT id FROM session WHERE owner = ? ORDER BY last_used_at DESC, created_at DESC LIMIT -1 OFFSET ?)`,
    );
    this.#used = sqlite.prepare<[number, string]>(
      "UPDATE session SET last_used_at = ? WHERE id = ?",
    );
    this.#insertLink = sqlite.prepare<[Buffer, Buffer, number]>(
      "INSERT INTO sign_in_link (hash, owner, expires_at) VALUES (?, ?, ?)",
    );
    this.#hasLink = sqlite
      .prepare<[Buffer, number], number>(
        "SELECT 1 FROM sign_in_link WHERE hash = ? AND expires_at > ?",
      )
      .pluck();
    this.#takeLink = sqlite.prepare<
      [Buffer],
      { readonly owner: Buffer; readonly expiresAt: number }
    >("DELETE FROM sign_in_link WHERE hash = ? RETURNING owner, expires_at AS expiresAt");
    this.#removeLinks = sqlite.prepare<[number, Buffer, number]>(
      `DELETE FROM sign_in_link WHERE expires_at <= ? OR hash IN
         (SELECT hash FROM sign_in_link WHERE owner = ? ORDER BY expires_at DESC LIMIT -1 OFFSET ?)`,
    );
  }

  /** Newest first; may include sessions that have expired. */
  all(): readonly StoredSession[] {
    return this.#all.all().map(fromRow);
  }

  byId(id: string): StoredSession | undefined {
    const row = this.#byId.get(id);
    return row === undefined ? undefined : fromRow(row);
  }

  /** Sessions whose digest has the same prefix: hardly ever more than one. */
  withDigestPrefix(digest: Buffer): readonly StoredSession[] {
    return this.#byDigest.all(digest.subarray(0, INDEXED_BYTES)).map(fromRow);
  }

  insert({ user, ...session }: NewSession): void {
    this.#insert.run({
      id: session.id,
      hash: session.hash,
      via: session.via,
      owner: session.owner,
      realm: user?.realm ?? null,
      name: user?.name ?? null,
      permissions: user === undefined ? null : JSON.stringify(user.permissions),
      remote_address: session.remoteAddress,
      user_agent: session.userAgent,
      created_at: session.createdAt,
      expires_at: session.expiresAt,
      last_used_at: session.lastUsedAt,
    });
  }

  remove(id: string): void {
    this.#remove.run(id);
  }

  /** Removes sessions that expired, were last used at `idleSince` or before, or have lost their token. */
  removeEnded(now: number, idleSince: number): void {
    this.#removeEnded.run(now, idleSince);
  }

  /** Keeps the `count` sessions of this owner that were used last. */
  keepNewest(owner: Buffer, count: number): void {
    this.#removeBeyond.run(owner, count);
  }

  /** False if the session is gone. */
  used(id: string, at: number): boolean {
    return this.#used.run(at, id).changes > 0;
  }

  /** Removes expired links, and of this owner all but the newest `count`. */
  insertLink(link: { hash: Buffer; owner: Buffer; expiresAt: number }, now: number, count: number) {
    this.#removeLinks.run(now, link.owner, count - 1);
    this.#insertLink.run(link.hash, link.owner, link.expiresAt);
  }

  hasLink(hash: Buffer, now: number): boolean {
    return this.#hasLink.get(hash, now) !== undefined;
  }

  /** Deletes the link. Returns the digest of its token; undefined if the link does not exist or has expired. */
  takeLink(hash: Buffer, now: number): Buffer | undefined {
    const link = this.#takeLink.get(hash);
    return link !== undefined && link.expiresAt > now ? link.owner : undefined;
  }
}

const fromRow = (row: SessionRow): StoredSession => ({
  id: row.id,
  hash: row.hash,
  via: row.via,
  owner: row.owner,
  realm: row.realm,
  name: row.name,
  permissions: JSON.parse(row.permissions),
  remoteAddress: row.remote_address,
  userAgent: row.user_agent,
  createdAt: row.created_at,
  // A session ends with its token.
  expiresAt: Math.min(row.expires_at, row.token_expires_at ?? row.expires_at),
  lastUsedAt: row.last_used_at,
});
