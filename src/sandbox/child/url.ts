/** What `URL` in a script asks of the host: parsing, and changing one part. */
import { z } from "zod";

/** Bounds what one call can cost the process, whose other scripts wait meanwhile; longer than any URL anyone serves. */
const MAX_CHARACTERS = 256 * 1024;

const text = z.string().max(MAX_CHARACTERS, {
  error: `a text longer than ${MAX_CHARACTERS} characters is not accepted`,
});

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

export const urlSchema = z.union([
  z.strictObject({ input: text, part: z.enum(SETTABLE), value: text }),
  z.strictObject({ input: text, base: text.optional() }),
]);

/** The parts of the URL; null when there is no such URL. */
export function resolveUrl(wish: z.infer<typeof urlSchema>): object | null {
  const url = "part" in wish ? changed(wish) : URL.parse(wish.input, wish.base);
  if (url === null) return null;
  const { origin, href } = url;
  // Escaping makes longer: what is given out must be accepted again.
  if (href.length > MAX_CHARACTERS)
    throw new TypeError(
      `URL: the URL has ${href.length} characters, at most ${MAX_CHARACTERS} are kept`,
    );
  return { origin, ...Object.fromEntries(SETTABLE.map((part) => [part, url[part]])) };
}

function changed(wish: {
  readonly input: string;
  readonly part: (typeof SETTABLE)[number];
  readonly value: string;
}): URL | null {
  const url = URL.parse(wish.input);
  if (url === null) return null;
  if (wish.part === "href") return URL.parse(wish.value);
  url[wish.part] = wish.value;
  return url;
}
