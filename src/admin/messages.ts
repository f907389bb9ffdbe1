/** `/api/v1/messages`: what came in, what became of it, and once more. */
import { z } from "zod";
import { HookyardError } from "../errors.ts";
import { headerValue, type Message } from "../model/message.ts";
import type { Caller } from "../model/permission.ts";
import type { MessageFilter, MessagePage } from "../store/messages/message-list.ts";
import type { Store } from "../store/store.ts";
import { assertMay } from "./assert-may.ts";
import { type AuditDeps, noteRead } from "./audit.ts";
import { bulkBody, bulkQuery, resubmitMany } from "./bulk-resubmission.ts";
import { type Endpoint, endpoint } from "./endpoint.ts";
import type { EventStream } from "./event-stream.ts";
import { assertRoom, MessageFollower, type PickMessages } from "./follow.ts";
import type { MessageFeed } from "./message-feed.ts";
import { messageFilter, pageLimit } from "./message-filter.ts";
import { listedMessage, messageDetails } from "./message-schemas.ts";
import { detailsView, listedView, seenBy } from "./message-view.ts";
import { type Admit, resubmission, resubmitSchema, summarySchema } from "./resubmission.ts";

const listSchema = z.strictObject({
  ...messageFilter,
  limit: pageLimit,
  cursor: z
    .uuid("expected the nextCursor of an earlier page")
    .optional()
    .describe("The `nextCursor` of an earlier page, to go on behind it."),
});

const byId = z.object({
  id: z.string().describe("Of a message, as the list and the answer to its sender say it."),
});

export interface MessagesDeps extends AuditDeps {
  readonly store: Store;
  /** Of a search a page may be short and still not be the last. */
  readonly list: (filter: MessageFilter) => Promise<MessagePage>;
  readonly feed: MessageFeed;
  readonly pick: PickMessages;
  readonly admit: Admit;
  /**
   * Which functions there were when this message came in. Throws `conflict` when the scripts that ran it are not kept.
   */
  readonly knowsOriginal: (messageId: string) => Promise<(name: string) => boolean>;
  readonly maxBodyBytes: number;
  readonly knowsFunction: (name: string) => boolean;
  readonly now: () => number;
}

export const messageEndpoints = (deps: MessagesDeps): readonly Endpoint[] => [
  listMessages(deps),
  followMessages(deps),
  showMessage(deps),
  downloadBody(deps),
  resubmitByFilter(deps),
  resubmitOne(deps),
];

const listMessages = (deps: MessagesDeps) =>
  endpoint({
    method: "get",
    path: "/messages",
    permission: "messages:read",
    summary: "Messages, newest first",
    query: listSchema,
    answers: {
      200: {
        description: "A page of the list",
        schema: z.object({
          items: z.array(listedMessage).readonly(),
          nextCursor: z.uuid().nullable(),
        }),
      },
    },
    handle: async ({ query: { cursor, limit, ...filter }, caller }) => {
      assertMaySearch(filter, caller);
      const { items, nextCursor } = await deps.list({ ...filter, limit, before: cursor });
      noteSearch(filter, caller, deps);
      const seen = seenBy(caller);
      const shown = items.map((item) => listedView(item, seen));
      return { status: 200, body: { items: shown, nextCursor } };
    },
  });

const FOLLOW = `Server-sent events, whose data is a message as the list shows it, as it is by then:

- \`accepted\`: it is on disk; \`ended\`: nothing of it is left to run.
- \`gap\`, first: \`Last-Event-ID\` is too old to go on from; \`since\` is when it was, or null.
- \`end\`, last: \`{code, detail}\` with \`stopping\`, \`too_slow\` or \`refused\`.`;

const followMessages = (deps: MessagesDeps) =>
  endpoint({
    method: "get",
    path: "/messages/events",
    permission: "messages:read",
    summary: "What happens to messages, as it happens",
    description: FOLLOW,
    query: z.strictObject(messageFilter),
    answers: { 200: { description: "Events without end", schema: "events" } },
    handle: ({ query, header, caller, watchToken }) => {
      const { feed, pick } = deps;
      assertRoom({ feed, caller });
      assertMaySearch(query, caller);
      noteSearch(query, caller, deps);
      const place = feed.placeOf(header("last-event-id"));
      const stream = (out: EventStream) =>
        new MessageFollower(out, query, { feed, pick, caller, life: watchToken() }, place);
      return { status: 200, stream };
    },
  });

