/** The one refusal of a caller whose token may not do something. */
import { HookyardError } from "../errors.ts";
import { type Caller, may, type Permission } from "../model/permission.ts";

/** Throws `forbidden`. `why` goes on from the permission: what asks for it, and what to do. */
export function assertMay(caller: Caller, permission: Permission, why: string): void {
  if (may(caller, permission)) return;
  const detail = `the token ${JSON.stringify(caller.name)} has no permission ${permission}, which ${why}`;
  throw new HookyardError("forbidden", detail);
}
