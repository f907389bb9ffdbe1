/** The settings: what each may be, what it is when it is not set, and what it means in the table of `src/README.md`. */
import { availableParallelism } from "node:os";
import { z } from "zod";

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

/** Every setting, without the prefix of its variable. */
export const SETTINGS_SCHEMA = z.strictObject({
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
    .describe("The key that `hookyard rotate-key` changes to; until it has, it is not used."),
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
      "Memory for bodies that are being received, as they came and decoded, past which requests get `503` and slow uploads `408`; 256 MiB, 0 for any.",
    ),
  MIN_RECEIVING_RATE: integer(0, 1_000_000)
    .default(1024)
    .describe(
      "Bytes a second that a body must come with, measured over each ten seconds, or the request gets `408`; 0 for any.",
    ),
  SENDER_RATE: integer(0, 10_000_000)
    .default(0)
    .describe(
      "Requests a minute from one address before it gets `429`; 0 for any number. Behind a proxy set `HOOKYARD_TRUST_PROXY` first, or all senders are one.",
    ),
  STRANGER_RATE: integer(0, 10_000_000)
    .default(600)
    .describe(
      "Requests a minute from one address that match nothing, or fail verification, before such requests get `429` and are not kept; what takes long to match counts as several. 0 for any number.",
    ),
  STRANGER_BYTES: integer(0, Number.MAX_SAFE_INTEGER)
    .default(268_435_456)
    .describe(
      "Bytes such requests may take in the message log before the oldest of them go; 256 MiB, 0 for any number.",
    ),
  MAX_CONNECTIONS: integer(0, 1_000_000)
    .default(10_000)
    .describe(
      "Connections at once; past that the oldest idle one is closed of the address that has the most. 0 for any number.",
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
      "What becomes of messages of a provider that needs a secret and has none: `accept` runs functions on them, `refuse` answers `401`. When not set, `accept` where the server listens on loopback alone, has no public URL and trusts no proxy, and `refuse` everywhere else.",
    ),
  RETENTION_DAYS: integer(0, 36_500)
    .default(7)
    .describe("Days a message is kept after it was received; 0 keeps all."),
  RETENTION_BYTES: integer(0, Number.MAX_SAFE_INTEGER)
    .default(0)
    .describe("Bytes the message log may take before the oldest messages go; 0 for any number."),
  AUDIT_RETENTION_DAYS: integer(0, 36_500)
    .default(365)
    .describe("Days an entry of the audit log is kept; 0 keeps all."),
  AUDIT_RETENTION_BYTES: integer(0, Number.MAX_SAFE_INTEGER)
    .default(134_217_728)
    .describe(
      "Bytes the audit log may take before the oldest entries go, those of reads and runs before those of changes; 128 MiB, 0 for any number.",
    ),
  SEARCH_INDEX: z
    .enum(["true", "false"])
    .transform((text) => text === "true")
    .default(true)
    .describe(
      "`false` keeps no index for searching text in messages; a search then looks at messages one by one.",
    ),
  MATCH_TIMEOUT_MS: integer(1, 60_000)
    .default(1000)
    .describe("How long an answer waits for the match decision before it is `202`."),
  SYNC_TIMEOUT_MS: integer(1, 600_000)
    .default(25_000)
    .describe("How long a synchronous answer waits for the functions before it is `202`."),
  SANDBOX_PROCESSES: integer(1, 64)
    .default(availableParallelism())
    .describe(
      "Sandbox processes: one for matching, the others for functions; the number of cores. A spare comes on top, up to two more while all are full of runs that wait, or held by one that computes, one for matching large messages apart, and one for drafts while they are tried.",
    ),
  LOG_LEVEL: z
    .enum(["trace", "debug", "info", "warn", "error", "fatal", "silent"])
    .default("info")
    .describe("Least level that is logged."),
});
