/** The host's part of `URL` in scripts: parsing a URL, and changing one part of it. */
import {
  checked,
  oneOf,
  optional,
  orElse,
  type Read,
  strictObject,
  text,
} from "../../verify/read-value.ts";

/** Bounds the time of one call, during which no other script of the process runs. Real URLs are shorter. */
const MAX_CHARACTERS = 256 * 1024;

const shortText = checked(text, ({ length }) =>
  length > MAX_CHARACTERS
    ? `a text longer than ${MAX_CHARACTERS} characters is not accepted`
    : undefined,
);

const SETTABLE = [
  "href",
  "protocol",
  "username",
  "password",
  "host",
  "hostname",
  "port",
  "pathname",
  "search",
  "hash",
] as const;

/** `input` with `part` set to `value`, or `input` resolved against `base`. */
export const urlSchema = strictObject({
  input: shortText,
  base: optional(shortText),
  part: optional(oneOf(SETTABLE)),
  value: orElse(shortText, ""),
});

/** The parts of the URL; null if it is invalid. */
export function resolveUrl(options: Read<typeof urlSchema>): object | null {
  const url = URL.parse(options.part === "href" ? options.value : options.input, options.base);
  if (url === null) return null;
  if (options.part !== undefined) url[options.part] = options.value;
  const { origin, href } = url;
  // Escaping makes a URL longer, and a script must be able to pass a result back in.
  if (href.length > MAX_CHARACTERS) {
    const found = `the URL would have ${href.length} characters`;
    throw new TypeError(`URL: ${found}, at most ${MAX_CHARACTERS} are kept`);
  }
  return { origin, ...Object.fromEntries(SETTABLE.map((part) => [part, url[part]])) };
}