const showMessage = (deps: MessagesDeps) =>
  endpoint({
    method: "get",
    path: "/messages/:id",
    permission: "messages:read",
    summary:
      "A message with everything that became of it; headers, results and texts of errors for `messages:details`, logs for `messages:logs`, lines of scripts for `scripts:read`",
    params: byId,
    answers: { 200: { description: "Everything but the body", schema: messageDetails } },
    handle: ({ params: { id: target }, caller }) => {
      const details = deps.store.details(target) ?? noMessage(target);
      const seen = seenBy(caller);
      if (seen.details) noteRead({ caller, action: "message.read", target }, deps);
      return { status: 200, body: detailsView(details, seen) };
    },
  });

const downloadBody = (deps: MessagesDeps) =>
  endpoint({
    method: "get",
    path: "/messages/:id/body",
    permission: "messages:details",
    summary: "The exact bytes of a message's body",
    params: byId,
    answers: { 200: { description: "The body, with the type its sender gave", schema: "bytes" } },
    handle: ({ params: { id: target }, caller }) => {
      const { headers, body } = find(deps.store, target);
      const after = { what: "body" };
      noteRead({ caller, action: "message.read", target, after }, deps);
      // Always a download, never sniffed: the bytes are a stranger's.
      const own = {
        "content-type": headerValue(headers, "content-type") ?? "application/octet-stream",
        // What was received never changes.
        etag: `"${target}"`,
        "content-disposition": `attachment; filename="${target}.bin"`,
        "x-content-type-options": "nosniff",
        "content-security-policy": "sandbox; default-src 'none'",
      };
      return { status: 200, headers: own, bytes: body };
    },
  });

const resubmitByFilter = (deps: MessagesDeps) => {
  const counted = z.object({ dryRun: z.boolean(), count: z.number().int() });
  return endpoint({
    method: "post",
    path: "/messages/resubmit",
    permission: "messages:resubmit",
    summary: "All messages of a filter once more, or their number",
    query: bulkQuery,
    body: bulkBody,
    // It says how far it came.
    mindsToken: true,
    answers: {
      200: { description: "A dry run: how many it would be", schema: counted },
      202: { description: "All accepted again", schema: counted },
    },
    handle: async ({ query, body, caller, watchToken }) => {
      const wishes = { ...query, ...body };
      assertMaySearch(wishes, caller);
      using life = watchToken();
      const done = await resubmitMany(wishes, { ...deps, caller, life });
      noteSearch(wishes, caller, deps);
      return { status: done.dryRun ? 200 : 202, body: done };
    },
  });
};

const resubmitOne = (deps: MessagesDeps) =>
  endpoint({
    method: "post",
    path: "/messages/:id/resubmit",
    permission: "messages:resubmit",
    summary: "A message once more, as it was or edited",
    params: byId,
    body: resubmitSchema,
    // Twice the limit: a body in JSON has escapes.
    maxBodyBytes: deps.maxBodyBytes * 2,
    answers: {
      200: { description: "Waited for: every function ended without error", schema: summarySchema },
      202: { description: "Accepted", schema: summarySchema },
      404: { description: "Waited for: nothing matched", schema: summarySchema },
      500: { description: "Waited for: a function failed", schema: summarySchema },
    },
    handle: async ({ params, body: wishes, header, caller, assertToken }) => {
      const sync = header("flex-sync-webhook")?.toLowerCase() === "true";
      const original = find(deps.store, params.id);
      const knowsFunction =
        wishes.scripts === "original" ? await deps.knowsOriginal(params.id) : deps.knowsFunction;
      assertToken();
      const message = resubmission(original, wishes, { ...deps, sync, caller, knowsFunction });
      const { status, body } = await deps.admit(message);
      return { status, headers: { location: `/api/v1/messages/${message.id}` }, body };
    },
  });

interface Searched {
  readonly q?: string | undefined;
}

/** Whoever may search may find out what is in a message, letter by letter. Throws `forbidden`. */
function assertMaySearch({ q }: Searched, caller: Caller): void {
  if (q === undefined) return;
  assertMay(caller, "messages:details", "q asks for; leave q out, or use another token");
}

/** Of a search that found something out: calls that fail leave no entry. */
function noteSearch({ q, ...after }: Searched, caller: Caller, deps: AuditDeps): void {
  if (q === undefined) return;
  noteRead({ caller, action: "message.search", target: "messages", after }, deps);
}

const find = (store: Store, id: string): Message => store.find(id) ?? noMessage(id);

function noMessage(id: string): never {
  throw new HookyardError(
    "not_found",
    `there is no message ${JSON.stringify(id.slice(0, 100))}; GET /api/v1/messages lists those there are`,
  );
}
