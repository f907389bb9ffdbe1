/** Signed timestamps: what keeps an overheard request from being sent again later. */

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

/** Where the time of a signature stands: in a header of its own, beside the signature, or in the signed body. */
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

interface Judged {
  /** What it is called in a refusal. */
  readonly label: string;
  readonly unit: "seconds" | "milliseconds";
  /** Without one the time itself is not judged. */
  readonly toleranceSeconds: number | undefined;
}

/** The text of a header that holds seconds since the epoch, in the one way to write them. */
export function readTimestamp(
  request: SignedRequest,
  header: string,
  tolerance: number | undefined,
): Reading<string> {
  const text = readHeader(request, header);
  const label = `the ${header} header`;
  return text.ok
    ? judge(text.value, { label, unit: "seconds", toleranceSeconds: tolerance }, request)
    : text;
}

/** `beside` finds the value of a key in the list that holds the signatures. */
export function readTimestampOption(
  option: TimestampOption,
  request: SignedRequest,
  beside: (key: string) => Reading<string>,
): Reading<string> {
  const { header, key, value } = option;
  if (header !== undefined) {
    const text = readHeader(request, header);
    return text.ok
      ? judge(text.value, { ...option, label: `the ${header} header` }, request)
      : text;
  }
  if (key !== undefined) {
    const text = beside(key);
    return text.ok
      ? judge(text.value, { ...option, label: `the timestamp ${key}` }, request)
      : text;
  }
  const label = "the timestamp in the message";
  if (typeof value !== "string" && typeof value !== "number") return refuse(`${label} is missing`);
  return judge(String(value), { ...option, label }, request);
}

function judge(text: string, judged: Judged, request: SignedRequest): Reading<string> {
  const { label, unit, toleranceSeconds: tolerance } = judged;
  if (!/^(?:0|[1-9][0-9]{0,14})$/.test(text)) {
    return refuse(`${label} is malformed: whole ${unit} since 1970 were expected`);
  }
  // Both ways: a time far ahead would stay valid until then.
  const ageMs = request.judgedAt - Number(text) * (unit === "seconds" ? 1000 : 1);
  if (tolerance === undefined || Math.abs(ageMs) <= tolerance * 1000) return found(text);
  const distance = `${Math.ceil(Math.abs(ageMs) / 1000)} s ${ageMs > 0 ? "old" : "in the future"}`;
  return refuse(`${label} is ${distance}, at most ${tolerance} s are allowed`);
}
