/**
 * `secret …`: sets and unsets values of properties. Values are never on a command line, where other users could read
 * them.
 */
import { text } from "node:stream/consumers";
import type { Command } from "commander";
import { askSecret, isInteractive } from "../confirm.ts";
import { contextOf } from "../context.ts";
import { usage } from "../failure.ts";
import { json, line } from "../print.ts";

const pathOf = (provider: string, property: string): string =>
  `/providers/${encodeURIComponent(provider)}/properties/${encodeURIComponent(property)}`;

export interface SetOptions {
  readonly rotate?: boolean;
}

/** Reads the value from standard input, or asks for it on a terminal. */
export async function setSecret(
  provider: string,
  property: string,
  { rotate = false }: SetOptions,
  command: Command,
): Promise<void> {
  const { api, json: asJson } = contextOf(command);
  const values = isInteractive() ? await askValues(rotate) : await readValues();
  const [value = ""] = values;
  if (rotate !== values.length > 1)
    throw usage(
      rotate
        ? "found one line, expected two with --rotate: the new value and the one still accepted"
        : "found several lines, expected one: the value; --rotate takes the new one and the one still accepted",
    );
  const body = rotate ? { values } : { value };
  await api.call(pathOf(provider, property), { method: "PUT", body });
  if (asJson) json({ provider, property, set: true });
  else line(`${property} of ${provider} is set`);
}

async function askValues(rotate: boolean): Promise<readonly string[]> {
  const value = await askSecret(rotate ? "The new value" : "The value");
  return rotate ? [value, await askSecret("The value still accepted")] : [value];
}

async function readValues(): Promise<readonly string[]> {
  const lines = (await text(process.stdin)).replace(/\r?\n$/, "").split(/\r?\n/);
  if (lines.every((one) => one !== "")) return lines;
  throw usage(
    "found nothing on standard input, expected the value: `hookyard secret set … < file`",
  );
}

export async function unsetSecret(
  provider: string,
  property: string,
  _options: object,
  command: Command,
): Promise<void> {
  const { api, json: asJson } = contextOf(command);
  await api.call(pathOf(provider, property), { method: "DELETE" });
  if (asJson) json({ provider, property, set: false });
  else line(`${property} of ${provider} no longer has a stored value`);
}
