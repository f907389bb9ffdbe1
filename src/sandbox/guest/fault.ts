/** Turns a thrown value into plain text. Every read may run the script's own code, so every read is guarded. */
import { MAX_CAUSES } from "../../model/failure-kind.ts";
import type { Thrown, ThrownError } from "../wire/guest-posts.ts";
import { cutRaw } from "../wire/raw-text.ts";

function readText(value: unknown, key: string): string {
  try {
    const text: unknown = Reflect.get(Object(value), key);
    return typeof text === "string" ? cutRaw(text) : "";
  } catch {
    return "";
  }
}

function asText(value: unknown): string {
  try {
    return cutRaw(
      String(
        typeof value === "object" && value !== null ? (JSON.stringify(value) ?? value) : value,
      ),
    );
  } catch {
    return "a value that cannot be shown";
  }
}

export function describeThrown(thrown: unknown): Thrown {
  const described = describeOne(thrown);
  const causes = guardedCausesOf(thrown).map(describeOne);
  return causes.length === 0 ? described : { ...described, causes };
}

function readPart(value: object, key: string): unknown {
  try {
    return Reflect.get(value, key);
  } catch {
    return undefined;
  }
}

/** The errors directly behind this one. */
function partsOf(thrown: object): readonly unknown[] {
  const cause = readPart(thrown, "cause");
  const errors = thrown instanceof AggregateError ? readPart(thrown, "errors") : undefined;
  return [
    ...(cause === undefined || cause === null ? [] : [cause]),
    ...(Array.isArray(errors) ? errors.slice(0, MAX_CAUSES) : []),
  ];
}

/** None if the script's own code throws while they are looked for. */
function guardedCausesOf(thrown: unknown): readonly unknown[] {
  try {
    return causesOf(thrown);
  } catch {
    return [];
  }
}

/** All errors behind this one, nearest first, each once. */
function causesOf(thrown: unknown): readonly unknown[] {
  if (!(thrown instanceof Error)) return [];
  const found: unknown[] = [thrown];
  for (const one of found) {
    if (typeof one !== "object" || one === null) continue;
    for (const part of partsOf(one))
      if (found.length <= MAX_CAUSES && !found.includes(part)) found.push(part);
  }
  return found.slice(1);
}

function describeOne(thrown: unknown): ThrownError {
  if (typeof thrown !== "object" || thrown === null) {
    return {
      name: "Error",
      message: cutRaw(`${asText(thrown)} was thrown, which is not an Error`),
      stack: "",
    };
  }
  const message = readText(thrown, "message");
  return {
    name: readText(thrown, "name") || "Error",
    message: message === "" ? asText(thrown) : message,
    stack: readText(thrown, "stack"),
  };
}
