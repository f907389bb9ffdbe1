/** Formats the values of a log line: text as it is, errors with their stack and causes, other values as JSON. */

import type { ThrownError } from "../wire/guest-posts.ts";
import { cutRaw } from "../wire/raw-text.ts";
import { describeThrown } from "./fault.ts";
import { valueBehind } from "./flexdeploy-map.ts";
import { jsonWithErrors } from "./json-errors.ts";

const errorText = ({ name, message, stack }: ThrownError): string =>
  stack === "" ? `${name}: ${message}` : stack;

function formatOne(value: unknown): string {
  if (typeof value === "string") return value;
  if (value instanceof Error) {
    const { causes = [], ...error } = describeThrown(value);
    return [errorText(error), ...causes.map((one) => `caused by: ${errorText(one)}`)].join("\n");
  }
  if (typeof value === "function") {
    const behind = valueBehind(value);
    return behind === undefined ? "[function]" : formatOne(behind[0]);
  }
  try {
    return (typeof value === "object" ? jsonWithErrors(value) : undefined) ?? String(value);
  } catch {
    return "[a value that cannot be shown]";
  }
}

/** The whole line, uncut. */
export const wholeLine = (values: readonly unknown[]): string =>
  values.length === 1 ? formatOne(values[0]) : values.map(formatOne).join(" ");

export const formatLine = (values: readonly unknown[]): string => cutRaw(wholeLine(values));
