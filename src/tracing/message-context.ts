/**
 * The trace of a message: the sender's trace, or one with the message's id. It is derived from the message alone, so
 * that a function that runs hours later in another process joins the same trace.
 */
import {
  type Context,
  ROOT_CONTEXT,
  type SpanContext,
  type TextMapGetter,
  TraceFlags,
  trace,
} from "@opentelemetry/api";
import { W3CTraceContextPropagator } from "@opentelemetry/core";
import { type HeaderList, headerValue, type Message } from "../model/message.ts";

const propagator = new W3CTraceContextPropagator();

const getter: TextMapGetter<HeaderList> = {
  keys: (headers) => headers.map(([name]) => name.toLowerCase()),
  get: (headers, name) => headerValue(headers, name),
};

const SPAN_ID_LENGTH = 16;

export interface MessageContext {
  /** The parent of the message's span: the sender's span, or none. */
  readonly parent: Context;
  /** The span of the whole message. */
  readonly span: SpanContext;
  /** Whether the sender records its trace; undefined if it sent none. */
  readonly sampledBySender: boolean | undefined;
}

export function messageContext({ id, headers }: Message): MessageContext {
  const parent = propagator.extract(ROOT_CONTEXT, headers, getter);
  const sender = trace.getSpanContext(parent);
  // A UUID is as long as a trace id, and its second half is random except for two bits.
  const hex = id.replaceAll("-", "");
  const span = {
    traceId: sender?.traceId ?? hex,
    spanId: hex.slice(-SPAN_ID_LENGTH),
    traceFlags: TraceFlags.SAMPLED,
    ...(sender?.traceState === undefined ? {} : { traceState: sender.traceState }),
  };
  const sampledBySender =
    sender === undefined ? undefined : (sender.traceFlags & TraceFlags.SAMPLED) !== 0;
  return { parent, span, sampledBySender };
}
