/** How values given to `log` and `console` are written: text as it is, errors with their stack, the rest as JSON. */
import { describeThrown } from "./fault.ts";

const MAX_LINE = 8192;

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

/** One line of at most 8 KiB; what is cut is said. */
export function formatLine(values: readonly unknown[]): string {
  const line = values.length === 1 ? formatOne(values[0]) : values.map(formatOne).join(" ");
  return line.length <= MAX_LINE
    ? line
    : `${line.slice(0, MAX_LINE)}… (${line.length - MAX_LINE} characters cut)`;
}
