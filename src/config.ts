/** The only reader of the environment. One schema; all problems are shown at once; unknown names are refused. */
import { existsSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join, resolve } from "node:path";
import { z } from "zod";
import { HookyardError } from "./errors.ts";

const PREFIX = "HOOKYARD_";

const integer = (min: number, max: number) =>
  z
    .string()
    .regex(/^\d+$/, "expected a whole number")
    .transform(Number)
    .pipe(z.number().min(min).max(max));

const basePath = z
  .string()
  .regex(
    /^(?!\/(?:api|healthz|readyz|metrics)(?:\/|$))(?:\/[\w.~-]+)+$/,
    "expected paths that start with a slash and do not end with one, separated by commas",
  );

const schema = z.strictObject({
  PORT: integer(0, 65535).default(8080).describe("Port to listen on; 0 takes any free one."),
  HOST: z.string().min(1).default("127.0.0.1").describe("Address to listen on; `0.0.0.0` for all."),
  DATA_DIR: z.string().min(1).default("./data").describe("Where the database lives."),
  DATABASE_URL: z
    .string()
    .regex(/^sqlite:.+/, "expected sqlite:<path>")
    .optional()
    .describe("`sqlite:<path>` of the database; `hookyard.db` in the data directory when not set."),
  PROVIDERS_DIR: z.string().min(1).default("./providers").describe("Folder of the providers."),
  FUNCTIONS_DIR: z.string().min(1).default("./functions").describe("Folder of the functions."),
  BASE_PATHS: z
    .string()
    .transform((text) => text.split(",").map((path) => path.trim()))
    .pipe(z.array(basePath))
    .default([])
    .describe(
      "Further base paths beside `/webhooks/v1`, separated by commas: `/flexdeploy/webhooks/v1`.",
    ),
  ADMIN_TOKEN: z
    .string()
    .min(16, "expected at least 16 characters")
    .optional()
    .describe("Bearer token of the API; made and printed once at the first start when not set."),
  METRICS_TOKEN: z
    .string()
    .min(16, "expected at least 16 characters")
    .optional()
    .describe("Bearer token of `/metrics`, which everybody can read when it is not set."),
  MAX_BODY_BYTES: integer(1, 268_435_456)
    .default(26_214_400)
    .describe("Largest body accepted, before and after content decoding; 25 MiB."),
  MAX_BACKLOG: integer(0, 100_000_000)
    .default(100_000)
    .describe("Messages that may be pending before more are refused with `503`; 0 for any number."),
  MAX_BACKLOG_BYTES: integer(0, Number.MAX_SAFE_INTEGER)
    .default(4_294_967_296)
    .describe("Bytes their bodies may have together; 4 GiB. 0 for any number."),
  MAX_BACKLOG_AGE_SECONDS: integer(0, 31_536_000)
    .default(0)
    .describe(
      "How long something that could run may wait for its turn before more is refused with `503`; 0 for any time, so that one slow function does not close the door to all.",
    ),
  MIN_FREE_DISK_BYTES: integer(0, Number.MAX_SAFE_INTEGER)
    .default(268_435_456)
    .describe(
      "Room on the disk of the database below which messages are refused with `503`; 256 MiB, 0 never.",
    ),
  MAX_RECEIVING_BYTES: integer(0, Number.MAX_SAFE_INTEGER)
    .default(268_435_456)
    .describe(
      "Memory for bodies that are being received, past which requests get `503`; 256 MiB, 0 for any.",
    ),
  SENDER_RATE: integer(0, 10_000_000)
    .default(0)
    .describe(
      "Requests a minute from one address before it gets `429`; 0 for any number. Behind a proxy set `HOOKYARD_TRUST_PROXY` first, or all senders are one.",
    ),
  STRANGER_RATE: integer(0, 10_000_000)
    .default(600)
    .describe(
      "Requests a minute from one address that match nothing, or fail verification, before such requests get `429` and are not kept; 0 for any number.",
    ),
  STRANGER_BYTES: integer(0, Number.MAX_SAFE_INTEGER)
    .default(268_435_456)
    .describe(
      "Bytes such requests may take in the message log before the oldest of them go; 256 MiB, 0 for any number.",
    ),
  MAX_CONNECTIONS: integer(0, 1_000_000)
    .default(10_000)
    .describe(
      "Connections at once; past that the one that has been idle longest is closed. 0 for any number.",
    ),
  HEADERS_TIMEOUT_MS: integer(100, 600_000)
    .default(20_000)
    .describe("How long a sender may take for the headers of a request."),
  REQUEST_TIMEOUT_MS: integer(100, 3_600_000)
    .default(120_000)
    .describe("How long a sender may take for a whole request, body included."),
  TRUST_PROXY: z
    .enum(["true", "false"])
    .transform((text) => text === "true")
    .default(false)
    .describe(
      "`true` takes the sender's address from `X-Forwarded-For` and, without a public URL, the address senders use from `X-Forwarded-Proto` and `X-Forwarded-Host`, as written by the proxy next to this server.",
    ),
  PUBLIC_URL: z
    .url()
    .optional()
    .describe("The address senders use: printed at the start, and part of what some senders sign."),
  RETENTION_DAYS: integer(0, 36_500)
    .default(7)
    .describe("Days a message is kept after it was received; 0 keeps all."),
  RETENTION_BYTES: integer(0, Number.MAX_SAFE_INTEGER)
    .default(0)
    .describe("Bytes the message log may take before the oldest messages go; 0 for any number."),
  MATCH_TIMEOUT_MS: integer(1, 60_000)
    .default(1000)
    .describe("How long an answer waits for the match decision before it is `202`."),
  SYNC_TIMEOUT_MS: integer(1, 600_000)
    .default(25_000)
    .describe("How long a synchronous answer waits for the functions before it is `202`."),
  SANDBOX_PROCESSES: integer(1, 64)
    .default(availableParallelism())
    .describe(
      "Sandbox processes: one for matching, the others for functions; the number of cores. A spare comes on top, and up to two more while all are full of runs that wait.",
    ),
  LOG_LEVEL: z
    .enum(["trace", "debug", "info", "warn", "error", "fatal", "silent"])
    .default("info")
    .describe("Least level that is logged."),
});

