/** `ctx.crypto` and `ctx.verify`: the same for match scripts and functions, computed by the host on the exact bytes. */
import type { Crypto, MatchContext, Verdict, Verify } from "../hookyard.d.ts";
import { callHost } from "./bridge.ts";
import { isRawBody } from "./event.ts";

export type Properties = Readonly<Record<string, readonly string[]>>;

/** Options in which a value of a property stands for all its live values, so that rotation needs no change to a script. */
const ROTATING = ["secret", "password", "publicKey"] as const;

/** The body itself does not cross again: the host has its bytes. Other text crosses as it is, not inside JSON. */
export function digest(operation: "hmac" | "hash", options: object, data: unknown): string {
  if (typeof data !== "string") {
    throw new TypeError(
      `ctx.crypto.${operation}: data is of type ${typeof data}, text was expected`,
    );
  }
  return isRawBody(data)
    ? callHost<string>(operation, { ...options, ofBody: true })
    : callHost<string>(operation, options, data);
}

export const crypto: Crypto = Object.freeze({
  hmac: (algorithm: unknown, key: unknown, data: unknown, encoding: unknown = "hex") =>
    digest("hmac", { algorithm, key, encoding }, data),
  hash: (algorithm: unknown, data: unknown, encoding: unknown = "hex") =>
    digest("hash", { algorithm, encoding }, data),
  timingSafeEqual: (a: unknown, b: unknown) => callHost<boolean>("timingSafeEqual", { a, b }),
  randomUUID: () => callHost<string>("randomUUID", {}),
} satisfies Record<keyof Crypto, unknown>);

/** The current value of each property; undefined where none is set, so that a script can tell. */
function currentValues(properties: Properties): Readonly<Record<string, string | undefined>> {
  return Object.freeze(
    Object.fromEntries(Object.entries(properties).map(([name, values]) => [name, values[0]])),
  );
}

/** Two properties may have the same current value: then the values being rotated out of either are accepted. */
function liveValuesByCurrent(properties: Properties): ReadonlyMap<string, readonly string[]> {
  const live = new Map<string, readonly string[]>();
  for (const values of Object.values(properties)) {
    const [current] = values;
    if (current !== undefined) live.set(current, [...(live.get(current) ?? []), ...values]);
  }
  return live;
}

let wasBasicAsked = false;

/** What a sender may be asked for, by the checks since it was last taken: some send a password only then. */
export function takeChallenge(): "basic" | undefined {
  const challenge = wasBasicAsked ? "basic" : undefined;
  wasBasicAsked = false;
  return challenge;
}

function makeVerify(properties: Properties): Verify {
  const live = liveValuesByCurrent(properties);
  const withLiveValues = (options: object) => {
    const widened: Record<string, unknown> = { ...options };
    for (const key of ROTATING) {
      const value = widened[key];
      widened[key] = typeof value === "string" ? (live.get(value) ?? value) : value;
    }
    // What a message lacks must not look like an option that was forgotten.
    if ("value" in widened) widened["value"] ??= null;
    return widened;
  };
  const check = (scheme: keyof Verify) =>
    Object.freeze((options: unknown) => {
      if (scheme === "basic") wasBasicAsked = true;
      return callHost<Verdict>("verify", { scheme, options: withLiveValues(Object(options)) });
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

/** What a script's context holds whatever it is run on: made once per script. */
export const makeTools = (properties: Properties, log: MatchContext["log"]): MatchContext =>
  Object.freeze({
    log,
    properties: currentValues(properties),
    crypto,
    verify: makeVerify(properties),
  } satisfies Record<keyof MatchContext, unknown>);
