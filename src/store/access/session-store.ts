/**
 * Sessions of the console and one-time links: created, looked up by their secret, ended. A change is on disk, with its
 * audit entry, when its promise resolves.
 */
import { timingSafeEqual } from "node:crypto";
import { v7 as newId } from "uuid";
import { type Browser, callerName, type OidcUser, type Session } from "../../model/session.ts";
import type { Sqlite } from "../sqlite/database.ts";
import type { Write } from "../sqlite/writer.ts";
import type { AuditTable } from "./audit-table.ts";
import { digestOf, newSecret } from "./secret-digest.ts";
import { type NewSession, SessionTable, type StoredSession } from "./session-table.ts";
import { type StoredToken, TokenTable } from "./token-table.ts";

/** How long a one-time link can be used. */
const LINK_MS = 600_000;
/** Above these numbers, the oldest of the same owner end. */
const MAX_SESSIONS = 50;
const MAX_LINKS = 20;
/** Precision of the stored `lastUsedAt`, if sessions may be idle for longer. */
const USED_EVERY_MS = 60_000;

export interface SessionLimits {
  /** How long a session lasts without a call. */
  readonly idleMs: number;
  /** How long a session lasts at most. */
  readonly maxMs: number;
}

/** `secret` is the value of the cookie, shown once. */
export interface StartedSession {
  readonly secret: string;
  readonly session: Session;
}

export interface SignInLink {
  readonly code: string;
  /** The name of the token that it signs in with. */
  readonly name: string;
  readonly expiresAt: number;
}

interface Start extends Pick<Session, "via" | "owner" | "name" | "permissions"> {
  readonly user: OidcUser | undefined;
  readonly endsAt: number | null;
  readonly browser: Browser;
}

export class SessionStore {
  readonly #sessions: SessionTable;
  readonly #tokens: TokenTable;
  readonly #audit: AuditTable;
  readonly #write: Write;
  /** When sessions were last used, by id: rows have it less precisely. */
  readonly #used = new Map<string, number>();

  constructor(sqlite: Sqlite, audit: AuditTable, write: Write) {
    this.#sessions = new SessionTable(sqlite);
    this.#tokens = new TokenTable(sqlite);
    this.#audit = audit;
    this.#write = write;
  }

  /** A session of this token. If the token is deleted meanwhile, the session is never found. */
  startByToken(
    token: StoredToken,
    browser: Browser,
    at: { readonly now: number; readonly limits: SessionLimits },
  ): Promise<StartedSession> {
    return this.#write(() => this.#start({ ...ofToken(token), via: "token", browser }, at));
  }

  /** A session of a user of the identity provider. */
  startByUser(
    user: OidcUser,
    browser: Browser,
    at: { readonly now: number; readonly limits: SessionLimits },
  ): Promise<StartedSession> {
    const { owner, name, permissions } = user;
    const start = { via: "oidc", owner, name, permissions, user, endsAt: null, browser } as const;
    return this.#write(() => this.#start(start, at));
  }

