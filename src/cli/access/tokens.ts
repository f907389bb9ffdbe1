/** `token …`: creates, lists and revokes tokens of the API. */
import type { Command } from "commander";
import { z } from "zod";
import { amountMs } from "../amount.ts";
import { contextOf } from "../context.ts";
import { usage } from "../failure.ts";
import { json, line, remark, table } from "../print.ts";

const token = z.looseObject({
  name: z.string(),
  permissions: z.array(z.string()),
  createdAt: z.string().nullish(),
  expiresAt: z.string().nullish(),
  lastUsedAt: z.string().nullish(),
});
const tokens = z.looseObject({ items: z.array(token) });
const createdToken = z.looseObject({ token: z.string() });

export interface CreateOptions {
  readonly permission: readonly string[];
  readonly expires?: string;
}

/** Only the token goes to standard output: `hookyard token create ci … > file`. */
export async function createToken(
  name: string,
  { permission, expires }: CreateOptions,
  command: Command,
): Promise<void> {
  const { api, json: asJson } = contextOf(command);
  const expiresAt = expires === undefined ? {} : { expiresAt: endOf(expires, Date.now()) };
  const body = { name, permissions: permission, ...expiresAt };
  const answer = await api.read("/tokens", createdToken, { method: "POST", body });
  if (asJson) return json(answer);
  remark(`Token ${name}: it is shown only now, so store it.`);
  line(answer.token);
}

function endOf(text: string, now: number): string {
  const amount = amountMs(text, "hd");
  const at = amount === undefined ? Date.parse(text) : now + amount;
  if (Number.isFinite(at)) return new Date(at).toISOString();
  throw usage(
    `--expires: found ${JSON.stringify(text)}, expected a time such as 2027-01-31T12:00:00Z, or a time from now, such as 90d`,
  );
}

export async function listTokens(_options: object, command: Command): Promise<void> {
  const { api, json: asJson } = contextOf(command);
  const found = await api.read("/tokens", tokens);
  if (asJson) return json(found);
  table(
    ["NAME", "PERMISSIONS", "EXPIRES", "LAST USED"],
    found.items.map(({ name, permissions, expiresAt, lastUsedAt }) => [
      name,
      permissions.join(","),
      expiresAt ?? "never",
      lastUsedAt ?? "never",
    ]),
  );
}

export async function revokeToken(name: string, _options: object, command: Command): Promise<void> {
  const { api, json: asJson } = contextOf(command);
  await api.call(`/tokens/${encodeURIComponent(name)}`, { method: "DELETE" });
  if (asJson) json({ revoked: name });
  else line(`token ${name} is revoked`);
}
