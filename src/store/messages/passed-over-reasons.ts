/** Why a stored message was not shown to a provider, worked out from the request and the `when` of that version. */
import { RequestHead } from "../../model/request-head.ts";
import { compileWhen, type Unmet, type When } from "../../model/when.ts";
import type { ContentRow, MessageRow } from "../schema.ts";
import type { Sqlite } from "../sqlite/database.ts";

/** Versions whose conditions are remembered, in their compiled form. */
const MAX_REMEMBERED = 1000;

/** For a version that is not kept, or one whose conditions an earlier release read in another way. */
const UNKNOWN = "the request does not meet its `when`";

export type StoredHead = Pick<MessageRow, "method" | "path" | "base_path" | "body_bytes"> &
  Pick<ContentRow, "headers">;

export class PassedOverReasons {
  readonly #definition;
  readonly #conditions = new Map<string, Unmet>();

  constructor(sqlite: Sqlite) {
    this.#definition = sqlite
      .prepare<[string, string], string>(
        "SELECT definition FROM script_version WHERE kind = 'provider' AND name = ? AND version = ?",
      )
      .pluck();
  }

  for(request: StoredHead): (provider: string, version: string) => string {
    const { method, path, base_path: basePath, headers, body_bytes: bodyBytes } = request;
    const message = { method, path, basePath, headers: JSON.parse(headers) };
    const head = new RequestHead(message, bodyBytes);
    return (provider, version) => this.#conditionOf(provider, version)(head) ?? UNKNOWN;
  }

  #conditionOf(provider: string, version: string): Unmet {
    const key = `${provider} ${version}`;
    const known = this.#conditions.get(key);
    if (known !== undefined) return known;
    const definition = this.#definition.get(provider, version);
    const { when }: { readonly when?: When } = JSON.parse(definition ?? "{}");
    const made = when === undefined ? () => undefined : compileWhen(when);
    // The version may be kept a moment later.
    if (definition === undefined) return made;
    if (this.#conditions.size === MAX_REMEMBERED) this.#conditions.clear();
    this.#conditions.set(key, made);
    return made;
  }
}
