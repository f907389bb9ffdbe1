/** `/api/v1/messages`: what came in, what became of it, and once more. */
import { z } from "zod";
import { HookyardError } from "../errors.ts";
import { headerValue, type Message } from "../model/message.ts";
import { type Caller, may } from "../model/permission.ts";
import type { MessageFilter, MessagePage } from "../store/message-list.ts";
import type { Store } from "../store/store.ts";
import { assertMay } from "./assert-may.ts";
import { type AuditSurroundings, noteRead } from "./audit.ts";
import { tokenCaller } from "./authenticate.ts";
import { bulkBody, bulkQuery, resubmitMany } from "./bulk-resubmission.ts";
import { type Endpoint, endpoint } from "./endpoint.ts";
import type { EventStream } from "./event-stream.ts";
import { assertRoom, MessageFollower } from "./follow.ts";
import type { MessageFeed } from "./message-feed.ts";
import { messageFilter, pageLimit } from "./message-filter.ts";
import { listedMessage, messageDetails } from "./message-schemas.ts";
import { detailsView, listedView } from "./message-view.ts";
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

export interface MessagesSurroundings extends AuditSurroundings {
  readonly store: Store;
  /** Of a search a page may be short and still not be the last. */
  readonly list: (filter: MessageFilter) => Promise<MessagePage>;
  readonly feed: MessageFeed;
  readonly admit: Admit;
  /**
   * Which functions there were when this message came in. Throws `conflict` when the scripts that ran it are not kept.
   */
  readonly knowsOriginal: (messageId: string) => Promise<(name: string) => boolean>;
  readonly maxBodyBytes: number;
  readonly knowsFunction: (name: string) => boolean;
  readonly now: () => number;
}

export const messageEndpoints = (around: MessagesSurroundings): readonly Endpoint[] => [
  listMessages(around),
  followMessages(around),
  showMessage(around),
  downloadBody(around),
  resubmitByFilter(around),
  resubmitOne(around),
];

const listMessages = (around: MessagesSurroundings) =>
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
      permitSearch(filter, caller, around);
      const { items, nextCursor } = await around.list({ ...filter, limit, before: cursor });
      return { status: 200, body: { items: items.map(listedView), nextCursor } };
    },
  });

const FOLLOW = `Server-sent events, whose data is a message as the list shows it, as it is by then:

- \`accepted\`: it is on disk; \`ended\`: nothing of it is left to run.
- \`gap\`, first: \`Last-Event-ID\` is too old to go on from; \`since\` is when it was, or null.
- \`end\`, last: \`{code, detail}\` with \`stopping\`, \`too_slow\` or \`refused\`.`;

const followMessages = (around: MessagesSurroundings) =>
  endpoint({
    method: "get",
    path: "/messages/events",
    permission: "messages:read",
    summary: "What happens to messages, as it happens",
    description: FOLLOW,
    query: z.strictObject(messageFilter),
    answers: { 200: { description: "Events without end", schema: "events" } },
    handle: ({ query, header, caller }) => {
      permitSearch(query, caller, around);
      const { feed, store } = around;
      const isAllowed = () => {
        const now = tokenCaller(store.tokens.byName(caller.name), around.now());
        return now !== undefined && may(now, "messages:read");
      };
      const following = { feed, isAllowed, pick: store.pick.bind(store) };
      assertRoom(following);
      const place = feed.placeOf(header("last-event-id"));
      const stream = (out: EventStream) => new MessageFollower(out, query, following, place);
      return { status: 200, stream };
    },
  });

const showMessage = (around: MessagesSurroundings) =>
  endpoint({
    method: "get",
    path: "/messages/:id",
    permission: "messages:read",
    summary:
      "A message with everything that became of it; headers and results for `messages:details`, logs for `messages:logs`",
    params: byId,
    answers: { 200: { description: "Everything but the body", schema: messageDetails } },
    handle: ({ params: { id: target }, caller }) => {
      const details = around.store.details(target) ?? noMessage(target);
      const seen = { details: may(caller, "messages:details"), logs: may(caller, "messages:logs") };
      if (seen.details) noteRead({ caller, action: "message.read", target }, around);
      return { status: 200, body: detailsView(details, seen) };
    },
  });

const downloadBody = (around: MessagesSurroundings) =>
  endpoint({
    method: "get",
    path: "/messages/:id/body",
    permission: "messages:details",
    summary: "The exact bytes of a message's body",
    params: byId,
    answers: { 200: { description: "The body, with the type its sender gave", schema: "bytes" } },
    handle: ({ params: { id: target }, caller }) => {
      const { headers, body } = find(around.store, target);
      const after = { what: "body" };
      noteRead({ caller, action: "message.read", target, after }, around);
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

const resubmitByFilter = (around: MessagesSurroundings) => {
  const counted = z.object({ dryRun: z.boolean(), count: z.number().int() });
  return endpoint({
    method: "post",
    path: "/messages/resubmit",
    permission: "messages:resubmit",
    summary: "All messages of a filter once more, or their number",
    query: bulkQuery,
    body: bulkBody,
    answers: {
      200: { description: "A dry run: how many it would be", schema: counted },
      202: { description: "All accepted again", schema: counted },
    },
    handle: async ({ query, body, caller }) => {
      permitSearch({ ...query, ...body }, caller, around);
      const done = await resubmitMany({ ...query, ...body }, { ...around, caller });
      return { status: done.dryRun ? 200 : 202, body: done };
    },
  });
};

const resubmitOne = (around: MessagesSurroundings) =>
  endpoint({
    method: "post",
    path: "/messages/:id/resubmit",
    permission: "messages:resubmit",
    summary: "A message once more, as it was or edited",
    params: byId,
    body: resubmitSchema,
    // Twice the limit: a body in JSON has escapes.
    maxBodyBytes: around.maxBodyBytes * 2,
    answers: {
      200: { description: "Waited for: every function ended without error", schema: summarySchema },
      202: { description: "Accepted", schema: summarySchema },
      404: { description: "Waited for: nothing matched", schema: summarySchema },
      500: { description: "Waited for: a function failed", schema: summarySchema },
    },
    handle: async ({ params, body: wishes, header, caller }) => {
      const sync = header("flex-sync-webhook")?.toLowerCase() === "true";
      const original = find(around.store, params.id);
      const knowsFunction =
        wishes.scripts === "original"
          ? await around.knowsOriginal(params.id)
          : around.knowsFunction;
      const message = resubmission(original, wishes, { ...around, sync, caller, knowsFunction });
      const { status, body } = await around.admit(message);
      return { status, headers: { location: `/api/v1/messages/${message.id}` }, body };
    },
  });

/** Whoever may search may find out what is in a message, letter by letter. Throws `forbidden`. */
function permitSearch(
  { q, ...filter }: { readonly q?: string | undefined },
  caller: Caller,
  around: AuditSurroundings,
): void {
  if (q === undefined) return;
  assertMay(caller, "messages:details", "q asks for; leave q out, or use another token");
  noteRead({ caller, action: "message.search", target: "messages", after: filter }, around);
}

const find = (store: Store, id: string): Message => store.find(id) ?? noMessage(id);

function noMessage(id: string): never {
  throw new HookyardError(
    "not_found",
    `there is no message ${JSON.stringify(id.slice(0, 100))}; GET /api/v1/messages lists those there are`,
  );
}
