/** `/api/v1/sessions/oidc`: signs in with an identity provider by OpenID Connect. */
import { createHash } from "node:crypto";
import { z } from "zod";
import { HookyardError } from "../../../errors.ts";
import { type Logger, warnSparingly } from "../../../logger.ts";
import { type Claims, nameOf, type OidcSettings, permissionsOf } from "../../../model/oidc.ts";
import type { OidcUser } from "../../../model/session.ts";
import { type CallInput, type Endpoint, endpoint } from "../../endpoint.ts";
import { ownUrl } from "../own-origin.ts";
import { browserOf, type SignInDeps, signedIn } from "../sign-in.ts";
import { attemptCookie, attemptIn, noAttemptCookie } from "./attempt-cookie.ts";
import { OidcClient } from "./oidc-client.ts";
import { realmOf } from "./realm.ts";

export interface OidcDeps extends SignInDeps {
  readonly oidc: OidcSettings | undefined;
  readonly log: Logger;
}

type Head = CallInput<unknown, unknown, unknown>["request"];

/** Why a sign-in failed, for the page of the console. The log has the details. */
type Problem = "denied" | "expired" | "no_permission" | "unavailable";

export function oidcEndpoints(deps: OidcDeps): readonly Endpoint[] {
  const { oidc, now } = deps;
  const client = oidc === undefined ? undefined : new OidcClient(oidc, now);
  return [ways(deps), start(deps, client), callback(deps, client)];
}

const ways = ({ oidc }: OidcDeps) =>
  endpoint({
    method: "get",
    path: "/sessions/ways",
    operationId: "getSignInWays",
    permission: "public",
    summary: "The ways to sign in to the console",
    answers: {
      200: {
        description: "The ways",
        schema: z.object({ oidc: z.boolean().describe("Whether an identity provider is set.") }),
      },
    },
    handle: () => ({ status: 200, body: { oidc: oidc !== undefined } }),
  });

/** Browsers read `//` and `/\` as the start of another host. */
const LOCAL_PATH = /^\/(?:[\x21-\x2e\x30-\x5b\x5d-\x7e][\x21-\x5b\x5d-\x7e]*)?$/;

const start = (deps: OidcDeps, client: OidcClient | undefined) =>
  endpoint({
    method: "get",
    path: "/sessions/oidc",
    operationId: "startOidcSignIn",
    permission: "public",
    summary: "Starts a sign-in: sends the browser to the identity provider",
    query: z.strictObject({
      returnTo: z
        .string()
        .max(1000)
        .regex(LOCAL_PATH, "expected a path of this server that starts with one slash")
        .default("/")
        .describe("The page of the console to go to after the sign-in."),
    }),
    answers: {
      303: {
        description: "To the identity provider, or to `/sign-in#error=…` if it does not answer",
      },
      400: { description: "`returnTo` is not a path of this server" },
      404: { description: "No identity provider is set" },
      429: { description: "Too many sign-ins are under way" },
    },
    handle: async ({ query: { returnTo }, request }) => {
      const { url: base, isSecure } = placeOf(request, deps);
      const provider = mustBeSet(client);
      try {
        const { url, attempt } = await provider.begin(callbackUrl(base));
        const cookie = attemptCookie({ ...attempt, returnTo }, isSecure);
        return { status: 303, headers: { location: url, "set-cookie": cookie } };
      } catch (error) {
        return { status: 303, headers: { location: failed("unavailable", base, { error, deps }) } };
      }
    },
  });

/** Providers send further parameters, such as `session_state`. */
const callbackQuery = z
  .object({
    state: z.string().optional().describe("Names the sign-in that this ends."),
    code: z.string().optional().describe("What the identity provider gives for the user."),
    error: z.string().optional().describe("In place of the code: why the person is not signed in."),
  })
  .catchall(z.string());

const callback = (deps: OidcDeps, client: OidcClient | undefined) =>
  endpoint({
    method: "get",
    path: "/sessions/oidc/callback",
    operationId: "finishOidcSignIn",
    permission: "public",
    summary: "Ends a sign-in: the identity provider sends the browser here",
    query: callbackQuery,
    answers: {
      303: {
        description:
          "Signed in, with the cookie of the session: to the page that was asked for; otherwise to `/sign-in#error=` and `denied`, `expired`, `no_permission` or `unavailable`",
      },
      404: { description: "No identity provider is set" },
      429: { description: "Too many sign-ins are under way, or failed" },
    },
    handle: async ({ query, request }) => {
      const { url: base, isSecure } = placeOf(request, deps);
      const finished = await finish(mustBeSet(client), { query, request, base, deps });
      const clear = noAttemptCookie(isSecure);
      if (!("user" in finished)) {
        const location = failed(finished.problem, base, { error: finished.error, deps });
        return { status: 303, headers: { location, "set-cookie": clear } };
      }
      const { user, returnTo } = finished;
      const at = { now: deps.now(), limits: deps.sessionLimits };
      const started = await deps.store.sessions.startByUser(user, browserOf(request, deps), at);
      const { "set-cookie": cookie } = signedIn(started, request, deps).headers;
      const headers = { location: `${base}${returnTo}`, "set-cookie": [cookie, clear] };
      return { status: 303, headers };
    },
  });

