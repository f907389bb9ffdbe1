/** Loads OpenTelemetry only if a collector is set: otherwise it costs neither start time nor memory. */
import type { TracingSettings } from "../config.ts";
import type { Logger } from "../logger.ts";
import type { Tracing } from "./tracing.ts";

/** Undefined if no collector is set. */
export async function loadTracing(
  settings: TracingSettings | undefined,
  log: Logger,
): Promise<Tracing | undefined> {
  if (settings === undefined) return undefined;
  const { OtlpTracing } = await import("./otlp-tracing.ts");
  return new OtlpTracing(settings, log);
}
