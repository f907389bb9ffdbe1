/**
 * The only code that reads the environment. One schema checks all settings: all problems are shown at once, and unknown
 * names are refused.
 */
import { existsSync } from "node:fs";
import { BlockList, isIP } from "node:net";
import { join, resolve } from "node:path";
import type { z } from "zod";
import { causedBy, HookyardError } from "./errors.ts";
import { nearestName } from "./model/nearest-name.ts";
import type { OidcSettings } from "./model/oidc.ts";
import { SETTINGS_SCHEMA } from "./settings.ts";

const PREFIX = "HOOKYARD_";

/** Settings of the `hookyard` command, which shares the prefix and often the shell. The server ignores them. */
const CLIENT_SETTINGS = new Set(["URL", "TOKEN"]);

/** Limits above which requests are refused; 0 switches a limit off. */
export interface Limits {
  readonly maxBacklog: number;
  readonly maxBacklogBytes: number;
  readonly maxBacklogAgeSeconds: number;
  readonly minFreeDiskBytes: number;
  readonly maxReceivingBytes: number;
  /** Bytes a second. */
  readonly minReceivingRate: number;
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
  /** The URL that traces are posted to, as OTLP over HTTP. */
  readonly url: string;
  readonly serviceName: string;
  /** The share of messages that are traced, from 0 to 1, if the sender has not decided that already. */
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
  /** How long a session of the console lasts: without a call, and at most. */
  readonly sessionLimits: { readonly idleMs: number; readonly maxMs: number };
  /** Undefined without an identity provider. */
  readonly oidc: OidcSettings | undefined;
  /** 32 bytes. */
  readonly secretKey: Buffer | undefined;
  readonly nextSecretKey: Buffer | undefined;
  readonly secretKeyFile: string;
  readonly metricsToken: string | undefined;
  readonly maxBodyBytes: number;
  readonly limits: Limits;
  readonly trustProxy: boolean;
  readonly publicUrl: string | undefined;
  /** What happens to messages of a provider that needs a secret and has none. */
  readonly unverified: "accept" | "refuse";
  readonly retentionDays: number;
  readonly retentionBytes: number;
  readonly auditRetentionDays: number;
  readonly auditRetentionBytes: number;
  readonly searchIndex: boolean;
  /** False: no web console. */
  readonly console: boolean;
  readonly matchTimeoutMs: number;
  readonly syncTimeoutMs: number;
  /** The status of the asynchronous answer to a message that no function runs on. */
  readonly unmatchedStatus: 202 | 404;
  readonly sandboxProcesses: number;
  /** Undefined if no collector is set. */
  readonly traces: TracingSettings | undefined;
  readonly logLevel: Settings["LOG_LEVEL"];
  /** Returns the value of an environment variable that a provider's property names. */
  readonly lookUp: (variable: string) => string | undefined;
  /** Names of the environment variables that are not the server's own. */
  readonly variables: readonly string[];
  /** The settings in force, by name without the prefix; of one that may hold a secret, only whether it is set. */
  readonly settings: Readonly<Record<string, unknown>>;
}

type Settings = z.infer<typeof SETTINGS_SCHEMA>;

/** `MAX_BODY_BYTES` as `maxBodyBytes`. */
type CamelCase<Name extends string> = Name extends `${infer First}_${infer Rest}`
  ? `${Lowercase<First>}${Capitalize<CamelCase<Rest>>}`
  : Lowercase<Name>;

/** Settings that the configuration holds under another name. */
type Renamed =
  | `OIDC_${string}`
  | "DATA_DIR"
  | "DATABASE_URL"
  | "SECRET_KEY_NEXT"
  | "SESSION_IDLE_SECONDS"
  | "SESSION_MAX_SECONDS";

/** Names of settings in the schema that the configuration forgets: without this, they would be accepted and ignored. */
type Forgotten = Exclude<CamelCase<Exclude<keyof Settings, Renamed>>, keyof Config | keyof Limits>;

/** Adds the variables in `./.env` to the environment. Variables that are already set win. */
export function loadEnvFile(): void {
  if (!existsSync(".env")) return;
  try {
    process.loadEnvFile(".env");
  } catch (cause) {
    throw causedBy(
      cause,
      "bad_configuration",
      ".env exists and cannot be read: make it readable, or remove it",
    );
  }
}

