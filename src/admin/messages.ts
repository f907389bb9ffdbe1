/** `/api/v1/messages`: lists, details, bodies and resubmission of messages. */
import { z } from "zod";
import { headerValue } from "../model/message.ts";
import type { MessageFilter, MessagePage } from "../store/messages/message-list.ts";
import type { Store } from "../store/store.ts";
import { type AuditDeps, noteRead } from "./audit.ts";
import { bulkAnswer, bulkBody, bulkQuery, resubmitMany } from "./bulk-resubmission.ts";
import { type Endpoint, endpoint } from "./endpoint.ts";
import type { EventStream } from "./event-stream.ts";
import { assertFollowerLimit, MessageFollower, type PickMessages } from "./follow.ts";
import { findMessage, messageId, noMessage, wholeId } from "./message-by-id.ts";
import type { MessageFeed } from "./message-feed.ts";
import { messageFilter, pageLimit } from "./message-filter.ts";
import { listedMessage, messageDetails } from "./message-schemas.ts";
import {
  detailsView,
  listedView,
  type NearUrisOf,
  type NumberOfVersion,
  seenBy,
} from "./message-view.ts";
import { type Admit, resubmission, resubmitSchema, summarySchema } from "./resubmission.ts";
import { assertMaySearch, noteSearch } from "./searching.ts";
import { messageStats } from "./stats.ts";

const listSchema = z.strictObject({
  ...messageFilter,
  limit: pageLimit,
  cursor: z
    .uuid("expected the nextCursor of an earlier page")
    .optional()
    .describe("The `nextCursor` of an earlier page; the list continues after it."),
});

const byId = z.object({ id: messageId });

export interface MessagesDeps extends AuditDeps {
  readonly store: Store;
  /** A page of a search may be short without being the last. */
  readonly list: (filter: MessageFilter) => Promise<MessagePage>;
  readonly feed: MessageFeed;
  readonly pick: PickMessages;
  readonly admit: Admit;
  /**
   * Which functions existed when this message came in. Throws `conflict` when the scripts that ran it are not stored.
   */
  readonly knowsOriginal: (messageId: string) => Promise<(name: string) => boolean>;
  readonly maxBodyBytes: number;
  readonly knowsFunction: (name: string) => boolean;
  readonly nearUris: NearUrisOf;
  readonly now: () => number;
}

export const messageEndpoints = (deps: MessagesDeps): readonly Endpoint[] => [
  listMessages(deps),
  followMessages(deps),
  messageStats(deps),
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
    operationId: "listMessages",
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
      const views = items.map((item) => listedView(item, seen, deps.nearUris));
      return { status: 200, body: { items: views, nextCursor } };
    },
  });

const FOLLOW = `Server-sent events. The data of an event is the message as the list shows it, in its current state:

- \`accepted\`: the message is on disk; \`ended\`: all its executions have ended.
- \`gap\`, first: \`Last-Event-ID\` is too old to resume; \`since\` is the time of that event, or null.
- \`end\`, last: \`{code, detail}\` with \`stopping\`, \`too_slow\` or \`refused\`.`;

const followMessages = (deps: MessagesDeps) =>
  endpoint({
    method: "get",
    path: "/messages/events",
    permission: "messages:read",
    operationId: "followMessages",
    reads: ["last-event-id"],
    refuses: ["too_many_followers"],
    summary: "Events of messages, as they happen",
    description: FOLLOW,
    query: z.strictObject(messageFilter).omit({ problem: true }),
    answers: { 200: { description: "An endless event stream", schema: "events" } },
    handle: ({ query, header, caller, watchToken }) => {
      const { feed, pick, nearUris } = deps;
      assertFollowerLimit({ feed, caller });
      assertMaySearch(query, caller);
      noteSearch(query, caller, deps);
      const place = feed.placeOf(header("last-event-id"));
      const stream = (out: EventStream) =>
        new MessageFollower(
          out,
          query,
          { feed, pick, nearUris, caller, life: watchToken() },
          place,
        );
      return { status: 200, stream };
    },
  });

const showMessage = (deps: MessagesDeps) =>
  endpoint({
    method: "get",
    path: "/messages/:id",
    permission: "messages:read",
    operationId: "getMessage",
    refuses: ["conflict"],
    summary:
      "A message with its trace and executions; headers, results and error texts need `messages:details`, logs `messages:logs`, source lines `scripts:read`",
    params: byId,
    answers: { 200: { description: "Everything but the body", schema: messageDetails } },
    handle: ({ params: { id }, caller }) => {
      const target = wholeId(deps.store, id);
      const details = deps.store.details(target) ?? noMessage(target);
      const seen = seenBy(caller);
      if (seen.details) noteRead({ caller, action: "message.read", target }, deps);
      const { scripts } = deps.store;
      const numberOf: NumberOfVersion = (version) => scripts.numberOf(version) ?? null;
      const body = detailsView(details, seen, { numberOf, nearUris: deps.nearUris });
      return { status: 200, body };
    },
  });

