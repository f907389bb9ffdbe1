/** The guest: the code that runs inside isolates around every script, read once and sent to each child as it starts. */
import { readdirSync, readFileSync } from "node:fs";
import { stripTypeScriptTypes } from "node:module";

const FOLDER = new URL("./guest/", import.meta.url);

/** By path inside the guest's folder, as its modules import each other: `web/url.ts`. */
export function readGuestCode(): Readonly<Record<string, string>> {
  const names = readdirSync(FOLDER, { recursive: true, encoding: "utf8" });
  return Object.fromEntries(
    names
      .filter((name) => name.endsWith(".ts"))
      .map((name) => [name, stripTypeScriptTypes(readFileSync(new URL(name, FOLDER), "utf8"))]),
  );
}
