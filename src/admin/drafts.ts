/** Permissions that drafts need beyond `scripts:write`, and the audit entries of drafts. */
import { createHash } from "node:crypto";
import type { DefinitionKind, Provider, WebhookFunction } from "../model/definition.ts";
import type { Caller } from "../model/permission.ts";
import type { LiveRegistry } from "../registry/live-registry.ts";
import { assertMay } from "./assert-may.ts";
import { installedOne } from "./definition-view.ts";

/**
 * Private networks hold the operator's own services. A caller with `scripts:write` may use the networks already granted
 * to the installed function, but not add any. Throws `forbidden`.
 */
export function assertMayGrant(caller: Caller, fn: WebhookFunction, scripts: LiveRegistry): void {
  const installed = installedOne("function", fn.name, scripts.loaded())?.value?.http;
  const granted = new Set(installed?.privateNetworks);
  const notGranted = fn.http.privateNetworks.filter((block) => !granted.has(block));
  if (notGranted.length === 0) return;
  const asking = `http.privateNetworks of function ${fn.name} needs for ${notGranted.slice(0, 5).join(", ")}`;
  assertMay(caller, "admin", `${asking}; leave them out, or have an administrator grant them`);
}

/** Checks whether a caller may try a function with real requests and kv writes. Throws `forbidden`. */
export function assertMayPerform(caller: Caller, fn: WebhookFunction, scripts: LiveRegistry): void {
  const isInFiles = installedOne("function", fn.name, scripts.loaded())?.origin === "file";
  const [network] = fn.http.privateNetworks;
  const expected = 'try it with effects "record", or have an administrator try it';
  if (isInFiles) {
    const asking = `effects "perform" on function ${fn.name} needs, as it stands in files`;
    assertMay(caller, "admin", `${asking}; give the draft another name, ${expected}`);
  }
  if (network !== undefined) {
    const asking = `effects "perform" with http.privateNetworks (${network}) needs`;
    assertMay(caller, "admin", `${asking}; ${expected}`);
  }
}

/** The audit entry of a tested script: its identity and the hosts it may call. */
export function draftNote(kind: DefinitionKind, value: Provider | WebhookFunction) {
  const { name, script } = value;
  const http = "http" in value ? httpNote(value.http) : undefined;
  return {
    kind,
    name,
    version: script.version,
    digest: createHash("sha256").update(script.source).digest("hex"),
    ...(http === undefined ? {} : { http }),
  };
}

const httpNote = ({ allow, privateNetworks }: WebhookFunction["http"]) => ({
  allow: allow.map(
    ({ scheme, wildcard, host, port }) => `${scheme}://${wildcard ? "*." : ""}${host}:${port}`,
  ),
  privateNetworks,
});
