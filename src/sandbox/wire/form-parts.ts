/** The parts of `multipart/form-data`, as they cross into an isolate: the bytes of a file follow when they are read. */

export type FormPart = { readonly name: string; readonly text: string } | FilePart;

interface FilePart {
  readonly name: string;
  readonly file: { readonly filename: string; readonly type: string; readonly size: number };
}

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
  /** The parts of a form, see `packParts`. */
  parts: "p",
} as const;

const { parse, stringify } = JSON;

/**
 * The parts as text: a line with the lengths of their texts, and then all texts as they are. In JSON a text of control
 * characters would take six times its length. An omitted part is undefined.
 */
export function packParts(parts: readonly (FormPart | undefined)[]): string {
  const texts: string[] = [];
  const lengths = parts.map((part) => {
    if (part === undefined) return null;
    const own = "text" in part ? [part.name, part.text] : textsOfFile(part);
    texts.push(...own);
    const sizes = own.map(({ length }) => length);
    return "text" in part ? sizes : [...sizes, part.file.size];
  });
  return `${stringify(lengths)}\n${texts.join("")}`;
}

const textsOfFile = ({ name, file }: FilePart) => [name, file.filename, file.type];

/** The parts of `packParts`, in order; null for an omitted one. */
export function unpackParts(packed: string): readonly (FormPart | null)[] {
  let at = packed.indexOf("\n") + 1;
  const lengths: readonly (readonly number[] | null)[] = parse(packed.slice(0, at));
  const take = (length = 0): string => {
    at += length;
    return packed.slice(at - length, at);
  };
  return lengths.map((sizes) => {
    if (sizes === null) return null;
    const [nameLength, textLength, typeLength, size] = sizes;
    const [name, text] = [take(nameLength), take(textLength)];
    if (size === undefined) return { name, text };
    return { name, file: { filename: text, type: take(typeLength), size } };
  });
}
