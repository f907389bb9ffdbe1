import { createHash } from "node:crypto";
import type { Deps, ScriptCheck } from "./check-script.ts";
import type { Libraries } from "./load-libraries.ts";

/** Enough for what is installed and what was a moment ago. */
const MAX_REMEMBERED = 4000;

type Checking = ReturnType<Deps["check"]>;

interface Remembered {
  readonly checking: Checking;
  /** Those there were then. */
  readonly libraries: Libraries;
}

/**
 * A script that did not change is not checked again when another one did, nor when a shared module did that it does not
 * use. Drafts may hold secrets: only digests are kept.
 */
export function memoise(check: Deps["check"]): Deps["check"] {
  const known = new Map<string, Remembered>();
  return async (draft: ScriptCheck) => {
    // What it says does not depend on where it was asked.
    const { libraries, isTried: _, ...own } = draft;
    const key = createHash("sha256").update(JSON.stringify(own)).digest("hex");
    const before = known.get(key);
    const isCurrent = before !== undefined && (await isStillTrue(before, libraries));
    const now = { checking: isCurrent ? before.checking : check(draft), libraries };
    known.delete(key);
    known.set(key, now);
    const forget = () => known.get(key) === now && known.delete(key);
    now.checking.then((checked) => isSettled(checked) || forget(), forget);
    const [oldest] = known.keys();
    if (known.size > MAX_REMEMBERED && oldest !== undefined) known.delete(oldest);
    return now.checking;
  };
}

type Checked = Awaited<Checking>;

/** A crash or a timeout may have been the machine's fault: only what the script itself says is remembered. */
const isSettled = ({ fault }: Checked) =>
  fault === undefined || /^(?:COMPILE|SCRIPT)_ERROR$/.test(fault.kind);

/** What went well depends on the modules reached; what did not may depend on any. */
async function isStillTrue(before: Remembered, libraries: Libraries): Promise<boolean> {
  if (before.libraries === libraries) return true;
  const checked = await before.checking;
  if (checked.fault !== undefined) return false;
  return Object.keys(checked.modules).every((path) => before.libraries[path] === libraries[path]);
}
