/**
 * Headers that prove who a sender is. Whoever may see what is in a message sees them there, and nobody anywhere else: not
 * in what scripts log, say or throw.
 */
import { keptWith } from "./kept-with.ts";
import type { HeaderList } from "./message.ts";

const SENSITIVE =
  /authori[sz]ation|cookie|token|secret|signature|hmac|passw|api-?key|credential|jwt|(?:^|-)auth(?:-|$)/;
/** Shorter values would mask ordinary words. */
const MIN_LENGTH = 8;

/** `further`: names in lower case that providers say are secret. */
export const isSensitiveHeader = (name: string, further: ReadonlySet<string>): boolean => {
  const key = name.toLowerCase();
  return SENSITIVE.test(key) || further.has(key);
};

interface Secret {
  readonly further: object;
  readonly names: readonly string[];
}
const secrets = keptWith<HeaderList, Secret>("secret headers");

/** The names, in lower case, of those headers of a message that are sensitive. Made once for a message. */
export function secretHeaderNames(
  headers: HeaderList,
  further: ReadonlySet<string>,
): readonly string[] {
  const known = secrets.of(headers);
  if (known?.further === further) return known.names;
  const names = headers.filter(([name]) => speaks(name) || further.has(name.toLowerCase()));
  const unique = [...new Set(names.map(([name]) => name.toLowerCase()))];
  return secrets.keep(headers, { further, names: unique }).names;
}

/** Senders use the same few names in message after message. */
const spoken = new Map<string, boolean>();
const MAX_SPOKEN = 1000;

function speaks(name: string): boolean {
  const known = spoken.get(name);
  if (known !== undefined) return known;
  const does = SENSITIVE.test(name.toLowerCase());
  if (spoken.size >= MAX_SPOKEN) spoken.clear();
  spoken.set(name, does);
  return does;
}

type Mask = (text: string) => string;
const masks = keptWith<HeaderList, { readonly further: object; readonly mask: Mask }>("mask");

/** Masks texts: every value of a sensitive header, and every part of one, reads `[name]`. Made once for a message. */
export function headerMask(headers: HeaderList, further: ReadonlySet<string>): Mask {
  const known = masks.of(headers);
  if (known?.further === further) return known.mask;
  return masks.keep(headers, { further, mask: makeMask(headers, further) }).mask;
}

function makeMask(headers: HeaderList, further: ReadonlySet<string>): Mask {
  const spellings: { readonly part: string; readonly mask: string }[] = [];
  for (const [name, value] of headers) {
    if (value.length < MIN_LENGTH || !isSensitiveHeader(name, further)) continue;
    const mask = `[${name.toLowerCase()}]`;
    for (const part of partsOf(value)) spellings.push({ part, mask });
  }
  // A part of another must not be masked before it.
  spellings.sort((a, b) => b.part.length - a.part.length);
  return (text) => {
    let masked = text;
    for (const { part, mask } of spellings) masked = masked.replaceAll(part, mask);
    return masked;
  };
}

/** `Bearer abc`, `sha256=abc`, `t=1,v1=abc` and `a=b; c=d` are taken apart; `Basic` is what it encodes, too. */
function partsOf(value: string): ReadonlySet<string> {
  const words = value.split(/[\s,;]+/);
  const values = words.map((word) => word.slice(word.indexOf("=") + 1).replace(/^"|"$/g, ""));
  const basic = /^basic\s+(\S+)/i.exec(value)?.[1];
  const decoded = basic === undefined ? "" : Buffer.from(basic, "base64").toString();
  const password = decoded.slice(decoded.indexOf(":") + 1);
  const all = [value, ...words, ...values, decoded, password];
  const long = all.filter(({ length }) => length >= MIN_LENGTH);
  const escaped = long.flatMap((part) =>
    /["\\]/.test(part) ? [JSON.stringify(part).slice(1, -1)] : [],
  );
  return new Set([...long, ...escaped]);
}
