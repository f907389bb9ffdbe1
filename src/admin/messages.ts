/** `/api/v1/messages`: what came in, what became of it, and once more. */
import express, { type Request, Router } from "express";
import { z } from "zod";
import { HookyardError } from "../errors.ts";
import { headerValue } from "../model/message.ts";
import type { MessageDetails } from "../store/message-details.ts";
import type { Store } from "../store/store.ts";
import { bulkSchema, resubmitMany } from "./bulk-resubmission.ts";
import { messageFilter, parse } from "./message-filter.ts";
import { detailsView, listedView } from "./message-view.ts";
import type { Admit } from "./resubmission.ts";
import { resubmission, resubmitSchema } from "./resubmission.ts";

const listSchema = z.strictObject({
  ...messageFilter,
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
  router.post("/resubmit", express.json({ type: () => true }), async (request, response) => {
    const wishes = parse(bulkSchema, { ...request.query, ...request.body });
    const { dryRun, count } = await resubmitMany(wishes, around);
    response.status(dryRun ? 200 : 202).json({ dryRun, count });
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
