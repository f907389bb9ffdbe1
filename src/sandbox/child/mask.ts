/** Secrets a script was given must not leave in what it logs, returns or throws. */

import type { ChildScript } from "../protocol.ts";

/** Shorter values would mask ordinary words. */
const MIN_LENGTH = 4;

type Masked = Pick<ChildScript, "properties" | "secrets">;

/** A copy in which every value of a secret property reads `[NAME]`. Works on the JSON, escapes included. */
export function maskSecrets<T>(value: T, script: Masked): T {
  const text = JSON.stringify(value);
  const masked = maskText(text, script);
  return masked === text ? value : JSON.parse(masked);
}

function maskText(text: string, { properties, secrets }: Masked): string {
  let masked = text;
  for (const name of secrets) {
    for (const secret of properties[name] ?? []) {
      if (secret.length < MIN_LENGTH) continue;
      const escaped = JSON.stringify(secret).slice(1, -1);
      masked = masked.replaceAll(escaped, `[${name}]`);
    }
  }
  return masked;
}
