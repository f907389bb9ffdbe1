/** What `URL` in a script asks of the host: parsing, and changing one part. */
import {
  checked,
  oneOf,
  optional,
  orElse,
  type Read,
  strictObject,
  text,
} from "../../verify/read-value.ts";

/** Bounds what one call can cost the process, whose other scripts wait meanwhile; longer than any URL anyone serves. */
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

/** `input` with one part set to `value`, or `input` read against `base`. */
export const urlSchema = strictObject({
  input: shortText,
  base: optional(shortText),
  part: optional(oneOf(SETTABLE)),
  value: orElse(shortText, ""),
});

/** The parts of the URL; null when there is no such URL. */
export function resolveUrl(wish: Read<typeof urlSchema>): object | null {
  const url = URL.parse(wish.part === "href" ? wish.value : wish.input, wish.base);
  if (url === null) return null;
  if (wish.part !== undefined) url[wish.part] = wish.value;
  const { origin, href } = url;
  // Escaping makes longer: what is given out must be accepted again.
  if (href.length > MAX_CHARACTERS) {
    const found = `the URL would have ${href.length} characters`;
    throw new TypeError(`URL: ${found}, at most ${MAX_CHARACTERS} are kept`);
  }
  return { origin, ...Object.fromEntries(SETTABLE.map((part) => [part, url[part]])) };
}
