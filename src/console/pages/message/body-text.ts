/** A body as text: its bytes decoded, and the form it seems to have. */

export type BodyKind = "json" | "form" | "xml" | "text" | "binary";

export interface Body {
  /** As received, after content decoding. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly text: string;
  readonly kind: BodyKind;
  /** Why the content encoding could not be undone. */
  readonly problem?: string;
}

type Headers = readonly (readonly (string | null)[])[];

const headerOf = (headers: Headers, name: string): string =>
  headers.find(([one]) => one?.toLowerCase() === name)?.[1]?.toLowerCase() ?? "";

export async function bodyOf(received: ArrayBuffer, headers: Headers): Promise<Body> {
  const encoding = headerOf(headers, "content-encoding").trim();
  const decoded = await withoutEncoding(received, encoding);
  const type = headerOf(headers, "content-type");
  const text = new TextDecoder(charsetOf(type)).decode(decoded.bytes);
  return { ...decoded, text, kind: kindOf(decoded.bytes, text, type) };
}

type Format = ConstructorParameters<typeof DecompressionStream>[0];
const FORMATS: Readonly<Record<string, Format>> = { gzip: "gzip", deflate: "deflate" };

async function withoutEncoding(
  received: ArrayBuffer,
  encoding: string,
): Promise<Pick<Body, "bytes" | "problem">> {
  const bytes = new Uint8Array(received);
  if (encoding === "" || encoding === "identity") return { bytes };
  const format = FORMATS[encoding];
  const problem = `The body is encoded with ${encoding}, which the browser cannot undo. These are the bytes as they came.`;
  if (format === undefined) return { bytes, problem };
  try {
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream(format));
    return { bytes: new Uint8Array(await new Response(stream).arrayBuffer()) };
  } catch {
    return {
      bytes,
      problem: `The body is not valid ${encoding}. These are the bytes as they came.`,
    };
  }
}

function charsetOf(type: string): string {
  const label = /charset="?([\w.:-]+)/.exec(type)?.[1] ?? "utf-8";
  try {
    return new TextDecoder(label).encoding;
  } catch {
    return "utf-8";
  }
}

/** Bytes that are looked at to tell text from binary. */
const PROBE_BYTES = 4096;

function kindOf(bytes: Uint8Array, text: string, type: string): BodyKind {
  if (bytes.subarray(0, PROBE_BYTES).includes(0)) return "binary";
  const start = text.slice(0, PROBE_BYTES).trimStart();
  if (/^[[{]/.test(start) && isJson(text)) return "json";
  if (type.startsWith("application/x-www-form-urlencoded")) return "form";
  if (type.includes("xml") || start.startsWith("<?xml")) return "xml";
  return "text";
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** One element per line. The text is not checked: broken XML stays readable. */
export function indentedXml(text: string): string {
  let depth = 0;
  const lines = text.replaceAll(/>\s*</g, ">\n<").split("\n");
  const indented = lines.map((line) => {
    const closes = /^<\//.test(line);
    if (closes) depth = Math.max(0, depth - 1);
    const shown = `${"  ".repeat(Math.min(depth, MAX_INDENT))}${line}`;
    const opens = /^<[^!?/]/.test(line) && !/\/>$/.test(line) && !/<\/[^>]*>$/.test(line);
    if (opens) depth += 1;
    return shown;
  });
  return indented.join("\n");
}

const MAX_INDENT = 40;
