/** The payload of `multipart/form-data`: its fields, and its files with their bytes. */
import type { UploadedFile } from "../hookyard.d.ts";
import type { FormPart } from "../wire/form-parts.ts";
import { collectFields } from "./form.ts";
import { formPayload } from "./payload.ts";

type FileFacts = Omit<UploadedFile, "bytes">;

/** Distinguishes a file from an object that the sender sent. Frozen before any script runs. */
export const filePrototype: object = Object.create(Object.prototype);

/** The bytes are fetched when they are first read: a file may be larger than the memory of the script. */
function makeFile({ filename, type, size }: FileFacts, fetch: () => string): object {
  let bytes: Uint8Array | undefined;
  const fact = (value: unknown) => ({ value, enumerable: true, writable: true });
  return Object.create(filePrototype, {
    filename: fact(filename),
    type: fact(type),
    size: fact(size),
    bytes: {
      get: () => {
        bytes ??= bytesOfText(fetch());
        return bytes;
      },
      enumerable: true,
    },
    // In logs, results and stored values a file has its description without its bytes.
    toJSON: { value: () => ({ filename, type, size }) },
  } satisfies Record<keyof UploadedFile | "toJSON", PropertyDescriptor>);
}

function bytesOfText(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length);
  for (let at = 0; at < text.length; at++) bytes[at] = text.charCodeAt(at);
  return bytes;
}

/** Parts that an excerpt leaves out are null. `fetch` returns the bytes of the file at an index. */
export function payloadOfParts(
  parts: readonly (FormPart | null)[],
  fetch: (index: number) => string,
): unknown {
  return formPayload(collectFields(pairsOf(parts, fetch)));
}

function* pairsOf(
  parts: readonly (FormPart | null)[],
  fetch: (index: number) => string,
): Generator<readonly [name: string, value: unknown], void> {
  for (const [index, part] of parts.entries()) {
    if (part === null) continue;
    if ("text" in part) yield [part.name, part.text];
    else yield [part.name, makeFile(part.file, () => fetch(index))];
  }
}
