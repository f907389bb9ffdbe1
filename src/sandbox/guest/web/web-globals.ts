/** The globals that every JavaScript runtime has and a bare V8 context lacks. */
import { AbortController, AbortSignal } from "./abort.ts";
import { atob, btoa } from "./base64.ts";
import { DOMException } from "./dom-exception.ts";
import { Event } from "./event.ts";
import { EventTarget } from "./event-target.ts";
import { Headers } from "./headers.ts";
import { queueMicrotask } from "./microtask.ts";
import { structuredClone } from "./structured-clone.ts";
import { TextDecoder, TextEncoder } from "./text-encoding.ts";
import { URL } from "./url.ts";
import { URLSearchParams } from "./url-search-params.ts";

export const webGlobals = {
  AbortController,
  AbortSignal,
  atob,
  btoa,
  DOMException,
  Event,
  EventTarget,
  Headers,
  queueMicrotask,
  structuredClone,
  TextDecoder,
  TextEncoder,
  URL,
  URLSearchParams,
};
