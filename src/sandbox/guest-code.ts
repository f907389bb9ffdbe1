/** The guest: the code that runs inside isolates around every script, read once and sent to each child as it starts. */
import { readdirSync, readFileSync } from "node:fs";
import { stripTypeScriptTypes } from "node:module";

const FOLDER = new URL("./guest/", import.meta.url);

export function readGuestCode(): Readonly<Record<string, string>> {
  const names = readdirSync(FOLDER).filter((name) => name.endsWith(".ts"));
  return Object.fromEntries(
    names.map((name) => [name, stripTypeScriptTypes(readFileSync(new URL(name, FOLDER), "utf8"))]),
  );
}
