/** Signed timestamps, which prevent a recorded request from being replayed later. */

import { readHeader } from "./header.ts";
import { headerName, optionsOf } from "./options.ts";
import {
  anything,
  checked,
  nonNegative,
  oneOf,
  optional,
  orElse,
  type Read,
  text,
} from "./read-value.ts";
import { found, type Reading, refuse, type SignedRequest } from "./verdict.ts";

/** Where the timestamp is: in a header, in the list of signatures, or in the signed body. */
export const timestampOption = checked(
  optionsOf({
    header: optional(headerName),
    key: optional(text),
    value: anything,
    unit: orElse(oneOf(["seconds", "milliseconds"]), "seconds"),
    toleranceSeconds: orElse(nonNegative, 300),
  }),
  ({ header, key, value }) =>
    [header, key, value].filter((one) => one !== undefined).length < 2
      ? undefined
      : "more than one of header, key and value was given, expected only one",
);
export type TimestampOption = Read<typeof timestampOption>;

interface TimestampRule {
  /** The name of the timestamp in a refusal. */
  readonly label: string;
  readonly unit: "seconds" | "milliseconds";
  /** Without it the age is not checked. */
  readonly toleranceSeconds: number | undefined;
}

/** The text of a header with seconds since the epoch, in canonical form. */
export function readTimestamp(
  request: SignedRequest,
  header: string,
  tolerance: number | undefined,
): Reading<string> {
  const text = readHeader(request, header);
  const label = `the ${header} header`;
  return text.ok
    ? checkAge(text.value, { label, unit: "seconds", toleranceSeconds: tolerance }, request)
    : text;
}

/** `readListKey` finds the value of a key in the list of signatures. */
export function readTimestampOption(
  option: TimestampOption,
  request: SignedRequest,
  readListKey: (key: string) => Reading<string>,
): Reading<string> {
  const { header, key, value } = option;
  if (header !== undefined) {
    const text = readHeader(request, header);
    return text.ok
      ? checkAge(text.value, { ...option, label: `the ${header} header` }, request)
      : text;
  }
  if (key !== undefined) {
    const text = readListKey(key);
    return text.ok
      ? checkAge(text.value, { ...option, label: `the timestamp ${key}` }, request)
      : text;
  }
  const label = "the timestamp in the message";
  if (typeof value !== "string" && typeof value !== "number") return refuse(`${label} is missing`);
  return checkAge(String(value), { ...option, label }, request);
}

function checkAge(text: string, rule: TimestampRule, request: SignedRequest): Reading<string> {
  const { label, unit, toleranceSeconds: tolerance } = rule;
  if (!/^(?:0|[1-9][0-9]{0,14})$/.test(text)) {
    return refuse(`${label} is malformed: whole ${unit} since 1970 were expected`);
  }
  // In both directions: a timestamp far in the future would stay valid until then.
  const ageMs = request.judgedAt - Number(text) * (unit === "seconds" ? 1000 : 1);
  if (tolerance === undefined || Math.abs(ageMs) <= tolerance * 1000) return found(text);
  const distance = `${Math.ceil(Math.abs(ageMs) / 1000)} s ${ageMs > 0 ? "old" : "in the future"}`;
  return refuse(`${label} is ${distance}, at most ${tolerance} s are allowed`);
}
