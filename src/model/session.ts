/** A person who is signed in to the console. The session's cookie stands for a token, or for a user of the identity provider. */
import type { Permission } from "./permission.ts";

/** How a person signed in: with a token, with a one-time link, or with OpenID Connect. */
export const SIGN_IN_WAYS = ["token", "link", "oidc"] as const;
export type SignInWay = (typeof SIGN_IN_WAYS)[number];

/** The identity provider's user of a session. */
export interface OidcUser {
  readonly issuer: string;
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
  /** Null for the session of a token. */
  readonly issuer: string | null;
  /** The present name and permissions of the token, or those that the user had at sign-in. */
  readonly name: string;
  readonly permissions: readonly Permission[];
  readonly createdAt: number;
  /** The latest end, however much the session is used. */
  readonly expiresAt: number;
  readonly lastUsedAt: number;
}