  /** Uses up the link. Undefined if it does not exist, was used, has expired, or its token has ended. */
  async startByLink(
    code: string,
    browser: Browser,
    at: { readonly now: number; readonly limits: SessionLimits },
  ): Promise<StartedSession | undefined> {
    // A stranger with a wrong code must not cause a write.
    if (!this.#sessions.hasLink(digestOf(code), at.now)) return undefined;
    return await this.#write(() => {
      const owner = this.#sessions.takeLink(digestOf(code), at.now);
      const token = owner && this.#tokenOf(owner, at.now);
      return token && this.#start({ ...ofToken(token), via: "link", browser }, at);
    });
  }

  /** A link that signs in with this token; by default with an admin token, for the operator who starts the server. */
  createLink(
    owner: Buffer | undefined,
    by: string | null,
    now: number,
  ): Promise<SignInLink | undefined> {
    const code = newSecret("hkl");
    return this.#write(() => {
      const token = owner === undefined ? this.#adminToken() : this.#tokenOf(owner, now);
      if (token === undefined) return undefined;
      const { name, hash } = token;
      const expiresAt = now + LINK_MS;
      this.#sessions.insertLink({ hash: digestOf(code), owner: hash, expiresAt }, now, MAX_LINKS);
      const after = { expiresAt: new Date(expiresAt).toISOString() };
      this.#audit.insert({ at: now, caller: by, action: "session.link", target: name, after });
      return { code, name, expiresAt };
    });
  }

  /** Undefined for an unknown secret, and if the session's token is gone. */
  find(secret: string): Session | undefined {
    const digest = digestOf(secret);
    const found = this.#sessions
      .withDigestPrefix(digest)
      .find(({ hash }) => timingSafeEqual(hash, digest));
    return found && this.#withLastUse(found);
  }

  byId(id: string): Session | undefined {
    const found = this.#sessions.byId(id);
    return found && this.#withLastUse(found);
  }

  /** Newest first; may include sessions that have expired. */
  list(): readonly Session[] {
    return this.#sessions.all().map((one) => this.#withLastUse(one));
  }

  /** Records the use of a session; rarely needs a write. Rejects when the write fails. */
  async noteUse({ id }: Session, now: number, { idleMs }: SessionLimits): Promise<void> {
    const stored = this.#sessions.byId(id)?.lastUsedAt ?? now;
    this.#used.set(id, now);
    if (Math.abs(now - stored) < Math.min(USED_EVERY_MS, idleMs / 4)) return;
    await this.#write(() => this.#sessions.used(id, now));
  }

  /** False if there is no such session. */
  end(id: string, by: string, now: number): Promise<boolean> {
    return this.#write(() => {
      const session = this.#sessions.byId(id);
      if (session === undefined) return false;
      this.#sessions.remove(id);
      this.#used.delete(id);
      const [target, before] = [callerName(session), auditValue(session)];
      this.#audit.insert({ at: now, caller: by, action: "session.end", target, before });
      return true;
    });
  }

  #start(
    { user, endsAt, browser, ...start }: Start,
    { now, limits }: { readonly now: number; readonly limits: SessionLimits },
  ): StartedSession {
    // The rows lag behind by up to a minute: an older time could end a session that is in use.
    for (const [id, at] of this.#used) if (!this.#sessions.used(id, at)) this.#used.delete(id);
    this.#sessions.removeEnded(now, now - limits.idleMs);
    this.#sessions.keepNewest(start.owner, MAX_SESSIONS - 1);
    const secret = newSecret("hks");
    const made = {
      ...browser,
      ...start,
      id: newId(),
      createdAt: now,
      expiresAt: Math.min(now + limits.maxMs, endsAt ?? Number.POSITIVE_INFINITY),
      lastUsedAt: now,
    };
    const { name: _name, permissions: _permissions, ...row } = made;
    const stored: NewSession = { ...row, hash: digestOf(secret), user };
    this.#sessions.insert(stored);
    const after = { ...auditValue(made), ...(user && { subject: user.subject }) };
    const caller = callerName(made);
    this.#audit.insert({ at: now, caller, action: "session.start", target: caller, after });
    return { secret, session: { ...made, realm: user?.realm ?? null } };
  }

  #tokenOf(owner: Buffer, now: number): StoredToken | undefined {
    return this.#tokens
      .withDigestPrefix(owner)
      .find(({ hash, expiresAt }) => hash.equals(owner) && (expiresAt === null || expiresAt > now));
  }

  #adminToken(): StoredToken | undefined {
    const permanent = this.#tokens
      .all()
      .filter(({ permissions, expiresAt }) => permissions.includes("admin") && expiresAt === null);
    return permanent.find(({ name }) => name === "admin") ?? permanent[0];
  }

  #withLastUse({ hash: _, ...session }: StoredSession): Session {
    const lastUsedAt = Math.max(session.lastUsedAt, this.#used.get(session.id) ?? 0);
    return { ...session, lastUsedAt };
  }
}

const ofToken = ({ hash: owner, name, permissions, expiresAt: endsAt }: StoredToken) => ({
  owner,
  name,
  permissions,
  endsAt,
  user: undefined,
});

const auditValue = ({ id, via, remoteAddress, expiresAt }: Omit<Session, "realm">) => ({
  id,
  via,
  remoteAddress,
  expiresAt: new Date(expiresAt).toISOString(),
});
