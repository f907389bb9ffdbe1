import { createHash } from "node:crypto";
import type { ScriptCheck, Surroundings } from "./load-folder.ts";

/** Enough for what is installed and what was a moment ago. */
const MAX_REMEMBERED = 4000;

/** A script that did not change is not checked again when another one did. Drafts may hold secrets: only digests are kept. */
export function memoise(check: Surroundings["check"]): Surroundings["check"] {
  const known = new Map<string, ReturnType<Surroundings["check"]>>();
  return (draft: ScriptCheck) => {
    const key = createHash("sha256").update(JSON.stringify(draft)).digest("hex");
    const checked = known.get(key) ?? check(draft);
    known.delete(key);
    known.set(key, checked);
    // A crash or a timeout may have been the machine's fault: only what the script itself says is remembered.
    const isSettled = (kind: string | undefined) =>
      kind === undefined || /^(?:COMPILE|SCRIPT)_ERROR$/.test(kind);
    checked.then(
      ({ fault }) => isSettled(fault?.kind) || known.delete(key),
      () => known.delete(key),
    );
    const [oldest] = known.keys();
    if (known.size > MAX_REMEMBERED && oldest !== undefined) known.delete(oldest);
    return checked;
  };
}
