/** Brings in OpenTelemetry when somebody collects traces: without one it costs neither time at the start nor memory. */
import type { TracingSettings } from "../config.ts";
import type { Logger } from "../logger.ts";
import type { Tracing } from "./tracing.ts";

/** Undefined when nobody collects traces. */
export async function loadTracing(
  settings: TracingSettings | undefined,
  log: Logger,
): Promise<Tracing | undefined> {
  if (settings === undefined) return undefined;
  const { OtlpTracing } = await import("./otlp-tracing.ts");
  return new OtlpTracing(settings, log);
}
