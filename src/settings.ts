/** The settings: allowed values, default and description of each. The README's table is generated from them. */
import { availableParallelism } from "node:os";
import { z } from "zod";
import { PERMISSIONS } from "./model/permission.ts";

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

/** The text is never shown, even if it is invalid. */
const key = z
  .string()
  .regex(/^(?:[A-Za-z0-9+/]{43}=|[0-9a-fA-F]{64})$/, "expected 32 bytes in base64 or hex")
  .transform((text) => Buffer.from(text, text.length === 64 ? "hex" : "base64"));

const LOOPBACK_HOST = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/;

function isEncryptedOrLocal(text: string): boolean {
  if (!URL.canParse(text)) return true;
  const { protocol, hostname } = new URL(text);
  return protocol === "https:" || LOOPBACK_HOST.test(hostname);
}

const permissionMap = z
  .string()
  .transform((text, context): unknown => {
    try {
      return JSON.parse(text);
    } catch {
      context.addIssue('expected JSON: {"<claim>": {"<value>": ["<permission>"]}}');
      return z.NEVER;
    }
  })
  .pipe(z.record(z.string(), z.record(z.string(), z.array(z.enum(PERMISSIONS)).min(1))));

/** Every setting, without the prefix of its variable. */
export const SETTINGS_SCHEMA = z.strictObject({
  PORT: integer(0, 65535).default(8080).describe("Port to listen on; 0 takes any free one."),
  HOST: z.string().min(1).default("127.0.0.1").describe("Address to listen on; `0.0.0.0` for all."),
  DATA_DIR: z.string().min(1).default("./data").describe("Folder of the database."),
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
    .describe(
      "Bearer token of the API; when not set, the first start creates one and prints it once.",
    ),
  SESSION_IDLE_SECONDS: integer(1, 31_536_000)
    .default(43_200)
    .describe("How long a session of the console lasts without a call; 12 hours."),
  SESSION_MAX_SECONDS: integer(1, 31_536_000)
    .default(604_800)
    .describe("How long a session of the console lasts at most; 7 days."),
  OIDC_ISSUER: z
    .url({ protocol: /^https?$/, message: "expected https://<host>" })
    .refine(isEncryptedOrLocal, "expected https; http is for a provider on loopback only")
    .optional()
    .describe(
      "Address of an identity provider (OpenID Connect) that people sign in with; its redirect URI is `<public URL>/api/v1/sessions/oidc/callback`.",
    ),
  OIDC_CLIENT_ID: z
    .string()
    .min(1)
    .optional()
    .describe("The name of this server at the identity provider."),
  OIDC_CLIENT_SECRET: z
    .string()
    .min(1)
    .optional()
    .describe("The secret of this server at the identity provider."),
  OIDC_PERMISSIONS: permissionMap
    .optional()
    .describe(
      'What people may do, by their claims: `{"groups": {"ops": ["messages:read", "messages:details"], "admins": ["admin"]}}`. A person has the permissions of all values that fit; `*` is any value. The claim `email` counts only if it is verified.',
    ),
  OIDC_SCOPES: z
    .string()
    .regex(
      /^(?=.*(?:^| )openid(?: |$))[\x20\x21\x23-\x5b\x5d-\x7e]+$/,
      "expected scopes with openid, separated by spaces",
    )
    .default("openid email profile")
    .describe("Scopes that the identity provider is asked for, separated by spaces."),
  OIDC_NAME_CLAIM: z
    .string()
    .min(1)
    .optional()
    .describe(
      "The claim with the name of a person, for the audit log. When not set, the verified `email`, otherwise `sub`. Choose one that people cannot change themselves.",
    ),
  SECRET_KEY: key
    .optional()
    .describe(
      "Key that encrypts the secrets set over the API: 32 bytes in base64 or hex (`openssl rand -base64 32`). When not set, the file `secret.key` in the data directory, created when first needed.",
    ),
  SECRET_KEY_NEXT: key
    .optional()
    .describe("The key that `hookyard rotate-key` changes to; not used before."),
  METRICS_TOKEN: z
    .string()
    .min(16, "expected at least 16 characters")
    .optional()
    .describe("Bearer token of `/metrics`; when not set, anyone can read it."),
  MAX_BODY_BYTES: integer(1, 268_435_456)
    .default(26_214_400)
    .describe("Largest body accepted, before and after content decoding; 25 MiB."),
  MAX_BACKLOG: integer(0, 100_000_000)
    .default(100_000)
    .describe(
      "Pending messages above which further ones are refused with `503`; 0 for any number.",
    ),
  MAX_BACKLOG_BYTES: integer(0, Number.MAX_SAFE_INTEGER)
    .default(4_294_967_296)
    .describe(
      "Total bytes of the bodies of pending messages above which further ones are refused with `503`; 4 GiB, 0 for any number.",
    ),
  MAX_BACKLOG_AGE_SECONDS: integer(0, 31_536_000)
    .default(0)
    .describe(
      "How long a due execution may wait before messages are refused with `503`; 0 for any time, so that one slow function does not stop all senders.",
    ),
  MIN_FREE_DISK_BYTES: integer(0, Number.MAX_SAFE_INTEGER)
    .default(268_435_456)
    .describe(
      "Free bytes on the disk of the database below which messages are refused with `503`; 256 MiB, 0 never.",
    ),
  MAX_RECEIVING_BYTES: integer(0, Number.MAX_SAFE_INTEGER)
    .default(268_435_456)
    .describe(
      "Memory for bodies, raw and decoded, that are being received; above it, requests get `503` and slow uploads `408`; 256 MiB, 0 for any.",
    ),
  MIN_RECEIVING_RATE: integer(0, 1_000_000)
    .default(1024)
    .describe(
      "Minimum bytes per second of a body, averaged over ten seconds; a slower request gets `408`; 0 for any.",
    ),
  SENDER_RATE: integer(0, 10_000_000)
    .default(0)
    .describe(
      "Requests per minute from one address above which it gets `429`; 0 for any number. Behind a proxy, set `HOOKYARD_TRUST_PROXY` first: otherwise all senders share one address.",
    ),
  STRANGER_RATE: integer(0, 10_000_000)
    .default(600)
    .describe(
      "Requests per minute from one address that match no function or fail verification; above it, they get `429` and are not stored. A request that takes long to match counts as several. 0 for any number.",
    ),
  STRANGER_BYTES: integer(0, Number.MAX_SAFE_INTEGER)
    .default(268_435_456)
    .describe(
      "Bytes that these requests may take in the message log before the oldest of them are removed; 256 MiB, 0 for any number.",
    ),
  MAX_CONNECTIONS: integer(0, 1_000_000)
    .default(10_000)
    .describe(
      "Maximum number of connections; above it, the oldest idle connection of the address with the most connections is closed. 0 for any number.",
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
  UNVERIFIED: z
    .enum(["accept", "refuse"])
    .optional()
    .describe(
      "What happens to messages of a provider that needs a secret and has none: `accept` runs functions on them, `refuse` answers `401`. When not set, `accept` if the server listens on loopback only, has no public URL and trusts no proxy; otherwise `refuse`.",
    ),
  UNMATCHED_STATUS: z
    .enum(["202", "404"])
    .transform((text): 202 | 404 => (text === "202" ? 202 : 404))
    .default(202)
    .describe(
      "Status of the answer to a message that matches no provider or no function: `202`, or `404` so that the sender sees a wrong address. It is kept either way. A sender that waits for the functions always gets `404`. The answer is `202` all the same if the decision takes longer than `HOOKYARD_MATCH_TIMEOUT_MS`.",
    ),
  RETENTION_DAYS: integer(0, 36_500)
    .default(7)
    .describe("Days a message is kept after it was received; 0 keeps all."),
  RETENTION_BYTES: integer(0, Number.MAX_SAFE_INTEGER)
    .default(0)
    .describe(
      "Bytes the message log may take before the oldest messages are removed; 0 for any number.",
    ),
  AUDIT_RETENTION_DAYS: integer(0, 36_500)
    .default(365)
    .describe("Days an entry of the audit log is kept; 0 keeps all."),
  AUDIT_RETENTION_BYTES: integer(0, Number.MAX_SAFE_INTEGER)
    .default(134_217_728)
    .describe(
      "Bytes the audit log may take before the oldest entries are removed, those of reads and runs before those of changes; 128 MiB, 0 for any number.",
    ),
  CONSOLE: z
    .enum(["true", "false"])
    .transform((text) => text === "true")
    .default(true)
    .describe("`false` neither builds nor serves the web console."),
  SEARCH_INDEX: z
    .enum(["true", "false"])
    .transform((text) => text === "true")
    .default(true)
    .describe("`false` keeps no search index; a text search then reads messages one by one."),
  MATCH_TIMEOUT_MS: integer(1, 60_000)
    .default(1000)
    .describe("How long an answer waits for the match decision; after that it is `202`."),
  SYNC_TIMEOUT_MS: integer(1, 600_000)
    .default(25_000)
    .describe("How long a synchronous answer waits for the functions; after that it is `202`."),
  SANDBOX_PROCESSES: integer(1, 64)
    .default(availableParallelism())
    .describe(
      "Number of sandbox processes: one for matching, the others for functions. When not set, the number of cores. Further ones start when needed: a spare, up to two while all others are full of waiting runs or held by a long computation, one for matching large messages, and one for trying drafts.",
    ),
  LOG_LEVEL: z
    .enum(["trace", "debug", "info", "warn", "error", "fatal", "silent"])
    .default("info")
    .describe("Lowest level that is logged."),
});