const downloadBody = (deps: MessagesDeps) =>
  endpoint({
    method: "get",
    path: "/messages/:id/body",
    permission: "messages:details",
    operationId: "getMessageBody",
    refuses: ["conflict"],
    summary: "The exact bytes of a message's body",
    params: byId,
    answers: { 200: { description: "The body, with the type its sender gave", schema: "bytes" } },
    handle: ({ params: { id: target }, caller }) => {
      const { headers, body } = findMessage(deps.store, target);
      const after = { what: "body" };
      noteRead({ caller, action: "message.read", target, after }, deps);
      // Always a download, never sniffed: a sender controls the bytes.
      const ownHeaders = {
        "content-type": headerValue(headers, "content-type") ?? "application/octet-stream",
        // A stored body never changes.
        etag: `"${target}"`,
        "content-disposition": `attachment; filename="${target}.bin"`,
        "x-content-type-options": "nosniff",
        "content-security-policy": "sandbox; default-src 'none'",
      };
      return { status: 200, headers: ownHeaders, bytes: body };
    },
  });

const resubmitByFilter = (deps: MessagesDeps) =>
  endpoint({
    method: "post",
    path: "/messages/resubmit",
    permission: "messages:resubmit",
    operationId: "resubmitMessages",
    reads: ["flex-sync-webhook"],
    refuses: ["conflict"],
    summary: "Resubmits all messages that match a filter, or counts them",
    query: bulkQuery,
    body: bulkBody,
    examples: {
      "count what failed": { status: "FAILED", dryRun: true },
      "once each, since a time": {
        status: "FAILED",
        from: "2026-01-31T12:00:00Z",
        resubmitted: false,
      },
    },
    // A bulk call reports how many messages it resubmitted before its token ended.
    handlesTokenEnd: true,
    answers: {
      200: { description: "A dry run: the number of messages", schema: bulkAnswer },
      202: { description: "All are accepted again", schema: bulkAnswer },
    },
    handle: async ({ query, body, header, caller, watchToken }) => {
      const options = { ...query, ...body };
      assertMaySearch(options, caller);
      using life = watchToken();
      const sync = isSync(header);
      const done = await resubmitMany(options, { ...deps, caller, life, sync });
      noteSearch(options, caller, deps);
      return { status: done.dryRun ? 200 : 202, body: done };
    },
  });

/** Whether the answer waits for the functions. */
const isSync = (header: (name: string) => string | undefined): boolean =>
  header("flex-sync-webhook")?.toLowerCase() === "true";

const resubmitOne = (deps: MessagesDeps) =>
  endpoint({
    method: "post",
    path: "/messages/:id/resubmit",
    permission: "messages:resubmit",
    operationId: "resubmitMessage",
    reads: ["flex-sync-webhook"],
    refuses: ["conflict"],
    summary: "Resubmits a message, unchanged or edited",
    params: byId,
    body: resubmitSchema.optional(),
    examples: {
      "as it was": {},
      "another body, one function": { body: { ref: "refs/heads/main" }, functions: ["deploy"] },
    },
    textAt: [["body"]],
    // Twice the limit, because escapes make a body longer in JSON.
    maxBodyBytes: deps.maxBodyBytes * 2,
    answers: {
      200: {
        description: "Synchronous: every function ended without error",
        schema: summarySchema,
      },
      202: { description: "Accepted", schema: summarySchema },
      404: { description: "Synchronous: no provider or function matched", schema: summarySchema },
      500: { description: "Synchronous: a function failed", schema: summarySchema },
    },
    handle: async ({ params, body: options = {}, header, caller, assertToken }) => {
      const sync = isSync(header);
      const original = findMessage(deps.store, params.id);
      const knowsFunction =
        options.scripts === "original" ? await deps.knowsOriginal(original.id) : deps.knowsFunction;
      assertToken();
      const message = resubmission(original, options, { ...deps, sync, caller, knowsFunction });
      const { status, body } = await deps.admit(message);
      return { status, headers: { location: `/api/v1/messages/${message.id}` }, body };
    },
  });
