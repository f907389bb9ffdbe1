/** Reads the signatures in a header: a single one after a prefix, or those in a list that start with the prefix. */
import { base64Bytes, hexBytes } from "./encoding.ts";
import { readAfterPrefix, readHeader } from "./header.ts";
import { found, type Reading, refuse, type SignedRequest } from "./verdict.ts";

export const DIGEST_BYTES = { sha1: 20, sha256: 32, sha384: 48, sha512: 64 } as const;

/** Each signature is compared for each key. */
const MAX_ITEMS = 16;

export interface SignatureForm {
  readonly header: string;
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
  return form.signatures === "list" ? readList(form, request) : readOne(form, request);
}

/** The value of `key=` in the list, which must occur once. */
export function readListValue(
  form: SignatureForm,
  request: SignedRequest,
  key: string,
): Reading<string> {
  const list = readItems(form, request);
  if (!list.ok) return list;
  const values = list.value.filter((item) => item.startsWith(`${key}=`));
  const [value] = values;
  if (value === undefined) return refuse(`the ${form.header} header holds no ${key}=`);
  return values.length > 1
    ? refuse(`the ${form.header} header holds ${key}= more than once`)
    : found(value.slice(key.length + 1));
}

function readOne(form: SignatureForm, request: SignedRequest): Reading<readonly Buffer[]> {
  const text = readAfterPrefix(request, form.header, form.prefix);
  if (!text.ok) return text;
  const bytes = decode(text.value, form);
  if (bytes !== undefined) return found([bytes]);
  return refuse(
    `the signature in ${form.header} is malformed: ${expected(form)}, ${text.value.length} characters were sent`,
  );
}

/** Items with other prefixes are ignored, so that a sender can add a new version. */
function readList(form: SignatureForm, request: SignedRequest): Reading<readonly Buffer[]> {
  const list = readItems(form, request);
  if (!list.ok) return list;
  const signatures = list.value
    .filter((item) => item.startsWith(form.prefix))
    .map((item) => decode(item.slice(form.prefix.length), form))
    .filter((bytes) => bytes !== undefined);
  if (signatures.length > 0) return found(signatures);
  return refuse(
    `the ${form.header} header holds no signature that starts with ${JSON.stringify(form.prefix)}: ${expected(form)}`,
  );
}

function readItems(form: SignatureForm, request: SignedRequest): Reading<readonly string[]> {
  const list = readHeader(request, form.header);
  return list.ok ? found(list.value.split(form.separator, MAX_ITEMS)) : list;
}

function decode(text: string, { algorithm, encoding }: SignatureForm): Buffer | undefined {
  const bytes = encoding === "hex" ? hexBytes(text) : base64Bytes(text);
  return bytes?.length === DIGEST_BYTES[algorithm] ? bytes : undefined;
}

function expected({ algorithm, encoding }: SignatureForm): string {
  const length = DIGEST_BYTES[algorithm];
  const form = encoding === "hex" ? `${length * 2} hex digits` : `${length} bytes in padded base64`;
  return `${form} were expected for ${algorithm}`;
}