/** Reads the settings. Throws `bad_configuration`, which lists every problem. */
export function readConfig(environment: NodeJS.ProcessEnv = process.env): Config {
  const found = settingsIn(environment);
  const own = Object.entries(found).filter(([name]) => !CLIENT_SETTINGS.has(name));
  const parsed = SETTINGS_SCHEMA.safeParse(Object.fromEntries(own));
  if (!parsed.success)
    throw new HookyardError("bad_configuration", describeProblems(parsed.error, found));
  const settings = parsed.data;
  const dataDir = resolve(settings.DATA_DIR);
  return Object.freeze<Config & Record<Forgotten, unknown>>({
    port: settings.PORT,
    host: settings.HOST,
    databasePath: resolve(
      settings.DATABASE_URL?.slice("sqlite:".length) ?? join(dataDir, "hookyard.db"),
    ),
    providersDir: resolve(settings.PROVIDERS_DIR),
    functionsDir: resolve(settings.FUNCTIONS_DIR),
    basePaths: ["/webhooks/v1", ...settings.BASE_PATHS],
    adminToken: settings.ADMIN_TOKEN,
    sessionLimits: {
      idleMs: settings.SESSION_IDLE_SECONDS * 1000,
      maxMs: settings.SESSION_MAX_SECONDS * 1000,
    },
    oidc: oidcOf(settings),
    secretKey: settings.SECRET_KEY,
    nextSecretKey: settings.SECRET_KEY_NEXT,
    secretKeyFile: join(dataDir, "secret.key"),
    metricsToken: settings.METRICS_TOKEN,
    maxBodyBytes: settings.MAX_BODY_BYTES,
    limits: limitsOf(settings),
    trustProxy: settings.TRUST_PROXY,
    publicUrl: settings.PUBLIC_URL?.replace(/\/$/, ""),
    unverified: settings.UNVERIFIED ?? (isPrivate(settings) ? "accept" : "refuse"),
    retentionDays: settings.RETENTION_DAYS,
    retentionBytes: settings.RETENTION_BYTES,
    auditRetentionDays: settings.AUDIT_RETENTION_DAYS,
    auditRetentionBytes: settings.AUDIT_RETENTION_BYTES,
    searchIndex: settings.SEARCH_INDEX,
    console: settings.CONSOLE,
    matchTimeoutMs: settings.MATCH_TIMEOUT_MS,
    syncTimeoutMs: settings.SYNC_TIMEOUT_MS,
    unmatchedStatus: settings.UNMATCHED_STATUS,
    sandboxProcesses: settings.SANDBOX_PROCESSES,
    traces: readTracing(environment),
    logLevel: settings.LOG_LEVEL,
    // Scripts must not read the server's own settings.
    lookUp: (variable: string) => (variable.startsWith(PREFIX) ? undefined : environment[variable]),
    variables: Object.keys(environment).filter((name) => !name.startsWith(PREFIX)),
    settings: withoutSecrets(settings),
  });
}

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet("127.0.0.0", 8, "ipv4");
LOOPBACK.addAddress("::1", "ipv6");

/** True if senders can only be on this machine. Behind a proxy or with a public URL, they may be anywhere. */
function isPrivate({ HOST, PUBLIC_URL, TRUST_PROXY }: Settings): boolean {
  if (PUBLIC_URL !== undefined || TRUST_PROXY) return false;
  if (/^localhost\.?$/i.test(HOST)) return true;
  const family = isIP(HOST);
  // Any other host name depends on its resolver and may change.
  return family !== 0 && LOOPBACK.check(HOST, family === 4 ? "ipv4" : "ipv6");
}

/** The variables with the server's prefix, without it. */
export const settingsIn = (
  environment: NodeJS.ProcessEnv = process.env,
): Readonly<Record<string, string | undefined>> =>
  Object.fromEntries(
    Object.entries(environment)
      .filter(([name]) => name.startsWith(PREFIX))
      .map(([name, value]) => [name.slice(PREFIX.length), value]),
  );

