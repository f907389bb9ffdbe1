/** Reads the `Content-Type` header. */

export interface ContentType {
  /** Type and subtype in lower case; empty if there is no header. */
  readonly essence: string;
  readonly charset: string | undefined;
  readonly boundary: string | undefined;
}

/** A parameter; its value may be in quotes, in which `\` escapes a character. */
const PARAMETER = /;\s*([^=;\s]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^;]*))/gs;
/** A part between commas that are not in quotes. An open quote ends with the header, so that no text is read twice. */
const ITEM = /(?:[^",]|"(?:[^"\\]|\\.)*(?:"|\\?$))+/gs;

/** The first value of each parameter, by its name in lower case. */
export function readParameters(header: string): ReadonlyMap<string, string> {
  const parameters = new Map<string, string>();
  for (const [, name = "", quoted, plain = ""] of header.matchAll(PARAMETER)) {
    const key = name.toLowerCase();
    if (!parameters.has(key)) parameters.set(key, quoted ?? plain.trim());
  }
  return parameters;
}

export const essenceOf = (header: string): string => {
  const end = header.indexOf(";");
  return (end === -1 ? header : header.slice(0, end)).trim().toLowerCase();
};

export function readContentType(header: string | undefined): ContentType {
  if (header === undefined) return { essence: "", charset: undefined, boundary: undefined };
  const essence = essenceOf(header);
  if (!header.includes("=")) return { essence, charset: undefined, boundary: undefined };
  const parameters = readParameters(header);
  return { essence, charset: parameters.get("charset"), boundary: parameters.get("boundary") };
}

/** Several header lines with the same type count as one. `folded`: the lines, joined by commas. */
export function singleContentType(folded: string | undefined): string | undefined {
  if (folded?.includes(",") !== true) return folded;
  const items = (folded.match(ITEM) ?? []).map((item) => item.trim());
  const [first, ...others] = items.filter((item) => item !== "");
  const plain = (item: string | undefined) => item?.replace(/\s/g, "").toLowerCase();
  return others.every((item) => plain(item) === plain(first)) ? first : folded;
}