type Finished =
  | { readonly user: OidcUser; readonly returnTo: string }
  | { readonly problem: Problem; readonly error: unknown };

async function finish(
  client: OidcClient,
  {
    query,
    request,
    base,
    deps,
  }: {
    readonly query: z.infer<typeof callbackQuery>;
    readonly request: Head;
    readonly base: string;
    readonly deps: OidcDeps;
  },
): Promise<Finished> {
  const { isSecure } = placeOf(request, deps);
  const attempt = attemptIn(request, isSecure);
  if (attempt === undefined || attempt.state !== query.state) {
    const error = deps.credentials.wrong(
      request,
      new HookyardError("unauthorized", "this browser has not started this sign-in"),
    );
    if (error.code === "rate_limited") throw error;
    return { problem: "expired", error };
  }
  const { returnTo } = attempt;
  try {
    const address = new URL(callbackUrl(base));
    for (const [name, value] of Object.entries(query))
      if (value !== undefined) address.searchParams.set(name, value);
    const user = userOf(await client.finish(address, attempt), deps);
    if (user !== undefined) return { user, returnTo };
    const error = "no claim of this user is in HOOKYARD_OIDC_PERMISSIONS";
    return { problem: "no_permission", error };
  } catch (error) {
    if (error instanceof HookyardError) throw error;
    return { problem: problemOf(error), error };
  }
}

/** By the error code of OAuth: of the provider's answer to the browser, or to this server. */
function problemOf(error: unknown): Problem {
  const code = codeOf(error);
  if (code === "invalid_grant") return "expired";
  return code === "access_denied" || code?.endsWith("_required") === true
    ? "denied"
    : "unavailable";
}

/** Undefined without any permission. */
function userOf(claims: Claims, { oidc }: OidcDeps): OidcUser | undefined {
  if (oidc === undefined) return undefined;
  const permissions = permissionsOf(claims, oidc.permissions);
  if (permissions.length === 0) return undefined;
  const owner = createHash("sha256")
    .update(JSON.stringify([oidc.issuer, claims.sub]))
    .digest();
  const name = nameOf(claims, oidc.nameClaim);
  return { realm: realmOf(oidc), owner, subject: claims.sub, name, permissions };
}

/** The page of the console that names the problem. */
function failed(
  problem: Problem,
  base: string,
  { error, deps }: { readonly error: unknown; readonly deps: OidcDeps },
): string {
  if (error instanceof HookyardError && error.code !== "unauthorized") throw error;
  const reason = reasonOf(error);
  warnSparingly(
    deps.log,
    `oidc ${problem}`,
    { problem, reason },
    `a sign-in with the identity provider failed (${problem}): ${reason}`,
  );
  return `${base}/sign-in#error=${problem}`;
}

const MAX_REASON = 500;

/** Messages and codes of the error and its causes; never the values of a request or an answer. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code = codeOf(error) === undefined ? "" : ` (${codeOf(error)})`;
  const cause = error.cause instanceof Error ? `: ${reasonOf(error.cause)}` : "";
  return `${error.message}${code}${cause}`.slice(0, MAX_REASON);
}

const codeOf = (error: unknown): string | undefined =>
  error instanceof Error && "error" in error && typeof error.error === "string"
    ? error.error
    : undefined;

function mustBeSet(client: OidcClient | undefined): OidcClient {
  if (client !== undefined) return client;
  throw new HookyardError(
    "not_found",
    "this server has no identity provider: set HOOKYARD_OIDC_ISSUER, or sign in with a token or a one-time link",
  );
}

const callbackUrl = (base: string): string => `${base}/api/v1/sessions/oidc/callback`;

/** The address of this server as the browser knows it. */
function placeOf(request: Head, deps: OidcDeps) {
  const url = ownUrl(request, deps);
  return { url, isSecure: url.startsWith("https:") };
}
