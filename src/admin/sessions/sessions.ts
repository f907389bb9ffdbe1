/** `/api/v1/sessions`: the people who are signed in to the console. */
import { z } from "zod";
import { HookyardError } from "../../errors.ts";
import { type Caller, may } from "../../model/permission.ts";
import type { Session } from "../../model/session.ts";
import { type Endpoint, endpoint } from "../endpoint.ts";
import { ownUrl } from "./own-origin.ts";
import { ENDED_COOKIES } from "./session-cookie.ts";
import { listedSession, listedSessionSchema, sessionSchema, sessionView } from "./session-view.ts";
import type { SignInDeps } from "./sign-in.ts";

export const sessionEndpoints = (deps: SignInDeps): readonly Endpoint[] => [
  list(deps),
  createLink(deps),
  current(deps),
  signOut(deps),
  end(deps),
];

/** An administrator sees all sessions, others see those of their own token or user. */
const maySee = (caller: Caller, { owner }: Session): boolean =>
  may(caller, "admin") || owner.toString("hex") === caller.id;

const list = ({ store, credentials }: SignInDeps) =>
  endpoint({
    method: "get",
    path: "/sessions",
    permission: "any",
    operationId: "listSessions",
    summary: "The sessions of the caller's token, newest first; with `admin`, all sessions",
    answers: {
      200: {
        description: "Sessions that have not ended",
        schema: z.object({ items: z.array(listedSessionSchema) }),
      },
    },
    handle: ({ caller }) => {
      const items = store.sessions
        .list()
        .filter((one) => credentials.isLive(one) && maySee(caller, one))
        .map((one) => listedSession(one, caller.session));
      return { status: 200, body: { items } };
    },
  });

const createLink = (deps: SignInDeps) =>
  endpoint({
    method: "post",
    path: "/sessions/links",
    permission: "admin",
    operationId: "createSignInLink",
    summary: "A link that signs in once, within ten minutes, with the token of this call",
    answers: {
      201: {
        description: "The link; it is shown only now",
        schema: z.object({ url: z.string(), code: z.string(), expiresAt: z.iso.datetime() }),
      },
    },
    handle: async ({ caller, request }) => {
      const { store, now } = deps;
      // A link would outlast the session.
      if (caller.session !== undefined) throw needsToken();
      const link = await store.sessions.createLink(
        Buffer.from(caller.id, "hex"),
        caller.name,
        now(),
      );
      if (link === undefined) throw new HookyardError("unauthorized", "the token was deleted");
      const { code, expiresAt } = link;
      const url = signInUrl(ownUrl(request, deps), code);
      return { status: 201, body: { url, code, expiresAt: new Date(expiresAt).toISOString() } };
    },
  });

/** The code stands behind `#`: browsers do not send it with the request for the page, so no log has it. */
export const signInUrl = (base: string, code: string): string => `${base}/sign-in#code=${code}`;

const current = ({ store }: SignInDeps) =>
  endpoint({
    method: "get",
    path: "/sessions/current",
    permission: "any",
    operationId: "getCurrentSession",
    refuses: ["not_found"],
    summary: "The session of this call",
    answers: {
      200: { description: "The session", schema: sessionSchema },
    },
    handle: ({ caller }) => {
      const session = store.sessions.byId(caller.session ?? "");
      if (session === undefined) throw noSession();
      return { status: 200, body: sessionView(session) };
    },
  });

const signOut = (deps: SignInDeps) =>
  endpoint({
    method: "delete",
    path: "/sessions/current",
    permission: "any",
    operationId: "signOut",
    refuses: ["not_found"],
    summary: "Signs out: ends the session of this call and removes its cookie",
    handlesTokenEnd: true,
    answers: {
      204: { description: "The session is refused from now on" },
    },
    handle: async ({ caller }) => {
      if (caller.session === undefined) throw noSession();
      await deps.store.sessions.end(caller.session, caller.name, deps.now());
      return { status: 204, headers: { "set-cookie": [...ENDED_COOKIES] } };
    },
  });

const end = ({ store, credentials, now }: SignInDeps) =>
  endpoint({
    method: "delete",
    path: "/sessions/:id",
    permission: "any",
    operationId: "endSession",
    summary: "Ends a session of the caller's token at once; with `admin`, any session",
    handlesTokenEnd: true,
    params: z.object({ id: z.string().describe("The id of the session.") }),
    answers: { 204: { description: "The session is refused from now on" } },
    handle: async ({ params: { id }, caller }) => {
      const session = store.sessions.byId(id);
      const isSeen =
        session !== undefined && credentials.isLive(session) && maySee(caller, session);
      if (isSeen && (await store.sessions.end(id, caller.name, now()))) return { status: 204 };
      const detail = `there is no session ${JSON.stringify(id.slice(0, 100))} that this caller may end; GET /api/v1/sessions lists them`;
      throw new HookyardError("not_found", detail);
    },
  });

const noSession = (): HookyardError =>
  new HookyardError(
    "not_found",
    "this call was made with a token and has no session: POST /api/v1/sessions starts one",
  );

const needsToken = (): HookyardError =>
  new HookyardError(
    "forbidden",
    "found a session, expected a token: a sign-in link would outlast the session. Call this with a token that has the permission admin",
  );
