/**
 * Tokens: created, looked up by their value, removed. A change is on disk, with its audit entry, when its promise
 * resolves.
 */
import { timingSafeEqual } from "node:crypto";
import type { Permission } from "../../model/permission.ts";
import type { Sqlite } from "../sqlite/database.ts";
import type { Write } from "../sqlite/writer.ts";
import type { AuditTable } from "./audit-table.ts";
import { digestOf, newSecret } from "./secret-digest.ts";
import { type NewToken, type StoredToken, type Token, TokenTable } from "./token-table.ts";

/** The name of the token that a start creates or sets. */
const ADMIN = "admin";
/** Precision of `lastUsedAt`. */
const USED_EVERY_MS = 60_000;

const newToken = (): string => newSecret("hky");

interface TokenRequest {
  readonly name: string;
  readonly permissions: readonly Permission[];
  readonly expiresAt: number | null;
}

export class TokenStore {
  readonly #table: TokenTable;
  readonly #audit: AuditTable;
  readonly #write: Write;
  /** When the last use of each token was written, by name. */
  readonly #used = new Map<string, number>();

  constructor(sqlite: Sqlite, audit: AuditTable, write: Write) {
    this.#table = new TokenTable(sqlite);
    this.#audit = audit;
    this.#write = write;
  }

  /**
   * Makes the given token the admin token. Without one, creates an admin token if there are no tokens, and returns it
   * to be shown.
   */
  async ensureAdmin(given: string | undefined, now: number): Promise<string | undefined> {
    if (given !== undefined) {
      const existing = this.#table.byName(ADMIN);
      // An unchanged token needs no write, so such a start succeeds on a full disk.
      if (existing?.hash.equals(digestOf(given)) !== true || !isPermanentAdmin(existing))
        await this.#setAdmin(given, now);
      return undefined;
    }
    if (this.#table.all().length > 0) return undefined;
    const made = newToken();
    await this.#setAdmin(made, now);
    return made;
  }

  /** The stored token, expired ones included; undefined for an unknown token. */
  find(token: string): StoredToken | undefined {
    return this.#byDigest(digestOf(token));
  }

  /** The token with this digest in hex. */
  byId(id: string): StoredToken | undefined {
    return this.#byDigest(Buffer.from(id, "hex"));
  }

  /** Records the use of a token, at most once a minute. Rejects when the write fails. */
  async noteUse({ name, createdAt, lastUsedAt }: Token, now: number): Promise<void> {
    const last = Math.max(this.#used.get(name) ?? 0, lastUsedAt ?? 0);
    if (Math.abs(now - last) < USED_EVERY_MS) return;
    this.#used.set(name, now);
    await this.#write(() => this.#table.used(name, createdAt, now));
  }

  list(): readonly Token[] {
    return this.#table.all().map(({ hash: _, ...token }) => token);
  }

  /** Returns the new token, to be shown once; undefined when the name is taken. */
  async create(request: TokenRequest, by: string, now: number): Promise<string | undefined> {
    const token = newToken();
    const isMade = await this.#write(() => {
      if (this.#table.byName(request.name) !== undefined) return false;
      const made = { ...request, createdAt: now, createdBy: by };
      this.#put({ ...made, hash: digestOf(token) }, "token.create");
      return true;
    });
    return isMade ? token : undefined;
  }

  /** The last permanent admin token cannot be removed: without it no token could be created. */
  remove(name: string, by: string, now: number): Promise<"removed" | "missing" | "last"> {
    return this.#write(() => {
      const token = this.#table.byName(name);
      if (token === undefined) return "missing";
      const others = this.#table.all().filter((other) => other.name !== name);
      if (!others.some(isPermanentAdmin)) return "last";
      this.#table.remove(name);
      this.#used.delete(name);
      const entry = { at: now, caller: by, target: name, before: auditValue(token) };
      this.#audit.insert({ ...entry, action: "token.delete" });
      return "removed";
    });
  }

  #byDigest(digest: Buffer): StoredToken | undefined {
    return this.#table.withDigestPrefix(digest).find(({ hash }) => timingSafeEqual(hash, digest));
  }

  #setAdmin(token: string, now: number): Promise<void> {
    const made = { name: ADMIN, permissions: ["admin"] as const, expiresAt: null };
    const hash = digestOf(token);
    return this.#write(() =>
      this.#put({ ...made, hash, createdAt: now, createdBy: null }, "token.set"),
    );
  }

  #put(token: NewToken, action: "token.create" | "token.set"): void {
    const { name: target, createdAt: at, createdBy: caller } = token;
    const before = this.#table.byName(target);
    this.#table.put(token);
    const existing = before === undefined ? {} : { before: auditValue(before) };
    this.#audit.insert({ at, caller, action, target, ...existing, after: auditValue(token) });
  }
}

const isPermanentAdmin = ({ permissions, expiresAt }: Token | NewToken): boolean =>
  permissions.includes("admin") && expiresAt === null;

const auditValue = ({ permissions, expiresAt }: Token | NewToken) => ({
  permissions,
  expiresAt: expiresAt === null ? null : new Date(expiresAt).toISOString(),
});
