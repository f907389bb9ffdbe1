/** `ctx.crypto` and `ctx.verify`: the same for match scripts and functions, computed by the host on the exact bytes. */
import type { Crypto, Verdict, Verify } from "../hookyard.d.ts";
import { callHost } from "./bridge.ts";

export type Properties = Readonly<Record<string, readonly string[]>>;

/** Options in which a value of a property stands for all its live values, so that rotation needs no change to a script. */
const ROTATING = ["secret", "password", "publicKey"] as const;

export const crypto: Crypto = Object.freeze({
  hmac: (algorithm: unknown, key: unknown, data: unknown, encoding: unknown = "hex") =>
    callHost<string>("hmac", { algorithm, key, data, encoding }),
  hash: (algorithm: unknown, data: unknown, encoding: unknown = "hex") =>
    callHost<string>("hash", { algorithm, data, encoding }),
  timingSafeEqual: (a: unknown, b: unknown) => callHost<boolean>("timingSafeEqual", { a, b }),
  randomUUID: () => callHost<string>("randomUUID", {}),
} satisfies Record<keyof Crypto, unknown>);

/** The current value of each property; undefined where none is set, so that a script can tell. */
export function currentValues(
  properties: Properties,
): Readonly<Record<string, string | undefined>> {
  return Object.freeze(
    Object.fromEntries(Object.entries(properties).map(([name, values]) => [name, values[0]])),
  );
}

export function makeVerify(properties: Properties): Verify {
  const live = new Map(Object.values(properties).map((values) => [values[0], values]));
  const withLiveValues = (options: object) => {
    const widened: Record<string, unknown> = { ...options };
    for (const key of ROTATING) {
      const value = widened[key];
      widened[key] = typeof value === "string" ? (live.get(value) ?? value) : value;
    }
    return widened;
  };
  const check = (scheme: keyof Verify) => (options: unknown) =>
    callHost<Verdict>("verify", { scheme, options: withLiveValues(Object(options)) });
  return Object.freeze({
    hmac: check("hmac"),
    standardWebhooks: check("standardWebhooks"),
    ed25519: check("ed25519"),
    ecdsa: check("ecdsa"),
    jwt: check("jwt"),
    basic: check("basic"),
    token: check("token"),
  } satisfies Record<keyof Verify, unknown>);
}
