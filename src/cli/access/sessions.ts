/** `sign-in` and `session …`: creates links to sign in to the console, lists and ends sessions. */
import type { Command } from "commander";
import { z } from "zod";
import { contextOf } from "../context.ts";
import { json, line, remark, table } from "../print.ts";

const link = z.looseObject({ url: z.string(), expiresAt: z.string() });
const session = z.looseObject({
  id: z.string(),
  name: z.string(),
  via: z.string(),
  remoteAddress: z.string(),
  lastUsedAt: z.string(),
  expiresAt: z.string(),
});
const sessions = z.looseObject({ items: z.array(session) });

/** Only the link goes to standard output. */
export async function createLink(_options: object, command: Command): Promise<void> {
  const { api, json: asJson } = contextOf(command);
  const made = await api.read("/sessions/links", link, { method: "POST" });
  if (asJson) return json(made);
  remark(`Open this link in a browser. It works once, until ${made.expiresAt}.`);
  line(made.url);
}

export async function listSessions(_options: object, command: Command): Promise<void> {
  const { api, json: asJson } = contextOf(command);
  const found = await api.read("/sessions", sessions);
  if (asJson) return json(found);
  table(
    ["ID", "NAME", "VIA", "FROM", "LAST USED", "EXPIRES"],
    found.items.map(({ id, name, via, remoteAddress, lastUsedAt, expiresAt }) => [
      id,
      name,
      via,
      remoteAddress,
      lastUsedAt,
      expiresAt,
    ]),
  );
}

export async function endSession(id: string, _options: object, command: Command): Promise<void> {
  const { api, json: asJson } = contextOf(command);
  await api.call(`/sessions/${encodeURIComponent(id)}`, { method: "DELETE" });
  if (asJson) json({ ended: id });
  else line(`session ${id} has ended`);
}
