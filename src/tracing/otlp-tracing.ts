/**
 * Sends traces with OpenTelemetry, as OTLP over HTTP. Each span is created when it ends, with its recorded start time.
 */
import {
  type Attributes,
  type Context,
  DiagLogLevel,
  diag,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  type Tracer,
  trace,
} from "@opentelemetry/api";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-http";
import {
  defaultResource,
  detectResources,
  envDetector,
  resourceFromAttributes,
} from "@opentelemetry/resources";
import {
  AlwaysOnSampler,
  BatchSpanProcessor,
  type IdGenerator,
  RandomIdGenerator,
  SamplingDecision,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from "@opentelemetry/sdk-trace";
import type { TracingSettings } from "../config.ts";
import { type Logger, warnSparingly } from "../logger.ts";
import type { Message } from "../model/message.ts";
import { type MessageContext, messageContext } from "./message-context.ts";
import type { Answered, Step, Tracing } from "./tracing.ts";

/**
 * A message makes about six spans. The queue holds those of a few busy seconds; if the collector is down, further spans
 * are dropped.
 */
const QUEUE = { maxQueueSize: 16_384, maxExportBatchSize: 512, scheduledDelayMillis: 1000 };
/** How long the last traces may take at shutdown: a collector that does not answer must not delay it. */
const FLUSH_MS = 2000;

/** Gives a message's span the id that its other spans refer to. */
class MessageIds implements IdGenerator {
  next: MessageContext["span"] | undefined;
  readonly #random = new RandomIdGenerator();

  generateTraceId = (): string => this.next?.traceId ?? this.#random.generateTraceId();

  generateSpanId = (): string => this.next?.spanId ?? this.#random.generateSpanId();
}

interface Span {
  readonly name: string;
  readonly kind: SpanKind;
  readonly startedAt: number;
  readonly attributes: Attributes;
  readonly hasFailed: boolean;
}

export class OtlpTracing implements Tracing {
  readonly #ids = new MessageIds();
  readonly #sampler: TraceIdRatioBasedSampler;
  readonly #provider: TracerProvider;
  readonly #tracer: Tracer;

  constructor({ url, serviceName, ratio }: TracingSettings, log: Logger) {
    warnOfTrouble(log);
    this.#sampler = new TraceIdRatioBasedSampler(ratio);
    const exporter = new OTLPTraceExporter({ url });
    this.#provider = new TracerProvider({
      resource: defaultResource()
        .merge(resourceFromAttributes({ "service.name": serviceName }))
        .merge(detectResources({ detectors: [envDetector] })),
      // Unrecorded messages are filtered out before they reach the sampler.
      sampler: new AlwaysOnSampler(),
      idGenerator: this.#ids,
      spanProcessors: [new BatchSpanProcessor({ exporter, ...QUEUE })],
    });
    this.#tracer = this.#provider.getTracer("hookyard");
  }

  step(message: Message, { name, startedAt, attributes = {}, hasFailed = false }: Step): void {
    const context = messageContext(message);
    if (!this.#isRecorded(context)) return;
    const parent = trace.setSpanContext(ROOT_CONTEXT, context.span);
    const kind = SpanKind.INTERNAL;
    this.#record(parent, { name, kind, startedAt, attributes, hasFailed });
  }

  answered(message: Message, { startedAt, status, bodyBytes }: Answered): void {
    const context = messageContext(message);
    if (!this.#isRecorded(context)) return;
    const attributes = {
      "hookyard.message.id": message.id,
      "http.request.method": message.method,
      "http.request.body.size": bodyBytes,
      "http.response.status_code": status,
    };
    this.#ids.next = context.span;
    const hasFailed = status >= 500;
    const kind = SpanKind.SERVER;
    this.#record(context.parent, { name: "webhook", kind, startedAt, attributes, hasFailed });
    this.#ids.next = undefined;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const { promise: late, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, FLUSH_MS);
    // An unreachable collector has already been logged.
    await Promise.race([this.#provider.shutdown().catch(() => undefined), late]);
    clearTimeout(timer);
  }

  #isRecorded({ sampledBySender, span }: MessageContext): boolean {
    if (sampledBySender !== undefined) return sampledBySender;
    const { decision } = this.#sampler.shouldSample(ROOT_CONTEXT, span.traceId);
    return decision === SamplingDecision.RECORD_AND_SAMPLED;
  }

  #record(parent: Context, { name, kind, startedAt, attributes, hasFailed }: Span): void {
    const startTime = performance.timeOrigin + startedAt;
    const span = this.#tracer.startSpan(name, { kind, startTime, attributes }, parent);
    if (hasFailed) span.setStatus({ code: SpanStatusCode.ERROR });
    span.end(performance.timeOrigin + performance.now());
  }
}

function warnOfTrouble(log: Logger): void {
  const quiet = () => undefined;
  // The diagnostic text may quote the collector's answer, so it is left out.
  const error = () =>
    warnSparingly(log, "traces", {}, "traces could not be sent to the collector; they are lost");
  const logger = { error, warn: quiet, info: quiet, debug: quiet, verbose: quiet };
  diag.setLogger(logger, { logLevel: DiagLogLevel.ERROR, suppressOverrideMessage: true });
}
