/** Finds the caller behind a token or the cookie of a session, and slows down guessing of both. */
import type { IncomingMessage } from "node:http";
import { HookyardError } from "../errors.ts";
import { type Logger, warnSparingly } from "../logger.ts";
import type { OidcSettings } from "../model/oidc.ts";
import type { Caller } from "../model/permission.ts";
import type { PublicAddress } from "../model/public-url.ts";
import { remoteAddress } from "../model/remote-address.ts";
import { callerName, type Session } from "../model/session.ts";
import type { SessionLimits, SessionStore } from "../store/access/session-store.ts";
import type { TokenStore } from "../store/access/token-store.ts";
import type { StoredToken } from "../store/access/token-table.ts";
import { realmOf } from "./sessions/oidc/realm.ts";
import { WrongTokens } from "./wrong-tokens.ts";

export interface CredentialDeps extends PublicAddress {
  readonly store: { readonly tokens: TokenStore; readonly sessions: SessionStore };
  readonly sessionLimits: SessionLimits;
  readonly oidc: OidcSettings | undefined;
  readonly log: Logger;
  readonly now: () => number;
}

type Head = Pick<IncomingMessage, "headers" | "socket">;

export class Credentials {
  readonly #deps: CredentialDeps;
  readonly #wrongTokens = new WrongTokens();

  constructor(deps: CredentialDeps) {
    this.#deps = deps;
  }

  /** Throws `unauthorized` or `rate_limited`. */
  token(given: string, request: Head): StoredToken {
    const { store, log, now } = this.#deps;
    const token = store.tokens.find(given);
    if (token === undefined)
      throw this.wrong(request, unauthorized("this server does not know the token that was sent"));
    const { expiresAt } = token;
    if (expiresAt !== null && expiresAt <= now())
      throw unauthorized(`the token expired at ${new Date(expiresAt).toISOString()}`);
    store.tokens
      .noteUse(token, now())
      .catch((err) => log.warn({ err }, "the last use of a token could not be stored"));
    return token;
  }

  /** The caller with this token. Throws like `token`. */
  byToken(given: string, request: Head): Caller {
    return tokenCaller(this.token(given, request));
  }

  /** The caller with this secret of a session. Throws `unauthorized` or `rate_limited`. */
  bySession(secret: string, request: Head): Caller {
    const { store, sessionLimits, log, now } = this.#deps;
    const session = store.sessions.find(secret);
    if (session === undefined)
      throw this.wrong(request, signInAgain("this session does not exist"));
    if (!this.isLive(session)) throw signInAgain("this session has expired");
    store.sessions
      .noteUse(session, now(), sessionLimits)
      .catch((err) => log.warn({ err }, "the last use of a session could not be stored"));
    return sessionCaller(session);
  }

  /** The caller as it is now; undefined when its token or session has ended. */
  current({ id, session: sessionId }: Caller): Caller | undefined {
    const { store, now } = this.#deps;
    if (sessionId === undefined) {
      const token = store.tokens.byId(id);
      const isGood = token !== undefined && (token.expiresAt ?? Number.POSITIVE_INFINITY) > now();
      return isGood ? tokenCaller(token) : undefined;
    }
    const session = store.sessions.byId(sessionId);
    return session && this.isLive(session) ? sessionCaller(session) : undefined;
  }

  isLive({ realm, expiresAt, lastUsedAt }: Session): boolean {
    const { now, sessionLimits, oidc } = this.#deps;
    const isKnown = realm === null || (oidc !== undefined && realm === realmOf(oidc));
    return isKnown && now() < Math.min(expiresAt, lastUsedAt + sessionLimits.idleMs);
  }

  /** Counts a wrong token, session or code. Returns the error to throw. */
  wrong(request: Head, error: HookyardError): HookyardError {
    const { trustProxy, log } = this.#deps;
    const address = remoteAddress(request, trustProxy);
    const tooMany = this.#wrongTokens.add(address);
    if (tooMany === undefined) return error;
    warnSparingly(
      log,
      "wrong tokens",
      { remoteAddress: address },
      "too many wrong tokens from this address: they are answered with 429",
    );
    return tooMany;
  }
}

const tokenCaller = ({ hash, name, permissions }: StoredToken): Caller => ({
  id: hash.toString("hex"),
  name,
  permissions: new Set(permissions),
});

const sessionCaller = (session: Session): Caller => ({
  id: session.owner.toString("hex"),
  name: callerName(session),
  permissions: new Set(session.permissions),
  session: session.id,
});

const signInAgain = (found: string): HookyardError =>
  new HookyardError("unauthorized", `${found}: sign in again`);

export const unauthorized = (found: string): HookyardError =>
  new HookyardError(
    "unauthorized",
    `${found}; send the header \`Authorization: Bearer <token>\` with the token printed at the first start, the one set as HOOKYARD_ADMIN_TOKEN, or one created with POST /api/v1/tokens`,
  );
