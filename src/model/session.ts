/** A session of the console. Its cookie stands for a token, or for a user of the identity provider. */
import type { Permission } from "./permission.ts";

/** The name of the cookie; over TLS it has the prefix `__Host-`. */
export const SESSION_COOKIE = "hookyard_session";

const SESSION_PAIR = new RegExp(`^\\s*(?:__Host-)?${SESSION_COOKIE}\\s*=`);

/**
 * A header `Cookie` without the session, and undefined if nothing else is left. A browser sends the session to the
 * addresses of senders too, and scripts and readers of messages could use it.
 */
export function withoutSession(cookies: string): string | undefined {
  if (!cookies.includes(SESSION_COOKIE)) return cookies;
  const others = cookies.split(";").filter((pair) => !SESSION_PAIR.test(pair));
  return others.length === 0 ? undefined : others.join(";").trimStart();
}

/** How a person signed in: with a token, with a one-time link, or with OpenID Connect. */
export const SIGN_IN_WAYS = ["token", "link", "oidc"] as const;
export type SignInWay = (typeof SIGN_IN_WAYS)[number];

/** A user of the identity provider. */
export interface OidcUser {
  /** A digest of issuer and subject. */
  readonly owner: Buffer;
  readonly realm: string;
  /** The provider's permanent id of the user: the claim `sub`. */
  readonly subject: string;
  readonly name: string;
  readonly permissions: readonly Permission[];
}

/** The browser that signed in. */
export interface Browser {
  readonly remoteAddress: string;
  readonly userAgent: string;
}

/** Times are milliseconds since the epoch. */
export interface Session extends Browser {
  /** Public: it names the session in lists and does not open it. */
  readonly id: string;
  readonly via: SignInWay;
  /** The digest of the token, or of issuer and subject. */
  readonly owner: Buffer;
  /**
   * The identity provider, with a digest of the settings that gave the permissions: with other settings the session is
   * over. Null for the session of a token.
   */
  readonly realm: string | null;
  /** The present name and permissions of the token, or those that the user had at sign-in. */
  readonly name: string;
  readonly permissions: readonly Permission[];
  readonly createdAt: number;
  /** The latest end, however much the session is used. */
  readonly expiresAt: number;
  readonly lastUsedAt: number;
}

/** The name of the caller, as in the audit log. No token's name has a colon, so no user passes for a token. */
export const callerName = ({ via, name }: Pick<Session, "via" | "name">): string =>
  via === "oidc" ? `oidc:${name}` : name;
