/** Refuses a caller whose token lacks a permission. */
import { HookyardError } from "../errors.ts";
import { type Caller, may, type Permission } from "../model/permission.ts";

/** Throws `forbidden`. `why` completes "has no permission x, which …": what needs it, and what to do instead. */
export function assertMay(caller: Caller, permission: Permission, why: string): void {
  if (may(caller, permission)) return;
  const holder = caller.session === undefined ? "the token" : "the session of";
  const detail = `${holder} ${JSON.stringify(caller.name)} has no permission ${permission}, which ${why}`;
  throw new HookyardError("forbidden", detail);
}
