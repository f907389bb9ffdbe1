/** What is measured, for Prometheus. Labels are names of what is installed or fixed words, never what a stranger sent. */
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";

const SECONDS = [0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

/** Read when somebody asks, from the rows: nothing is counted twice. */
export interface Levels {
  readonly pendingMessages: number;
  /** Of their bodies. */
  readonly pendingBytes: number;
  /** Of bodies that have come in and are not stored yet. */
  readonly receivingBytes: number;
  /** What messages of strangers take in the log. */
  readonly strangerBytes: number;
  /** Age of the oldest pending message; 0 when there is none. */
  readonly oldestPendingSeconds: number;
  readonly databaseBytes: number;
  readonly freeDiskBytes: number;
  readonly sandboxProcesses: number;
  /** Messages that a search looks at one by one. */
  readonly unindexedMessages: number;
  readonly searchIndexBytes: number;
}

export class Metrics {
  readonly #registry = new Registry();
  readonly #messages;
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
    // CPU time and collections are counted from here on.
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
    this.#storing = histogram(
      "store_seconds",
      "From the first byte of a request to the commit that holds its message.",
    );
    this.#commits = histogram("commit_seconds", "Commits with their fsync.");
    this.#commitWrites = counter("commit_writes_total", "Writes that shared those commits.");
    this.#executions = counter(
      "executions_total",
      "Attempts of functions, by outcome.",
      "function",
      "outcome",
    );
    this.#durations = histogram("execution_seconds", "Duration of attempts.", "function");
    this.#retries = counter("retries_total", "Attempts that are followed by another.", "function");
    this.#children = counter(
      "sandbox_processes_ended_total",
      "Sandbox processes that ended, by reason.",
      "reason",
    );
    this.#dropped = counter(
      "sandbox_reports_dropped_total",
      "Reports of scripts that were dropped: for a run that was over, a second one, or one that was too large.",
    );
    this.#refusals = counter(
      "requests_refused_total",
      "Requests that were answered with an error, by its code.",
      "code",
    );
    this.#overload = counter(
      "overload_refusals_total",
      "Requests that were refused because there was too much, by limit.",
      "reason",
    );
  }

  /** `levels` is asked at each reading. */
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
    gauge("messages_pending_bytes", "Size of their bodies.", "pendingBytes");
    gauge("receiving_bytes", "Bodies that have come in and are not stored yet.", "receivingBytes");
    gauge("stranger_bytes", "What messages of strangers take in the log.", "strangerBytes");
    gauge("messages_oldest_pending_seconds", "Age of the oldest of them.", "oldestPendingSeconds");
    gauge("database_bytes", "Size of the database file.", "databaseBytes");
    gauge("disk_free_bytes", "Free room where the database is.", "freeDiskBytes");
    gauge(
      "search_unindexed_messages",
      "Messages not in the search index yet.",
      "unindexedMessages",
    );
    gauge("search_index_bytes", "Size of the search index.", "searchIndexBytes");
    gauge("sandbox_processes", "Sandbox processes alive.", "sandboxProcesses");
  }

  /** `provider` is undefined when none matched. */
  messageEnded(status: string, provider: string | undefined): void {
    this.#messages.inc({ status, provider: provider ?? "" });
  }

  messageStored(ms: number): void {
    this.#storing.observe(ms / 1000);
  }

  committed(ms: number, writes: number): void {
    this.#commits.observe(ms / 1000);
    this.#commitWrites.inc(writes);
  }

  attemptEnded(name: string, outcome: string, durationMs: number, isFollowed: boolean): void {
    this.#executions.inc({ function: name, outcome });
    this.#durations.observe({ function: name }, durationMs / 1000);
    if (isFollowed) this.#retries.inc({ function: name });
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

/** Of the process, once for all servers in it: what watches collections and the event loop cannot be taken away again. */
let ofProcess: Registry | undefined;

function processRegistry(): Registry {
  if (ofProcess === undefined) {
    ofProcess = new Registry();
    collectDefaultMetrics({ register: ofProcess });
  }
  return ofProcess;
}
