/** Why a stored message skipped a provider, derived from the request and the `when` of the provider's version. */
import { RequestHead } from "../../model/request-head.ts";
import { compileWhen, missingKeysReason, type When, type WhenCheck } from "../../model/when.ts";
import type { ContentRow, MessageRow } from "../rows.ts";
import type { Sqlite } from "../sqlite/database.ts";

/** Versions whose compiled conditions are cached. */
const MAX_CACHED = 1000;

/** For a version that is not stored, or whose conditions an earlier release read differently. */
const UNKNOWN = "the request does not meet its `when`";

export type StoredHead = Pick<MessageRow, "method" | "path" | "base_path" | "body_bytes"> &
  Pick<ContentRow, "headers">;

export class PassedOverReasons {
  readonly #definition;
  readonly #conditions = new Map<string, WhenCheck>();

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
    return (provider, version) => {
      const { reason, payloadKeys } = this.#conditionOf(provider, version)(head);
      return reason ?? (payloadKeys && missingKeysReason(payloadKeys)) ?? UNKNOWN;
    };
  }

  #conditionOf(provider: string, version: string): WhenCheck {
    const key = `${provider} ${version}`;
    const cached = this.#conditions.get(key);
    if (cached !== undefined) return cached;
    const definition = this.#definition.get(provider, version);
    const { when }: { readonly when?: When } = JSON.parse(definition ?? "{}");
    const condition = when === undefined ? () => ({}) : compileWhen(when);
    // Not cached: the version may be stored a moment later.
    if (definition === undefined) return condition;
    if (this.#conditions.size === MAX_CACHED) this.#conditions.clear();
    this.#conditions.set(key, condition);
    return condition;
  }
}
