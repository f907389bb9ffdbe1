/**
 * The trace a message belongs to. It follows from the message alone, so that a function that runs hours later, in
 * another process, still joins the right one: the trace of the sender, or else one with the id of the message.
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
  /** What the span of the whole message is a child of: the sender's span, or nothing. */
  readonly parent: Context;
  /** The span of the whole message. */
  readonly span: SpanContext;
  /** What the sender decided about recording; undefined when it said nothing. */
  readonly sampledBySender: boolean | undefined;
}

export function messageContext({ id, headers }: Message): MessageContext {
  const parent = propagator.extract(ROOT_CONTEXT, headers, getter);
  const sender = trace.getSpanContext(parent);
  // A UUID has the size of a trace id, and its second half is random but for two bits.
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
