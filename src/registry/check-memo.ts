import { createHash } from "node:crypto";
import type { ScriptCheck, ScriptDeps } from "./check-script.ts";
import type { Libraries } from "./load-libraries.ts";

/** Enough for the installed scripts and their recent versions. */
const MAX_CACHED = 4000;

type Checking = ReturnType<ScriptDeps["check"]>;

interface CachedCheck {
  readonly checking: Checking;
  /** The shared modules at the time of the check. */
  readonly libraries: Libraries;
}

/**
 * Caches script checks: a script is not checked again when only other scripts changed, or shared modules that it does
 * not import. Drafts may hold secrets, so only digests are kept as keys.
 */
export function memoizeCheck(check: ScriptDeps["check"]): ScriptDeps["check"] {
  const known = new Map<string, CachedCheck>();
  return async (draft: ScriptCheck) => {
    // The result does not depend on where the check runs.
    const { libraries, isDraft: _, ...own } = draft;
    const key = createHash("sha256").update(JSON.stringify(own)).digest("hex");
    const cached = known.get(key);
    const isCurrent = cached !== undefined && (await isStillValid(cached, libraries));
    const now = { checking: isCurrent ? cached.checking : check(draft), libraries };
    known.delete(key);
    known.set(key, now);
    const forget = () => known.get(key) === now && known.delete(key);
    now.checking.then((checked) => isCacheable(checked) || forget(), forget);
    const [oldest] = known.keys();
    if (known.size > MAX_CACHED && oldest !== undefined) known.delete(oldest);
    return now.checking;
  };
}

type Checked = Awaited<Checking>;

/** A crash or a timeout may be the machine's fault, so only errors of the script itself are cached. */
const isCacheable = ({ fault }: Checked) =>
  fault === undefined || /^(?:COMPILE|SCRIPT)_ERROR$/.test(fault.kind);

/** A passed check depends on the imported modules only; a failed one may depend on any module. */
async function isStillValid(cached: CachedCheck, libraries: Libraries): Promise<boolean> {
  if (cached.libraries === libraries) return true;
  const checked = await cached.checking;
  if (checked.fault !== undefined) return false;
  return Object.keys(checked.modules).every((path) => cached.libraries[path] === libraries[path]);
}
