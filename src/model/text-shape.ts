/**
 * The shape of a text: the text without the parts that differ from message to message, so that texts of one cause are
 * equal. Numbers, ids, addresses and quoted texts are replaced. Words stay, because they tell causes apart.
 */

/** Longer texts are cut first: the time for many unclosed quotes grows with the square of the length. */
const MAX_CHARACTERS = 1000;

/** V8 quotes the JSON text without escapes, so its quotes cannot be paired. */
const NOT_JSON = /Unexpected token .* is not valid JSON/s;
const ADDRESS = /\b[a-z][a-z0-9+.-]{0,20}:\/\/([^\s/?#"'`<>]*)[^\s"'`<>]*/gi;
const MAIL = /[^\s@<>"'`()]{1,64}@[^\s@<>"'`()]{1,253}/g;
const UUID = /\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/gi;
/** A word with a digit, and numbers that follow it after a dot, comma or colon. */
const WITH_DIGIT = /(?<!\w)[-+]?\w{0,200}?\d\w*(?:[.,:]\d\w*)*/g;

/** A quote after a letter is an apostrophe, and so is one before a letter. Several at the end close one text that held quotes. */
const quoted = (open: string, close = open): string =>
  `(?<!\\w)${open}((?:\\\\.|[^\\\\${close}]|${close}(?=\\w))*?)(?:${close}+(?!\\w)|END)`;
const QUOTES = [
  quoted('"'),
  quoted("'"),
  quoted("`"),
  quoted("“", "”"),
  quoted("‘", "’"),
  quoted("«", "»"),
].join("|");
const QUOTED = new RegExp(QUOTES.replaceAll("|END", ""), "gs");
/** In a cut text, the end also closes a quote. */
const QUOTED_OR_CUT = new RegExp(QUOTES.replaceAll("END", "$"), "gs");

/**
 * `source` is the line of the script that the text comes from, if it is known. A quoted text that stands in it is part
 * of the script: it stays, because it tells causes apart.
 */
export function textShape(text: string, source = ""): string {
  const isCut = text.length > MAX_CHARACTERS;
  return text
    .slice(0, MAX_CHARACTERS)
    .replace(NOT_JSON, "Unexpected token ? is not valid JSON")
    .replace(isCut ? QUOTED_OR_CUT : QUOTED, (whole, ...groups: readonly unknown[]) => {
      const inner = groups.slice(0, QUOTE_KINDS).find((group) => group !== undefined);
      return typeof inner === "string" && isWordOf(source, inner) ? whole : "“…”";
    })
    .replace(ADDRESS, (_, host: string) => `${host}/…`)
    .replace(MAIL, "#")
    .replace(UUID, "#")
    .replace(WITH_DIGIT, numberless)
    .replace(/\s+/g, " ")
    .trim();
}

const QUOTE_KINDS = 6;
/** A single character is too likely to stand in a line by chance. */
const MIN_WORD = 2;

function isWordOf(source: string, text: string): boolean {
  if (text.length < MIN_WORD || !source.includes(text)) return false;
  return new RegExp(`(?<![\\w$])${RegExp.escape(text)}(?![\\w$])`).test(source);
}

/** A number with its unit, or a word that ends with a number, keeps its letters: `12 ms`, `sha256`. */
function numberless(word: string): string {
  const unit = /^[-+]?\d+(?:[.,:]\d+)*(?:e[-+]?\d+)?([a-zµ%]{0,3})$/i.exec(word)?.[1];
  if (unit !== undefined) return `#${unit}`;
  return word
    .split("_")
    .map((part) => (/\d/.test(part) ? `${/^([a-z]{2,12})\d+$/i.exec(part)?.[1] ?? ""}#` : part))
    .join("_");
}

/** Digits from which a part of a path is an id: fewer belong to a name, as in `v2` and `oauth2`. */
const MIN_ID_DIGITS = 3;
const MAX_SEGMENT = 100;

/** The shape of a URI: its segments, with `#` for those that are a number or an id. */
export const uriShape = (uri: string): string =>
  uri
    .split("/")
    .map((segment) => (isId(segment) ? "#" : segment.slice(0, MAX_SEGMENT)))
    .join("/");

function isId(segment: string): boolean {
  const digits = segment.replace(/\D/g, "").length;
  return digits >= MIN_ID_DIGITS || (digits > 0 && digits === segment.length);
}
