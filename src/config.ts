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

/** The text itself is shown nowhere, not even when it is wrong. */
const key = z
  .string()
  .regex(/^(?:[A-Za-z0-9+/]{43}=|[0-9a-fA-F]{64})$/, "expected 32 bytes in base64 or hex")
  .transform((text) => Buffer.from(text, text.length === 64 ? "hex" : "base64"));

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
  SECRET_KEY: key
    .optional()
    .describe(
      "Key of the secrets that are set over the API, 32 bytes in base64 or hex (`openssl rand -base64 32`); when not set, the file `secret.key` in the data directory, made at the first need.",
    ),
  SECRET_KEY_NEXT: key
    .optional()
    .describe("The key that `npm run rotate-key` changes to; until it has, it is not used."),
  METRICS_TOKEN: z
    .string()
    .min(16, "expected at least 16 characters")
    .optional()
    .describe("Bearer token of `/metrics`, which everybody can read when it is not set."),
  MAX_BODY_BYTES: integer(1, 268_435_456)
    .default(26_214_400)
    .describe("Largest body accepted, before and after content decoding; 25 MiB."),
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
  AUDIT_RETENTION_DAYS: integer(0, 36_500)
    .default(365)
    .describe("Days an entry of the audit log is kept; 0 keeps all."),
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

export interface Config {
  readonly port: number;
  readonly host: string;
  readonly databasePath: string;
  readonly providersDir: string;
  readonly functionsDir: string;
  readonly basePaths: readonly string[];
  readonly adminToken: string | undefined;
  /** 32 bytes. */
  readonly secretKey: Buffer | undefined;
  readonly nextSecretKey: Buffer | undefined;
  readonly secretKeyFile: string;
  readonly metricsToken: string | undefined;
  readonly maxBodyBytes: number;
  readonly trustProxy: boolean;
  readonly publicUrl: string | undefined;
  readonly retentionDays: number;
  readonly retentionBytes: number;
  readonly auditRetentionDays: number;
  readonly matchTimeoutMs: number;
  readonly syncTimeoutMs: number;
  readonly sandboxProcesses: number;
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
    secretKey: settings.SECRET_KEY,
    nextSecretKey: settings.SECRET_KEY_NEXT,
    secretKeyFile: join(dataDir, "secret.key"),
    metricsToken: settings.METRICS_TOKEN,
    maxBodyBytes: settings.MAX_BODY_BYTES,
    trustProxy: settings.TRUST_PROXY,
    publicUrl: settings.PUBLIC_URL?.replace(/\/$/, ""),
    retentionDays: settings.RETENTION_DAYS,
    retentionBytes: settings.RETENTION_BYTES,
    auditRetentionDays: settings.AUDIT_RETENTION_DAYS,
    matchTimeoutMs: settings.MATCH_TIMEOUT_MS,
    syncTimeoutMs: settings.SYNC_TIMEOUT_MS,
    sandboxProcesses: settings.SANDBOX_PROCESSES,
    logLevel: settings.LOG_LEVEL,
    // What is set up for this server itself is no business of scripts.
    lookUp: (variable: string) => (variable.startsWith(PREFIX) ? undefined : environment[variable]),
  });
}

/** One line per problem, with the whole name of the variable. The value itself may be a secret and is not shown. */
function describe(error: z.ZodError): string {
  const lines = error.issues.flatMap((issue) =>
    issue.code === "unrecognized_keys"
      ? issue.keys.map((key) => `${PREFIX}${key}: there is no such setting`)
      : [`${PREFIX}${issue.path.join(".")}: ${issue.message}`],
  );
  return lines.join("\n");
}