/** Every setting, for the table in the README. */
export const SETTINGS_SCHEMA = schema;

/** What is refused when there is too much of it; 0 switches a limit off. */
export interface Limits {
  readonly maxBacklog: number;
  readonly maxBacklogBytes: number;
  readonly maxBacklogAgeSeconds: number;
  readonly minFreeDiskBytes: number;
  readonly maxReceivingBytes: number;
  /** Requests a minute. */
  readonly senderRate: number;
  /** Requests a minute. */
  readonly strangerRate: number;
  readonly strangerBytes: number;
  readonly maxConnections: number;
  readonly headersTimeoutMs: number;
  readonly requestTimeoutMs: number;
}

export interface TracingSettings {
  /** Where traces are posted to, in OTLP over HTTP. */
  readonly url: string;
  readonly serviceName: string;
  /** The share of messages that is traced, of those whose sender has not decided that already; 0 to 1. */
  readonly ratio: number;
}

export interface Config {
  readonly port: number;
  readonly host: string;
  readonly databasePath: string;
  readonly providersDir: string;
  readonly functionsDir: string;
  readonly basePaths: readonly string[];
  readonly adminToken: string | undefined;
  readonly metricsToken: string | undefined;
  readonly maxBodyBytes: number;
  readonly limits: Limits;
  readonly trustProxy: boolean;
  readonly publicUrl: string | undefined;
  readonly retentionDays: number;
  readonly retentionBytes: number;
  readonly matchTimeoutMs: number;
  readonly syncTimeoutMs: number;
  readonly sandboxProcesses: number;
  /** Where traces go; undefined when nobody collects them. */
  readonly traces: TracingSettings | undefined;
  readonly logLevel: z.infer<typeof schema>["LOG_LEVEL"];
  /** A variable named by a provider's property. */
  readonly lookUp: (variable: string) => string | undefined;
}

/** Adds what stands in `./.env` to the environment; variables that are set already win. */
export function loadEnvFile(): void {
  if (!existsSync(".env")) return;
  try {
    process.loadEnvFile(".env");
  } catch (cause) {
    // biome-ignore lint/style/useErrorCause: the cause is there, in the third argument.
    throw new HookyardError(
      "bad_configuration",
      ".env is there and cannot be read: make it readable, or remove it",
      { cause },
    );
  }
}

