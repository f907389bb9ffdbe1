/** Parses `event.payload`: the parsed body, or its text if it cannot be parsed. */
import { essenceOf } from "../../model/content-type.ts";
import { parseJson } from "./exact-numbers.ts";
import { parseForm } from "./form.ts";

export const FORM_TYPE = "application/x-www-form-urlencoded";
export const MULTIPART_TYPE = "multipart/form-data";

export const isJsonType = (essence: string): boolean =>
  /^application\/(?:.*\+)?json$/.test(essence);

export const looksLikeJson = (text: string) => /^\s*[[{]/.test(text);

function tryJson(text: string): { readonly value: unknown } | undefined {
  try {
    return { value: parseJson(text) };
  } catch {
    return undefined;
  }
}

/**
 * GitHub and Slack send JSON in a form field named `payload`. If it is the only field, it is the payload; else it is
 * parsed in place.
 */
export function formPayload(form: Readonly<Record<string, unknown>>): unknown {
  const inner = form["payload"];
  const json = typeof inner === "string" && looksLikeJson(inner) ? tryJson(inner) : undefined;
  if (json === undefined) return form;
  return Object.keys(form).length === 1 ? json.value : { ...form, payload: json.value };
}

export type PayloadKind = "form" | "json" | "text";

/**
 * `contentType`: as sent, or undefined. A body that looks like JSON is tried as JSON first, since senders mislabel
 * it.
 */
export function payloadKind(looksJson: boolean, contentType: string | undefined): PayloadKind {
  if (looksJson) return "json";
  const essence = essenceOf(contentType ?? "");
  if (essence === FORM_TYPE) return "form";
  return isJsonType(essence) ? "json" : "text";
}

export function parsePayload(body: string, contentType: string | undefined): unknown {
  const text = body.startsWith("\uFEFF") ? body.slice(1) : body;
  const kind = payloadKind(looksLikeJson(text), contentType);
  if (kind === "form") return formPayload(parseForm(text));
  const json = kind === "json" ? tryJson(text) : undefined;
  return json === undefined ? text : json.value;
}
