/** The scripts of the server under test: one provider, and functions that end in every possible way. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

export const TOKEN = "a-token-for-the-crash-test";
export const PROVIDER = "sender";

const RETRY = { maxAttempts: 20, backoffMs: 50, factor: 1.5, maxBackoffMs: 1000 };

/** Reports the run and a digest of its input to the sink. */
const NOTE = `const note = async (event, ctx) => {
  const digest = ctx.crypto.hash("sha256", event.rawBody);
  const answer = await ctx.http.fetch(SINK, {
    method: "POST",
    body: JSON.stringify({ key: ctx.idempotencyKey, delivery: event.deliveryId, digest }),
  });
  if (!answer.ok) throw new Error("the sink answered " + answer.status);
};
`;

export interface InstalledFunction {
  readonly uri: string;
  /** The final status on every message. */
  readonly ends: "SUCCESS" | "FAILED" | "FILTERED";
  /** Minimum and maximum of counted attempts. */
  readonly attempts: readonly [least: number, most: number];
  readonly order?: number;
  readonly script: string;
  readonly retry: typeof RETRY;
  /** Whether it reports its runs to the sink. */
  readonly notes: boolean;
}

const one = (uri: string, script: string, more: Partial<InstalledFunction> = {}) => ({
  uri,
  ends: "SUCCESS" as const,
  attempts: [1, RETRY.maxAttempts] as const,
  retry: RETRY,
  notes: script.includes("note("),
  script: `export default async (event, ctx) => { ${script} };\n`,
  ...more,
});

/** Functions that a full disk or a locked database may interrupt have retries. */
export const FUNCTIONS: Readonly<Record<string, InstalledFunction>> = {
  note: one("**", "await note(event, ctx);"),
  fails: one("fails", 'await note(event, ctx); throw new Error("always");', {
    ends: "FAILED",
    attempts: [3, 3],
    retry: { ...RETRY, maxAttempts: 3 },
  }),
  gives: one("gives", 'throw new ctx.Fatal("no use");', { ends: "FAILED", attempts: [1, 1] }),
  retries: one(
    "retries",
    'if (event.attempt < 3) throw new Error("not yet"); await note(event, ctx);',
    {
      attempts: [3, RETRY.maxAttempts],
    },
  ),
  sleeps: one("sleeps", "await ctx.sleep(Math.random() * 300); await note(event, ctx);"),
  waits: one("waits", 'await ctx.http.fetch(SINK + "slow"); await note(event, ctx);'),
  counts: one("counts", 'await ctx.kv.increment("runs"); await note(event, ctx);'),
  skips: one("skips", 'ctx.skip("nothing to do");', { ends: "FILTERED" }),
  first: one("steps", "await note(event, ctx);", { order: 1 }),
  second: one(
    "steps",
    'await note(event, ctx); if (event.attempt < 2) throw new Error("not yet");',
    {
      order: 2,
      attempts: [2, RETRY.maxAttempts],
    },
  ),
};

/** A URI for each function, and one that only the catch-all function has. */
export const URIS: readonly string[] = [
  "plain",
  ...new Set(Object.values(FUNCTIONS).map(({ uri }) => uri)),
].filter((uri) => uri !== "**");

/** Names of the functions that run for a message to a URI. */
export const owedTo = (uri: string): readonly string[] =>
  Object.keys(FUNCTIONS).filter((name) => [uri, "**"].includes(FUNCTIONS[name]?.uri ?? ""));

const MATCH = `export default () => true;
export const deliveryId = (event) => event.headers["x-delivery"];
`;

/** Writes the scripts into `folder`. `sink` is the URL to which functions post. */
export function writeInstallation(folder: string, sink: string): void {
  const write = (path: string, files: Readonly<Record<string, string>>) => {
    mkdirSync(join(folder, path), { recursive: true });
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, path, name), text);
  };
  const provider = { name: PROVIDER, priority: 1, dedupe: 2_592_000 };
  write(`providers/${PROVIDER}`, { "provider.json": JSON.stringify(provider), "match.ts": MATCH });
  const http = { allow: [new URL(sink).origin], privateNetworks: ["127.0.0.0/8"] };
  for (const [name, { uri, order, retry, script }] of Object.entries(FUNCTIONS)) {
    const json = JSON.stringify({ name, provider: PROVIDER, uri, order, retry, http });
    const text = `const SINK = ${JSON.stringify(sink)};\n${NOTE}${script}`;
    write(`functions/${name}`, { "function.json": json, "index.ts": text });
  }
}

export const settings = (folder: string) => ({
  HOOKYARD_PORT: "0",
  HOOKYARD_DATA_DIR: join(folder, "data"),
  HOOKYARD_PROVIDERS_DIR: join(folder, "providers"),
  HOOKYARD_FUNCTIONS_DIR: join(folder, "functions"),
  HOOKYARD_ADMIN_TOKEN: TOKEN,
  HOOKYARD_SYNC_TIMEOUT_MS: "3000",
  // Disables the protections against a full disk and against floods, because the test causes both on purpose.
  HOOKYARD_MIN_FREE_DISK_BYTES: "0",
  HOOKYARD_STRANGER_RATE: "0",
  HOOKYARD_LOG_LEVEL: "error",
});
