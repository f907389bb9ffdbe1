/** Metrics for Prometheus. Labels are names of installed scripts or fixed words, never text that a stranger sent. */
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";

const SECONDS = [0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

/** Current levels, read from their source at each scrape, so no count is kept twice. */
export interface Levels {
  readonly pendingMessages: number;
  /** Total size of their bodies. */
  readonly pendingBytes: number;
  /** Bytes of bodies that have arrived and are not stored yet. */
  readonly receivingBytes: number;
  /** Bytes that messages of strangers take in the log. */
  readonly strangerBytes: number;
  /** Age of the oldest pending message; 0 when there is none. */
  readonly oldestPendingSeconds: number;
  readonly databaseBytes: number;
  readonly freeDiskBytes: number;
  readonly sandboxProcesses: number;
  /** Messages that are not in the search index yet, so a search reads them one by one. */
  readonly unindexedMessages: number;
  readonly searchIndexBytes: number;
}

const UNMATCHED = "messages_unmatched_total";
const UNMATCHED_HELP =
  "Messages that no function runs on, by provider and the nearest URI of a function.";

export class Metrics {
  readonly #registry = new Registry();
  readonly #messages;
  readonly #unmatched;
  readonly #storing;
  readonly #commits;
  readonly #commitWrites;
  readonly #executions;
  readonly #durations;
  readonly #retries;
  readonly #children;
  readonly #dropped;
  readonly #refusals;
  readonly #overload;

  constructor() {
    // Process metrics (CPU time, garbage collections) start here.
    processRegistry();
    const registers = [this.#registry];
    const counter = (name: string, help: string, ...labelNames: string[]) =>
      new Counter({ name: `hookyard_${name}`, help, labelNames, registers });
    const histogram = (name: string, help: string, ...labelNames: string[]) =>
      new Histogram({ name: `hookyard_${name}`, help, labelNames, registers, buckets: SECONDS });
    this.#messages = counter(
      "messages_total",
      "Messages that have ended, by status and provider.",
      "status",
      "provider",
    );
    this.#unmatched = counter(UNMATCHED, UNMATCHED_HELP, "provider", "nearest");
    this.#storing = histogram(
      "store_seconds",
      "From the first byte of a request to the commit that holds its message.",
    );
    this.#commits = histogram("commit_seconds", "Commits with their fsync.");
    this.#commitWrites = counter("commit_writes_total", "Writes that were committed.");
    this.#executions = counter(
      "executions_total",
      "Attempts of functions, by outcome.",
      "function",
      "outcome",
    );
    this.#durations = histogram("execution_seconds", "Duration of attempts.", "function");
    this.#retries = counter("retries_total", "Attempts that are followed by a retry.", "function");
    this.#children = counter(
      "sandbox_processes_ended_total",
      "Sandbox processes that ended, by reason.",
      "reason",
    );
    this.#dropped = counter(
      "sandbox_reports_dropped_total",
      "Reports of sandbox children that were dropped: for a run that had ended, repeated, or too large.",
    );
    this.#refusals = counter(
      "requests_refused_total",
      "Requests answered with an error, by code.",
      "code",
    );
    this.#overload = counter(
      "overload_refusals_total",
      "Requests refused because of overload, by limit.",
      "reason",
    );
  }

  /** Calls `levels` at each scrape. */
  watch(levels: () => Levels): void {
    const gauge = (name: string, help: string, key: keyof Levels) =>
      new Gauge({
        name: `hookyard_${name}`,
        help,
        registers: [this.#registry],
        collect() {
          this.set(levels()[key]);
        },
      });
    gauge("messages_pending", "Messages that have not ended.", "pendingMessages");
    gauge(
      "messages_pending_bytes",
      "Total size of the bodies of pending messages.",
      "pendingBytes",
    );
    gauge(
      "receiving_bytes",
      "Bytes of bodies that have arrived and are not stored yet.",
      "receivingBytes",
    );
    gauge("stranger_bytes", "Bytes that messages of strangers take in the log.", "strangerBytes");
    gauge(
      "messages_oldest_pending_seconds",
      "Age of the oldest pending message.",
      "oldestPendingSeconds",
    );
    gauge("database_bytes", "Size of the database file.", "databaseBytes");
    gauge("disk_free_bytes", "Free bytes on the disk of the database.", "freeDiskBytes");
    gauge(
      "search_unindexed_messages",
      "Messages not in the search index yet.",
      "unindexedMessages",
    );
    gauge("search_index_bytes", "Size of the search index.", "searchIndexBytes");
    gauge("sandbox_processes", "Sandbox processes alive.", "sandboxProcesses");
  }

  /** `provider` is undefined if none matched. */
  messageEnded(status: string, provider: string | undefined): void {
    this.#messages.inc({ status, provider: provider ?? "" });
  }

  /** `nearest` is the URI of an installed function; undefined if none is near. */
  messageUnmatched(provider: string | undefined, nearest: string | undefined): void {
    this.#unmatched.inc({ provider: provider ?? "", nearest: nearest ?? "" });
  }

  messageStored(ms: number): void {
    this.#storing.observe(ms / 1000);
  }

  committed(ms: number, writes: number): void {
    this.#commits.observe(ms / 1000);
    this.#commitWrites.inc(writes);
  }

  attemptEnded(name: string, outcome: string, durationMs: number, isRetried: boolean): void {
    this.#executions.inc({ function: name, outcome });
    this.#durations.observe({ function: name }, durationMs / 1000);
    if (isRetried) this.#retries.inc({ function: name });
  }

  sandboxProcessEnded(reason: string): void {
    this.#children.inc({ reason });
  }

  sandboxReportsDropped(count: number): void {
    this.#dropped.inc(count);
  }

  requestRefused(code: string): void {
    this.#refusals.inc({ code });
  }

  overloaded(reason: string): void {
    this.#overload.inc({ reason });
  }

  /** In Prometheus' text format, with its content type. */
  async text(): Promise<{ readonly contentType: string; readonly body: string }> {
    const all = Registry.merge([this.#registry, processRegistry()]);
    return { contentType: all.contentType, body: await all.metrics() };
  }
}

/**
 * Metrics of the process, shared by all servers in it: the observers of garbage collection and the event loop cannot be
 * removed.
 */
let processMetrics: Registry | undefined;

function processRegistry(): Registry {
  if (processMetrics === undefined) {
    processMetrics = new Registry();
    collectDefaultMetrics({ register: processMetrics });
  }
  return processMetrics;
}
