/** How values given to `log` and `console` are written: text as it is, errors with their stack, the rest as JSON. */

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

/** All of a line; the host cuts it to what is kept. */
export const wholeLine = (values: readonly unknown[]): string =>
  values.length === 1 ? formatOne(values[0]) : values.map(formatOne).join(" ");

export const formatLine = (values: readonly unknown[]): string => cutRaw(wholeLine(values));
