/** Refusals of scripts contain source lines: this removes them for callers that may not read scripts. */
import { HookyardError } from "../errors.ts";
import { type Caller, may } from "../model/permission.ts";

/** Returns `thrown`, without source lines if the caller lacks `scripts:read`. */
export function withoutFrames(thrown: unknown, caller: Caller | undefined): unknown {
  if (!(thrown instanceof HookyardError) || thrown.members["error"] === undefined) return thrown;
  if (caller === undefined || may(caller, "scripts:read")) return thrown;
  const { frame: _, ...error } = Object(thrown.members["error"]);
  const { code, message, cause, members } = thrown;
  return new HookyardError(code, message, { cause, members: { ...members, error } });
}
