/** `/api/v1/messages`: what came in, what became of it, and once more. */
import express, { type Request, Router } from "express";
import { z } from "zod";
import { HookyardError } from "../errors.ts";
import { headerValue, MESSAGE_STATUSES } from "../model/message.ts";
import type { MessageDetails } from "../store/message-details.ts";
import type { Store } from "../store/store.ts";
import { detailsView, listedView } from "./message-view.ts";
import type { Admit } from "./resubmission.ts";
import { resubmission, resubmitSchema } from "./resubmission.ts";

const time = z.iso
  .datetime({
    offset: true,
    message: "expected an ISO 8601 time with zone, such as 2026-01-31T12:00:00Z",
  })
  .transform((text) => Date.parse(text));

const listSchema = z.strictObject({
  status: z.enum(MESSAGE_STATUSES).optional(),
  provider: z.string().optional(),
  function: z.string().optional(),
  uri: z.string().optional(),
  eventType: z.string().optional(),
  from: time.optional(),
  to: time.optional(),
  q: z.string().min(1).max(1000).optional(),
  limit: z.coerce
    .number()
    .int()
    .min(1)
    .max(200, "expected a whole number from 1 to 200")
    .default(50),
  cursor: z.uuid("expected the nextCursor of an earlier page").optional(),
});

export interface MessagesSurroundings {
  readonly store: Store;
  readonly admit: Admit;
  readonly maxBodyBytes: number;
  readonly knowsFunction: (name: string) => boolean;
  readonly now: () => number;
}

export function messagesRouter(around: MessagesSurroundings): Router {
  const { store } = around;
  const router = Router();
  router.get("/", (request, response) => void response.json(list(store, request)));
  router.get(
    "/:id",
    (request, response) => void response.json(detailsView(find(store, request.params.id))),
  );
  router.get("/:id/body", (request, response) => {
    const { row, headers, body } = find(store, request.params.id);
    // Always a download, never sniffed: the bytes are a stranger's. Express would "mend" the type it is given.
    response.writeHead(200, {
      "content-type": headerValue(headers, "content-type") ?? "application/octet-stream",
      "content-length": body.length,
      "content-disposition": `attachment; filename="${row.id}.bin"`,
      "x-content-type-options": "nosniff",
      "content-security-policy": "sandbox; default-src 'none'",
    });
    response.end(body);
  });
  // Twice the limit: a body in JSON has escapes.
  router.post(
    "/:id/resubmit",
    express.json({ limit: around.maxBodyBytes * 2, type: () => true, strict: false }),
    async (request, response) => {
      const original = find(store, request.params.id);
      const wishes = parse(resubmitSchema, request.body ?? {});
      const message = resubmission(original, wishes, {
        ...around,
        sync: isTrue(request.get("flex-sync-webhook")),
      });
      const { status, headers, body } = await around.admit(message);
      response.writeHead(status, headers).end(body);
    },
  );
  return router;
}

const isTrue = (value: string | undefined) => value?.toLowerCase() === "true";

function list(store: Store, request: Request) {
  const { cursor, limit, ...filter } = parse(listSchema, request.query);
  const { items, nextCursor } = store.list({ ...filter, before: cursor, limit });
  return { items: items.map(listedView), nextCursor };
}

function find(store: Store, id: string): MessageDetails {
  const details = store.details(id);
  if (details === undefined) {
    throw new HookyardError(
      "not_found",
      `there is no message ${JSON.stringify(id.slice(0, 100))}; GET /api/v1/messages lists those there are`,
    );
  }
  return details;
}

function parse<T>(schema: z.ZodType<T>, value: unknown): T {
  const parsed = schema.safeParse(value);
  if (!parsed.success) throw new HookyardError("bad_request", z.prettifyError(parsed.error));
  return parsed.data;
}
