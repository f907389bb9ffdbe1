/** Formats the values of a log line: text as it is, errors with their stack, other values as JSON. */

import { cutRaw } from "../wire/raw-text.ts";
import { describeThrown } from "./fault.ts";

function formatOne(value: unknown): string {
  if (typeof value === "string") return value;
  if (value instanceof Error) {
    const { name, message, stack } = describeThrown(value);
    return stack === "" ? `${name}: ${message}` : stack;
  }
  if (typeof value === "function") return "[function]";
  try {
    return (typeof value === "object" ? JSON.stringify(value) : undefined) ?? String(value);
  } catch {
    return "[a value that cannot be shown]";
  }
}

/** The whole line, uncut. */
export const wholeLine = (values: readonly unknown[]): string =>
  values.length === 1 ? formatOne(values[0]) : values.map(formatOne).join(" ");

export const formatLine = (values: readonly unknown[]): string => cutRaw(wholeLine(values));
