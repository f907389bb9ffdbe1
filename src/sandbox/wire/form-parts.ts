/** The parts of `multipart/form-data`, as they cross into an isolate: the bytes of a file follow when they are read. */

export type FormPart =
  | { readonly name: string; readonly text: string }
  | {
      readonly name: string;
      readonly file: { readonly filename: string; readonly type: string; readonly size: number };
    };

/**
 * How the host gives a payload that the guest does not parse from the body as it came. The first letter of the text is
 * `WHOLE` or `EXCERPT`, the second one of `SOURCES`.
 */
export const WHOLE = "W";
export const EXCERPT = "T";
export const SOURCES = {
  /** The body as text, from which the guest parses the payload. */
  text: "t",
  /** The payload as JSON. */
  json: "j",
  /** A list of `FormPart` as JSON. */
  parts: "p",
} as const;
