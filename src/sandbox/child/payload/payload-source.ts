/** Where the guest gets a payload from, if it does not parse the body as it came. */
import { Buffer } from "node:buffer";
import { readContentType } from "../../../model/content-type.ts";
import { bytesToText } from "../../../model/text-codec.ts";
import { MULTIPART_TYPE } from "../../guest/payload.ts";
import { EXCERPT, packParts, SOURCES, WHOLE } from "../../wire/form-parts.ts";
import {
  countJsonValues,
  excerptPayload,
  MAX_WHOLE_BYTES,
  MAX_WHOLE_VALUES,
  tooLarge,
  tooManyValues,
} from "../excerpt/payload-excerpt.ts";
import { contentOf, excerptParts, payloadFields, wholeParts } from "./form-parts.ts";
import { inUtf8 } from "./in-utf8.ts";
import { MAX_PARTS, type Part, splitMultipart } from "./multipart.ts";

export interface PayloadSource {
  /** Two letters, see `form-parts.ts`, and the text that they describe. */
  readonly text: string;
  /** Why the payload is an excerpt: "has 2097152 bytes". Undefined when it is whole. */
  readonly excess?: string | undefined;
  /** The bytes of the file that is the part at `index`. */
  readonly fileAt: (index: number) => Buffer;
}

const NO_BYTES = Buffer.alloc(0);
const noFile = (): Buffer => NO_BYTES;
const PART_VALUES = MAX_WHOLE_VALUES / MAX_PARTS;

/** Undefined when the guest can parse the body itself. `body` is decoded; `contentType` is as sent. */
export function payloadSource(
  body: Buffer,
  contentType: string | undefined,
  mayCut: boolean,
): PayloadSource | undefined {
  const { essence, boundary } = readContentType(contentType);
  const parts = essence === MULTIPART_TYPE ? splitMultipart(body, boundary) : undefined;
  if (parts !== undefined) return sourceOfParts(parts, mayCut ? excessOf(body, parts) : undefined);
  const converted = inUtf8(body, contentType);
  const excerpt = mayCut ? excerptPayload(converted ?? body, contentType) : undefined;
  if (excerpt !== undefined) {
    const { json, excess } = excerpt;
    const letters = (excess === undefined ? WHOLE : EXCERPT) + SOURCES.json;
    return { text: letters + json, excess, fileAt: noFile };
  }
  if (converted === undefined) return undefined;
  return { text: WHOLE + SOURCES.text + bytesToText(converted), fileAt: noFile };
}

function sourceOfParts(parts: readonly Part[], excess: string | undefined): PayloadSource {
  const isExcerpt = excess !== undefined;
  const shown = isExcerpt ? excerptParts(parts) : wholeParts(parts);
  return {
    text: (isExcerpt ? EXCERPT : WHOLE) + SOURCES.parts + packParts(shown),
    excess,
    fileAt: (index) => {
      const part = parts[index];
      return part === undefined ? NO_BYTES : contentOf(part, isExcerpt);
    },
  };
}

function excessOf(body: Buffer, parts: readonly Part[]): string | undefined {
  if (body.length > MAX_WHOLE_BYTES) return tooLarge(body);
  const values = payloadFields(parts).reduce(
    (sum, text) => sum + (countJsonValues(text) ?? 0),
    parts.length * PART_VALUES,
  );
  return values > MAX_WHOLE_VALUES ? tooManyValues(values) : undefined;
}
