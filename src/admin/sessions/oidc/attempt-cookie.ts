/**
 * The cookie of a sign-in that is under way at the identity provider. It binds the provider's answer to the browser that
 * asked. The browser comes back from another site, so the cookie is `SameSite=Lax`.
 */
import { z } from "zod";
import type { CallInput } from "../../endpoint.ts";
import { cookiesOf } from "../session-cookie.ts";
import type { Attempt } from "./oidc-client.ts";

const COOKIE = "hookyard_sign_in";
const MAX_AGE_SECONDS = 600;

type Head = CallInput<unknown, unknown, unknown>["request"];

const schema = z.strictObject({
  state: z.string(),
  nonce: z.string(),
  verifier: z.string(),
  /** The path to go to afterwards. */
  returnTo: z.string(),
});
export type KeptAttempt = Attempt & { readonly returnTo: string };

const nameFor = (isSecure: boolean): string => (isSecure ? `__Host-${COOKIE}` : COOKIE);

export const attemptCookie = (attempt: KeptAttempt, isSecure: boolean): string =>
  text(Buffer.from(JSON.stringify(attempt)).toString("base64url"), isSecure, MAX_AGE_SECONDS);

export const noAttemptCookie = (isSecure: boolean): string => text("", isSecure, 0);

const text = (value: string, isSecure: boolean, maxAge: number): string =>
  [
    `${nameFor(isSecure)}=${value}`,
    "Path=/",
    "HttpOnly",
    "SameSite=Lax",
    `Max-Age=${maxAge}`,
    ...(isSecure ? ["Secure"] : []),
  ].join("; ");

/** Undefined if the browser sent none, or none that this server made. */
export function attemptIn(request: Head, isSecure: boolean): KeptAttempt | undefined {
  const value = cookiesOf(request).get(nameFor(isSecure)) ?? "";
  try {
    return schema.parse(JSON.parse(Buffer.from(value, "base64url").toString()));
  } catch {
    return undefined;
  }
}
