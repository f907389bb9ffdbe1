/** Turns a thrown value into plain text. Every read may run the script's own code, so every read is guarded. */
import type { Thrown } from "../wire/guest-posts.ts";
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
