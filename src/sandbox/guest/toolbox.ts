/** `ctx.crypto` and `ctx.verify`: the same for match scripts and functions, computed by the host on the exact bytes. */
import { callHost } from "./bridge.ts";

export type Properties = Readonly<Record<string, readonly string[]>>;

const SCHEMES = ["hmac", "standardWebhooks", "ed25519", "ecdsa", "jwt", "basic", "token"] as const;
/** Options in which a value of a property stands for all its live values, so that rotation needs no change to a script. */
const ROTATING = ["secret", "password", "publicKey"] as const;

export const crypto = Object.freeze({
  hmac: (algorithm: unknown, key: unknown, data: unknown, encoding: unknown = "hex") =>
    callHost("hmac", { algorithm, key, data, encoding }),
  hash: (algorithm: unknown, data: unknown, encoding: unknown = "hex") =>
    callHost("hash", { algorithm, data, encoding }),
  timingSafeEqual: (a: unknown, b: unknown) => callHost("timingSafeEqual", { a, b }),
  randomUUID: () => callHost("randomUUID", {}),
});

/** The current value of each property; undefined where none is set, so that a script can tell. */
export function currentValues(
  properties: Properties,
): Readonly<Record<string, string | undefined>> {
  return Object.freeze(
    Object.fromEntries(Object.entries(properties).map(([name, values]) => [name, values[0]])),
  );
}

export function makeVerify(properties: Properties) {
  const live = new Map(Object.values(properties).map((values) => [values[0], values]));
  const withLiveValues = (options: object) => {
    const widened: Record<string, unknown> = { ...options };
    for (const key of ROTATING) {
      const value = widened[key];
      widened[key] = typeof value === "string" ? (live.get(value) ?? value) : value;
    }
    return widened;
  };
  return Object.freeze(
    Object.fromEntries(
      SCHEMES.map((scheme) => [
        scheme,
        (options: unknown) =>
          callHost("verify", { scheme, options: withLiveValues(Object(options)) }),
      ]),
    ),
  );
}
