/** A body of the maximum size in the format of its sender. */
import type { SampleRequest } from "./sample.ts";

const LARGEST_BYTES = 26_214_400;

export const isForm = ({ headers }: SampleRequest): boolean =>
  headers.some(
    ([name, value]) =>
      name.toLowerCase() === "content-type" && value.includes("x-www-form-urlencoded"),
  );

/** The body of the request with an extra field that fills it up to 25 MiB. */
export function largeBody(request: SampleRequest): Buffer {
  const [before, after] = frame(request.body.toString(), isForm(request));
  const filler = LARGEST_BYTES - Buffer.byteLength(before) - Buffer.byteLength(after);
  return Buffer.concat([Buffer.from(before), Buffer.alloc(filler, "x"), Buffer.from(after)]);
}

function frame(text: string, inForm: boolean): readonly [before: string, after: string] {
  if (inForm) return [`${text}&Filler=`, ""];
  if (text.startsWith("{")) return ['{"filler":"', `",${text.slice(1)}`];
  if (text.startsWith("[")) return [`${text.slice(0, text.lastIndexOf("]"))},{"filler":"`, '"}]'];
  return [text, ""];
}