/** Reads the settings. Throws `bad_configuration` with every problem in it. */
export function readConfig(environment: NodeJS.ProcessEnv = process.env): Config {
  const given = Object.fromEntries(
    Object.entries(environment)
      .filter(([name]) => name.startsWith(PREFIX))
      .map(([name, value]) => [name.slice(PREFIX.length), value]),
  );
  const parsed = schema.safeParse(given);
  if (!parsed.success) throw new HookyardError("bad_configuration", describe(parsed.error));
  const settings = parsed.data;
  const dataDir = resolve(settings.DATA_DIR);
  return Object.freeze({
    port: settings.PORT,
    host: settings.HOST,
    databasePath: resolve(
      settings.DATABASE_URL?.slice("sqlite:".length) ?? join(dataDir, "hookyard.db"),
    ),
    providersDir: resolve(settings.PROVIDERS_DIR),
    functionsDir: resolve(settings.FUNCTIONS_DIR),
    basePaths: ["/webhooks/v1", ...settings.BASE_PATHS],
    adminToken: settings.ADMIN_TOKEN,
    metricsToken: settings.METRICS_TOKEN,
    maxBodyBytes: settings.MAX_BODY_BYTES,
    limits: limitsOf(settings),
    trustProxy: settings.TRUST_PROXY,
    publicUrl: settings.PUBLIC_URL?.replace(/\/$/, ""),
    retentionDays: settings.RETENTION_DAYS,
    retentionBytes: settings.RETENTION_BYTES,
    matchTimeoutMs: settings.MATCH_TIMEOUT_MS,
    syncTimeoutMs: settings.SYNC_TIMEOUT_MS,
    sandboxProcesses: settings.SANDBOX_PROCESSES,
    traces: readTracing(environment),
    logLevel: settings.LOG_LEVEL,
    lookUp: (variable: string) => environment[variable],
  });
}

/** OpenTelemetry's own variables; those of its exporter (headers, timeout, certificates) are read by that. */
function readTracing(environment: NodeJS.ProcessEnv): TracingSettings | undefined {
  const ofTraces = environment["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"];
  const ofAll = environment["OTEL_EXPORTER_OTLP_ENDPOINT"];
  const url = ofTraces || (ofAll ? `${ofAll.replace(/\/+$/, "")}/v1/traces` : undefined);
  if (url === undefined || environment["OTEL_SDK_DISABLED"]?.toLowerCase() === "true")
    return undefined;
  const ratio = Number(environment["OTEL_TRACES_SAMPLER_ARG"] || 1);
  const problems = [
    /^https?:\/\//.test(url) && URL.canParse(url)
      ? []
      : ["OTEL_EXPORTER_OTLP_ENDPOINT: expected an address such as http://localhost:4318"],
    ratio >= 0 && ratio <= 1 ? [] : ["OTEL_TRACES_SAMPLER_ARG: expected a share from 0 to 1"],
  ].flat();
  if (problems.length > 0) throw new HookyardError("bad_configuration", problems.join("\n"));
  return { url, ratio, serviceName: environment["OTEL_SERVICE_NAME"] || "hookyard" };
}

const limitsOf = (settings: z.infer<typeof schema>): Limits => ({
  maxBacklog: settings.MAX_BACKLOG,
  maxBacklogBytes: settings.MAX_BACKLOG_BYTES,
  maxBacklogAgeSeconds: settings.MAX_BACKLOG_AGE_SECONDS,
  minFreeDiskBytes: settings.MIN_FREE_DISK_BYTES,
  maxReceivingBytes: settings.MAX_RECEIVING_BYTES,
  senderRate: settings.SENDER_RATE,
  strangerRate: settings.STRANGER_RATE,
  strangerBytes: settings.STRANGER_BYTES,
  maxConnections: settings.MAX_CONNECTIONS,
  headersTimeoutMs: settings.HEADERS_TIMEOUT_MS,
  requestTimeoutMs: settings.REQUEST_TIMEOUT_MS,
});

/** One line per problem, with the whole name of the variable. The value itself may be a secret and is not shown. */
function describe(error: z.ZodError): string {
  const lines = error.issues.flatMap((issue) =>
    issue.code === "unrecognized_keys"
      ? issue.keys.map((key) => `${PREFIX}${key}: there is no such setting`)
      : [`${PREFIX}${issue.path.join(".")}: ${issue.message}`],
  );
  return lines.join("\n");
}
