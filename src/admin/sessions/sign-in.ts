/** `POST /api/v1/sessions`: signs in with a token or with the code of a one-time link. */
import { z } from "zod";
import { HookyardError } from "../../errors.ts";
import { atMostCharacters } from "../../model/described-checks.ts";
import type { PublicAddress } from "../../model/public-url.ts";
import { remoteAddress } from "../../model/remote-address.ts";
import type { Browser } from "../../model/session.ts";
import type {
  SessionLimits,
  SessionStore,
  StartedSession,
} from "../../store/access/session-store.ts";
import type { Credentials } from "../credentials.ts";
import { type CallInput, endpoint } from "../endpoint.ts";
import { assertOwnOrigin } from "./own-origin.ts";
import { sessionCookie } from "./session-cookie.ts";
import { sessionSchema, sessionView } from "./session-view.ts";

export interface SignInDeps extends PublicAddress {
  readonly store: { readonly sessions: SessionStore };
  readonly credentials: Credentials;
  readonly sessionLimits: SessionLimits;
  readonly now: () => number;
}

const MAX_USER_AGENT = 300;
const SECRET = atMostCharacters(1000, z.string().min(1));

const signInRequest = z.union(
  [
    z.strictObject({ token: SECRET.describe("A token of the API.") }),
    z.strictObject({ code: SECRET.describe("The code of a one-time link.") }),
  ],
  { error: 'expected {"token": "…"} or {"code": "…"}' },
);
type Head = CallInput<unknown, unknown, unknown>["request"];

export const signIn = (deps: SignInDeps) =>
  endpoint({
    method: "post",
    path: "/sessions",
    permission: "public",
    operationId: "signIn",
    refuses: ["unauthorized", "forbidden", "rate_limited"],
    summary: "Signs in: starts a session and sets its cookie",
    description:
      "The session has the permissions of the token, and ends with it. The cookie `hookyard_session` (`__Host-hookyard_session` over TLS) is sent by the browser alone: scripts cannot read it.",
    body: signInRequest,
    examples: { "with a token": { token: "the-token" }, "with a link": { code: "the-code" } },
    answers: {
      201: { description: "The session; its cookie is set", schema: sessionSchema },
    },
    handle: async ({ body, request }) => {
      // Otherwise another site could sign its visitor in to a session of its own.
      if (request.headers.origin !== undefined) assertOwnOrigin(request, deps);
      const started =
        "token" in body
          ? await byToken(body.token, request, deps)
          : await byCode(body.code, request, deps);
      return { status: 201, ...signedIn(started, request, deps) };
    },
  });

function byToken(given: string, request: Head, deps: SignInDeps): Promise<StartedSession> {
  const { store, credentials, sessionLimits: limits, now } = deps;
  const token = credentials.token(given, request);
  return store.sessions.startByToken(token, browserOf(request, deps), { now: now(), limits });
}

async function byCode(code: string, request: Head, deps: SignInDeps): Promise<StartedSession> {
  const { store, credentials, sessionLimits: limits, now } = deps;
  const browser = browserOf(request, deps);
  const started = await store.sessions.startByLink(code, browser, { now: now(), limits });
  if (started !== undefined) return started;
  const detail =
    "this sign-in link is unknown, was used or has expired: it works once, within ten minutes; `hookyard sign-in` makes another one, and so does a restart of the server";
  throw credentials.wrong(request, new HookyardError("unauthorized", detail));
}

/** The answer to a sign-in: its cookie, and the session. */
export function signedIn(
  { secret, session }: StartedSession,
  request: Head,
  deps: Pick<SignInDeps, "now" | keyof PublicAddress>,
) {
  const maxAgeMs = session.expiresAt - deps.now();
  const cookie = sessionCookie(request, deps, { secret, maxAgeMs });
  return { headers: { "set-cookie": cookie }, body: sessionView(session) };
}

export const browserOf = (request: Head, { trustProxy }: PublicAddress): Browser => ({
  remoteAddress: remoteAddress(request, trustProxy),
  userAgent: (request.headers["user-agent"] ?? "").slice(0, MAX_USER_AGENT),
});
