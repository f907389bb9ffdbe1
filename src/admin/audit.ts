/** `GET /api/v1/audit`: the audit log; and entries for reads. */
import { z } from "zod";
import type { Logger } from "../logger.ts";
import { AUDIT_ACTIONS, type AuditAction } from "../model/audit.ts";
import type { Caller } from "../model/permission.ts";
import type { Store } from "../store/store.ts";
import { endpoint } from "./endpoint.ts";
import { wholeId } from "./message-by-id.ts";
import { pageLimit, time } from "./message-filter.ts";

export interface AuditDeps {
  readonly store: Store;
  readonly log: Logger;
  readonly now: () => number;
}

const filter = z.strictObject({
  caller: z.string().optional().describe("The name of a token."),
  action: z.enum(AUDIT_ACTIONS).optional().describe("What was done."),
  target: z
    .string()
    .optional()
    .describe(
      "A name, the id of a message or the start of it, or `provider/property` for properties.",
    ),
  from: time.optional().describe("Only entries made then or later."),
  to: time.optional().describe("Only entries made before."),
  limit: pageLimit,
  cursor: z
    .string()
    .regex(/^\d{1,15}$/, "expected the nextCursor of an earlier page")
    .optional()
    .describe("The `nextCursor` of an earlier page."),
});

const entry = z
  .object({
    id: z.string(),
    at: z.iso.datetime(),
    caller: z
      .string()
      .nullable()
      .describe("The name of a token; null for the server and its commands."),
    action: z.enum(AUDIT_ACTIONS),
    target: z.string(),
    before: z.unknown().describe("Null when there was nothing; never the value of a secret."),
    after: z.unknown(),
  })
  .meta({ id: "AuditEntry" });

export const listAudit = ({ store }: Pick<AuditDeps, "store">) =>
  endpoint({
    method: "get",
    path: "/audit",
    permission: "admin",
    operationId: "listAuditEntries",
    summary: "Who did what, newest first",
    query: filter,
    answers: {
      200: {
        description: "A page of the list",
        schema: z.object({ items: z.array(entry), nextCursor: z.string().nullable() }),
      },
    },
    handle: ({ query: { cursor, ...conditions } }) => {
      const before = cursor === undefined ? undefined : Number(cursor);
      const target = conditions.target && wholeId(store, conditions.target);
      const { items, nextCursor } = store.audit.list({ ...conditions, target, before });
      const views = items.map((item) => ({
        ...item,
        id: String(item.id),
        at: new Date(item.at).toISOString(),
        before: item.before ?? null,
        after: item.after ?? null,
      }));
      return {
        status: 200,
        body: { items: views, nextCursor: nextCursor === null ? null : String(nextCursor) },
      };
    },
  });

/** Makes an audit entry for a read. The caller's answer does not wait for it; a failed write is logged. */
export function noteRead(
  what: {
    readonly caller: Caller;
    readonly action: AuditAction;
    readonly target: string;
    readonly after?: object;
  },
  { store, log, now }: AuditDeps,
): void {
  const { caller, ...entry } = what;
  store.audit
    .noteRead({ at: now(), caller: caller.name, ...entry })
    .catch((err) =>
      log.error({ err, action: entry.action }, "the audit entry of a read could not be written"),
    );
}
