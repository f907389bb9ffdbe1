/** Access to text search: a caller that can search can read messages letter by letter. */
import type { Caller } from "../model/permission.ts";
import { assertMay } from "./assert-may.ts";
import { type AuditDeps, noteRead } from "./audit.ts";

interface Searched {
  readonly q?: string | undefined;
}

/** Throws `forbidden`. */
export function assertMaySearch({ q }: Searched, caller: Caller): void {
  if (q === undefined) return;
  assertMay(caller, "messages:details", "q needs; leave q out, or use another token");
}

/** An audit entry for a successful search. */
export function noteSearch({ q, ...after }: Searched, caller: Caller, deps: AuditDeps): void {
  if (q === undefined) return;
  noteRead({ caller, action: "message.search", target: "messages", after }, deps);
}
