/** A hint for a refused message: white space around a configured secret is invisible where it was entered. */
import type { Verdict } from "./verdict.ts";

/** Options that hold a secret as text. White space around a public key is harmless. */
const SECRETS = ["secret", "password"] as const;

/** Adds to the reason of a refusal that a configured secret begins or ends with white space. */
export function withSecretHint(verdict: Verdict, options: unknown): Verdict {
  if (verdict.ok) return verdict;
  const given: Readonly<Partial<Record<string, unknown>>> = Object(options);
  for (const name of SECRETS) {
    for (const secret of [given[name]].flat()) {
      const where = typeof secret === "string" ? whiteSpaceIn(secret) : undefined;
      if (where === undefined) continue;
      const hint = `the configured ${name} ${where} with white space: if the sender's does not, set it without`;
      return { ...verdict, reason: [verdict.reason, hint].filter(Boolean).join("; ") };
    }
  }
  return verdict;
}

function whiteSpaceIn(secret: string): string | undefined {
  const [atStart, atEnd] = [secret.trimStart() !== secret, secret.trimEnd() !== secret];
  if (atStart && atEnd) return "begins and ends";
  if (atStart) return "begins";
  return atEnd ? "ends" : undefined;
}
