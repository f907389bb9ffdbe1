/** Reads the signatures of a request: a single one after a prefix, or those in a list that start with the prefix. */
import { base64Bytes, hexBytes } from "./encoding.ts";
import { afterPrefix, readHeader } from "./header.ts";
import { found, type Reading, refuse, type SignedRequest } from "./verdict.ts";

export const DIGEST_BYTES = { sha1: 20, sha256: 32, sha384: 48, sha512: 64 } as const;

/** Each signature is compared for each key. */
const MAX_ITEMS = 16;

/** The signatures are in a header, or the script found them elsewhere in the message and passes them as `value`. */
export interface SignatureForm {
  readonly header: string | undefined;
  readonly value: unknown;
  readonly algorithm: keyof typeof DIGEST_BYTES;
  readonly encoding: "hex" | "base64";
  readonly prefix: string;
  readonly signatures: "one" | "list";
  readonly separator: string;
}

export function readSignatures(
  form: SignatureForm,
  request: SignedRequest,
): Reading<readonly Buffer[]> {
  const text = readText(form, request);
  if (!text.ok) return text;
  return form.signatures === "list" ? readList(form, text.value) : readOne(form, text.value);
}

/** The value of `key=` in the list, which must occur once. */
export function readListValue(
  form: SignatureForm,
  request: SignedRequest,
  key: string,
): Reading<string> {
  const text = readText(form, request);
  if (!text.ok) return text;
  const start = `${key.trimStart()}=`;
  const values = itemsOf(form, text.value).filter((item) => item.startsWith(start));
  const [value] = values;
  if (value === undefined) return refuse(`${placeOf(form)} holds no ${start}`);
  return values.length > 1
    ? refuse(`${placeOf(form)} holds ${start} more than once`)
    : found(value.slice(start.length));
}

/** The place of the signatures in a refusal. */
const placeOf = ({ header }: SignatureForm): string =>
  header === undefined ? "the signature" : `the ${header} header`;

/** One of the signatures in a refusal. */
export const signatureIn = ({ header, signatures }: SignatureForm): string => {
  const place = header === undefined ? "the message" : header;
  return signatures === "one" ? `the signature in ${place}` : `signature in ${place}`;
};

function readText({ header, value }: SignatureForm, request: SignedRequest): Reading<string> {
  if (header !== undefined) return readHeader(request, header);
  if (Array.isArray(value)) return refuse("the signature was sent more than once");
  return typeof value === "string" && value !== ""
    ? found(value)
    : refuse("the signature is missing");
}

function readOne(form: SignatureForm, given: string): Reading<readonly Buffer[]> {
  const text = afterPrefix(given, form.prefix, placeOf(form));
  if (!text.ok) return text;
  const bytes = decode(text.value, form);
  if (bytes !== undefined) return found([bytes]);
  return refuse(
    `${signatureIn(form)} is malformed: ${expected(form)}, ${text.value.length} characters were sent`,
  );
}

/** Items with other prefixes are ignored, so that a sender can add a new version. */
function readList(form: SignatureForm, given: string): Reading<readonly Buffer[]> {
  const prefix = form.prefix.trimStart();
  const signatures = itemsOf(form, given)
    .filter((item) => item.startsWith(prefix))
    .map((item) => decode(item.slice(prefix.length), form))
    .filter((bytes) => bytes !== undefined);
  if (signatures.length > 0) return found(signatures);
  return refuse(
    `${placeOf(form)} holds no signature that starts with ${JSON.stringify(prefix)}: ${expected(form)}`,
  );
}

/** Some senders put spaces around the separator. */
const itemsOf = ({ separator }: SignatureForm, given: string): readonly string[] =>
  given.split(separator, MAX_ITEMS).map((item) => item.trim());

function decode(text: string, { algorithm, encoding }: SignatureForm): Buffer | undefined {
  const bytes = encoding === "hex" ? hexBytes(text) : base64Bytes(text);
  return bytes?.length === DIGEST_BYTES[algorithm] ? bytes : undefined;
}

function expected({ algorithm, encoding }: SignatureForm): string {
  const length = DIGEST_BYTES[algorithm];
  const form = encoding === "hex" ? `${length * 2} hex digits` : `${length} bytes in padded base64`;
  return `${form} were expected for ${algorithm}`;
}
