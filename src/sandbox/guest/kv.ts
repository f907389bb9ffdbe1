/** `ctx.kv`: the function's key-value store, which main keeps. */
import type { KeyValueStore } from "../hookyard.d.ts";
import { parseJson } from "./exact-numbers.ts";
import { formatLine } from "./format.ts";
import { callMain } from "./host-call.ts";
import { readOptions } from "./options.ts";

const { stringify } = JSON;

function keyOf(method: string, key: unknown): string {
  if (typeof key === "string" && key !== "" && key.isWellFormed()) return key;
  const found = key === "" ? "empty" : formatLine([key]);
  throw new TypeError(
    `ctx.kv.${method}: the key is ${found}, a text without lone surrogates was expected`,
  );
}

/** The value as JSON; `expected` is compared in this form. */
function jsonOf(method: string, value: unknown): string {
  const text = stringify(value);
  if (text !== undefined) return text;
  throw new TypeError(
    `ctx.kv.${method}: the value is of type ${typeof value}, a value that JSON can represent was expected; use ctx.kv.delete to remove a key`,
  );
}

function ttlOf(method: string, seconds: unknown): number | undefined {
  if (seconds === undefined) return undefined;
  if (typeof seconds === "number" && seconds > 0 && seconds <= MAX_TTL_SECONDS) return seconds;
  throw new TypeError(
    `ctx.kv.${method}: ttlSeconds is ${formatLine([seconds])}, a number above 0 and up to ${MAX_TTL_SECONDS} was expected`,
  );
}

/** Ten years. */
const MAX_TTL_SECONDS = 315_360_000;

/** `run`: the number of its run. */
export const makeKv = (run: number): KeyValueStore =>
  Object.freeze({
    get: async (key: unknown) => {
      const text = await callMain<string | null>(run, "kv.get", { key: keyOf("get", key) });
      return text === null ? undefined : parseJson(text);
    },
    set: async (key: unknown, value: unknown, options: unknown = {}) => {
      const given = readOptions("ctx.kv.set", options, ["ttlSeconds", "expected"]);
      const { ttlSeconds, expected } = given;
      return callMain<boolean>(run, "kv.set", {
        key: keyOf("set", key),
        value: jsonOf("set", value),
        ttlSeconds: ttlOf("set", ttlSeconds),
        // Present but undefined: the key must not exist yet.
        ...("expected" in given
          ? { expected: expected === undefined ? null : jsonOf("set", expected) }
          : {}),
      });
    },
    delete: async (key: unknown) =>
      callMain<boolean>(run, "kv.delete", { key: keyOf("delete", key) }),
    increment: async (key: unknown, by: unknown = 1, options: unknown = {}) => {
      if (typeof by !== "number" || !Number.isSafeInteger(by))
        throw new TypeError(
          `ctx.kv.increment: ${formatLine([by])} was given, a whole number was expected`,
        );
      const given = readOptions("ctx.kv.increment", options, ["ttlSeconds"]);
      const ttlSeconds = ttlOf("increment", given["ttlSeconds"]);
      return callMain<number>(run, "kv.increment", {
        key: keyOf("increment", key),
        by,
        ttlSeconds,
      });
    },
  } satisfies Record<keyof KeyValueStore, unknown>);