/** Reads OpenTelemetry's own variables. The exporter itself reads those for its headers, timeout and certificates. */
function readTracing(environment: NodeJS.ProcessEnv): TracingSettings | undefined {
  const tracesEndpoint = environment["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"];
  const endpoint = environment["OTEL_EXPORTER_OTLP_ENDPOINT"];
  const url =
    tracesEndpoint || (endpoint ? `${endpoint.replace(/\/+$/, "")}/v1/traces` : undefined);
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

/** The settings of the identity provider belong together. */
function oidcOf(settings: Settings): OidcSettings | undefined {
  const { OIDC_ISSUER: issuer, OIDC_CLIENT_ID: clientId } = settings;
  const { OIDC_CLIENT_SECRET: clientSecret, OIDC_PERMISSIONS: permissions } = settings;
  if (issuer && clientId && clientSecret && permissions) {
    const { OIDC_SCOPES: scopes, OIDC_NAME_CLAIM: nameClaim } = settings;
    return { issuer, clientId, clientSecret, permissions, scopes, nameClaim };
  }
  const names = [
    "OIDC_ISSUER",
    "OIDC_CLIENT_ID",
    "OIDC_CLIENT_SECRET",
    "OIDC_PERMISSIONS",
  ] as const;
  const missing = names.filter((name) => settings[name] === undefined);
  if (missing.length === names.length) return undefined;
  const detail = `${missing.map((name) => PREFIX + name).join(", ")}: not set; an identity provider needs ${names.map((name) => PREFIX + name).join(", ")}: set all of them, or none`;
  throw new HookyardError("bad_configuration", detail);
}

const limitsOf = (settings: Settings): Limits => ({
  maxBacklog: settings.MAX_BACKLOG,
  maxBacklogBytes: settings.MAX_BACKLOG_BYTES,
  maxBacklogAgeSeconds: settings.MAX_BACKLOG_AGE_SECONDS,
  minFreeDiskBytes: settings.MIN_FREE_DISK_BYTES,
  maxReceivingBytes: settings.MAX_RECEIVING_BYTES,
  minReceivingRate: settings.MIN_RECEIVING_RATE,
  senderRate: settings.SENDER_RATE,
  strangerRate: settings.STRANGER_RATE,
  strangerBytes: settings.STRANGER_BYTES,
  maxConnections: settings.MAX_CONNECTIONS,
  headersTimeoutMs: settings.HEADERS_TIMEOUT_MS,
  requestTimeoutMs: settings.REQUEST_TIMEOUT_MS,
});

/** Settings whose values are secrets or may hold one, also if they are invalid. */
const SECRET = /TOKEN|KEY|SECRET|DATABASE_URL|PUBLIC_URL/;

function withoutSecrets(settings: Readonly<Record<string, unknown>>) {
  const shown = (name: string, value: unknown): unknown => {
    if (value === undefined) return null;
    if (SECRET.test(name)) return "set";
    return name.endsWith("_DIR") ? resolve(String(value)) : value;
  };
  const names = Object.keys(SETTINGS_SCHEMA.shape);
  return Object.fromEntries(names.map((name) => [name, shown(name, settings[name])]));
}
const SHOWN_CHARACTERS = 80;

/**
 * One line per problem: the whole name of the variable, the value found unless it may be a secret, and what was
 * expected; for an unknown name the nearest known one. `found` holds the values by name, without the prefix.
 */
export function describeProblems(
  error: z.ZodError,
  found: Readonly<Record<string, string | undefined>>,
): string {
  const lines = error.issues.flatMap((issue) =>
    issue.code === "unrecognized_keys"
      ? issue.keys.map((key) => `${PREFIX}${key}: unknown setting${suggestion(key)}`)
      : [`${PREFIX}${issue.path.join(".")}: ${valueShown(issue.path[0], found)}${issue.message}`],
  );
  return [...new Set(lines)].join("\n");
}

function valueShown(
  name: PropertyKey | undefined,
  found: Readonly<Record<string, string | undefined>>,
): string {
  const value = found[String(name)];
  if (value === undefined || SECRET.test(String(name))) return "";
  return `found ${JSON.stringify(value.slice(0, SHOWN_CHARACTERS))}, `;
}

function suggestion(name: string): string {
  const known = [...Object.keys(SETTINGS_SCHEMA.shape), ...CLIENT_SETTINGS];
  const nearest = nearestName(name.toUpperCase(), known);
  return nearest === undefined ? "" : `, did you mean ${PREFIX}${nearest}?`;
}
