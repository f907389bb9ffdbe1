/** `audit`: lists the audit log, newest first. */
import type { Command } from "commander";
import { z } from "zod";
import { contextOf } from "../context.ts";
import { timeOf } from "../messages/filter.ts";
import { shortTime } from "../messages/list.ts";
import { json, remark, table } from "../print.ts";
import { cell } from "../printable.ts";

const CHANGE_LENGTH = 80;

const page = z.looseObject({
  items: z.array(
    z.looseObject({
      at: z.string(),
      caller: z.string().nullable(),
      action: z.string(),
      target: z.string(),
      before: z.unknown().optional(),
      after: z.unknown().optional(),
    }),
  ),
  nextCursor: z.string().nullish(),
});

export interface AuditOptions {
  readonly limit: number;
  readonly from?: string;
  readonly to?: string;
  readonly caller?: string;
  readonly action?: string;
  readonly target?: string;
  readonly cursor?: string;
}

export async function showAudit(options: AuditOptions, command: Command): Promise<void> {
  const { api, json: asJson } = contextOf(command);
  const now = Date.now();
  const { limit, caller, action, target, cursor } = options;
  const from = timeOf("--from", options.from, now);
  const to = timeOf("--to", options.to, now);
  const query = { limit, caller, action, target, cursor, from, to };
  const found = await api.read("/audit", page, { query });
  if (asJson) return json(found);
  if (found.items.length === 0) return remark("No entry matches.");
  table(
    ["AT", "WHO", "ACTION", "WHAT", "CHANGE"],
    found.items.map((one) => [
      shortTime(one.at),
      one.caller ?? "the server",
      one.action,
      one.target,
      cell(changeOf(one.before, one.after), CHANGE_LENGTH),
    ]),
  );
  if (found.nextCursor != null) remark(`There are more entries: --cursor ${found.nextCursor}`);
}

const jsonOf = (value: unknown): string => (value == null ? "" : JSON.stringify(value));

const changeOf = (before: unknown, after: unknown): string =>
  before == null ? jsonOf(after) : `${jsonOf(before)} → ${jsonOf(after)}`;
