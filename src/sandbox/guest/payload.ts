/** Parses `event.payload`: the parsed body, or its text if it cannot be parsed. */
import { parseJson } from "./exact-numbers.ts";

export const looksLikeJson = (text: string) => /^\s*[[{]/.test(text);

function tryJson(text: string): { readonly value: unknown } | undefined {
  try {
    return { value: parseJson(text) };
  } catch {
    return undefined;
  }
}

export function decodeFormPart(part: string): string {
  const spaced = part.replaceAll("+", " ");
  try {
    return decodeURIComponent(spaced);
  } catch {
    return spaced;
  }
}

/**
 * Repeated fields become arrays. Keys such as `__proto__` stay plain data, since the properties are defined and not
 * assigned.
 */
export function parseForm(text: string): Record<string, unknown> {
  const fields = new Map<string, unknown>();
  for (const pair of text.split("&")) {
    if (pair === "") continue;
    const cut = pair.indexOf("=");
    const name = decodeFormPart(cut === -1 ? pair : pair.slice(0, cut));
    const value = cut === -1 ? "" : decodeFormPart(pair.slice(cut + 1));
    const before = fields.get(name);
    if (before === undefined) fields.set(name, value);
    else if (Array.isArray(before)) before.push(value);
    else fields.set(name, [before, value]);
  }
  return Object.fromEntries(fields);
}

/**
 * GitHub and Slack send JSON in a form field named `payload`. If it is the only field, it is the payload; else it is
 * parsed in place.
 */
function formPayload(text: string): unknown {
  const form = parseForm(text);
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
  const type = (contentType ?? "").split(";", 1)[0]?.trim().toLowerCase() ?? "";
  if (type === "application/x-www-form-urlencoded") return "form";
  return /^application\/(?:.*\+)?json$/.test(type) ? "json" : "text";
}

export function parsePayload(body: string, contentType: string | undefined): unknown {
  const text = body.startsWith("\uFEFF") ? body.slice(1) : body;
  const kind = payloadKind(looksLikeJson(text), contentType);
  if (kind === "form") return formPayload(text);
  const json = kind === "json" ? tryJson(text) : undefined;
  return json === undefined ? text : json.value;
}
