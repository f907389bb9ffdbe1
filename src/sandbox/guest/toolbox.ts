/** `ctx.crypto` and `ctx.verify`, for match scripts and functions. The host computes them on the exact bytes. */
import type { Crypto, MatchContext, Verdict, Verify } from "../hookyard.d.ts";
import { callHost } from "./bridge.ts";
import { isRawBody } from "./event.ts";
import { withKeyAsText, withSecretAsText } from "./key-bytes.ts";

export type Properties = Readonly<Record<string, readonly string[]>>;

/**
 * Options whose value, if it is a property's current value, is replaced by all live values of the property, so that a
 * rotation needs no change of scripts.
 */
const ROTATABLE_OPTIONS = ["secret", "password", "publicKey"] as const;

/** The body is not sent again, since the host has its bytes. Other text crosses raw, not inside JSON. */
export function digest(operation: "hmac" | "hash", options: object, data: unknown): string {
  if (typeof data !== "string") {
    throw new TypeError(
      `ctx.crypto.${operation}: data is of type ${typeof data}, text was expected`,
    );
  }
  return isRawBody(data)
    ? callHost<string>(operation, { ...options, ofBody: true })
    : callHost<string>(operation, { ...options, ofBody: false }, data);
}

export const crypto: Crypto = Object.freeze({
  hmac: (algorithm: unknown, key: unknown, data: unknown, given: unknown = "hex") => {
    const options = typeof given === "object" ? { encoding: "hex", ...given } : { encoding: given };
    return digest("hmac", withKeyAsText({ ...options, algorithm, key }), data);
  },
  hash: (algorithm: unknown, data: unknown, encoding: unknown = "hex") =>
    digest("hash", { algorithm, encoding }, data),
  timingSafeEqual: (a: unknown, b: unknown) => callHost<boolean>("timingSafeEqual", { a, b }),
  randomUUID: () => callHost<string>("randomUUID", {}),
} satisfies Record<keyof Crypto, unknown>);

/** The current value of each property; undefined if none is set. */
function currentValues(properties: Properties): Readonly<Record<string, string | undefined>> {
  return Object.freeze(
    Object.fromEntries(Object.entries(properties).map(([name, values]) => [name, values[0]])),
  );
}

/** Two properties may have the same current value; then the older values of both are accepted. */
function liveValuesByCurrent(properties: Properties): ReadonlyMap<string, readonly string[]> {
  const live = new Map<string, readonly string[]>();
  for (const values of Object.values(properties)) {
    const [current] = values;
    if (current !== undefined) live.set(current, [...(live.get(current) ?? []), ...values]);
  }
  return live;
}

let wasBasicVerified = false;

/** The authentication challenge of the checks since the last call: some senders send a password only after one. */
export function takeChallenge(): "basic" | undefined {
  const challenge = wasBasicVerified ? "basic" : undefined;
  wasBasicVerified = false;
  return challenge;
}

function makeVerify(properties: Properties): Verify {
  const live = liveValuesByCurrent(properties);
  const withLiveValues = (options: object) => {
    const expanded: Record<string, unknown> = { ...options };
    for (const key of ROTATABLE_OPTIONS) {
      const value = expanded[key];
      expanded[key] = typeof value === "string" ? (live.get(value) ?? value) : value;
    }
    // A value that the message lacks must not look like a missing option.
    if ("value" in expanded && expanded["header"] === undefined) expanded["value"] ??= null;
    return expanded;
  };
  const check = (scheme: keyof Verify) =>
    Object.freeze((options: unknown) => {
      if (scheme === "basic") wasBasicVerified = true;
      const expanded = withLiveValues(Object(options));
      const sent = scheme === "hmac" ? withSecretAsText(expanded) : expanded;
      return callHost<Verdict>("verify", { scheme, options: sent });
    });
  return Object.freeze({
    hmac: check("hmac"),
    standardWebhooks: check("standardWebhooks"),
    ed25519: check("ed25519"),
    ecdsa: check("ecdsa"),
    jwt: check("jwt"),
    basic: check("basic"),
    token: check("token"),
    address: check("address"),
  } satisfies Record<keyof Verify, unknown>);
}

/** The parts of `ctx` that do not depend on a message, created once per script. */
export const makeTools = (properties: Properties, log: MatchContext["log"]): MatchContext =>
  Object.freeze({
    log,
    properties: currentValues(properties),
    crypto,
    verify: makeVerify(properties),
  } satisfies Record<keyof MatchContext, unknown>);
