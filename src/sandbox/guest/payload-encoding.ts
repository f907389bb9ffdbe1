/**
 * Whether the host may read the payload differently from UTF-8 text: it has the decoders. The answer is no for nearly
 * every message, so it must take no time.
 */
import { readContentType } from "../../model/content-type.ts";
import { FORM_TYPE, MULTIPART_TYPE } from "./payload.ts";

const UTF_8 = /^['"\s]*utf-?8['"\s]*$/i;
const XML_ENCODING = /^\s*<\?xml\s[^>]*?\bencoding\s*=\s*["']([\w.:-]+)/;
const LOOKED_AT = 256;
/** The byte order marks of UTF-16, as the host gives bytes that are not UTF-8. */
const UTF_16_MARKS = ["\udcff\udcfe", "\udcfe\udcff"];

/** The encoding that an XML text declares in its first line. */
export const xmlEncoding = (start: string): string | undefined => XML_ENCODING.exec(start)?.[1];

/** The header of the last message, because messages of one sender mostly have the same. */
let last: { readonly header: string; readonly needsHost: boolean } = {
  header: "",
  needsHost: false,
};

/** Whether the payload may need the host, by the content type alone. */
export function mayNeedHost(contentType: string | undefined): boolean {
  if (contentType === undefined) return false;
  if (contentType === last.header) return last.needsHost;
  const { essence, charset } = readContentType(contentType);
  const needsHost = essence === MULTIPART_TYPE || (charset !== undefined && !UTF_8.test(charset));
  last = { header: contentType, needsHost };
  return needsHost;
}

/** Whether the payload may need the host, by the text of the body, when the content type names no encoding. */
export function textMayNeedHost(text: string, contentType: string | undefined): boolean {
  if (text[0] === "\0" || text[1] === "\0" || UTF_16_MARKS.includes(text.slice(0, 2))) return true;
  const first = text.charCodeAt(0);
  if (first === OPEN_OBJECT || first === OPEN_LIST) return false;
  const { essence, charset } = readContentType(contentType);
  if (charset !== undefined) return false;
  if (essence === FORM_TYPE) return text.includes("charset");
  const encoding = xmlEncoding(text.slice(0, LOOKED_AT));
  return encoding !== undefined && !UTF_8.test(encoding);
}

const OPEN_LIST = 0x5b;
const OPEN_OBJECT = 0x7b;
