/** What drafts may ask for that live scripts of files have, and what the audit log says of them. */
import { createHash } from "node:crypto";
import type { DefinitionKind, Provider, WebhookFunction } from "../model/definition.ts";
import type { Caller } from "../model/permission.ts";
import type { LiveRegistry } from "../registry/live-registry.ts";
import { assertMay } from "./assert-may.ts";
import { installedOne } from "./definition-view.ts";

/**
 * Private networks are where the operator's own services are. Whoever may write scripts may use what an installed
 * function has been granted there, and grant nothing. Throws `forbidden`.
 */
export function assertMayGrant(caller: Caller, fn: WebhookFunction, scripts: LiveRegistry): void {
  const installed = installedOne("function", fn.name, scripts.loaded())?.value?.http;
  const granted = new Set(installed?.privateNetworks);
  const wanted = fn.http.privateNetworks.filter((block) => !granted.has(block));
  if (wanted.length === 0) return;
  const asking = `http.privateNetworks of function ${fn.name} asks for with ${wanted.slice(0, 5).join(", ")}`;
  assertMay(caller, "admin", `${asking}; leave them out, or have an administrator grant them`);
}

/** Requests that are sent and values that are written for real. Throws `forbidden`. */
export function assertMayPerform(caller: Caller, fn: WebhookFunction, scripts: LiveRegistry): void {
  const isInFiles = installedOne("function", fn.name, scripts.loaded())?.origin === "file";
  const [network] = fn.http.privateNetworks;
  const expected = 'try it with effects "record", or have an administrator try it';
  if (isInFiles) {
    const asking = `effects "perform" on function ${fn.name} asks for, as it stands in files`;
    assertMay(caller, "admin", `${asking}; give the draft another name, ${expected}`);
  }
  if (network !== undefined) {
    const asking = `effects "perform" with http.privateNetworks (${network}) asks for`;
    assertMay(caller, "admin", `${asking}; ${expected}`);
  }
}

/** What the audit log says of a script that is tried: which one it was, and what it may call. */
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
